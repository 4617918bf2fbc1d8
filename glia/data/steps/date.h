// Internal: columns of dates.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/steps/fitted.h"
#include "glia/data/steps/sample.h"
#include "glia/data/steps/step.h"
#include "glia/data/table.h"

namespace glia::data {

// Seconds since 1970 of each row, NaN where it is missing. parse_date(), and with slashes
// "day_first" or "month_first" also 03/05/2020. Error E-DATA-101: a cell is no date (line, value).
std::vector<double> read_dates(const Table& table, Rows rows, std::int64_t column,
                               const std::string& slashes);

// A part of a date as a number: days since 1970 with their fraction, year, month (1 to 12), day (1
// to 31), weekday (Monday is 0), day_of_year (from 0), hour with its fraction.
double part_of(const std::string& part, double seconds);
// How far round its circle a part is: [0, 1).
double turn_of(const std::string& part, double seconds);
bool is_cyclic(const std::string& part);  // whether it has a circle

class DateFitter {
 public:
  DateFitter(const Chain& chain, MakeSample sample);
  const std::string& slashes() const { return slashes_; }
  void add(std::span<const double> seconds);
  FittedDate finish() const;  // Error E-DATA-34, without a place: no row has a value

 private:
  Chain chain_;
  std::string slashes_;
  std::vector<std::string> parts_;
  std::unique_ptr<Sample> times_;
  std::vector<std::unique_ptr<Sample>> samples_;  // of the parts
};

}  // namespace glia::data
