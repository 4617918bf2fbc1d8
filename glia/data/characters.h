// Internal: the bytes and characters of UTF-8.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "glia/data/codecs.h"

namespace glia::data {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

inline bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The character that starts at `at`, at least one byte; of valid = false, one byte that is no part
// of UTF-8.
struct Character {
  char32_t code = 0;
  std::size_t size = 1;
  bool valid = true;
};
Character character_at(std::string_view text, std::size_t at);

// By Unicode's categories; only what is not ASCII asks the module of decoders.
CharacterClass class_of(const Character& character);

// The text itself where it is UTF-8, else `room`, with U+FFFD for each byte that is not.
std::string_view repaired(std::string_view text, std::string& room);

}  // namespace glia::data
