#include "glia/base/text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "glia/base/format.h"

namespace glia {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                        std::tolower(static_cast<unsigned char>(b[j - 1]));
      const std::size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1)});
      diagonal = std::exchange(row[j], next);
    }
  }
  return row[b.size()];
}

// The length of the UTF-8 character that `text` starts with; 0 where it is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xC2 && first <= 0xDF ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(k) & 0xC0) != 0x80) return 0;
  const auto second = length > 1 ? byte(1) : 0;
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
    return 0;
  return length;
}

// One character, or one byte that is none.
void append_escaped(std::string& out, std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character == "\n") {
    out += "\\n";
  } else if (character == "\r") {
    out += "\\r";
  } else if (character == "\t") {
    out += "\\t";
  } else if (first < 0x20 || first == 0x7F || (character.size() == 1 && first >= 0x80)) {
    out += fmt::format("\\x{:02x}", first);
  } else if (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0) {
    out += fmt::format("\\u00{:02x}", static_cast<unsigned char>(character[1]));
  } else if ((character >= "\u202A" && character <= "\u202E") ||
             (character >= "\u2066" && character <= "\u2069")) {
    const auto last = static_cast<unsigned char>(character[2]);
    out += fmt::format("\\u20{:02x}",
                       (static_cast<unsigned char>(character[1]) & 0x3) << 6 | (last & 0x3F));
  } else {
    out += character;
  }
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, (name.size() + 2) / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggest(std::string_view name, const std::vector<std::string>& candidates) {
  if (const auto best = nearest(name, candidates); !best.empty())
    return fmt::format("; did you mean '{}'?", shown(best));
  if (candidates.empty()) return "";
  constexpr std::size_t kMost = 24, kNearest = 8;
  auto listed = candidates;
  if (listed.size() > kMost) {
    std::stable_sort(listed.begin(), listed.end(), [&](const auto& a, const auto& b) {
      return edit_distance(name, a) < edit_distance(name, b);
    });
    listed.resize(kNearest);
  }
  std::string names;
  for (const auto& candidate : listed) names += (names.empty() ? "" : ", ") + shown(candidate);
  return candidates.size() > kMost
             ? fmt::format("; the nearest of {}: {}", candidates.size(), names)
             : fmt::format("; known: {}", names);
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = character_length(text.substr(i));
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string shown(std::string_view text, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto length = std::max<std::size_t>(1, character_length(text.substr(i)));
    if (i + length > most)
      return out + fmt::format("... ({} bytes)", with_commas(static_cast<long long>(text.size())));
    append_escaped(out, text.substr(i, length));
    i += length;
  }
  return out;
}

std::string escaped(std::string_view message) {
  std::string out;
  for (std::size_t i = 0; i < message.size();) {
    const auto length = std::max<std::size_t>(1, character_length(message.substr(i)));
    if (message[i] == '\n')
      out += '\n';
    else
      append_escaped(out, message.substr(i, length));
    i += length;
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::string with_commas(long long number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3;
       at > static_cast<std::ptrdiff_t>(first); at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string human_bytes(double bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  while (bytes >= 1000 && unit < 4) bytes /= 1000, ++unit;
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string human_seconds(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace glia
