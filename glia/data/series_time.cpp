#include "glia/data/series_time.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "glia/base/format.h"
#include "glia/data/dates.h"

namespace glia::data {
namespace {

namespace chrono = std::chrono;
constexpr double kDay = 86400;

// A date taken apart: months since year 0, and the seconds since its month began.
struct Month {
  double months = 0, rest = 0;
};

chrono::year_month_day date_of(double seconds) {
  return chrono::sys_days(chrono::days(static_cast<std::int64_t>(std::floor(seconds / kDay))));
}

double seconds_of(chrono::year_month_day date) {
  return static_cast<double>(chrono::sys_days(date).time_since_epoch().count()) * kDay;
}

Month month_of(double seconds) {
  const auto date = date_of(seconds);
  const chrono::year_month_day first = date.year() / date.month() / 1;
  return {12.0 * static_cast<int>(date.year()) + static_cast<unsigned>(date.month()) - 1,
          seconds - seconds_of(first)};
}

double seconds_of(const Month& month) {
  const auto months = static_cast<std::int64_t>(month.months);
  const auto first = chrono::year(static_cast<int>(months / 12)) /
                     static_cast<unsigned>(months % 12 + 1) / chrono::day(1);
  return seconds_of(first) + month.rest;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

double TimeAxis::place(double time) const {
  if (!months) return (time - origin) / step;
  const Month from = month_of(origin), to = month_of(time);
  constexpr double kUsualMonth = 30.436875 * kDay;
  return (to.months - from.months + (to.rest - from.rest) / kUsualMonth) / step;
}

double TimeAxis::after(double time, std::int64_t steps) const {
  const double distance = step * static_cast<double>(steps);
  if (!months) return time + distance;
  Month month = month_of(time);
  month.months += distance;
  return seconds_of(month);
}

std::string TimeAxis::text(double time) const {
  if (kind != TimeKind::dates) return fmt::format("{}", time);
  const auto text = date_text(static_cast<std::int64_t>(std::floor(time)));
  return months && month_of(time).rest == 0 ? text.substr(0, 7) : text;
}

TimeAxis fit_axis(TimeKind kind, double origin,
                  const std::vector<std::pair<double, double>>& steps) {
  TimeAxis axis{kind, origin, 1, false};
  if (kind == TimeKind::rows || steps.empty()) return axis;
  std::vector<double> distances, months;
  for (const auto& [from, to] : steps) {
    distances.push_back(to - from);
    if (kind != TimeKind::dates) continue;
    const Month a = month_of(from), b = month_of(to);
    if (a.rest == b.rest && b.months > a.months) months.push_back(b.months - a.months);
  }
  axis.months = !months.empty() && months.size() == steps.size();
  axis.step = median(axis.months ? std::move(months) : std::move(distances));
  if (!(axis.step > 0)) axis.step = 1;  // most rows have the time of the row before
  return axis;
}

double phase(Calendar calendar, double seconds) {
  if (calendar == Calendar::day) return seconds / kDay - std::floor(seconds / kDay);
  if (calendar == Calendar::week) {
    const double weeks = (seconds / kDay + 3) / 7;  // 1970 began on a Thursday
    return weeks - std::floor(weeks);
  }
  const auto year = date_of(seconds).year();
  const double from = seconds_of(year / chrono::January / 1);
  return (seconds - from) / (seconds_of((year + chrono::years(1)) / chrono::January / 1) - from);
}

}  // namespace glia::data
