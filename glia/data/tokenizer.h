// From text to numbers of tokens, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/byte_pairs.h"
#include "glia/data/text.h"
#include "glia/data/vocabulary.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

// bytes: the 256 of them. byte_pairs: bytes, of which frequent pairs are joined.
enum class Tokens : std::uint8_t { words, characters, bytes, byte_pairs };
std::string_view name_of(Tokens tokens);
Tokens tokens_from(std::string_view name);  // Error E-DATA-166 with the nearest name

struct TokenizerOptions {
  Tokens tokens = Tokens::words;
  WordOptions words = {};
  // Of words and characters: rarer ones are unknown, and no more than max_size are kept (0: all),
  // the most frequent, those that come first by bytes among equally frequent ones.
  std::int64_t min_count = 1;
  std::int64_t max_size = 0;
  BytePairOptions byte_pairs = {};
  bool padding = true;  // number 0 stands for no token: an embedding's mask_zero leaves it out
};

// Sequences of one length, as keras.utils.pad_sequences makes them.
enum class End : std::uint8_t { pre, post };  // before the text, or behind it
struct SequenceOptions {
  std::int64_t length = 0;
  End padding = End::post, truncating = End::post;  // where zeros are put, and what is cut off
};

// A vocabulary fitted on training texts. Numbers: 0 is padding where there is any, then of words
// and characters one for the unknown, then tokens, the most frequent first. Bytes and byte pairs
// know every text.
class Tokenizer {
 public:
  // Errors: E-DATA-167 an option that cannot be; -169 texts without a single token.
  static Tokenizer fit(std::span<const std::string_view> texts,
                       const TokenizerOptions& options = {});

  Tokens tokens() const { return options_.tokens; }
  bool padding() const { return options_.padding; }
  std::int64_t size() const {  // of the vocabulary, padding and the unknown included
    return first() + (listed() ? vocabulary_.size() : pairs_.size());
  }
  std::optional<std::int64_t> unknown() const;  // its number

  std::vector<std::int64_t> encode(std::string_view text) const;

  // Text of tokens: characters and bytes one after another, words with a space between them. No
  // text for padding, U+FFFD for the unknown and for bytes that are not UTF-8. Error E-DATA-170 for
  // a number outside the vocabulary.
  std::string decode(std::span<const std::int64_t> tokens) const;
  std::string token(std::int64_t number) const;  // the bytes of one; "" for padding

  // i64 [N, length], 0 where a text is shorter. Error E-DATA-167 where length is below 1, or where
  // the vocabulary has no padding.
  Tensor sequences(std::span<const std::string_view> texts, const SequenceOptions& options) const;

  // The whole as JSON, and back. Error E-DATA-171 for text that is not such JSON.
  std::string to_json() const;
  static Tokenizer from_json(std::string_view text);

 private:
  explicit Tokenizer(const TokenizerOptions& options) : options_(options) {}
  bool listed() const {  // in the vocabulary; otherwise the tokens are those of pairs_
    return options_.tokens == Tokens::words || options_.tokens == Tokens::characters;
  }
  std::int64_t first() const { return (options_.padding ? 1 : 0) + (listed() ? 1 : 0); }

  TokenizerOptions options_;
  Vocabulary vocabulary_;
  BytePairs pairs_;  // of bytes: without a merge
};

// The length that `share` of the texts do not exceed, in tokens; 1 at least.
std::int64_t length_of_share(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                             double share);

}  // namespace glia::data
