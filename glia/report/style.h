// What a terminal can show, and text measured in its columns. Nothing here prints or reads the
// environment: the caller knows the terminal and says so in a Style.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace glia::report {

struct Style {
  bool color = false;   // escape sequences for colour (NO_COLOR and pipes: false)
  bool unicode = true;  // UTF-8 and box, block and braille characters; false: ASCII only
  int width = 80;       // columns; no line is longer, down to a sensible minimum of 20
};

// Roles rather than colours, so that all renderings agree. `first` and `second` are a pair that
// colour-blind readers tell apart (blue and orange).
enum class Paint : std::uint8_t { plain, bold, dim, good, warn, bad, first, second, third, fourth };

// `text` in that role; unchanged where the style has no colour, or for `plain`.
std::string paint(std::string_view text, Paint role, const Style& style);

// `text` on the terminal's 256-colour palette; unchanged where the style has no colour. -1: as is.
std::string paint(std::string_view text, int foreground, int background, const Style& style);

// Columns that UTF-8 text takes: 2 for wide East Asian characters and emoji, 0 for combining ones,
// 1 for an invalid byte. Text with escape sequences is measured without them.
int display_width(std::string_view text);

// Text that is safe to show in one line: control characters (a label out of a file may hold escape
// sequences) become spaces or replacement characters, as do invalid bytes, and everything outside
// ASCII where the style has no Unicode.
std::string clean(std::string_view text, const Style& style);

// `text`, cut to `width` columns with an ellipsis where it is longer. Never cuts a character.
std::string fit(std::string_view text, int width, const Style& style);

// `text` with spaces up to `width` columns, before it (right) or after it (left).
std::string pad_left(std::string_view text, int width);
std::string pad_right(std::string_view text, int width);

// Words of `text`, broken at the style's width, behind `indent` spaces; the first line begins at
// `column`. Ends with a line's end.
std::string wrapped(std::string_view text, int indent, int column, const Style& style);

// `text` repeated.
std::string repeat(std::string_view text, int times);

// Heights from 0 on as a row of blocks, one column to each: "▁▃█▂". What is above 0 is seen.
std::string sparkline(std::span<const double> heights, const Style& style);

// A number for a narrow place, in four significant digits: "0.2134", "12.35", "1.3e-05", "8,231".
std::string compact_number(double value);

// 0.9821 -> "98.2%"; digits after the point.
std::string percent(double share, int digits = 1);

// A count per second in three digits: 1234.5 -> "1.23k", 0.45 -> "0.45".
std::string compact_rate(double rate);

// A span of time as clocks show it: "0:07", "12:34", "1:02:03".
std::string clock(double seconds);

}  // namespace glia::report
