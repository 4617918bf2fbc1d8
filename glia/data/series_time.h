// The time axis of series.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glia::data {

enum class TimeKind : std::uint8_t { rows, numbers, dates };  // what stands in the time column

// How far apart the rows of a series are meant to be. A time is a row's number in its series, a
// number, or seconds since 1970.
struct TimeAxis {
  TimeKind kind = TimeKind::rows;
  double origin = 0;  // the first time
  double step = 1;    // the usual distance: rows, numbers or seconds; of months: months
  bool months = false;

  // The steps from the origin to a time, as a number that is whole on a regular axis.
  double place(double time) const;
  // The time `steps` regular steps after a time.
  double after(double time, std::int64_t steps) const;
  // "1981-03-05", "1949-03" where the steps are months, "17".
  std::string text(double time) const;
  friend bool operator==(const TimeAxis&, const TimeAxis&) = default;
};

// From the times of rows that follow each other: pairs of a time and the next one of its series.
// The step is the median distance; dates that are whole months apart, with equal days and times,
// have steps of months.
TimeAxis fit_axis(TimeKind kind, double origin,
                  const std::vector<std::pair<double, double>>& steps);

// The share of a period that is over: of the year, the week (from Monday) or the day.
enum class Calendar : std::uint8_t { year, week, day };
double phase(Calendar calendar, double seconds);

}  // namespace glia::data
