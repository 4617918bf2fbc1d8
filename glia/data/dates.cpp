#include "glia/data/dates.h"

#include <chrono>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

using std::chrono::sys_days;

constexpr std::int64_t kDay = 86400, kHour = 3600, kMinute = 60;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads from the front of a text.
struct Reader {
  std::string_view rest;

  bool take(char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  // A number of `least` to `most` digits.
  std::optional<int> number(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    int value = 0;
    while (n < rest.size() && n < most && is_digit(rest[n])) value = value * 10 + (rest[n++] - '0');
    if (n < least) return std::nullopt;
    rest.remove_prefix(n);
    return value;
  }
};

std::optional<std::int64_t> days(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || !date.ok()) return std::nullopt;
  return sys_days(date).time_since_epoch().count();
}

// A day as 1981-03-05, 1981/03/05 or 05.03.1981, or a month as 1981-03.
std::optional<std::int64_t> read_day(Reader& r) {
  const bool year_first = r.rest.size() > 4 && (r.rest[4] == '-' || r.rest[4] == '/');
  if (!year_first) {
    const auto day = r.number(1, 2);
    if (!day || !r.take('.')) return std::nullopt;
    const auto month = r.number(1, 2);
    if (!month || !r.take('.')) return std::nullopt;
    const auto year = r.number(4, 4);
    return year ? days(*year, *month, *day) : std::nullopt;
  }
  const auto year = r.number(4, 4);
  if (!year) return std::nullopt;
  const char separator = r.rest.front();
  r.rest.remove_prefix(1);
  const auto month = r.number(1, 2);
  if (!month) return std::nullopt;
  if (separator == '-' && r.rest.empty()) return days(*year, *month, 1);
  if (!r.take(separator)) return std::nullopt;
  const auto day = r.number(1, 2);
  return day ? days(*year, *month, *day) : std::nullopt;
}

// Z, +02:00, -0530 or +02, as seconds to be taken off.
std::optional<std::int64_t> read_offset(Reader& r) {
  if (r.take('Z') || r.rest.empty()) return 0;
  const bool west = r.rest.starts_with('-');
  if (!r.take('+') && !r.take('-')) return std::nullopt;
  const auto hours = r.number(2, 2);
  const bool colon = r.take(':');
  const auto minutes = r.rest.empty() && !colon ? std::optional(0) : r.number(2, 2);
  if (!hours || *hours > 23 || !minutes || *minutes > 59) return std::nullopt;
  const std::int64_t offset = *hours * kHour + *minutes * kMinute;
  return west ? -offset : offset;
}

// The time of day, in seconds, its offset taken off.
std::optional<std::int64_t> read_time(Reader& r) {
  const auto hour = r.number(1, 2);
  if (!hour || *hour > 23 || !r.take(':')) return std::nullopt;
  const auto minute = r.number(2, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t time = *hour * kHour + *minute * kMinute;
  if (r.take(':')) {
    const auto second = r.number(2, 2);
    if (!second || *second > 59) return std::nullopt;
    time += *second;
    if (r.take('.')) {
      if (!r.number(1, 1)) return std::nullopt;
      while (r.number(1, 1)) continue;
    }
  }
  const auto offset = read_offset(r);
  return offset ? std::optional(time - *offset) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
  Reader r{trim(text)};
  const auto day = read_day(r);
  if (!day) return std::nullopt;
  if (r.rest.empty()) return *day * kDay;
  if (!r.take('T') && !r.take(' ')) return std::nullopt;
  const auto time = read_time(r);
  if (!time || !r.rest.empty()) return std::nullopt;
  return *day * kDay + *time;
}

std::string date_text(std::int64_t seconds) {
  const std::int64_t day = seconds >= 0 ? seconds / kDay : -((kDay - 1 - seconds) / kDay);
  const std::int64_t time = seconds - day * kDay;
  const std::chrono::year_month_day date{sys_days(std::chrono::days(day))};
  const std::string text =
      fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (time == 0) return text;
  return fmt::format("{}T{:02}:{:02}:{:02}", text, time / kHour, time % kHour / kMinute,
                     time % kMinute);
}

}  // namespace glia::data
