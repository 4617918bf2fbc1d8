#include "glia/report/style.h"

#include <locale.h>
#include <clocale>
#include <cmath>
#include <cwchar>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::report {
namespace {

constexpr char32_t kInvalid = 0xFFFD;

struct Char {
  char32_t code = kInvalid;
  std::size_t bytes = 1;  // kInvalid with 1 byte: not UTF-8
};

// The character at `at`, by the table of the Unicode standard, 3.9 (no overlong forms, no
// surrogates).
Char decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return {};
  char32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {code, length};
}

// The C library knows Unicode's widths. It asks the thread's locale, so that one is set around the
// question; the process's own locale, and with it the environment, play no part.
class Utf8Locale {
 public:
  Utf8Locale() : old_(locale() ? uselocale(locale()) : locale_t{}) {}
  ~Utf8Locale() {
    if (old_) uselocale(old_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t locale() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return utf8;
  }
  locale_t old_;
};

int width_of(char32_t code) {
  if (code < 0x7F) return code >= 0x20 ? 1 : 0;
  const int width = wcwidth(static_cast<wchar_t>(code));
  return width < 0 ? (code < 0xA0 ? 0 : 1)
                   : width;  // one column for what the library does not know
}

// Length of the escape sequence "ESC [ ... letter" at `at`, or 0.
std::size_t escape_length(std::string_view text, std::size_t at) {
  if (text[at] != '\x1b' || at + 1 >= text.size() || text[at + 1] != '[') return 0;
  std::size_t end = at + 2;
  while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
  return std::min(end + 1, text.size()) - at;
}

bool turns_direction(char32_t code) {  // these would reorder the rest of the line
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string_view code_of(Paint role) {
  switch (role) {
    case Paint::plain:
      return "";
    case Paint::bold:
      return "1";
    case Paint::dim:
      return "2";
    case Paint::good:
      return "32";
    case Paint::warn:
      return "33";
    case Paint::bad:
      return "31";
    case Paint::first:
      return "38;5;39";
    case Paint::second:
      return "38;5;208";
    case Paint::third:
      return "38;5;35";
    case Paint::fourth:
      return "38;5;176";
  }
  return "";
}

}  // namespace

std::string paint(std::string_view text, Paint role, const Style& style) {
  if (!style.color || role == Paint::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(role), text);
}

std::string paint(std::string_view text, int foreground, int background, const Style& style) {
  if (!style.color || (foreground < 0 && background < 0) || text.empty()) return std::string(text);
  std::string codes;
  if (foreground >= 0) codes = fmt::format("38;5;{}", foreground);
  if (background >= 0) codes += fmt::format("{}48;5;{}", codes.empty() ? "" : ";", background);
  return fmt::format("\x1b[{}m{}\x1b[0m", codes, text);
}

int display_width(std::string_view text) {
  const Utf8Locale locale;
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const auto escape = escape_length(text, at)) {
      at += escape;
      continue;
    }
    const auto c = decode(text, at);
    width += width_of(c.code);
    at += c.bytes;
  }
  return width;
}

std::string clean(std::string_view text, const Style& style) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = decode(text, at);
    const bool control = c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0);
    if (c.code == '\t' || c.code == '\n' || c.code == '\r')
      out += ' ';
    else if (control || c.code == kInvalid || turns_direction(c.code))
      out += style.unicode ? "\uFFFD" : "?";
    else if (c.code >= 0x80 && !style.unicode)
      out += '?';
    else
      out += text.substr(at, c.bytes);
    at += c.bytes;
  }
  return out;
}

std::string fit(std::string_view text, int width, const Style& style) {
  if (width <= 0) return "";
  if (display_width(text) <= width) return std::string(text);
  const std::string_view ellipsis = style.unicode ? "…" : width >= 5 ? "..." : ".";
  const int room = width - display_width(ellipsis);
  const Utf8Locale locale;
  int used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = decode(text, at);
    if (used + width_of(c.code) > room) break;
    used += width_of(c.code);
    at += c.bytes;
  }
  return std::string(text.substr(0, at)).append(ellipsis);
}

std::string pad_left(std::string_view text, int width) {
  return repeat(" ", width - display_width(text)).append(text);
}

std::string pad_right(std::string_view text, int width) {
  return std::string(text).append(repeat(" ", width - display_width(text)));
}

std::string wrapped(std::string_view text, int indent, int column, const Style& style) {
  std::string out;
  while (!(text = trim(text)).empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    const int width = display_width(word);
    if (column > indent && column + 1 + width > style.width) {
      out += "\n" + std::string(static_cast<std::size_t>(indent), ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ', ++column;
    }
    out += word, column += width;
    text.remove_prefix(end);
  }
  return out + "\n";
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string sparkline(std::span<const double> heights, const Style& style) {
  static constexpr std::string_view kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::string_view kShades = ".:-=+*#@";
  double most = 0;
  for (const double height : heights) most = std::max(most, std::isfinite(height) ? height : 0);
  std::string out;
  for (const double height : heights) {
    if (!(height > 0) || !std::isfinite(height)) {
      out += ' ';
      continue;
    }
    const auto level = static_cast<std::size_t>(std::ceil(height / most * 8) - 1);
    out += style.unicode ? kBlocks[level] : kShades.substr(level, 1);
  }
  return out;
}

std::string compact_number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size < 1e-4 || size >= 1e9) return fmt::format("{:.2e}", value);
  if (size < 0.01) return fmt::format("{:.3g}", value);
  if (size < 1) return fmt::format("{:.4f}", value);
  if (size < 999.95)
    return fmt::format("{:.{}f}", value, size < 9.9995 ? 3 : size < 99.995 ? 2 : 1);
  return with_commas(std::llround(value));
}

std::string percent(double share, int digits) {
  if (!std::isfinite(share)) return "-";
  // Only all is 100 %: 99.97 must not round up to it.
  const double scale = std::pow(10.0, digits), scaled = share * 100 * scale;
  const double shown =
      share < 1 ? std::min(std::round(scaled), 100 * scale - 1) : std::round(scaled);
  return share == 1 ? "100%" : fmt::format("{:.{}f}%", shown / scale, digits);
}

std::string compact_rate(double rate) {
  if (!(rate > 0) || !std::isfinite(rate)) return "0";
  if (rate < 9.995) return fmt::format("{:.2f}", rate);
  if (rate < 99.95) return fmt::format("{:.1f}", rate);
  if (rate < 999.5) return fmt::format("{:.0f}", rate);
  int power = 0;
  for (; rate >= 999.5 && power < 4; ++power) rate /= 1000;
  const int digits = rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", rate, digits, " kMGT"[power]);
}

std::string clock(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return "?";
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace glia::report
