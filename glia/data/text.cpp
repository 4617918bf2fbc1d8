#include "glia/data/text.h"

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/characters.h"

namespace glia::data {
namespace {

using Visit = std::function<void(std::string_view)>;

// UAX #29, rules WB5 to WB13b, for the characters of ASCII as ICU and CLDR have them: '@' is a
// letter, and the colon does not join letters. tests/data/text_test.cpp holds this against ICU.
bool is_alphabetic(char c) { return is_letter(c) || c == '@'; }
bool is_word_character(char c) { return is_alphabetic(c) || is_digit(c) || c == '_'; }

bool joins(char before, char mark, char after) {
  const bool either = mark == '.' || mark == '\'';
  if (is_alphabetic(before)) return either && is_alphabetic(after);
  return is_digit(before) && is_digit(after) && (either || mark == ',' || mark == ';');
}

std::size_t word_end(std::string_view text, std::size_t at) {
  for (;;) {
    while (at < text.size() && is_word_character(text[at])) ++at;
    if (at + 1 >= text.size() || !joins(text[at - 1], text[at], text[at + 1])) return at;
    ++at;
  }
}

void ascii_words(std::string_view text, const WordOptions& options, const Visit& visit) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word_character(text[at])) {
      if (options.punctuation && !is_space(text[at])) visit(text.substr(at, 1));
      ++at;
      continue;
    }
    const std::size_t end = word_end(text, at);
    const auto word = text.substr(at, end - at);
    if (options.punctuation || word.find_first_not_of("_@") != word.npos) visit(word);
    at = end;
  }
}

// Two or more word characters in a row.
void runs(std::string_view text, const Visit& visit) {
  std::size_t from = 0, count = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const Character c = at < text.size() ? character_at(text, at) : Character{};
    const auto kind = at < text.size() ? class_of(c) : CharacterClass::space;
    if (c.code == '_' || kind == CharacterClass::letter || kind == CharacterClass::number) {
      if (count++ == 0) from = at;
    } else {
      if (count > 1) visit(text.substr(from, at - from));
      count = 0;
    }
    at += c.size;
  }
}

std::string lowered(std::string_view text) {
  std::string lowered(text);
  std::transform(text.begin(), text.end(), lowered.begin(), lower);
  return lowered;
}

}  // namespace

std::string_view name_of(WordRule rule) {
  return rule == WordRule::unicode ? "unicode" : "scikit_learn";
}

WordRule word_rule_from(std::string_view name) {
  for (const auto rule : {WordRule::unicode, WordRule::scikit_learn})
    if (name == name_of(rule)) return rule;
  fail("E-DATA-166", "text: unknown rule for words '{}'{}", shown(name),
       suggest(name, {"unicode", "scikit_learn"}));
}

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return {static_cast<char32_t>(first), 1, true};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (!is_utf8(text.substr(at, size))) return {0xFFFD, 1, false};
  char32_t code = first & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) code = code << 6 | (byte(i) & 0x3F);
  return {code, size, true};
}

CharacterClass class_of(const Character& character) {
  if (character.code >= 0x80) return codecs().classify(character.code);
  const char c = static_cast<char>(character.code);
  return is_letter(c)  ? CharacterClass::letter
         : is_digit(c) ? CharacterClass::number
         : is_space(c) ? CharacterClass::space
                       : CharacterClass::other;
}

std::string_view repaired(std::string_view text, std::string& room) {
  if (is_utf8(text)) return text;
  room.clear();
  each_character(text, [&](std::string_view character) { room += character; });
  return room;
}

void each_character(std::string_view text, const Visit& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    visit(c.valid ? text.substr(at, c.size) : kReplacement);
    at += c.size;
  }
}

void each_word(std::string_view text, const WordOptions& options, const Visit& visit) {
  const bool ascii = is_ascii(text), unicode = options.rule == WordRule::unicode;
  std::string room, lower;
  if (!ascii) text = repaired(text, room);
  if (options.lower_case) {
    lower = ascii ? lowered(text) : unicode ? codecs().fold_case(text) : codecs().lower_case(text);
    text = lower;
  }
  if (!unicode) return runs(text, visit);
  if (ascii) return ascii_words(text, options, visit);
  for (const auto& [segment, kind] : codecs().word_segments(text))
    if (kind == SegmentKind::word || (kind == SegmentKind::mark && options.punctuation))
      visit(segment);
}

std::vector<std::string> words(std::string_view text, const WordOptions& options) {
  std::vector<std::string> list;
  each_word(text, options, [&](std::string_view word) { list.emplace_back(word); });
  return list;
}

std::vector<std::string_view> texts_of(const Table& table, Rows rows, std::int64_t column) {
  table.check_rows(rows);
  std::vector<std::string_view> texts;
  texts.reserve(rows.size());
  for (const std::int64_t row : rows)
    texts.push_back(table.missing(row, column) ? std::string_view{} : table.cell(row, column));
  return texts;
}

}  // namespace glia::data
