// Dates as text, and as seconds since 1970 in UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glia::data {

// Seconds since 1970-01-01T00:00:00 UTC, leap seconds not counted. Understood, in the proleptic
// Gregorian calendar, years 0001 to 9999:
//   1981-03-05, 1981/03/05, 1981-03 (its first day), 05.03.1981 (day first);
//   each day with a time after a space or T: 14:05, 14:05:09, 14:05:09.250 (the fraction is cut
//   off), and then Z or an offset: +02:00, -0530, +02. Without one, the time is taken for UTC.
// Days and months may have one digit. 03/05/1981 is nothing: it is March in one country and May in
// another. Nothing for any other text, also for a day that its month does not have.
std::optional<std::int64_t> parse_date(std::string_view text);

// "1981-03-05", or "1981-03-05T14:05:09" where the time is not midnight.
std::string date_text(std::int64_t seconds);

}  // namespace glia::data
