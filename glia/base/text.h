// Small helpers on text that messages and readers share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glia {

// The candidate with the smallest edit distance to `name`, or "" where none is near enough to be
// what was meant (more than a third of the letters differ).
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean 'x'?", or "; known: a, b, c" where nothing is near. For the end of a message.
std::string suggest(std::string_view name, const std::vector<std::string>& candidates);

// Text from outside (a cell, a key, a name) as one line of a message holds it: control characters,
// bytes that are not UTF-8 and characters that turn the direction of writing are escaped ("\n",
// "\x1b", "\u202e"), and what is longer than `most` bytes is cut and measured: "abc... (2,048
// bytes)".
std::string shown(std::string_view text, std::size_t most = 60);

// The same for a whole message: nothing is cut, and the ends of its lines stay.
std::string escaped(std::string_view message);

// As RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

std::string_view trim(std::string_view text);

// 12345678 -> "12,345,678".
std::string with_commas(long long number);

// Bytes as "1.2 MB" (powers of 1000); seconds as "0.8 s", "2 min 05 s".
std::string human_bytes(double bytes);
std::string human_seconds(double seconds);

}  // namespace glia
