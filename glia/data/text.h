// How text becomes words and characters.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/table.h"

namespace glia::data {

// unicode: what stands between the word boundaries of UAX #29 and has a letter or a number ("don't"
// and "3.14" are one word each, "e-mail" is two), case folded, as ICU has it. scikit_learn: two or
// more letters, numbers or underscores in a row, its pattern (?u)\b\w\w+\b, in lower case.
enum class WordRule : std::uint8_t { unicode, scikit_learn };
std::string_view name_of(WordRule rule);
WordRule word_rule_from(std::string_view name);  // Error E-DATA-166 with the nearest name

struct WordOptions {
  WordRule rule = WordRule::unicode;
  bool lower_case = true;    // unicode: full case folding; scikit_learn: as Python's str.lower()
  bool punctuation = false;  // of the unicode rule: what is neither word nor space is a word, too
  friend bool operator==(const WordOptions&, const WordOptions&) = default;
};

// Calls `visit` with the words of UTF-8 text, in order; bytes that are not UTF-8 count as U+FFFD.
// Text of ASCII alone needs no Unicode library; other text loads the module of decoders
// (E-DATA-89).
void each_word(std::string_view text, const WordOptions& options,
               const std::function<void(std::string_view)>& visit);
std::vector<std::string> words(std::string_view text, const WordOptions& options = {});

// The characters (code points) of UTF-8 text; each byte that is not UTF-8 gives U+FFFD.
void each_character(std::string_view text, const std::function<void(std::string_view)>& visit);

// The cells of a column, missing ones as "". Views into the table. Error E-DATA-33.
std::vector<std::string_view> texts_of(const Table& table, Rows rows, std::int64_t column);

}  // namespace glia::data
