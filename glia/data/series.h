// Time series: rows of a table in the order of time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "glia/data/series_time.h"
#include "glia/data/table.h"

namespace glia::data {

enum class SeriesScale : std::uint8_t { standardize, min_max, none };
std::string_view name_of(SeriesScale scale);

// Which columns, and what a network gets of them: the last `window` rows, to say the next
// `horizon`.
struct SeriesOptions {
  std::string time = {};   // dates (glia/data/dates.h) or numbers; empty: rows are in order
  std::string group = {};  // names the series that a row belongs to; empty: one series
  std::vector<std::string> targets = {};  // are forecast, and seen
  std::vector<std::string> columns = {};  // are seen, too
  std::int64_t window = 24, horizon = 1;  // rows
  std::int64_t stride = 1;                // of training windows: rows from one to the next
  // Of the targets, in this order, and taken back from what is predicted: the natural logarithm;
  // for each lag d in turn, the difference to the value d rows before.
  bool log = false;
  std::vector<std::int64_t> differences = {};
  SeriesScale scale = SeriesScale::standardize;  // of targets (after that) and columns
  // Further inputs of each row. Of each target as it is then: its value so many rows before; its
  // mean over so many rows, up to this one.
  std::vector<std::int64_t> lags = {}, rolling = {};
  // Sine and cosine of the place in a period: of so many steps ("12"), or, where times are dates,
  // of the "year", "week" or "day".
  std::vector<std::string> seasons = {};
  bool fill_previous = false;  // a missing value is the one before; otherwise an error

  // Rows before a window that its first row needs.
  std::int64_t history() const;
};

// Error E-DATA-155 for options that cannot be.
void check(const SeriesOptions& options);

// The values of a table, series by series.
struct Series {
  std::string source;                // for messages
  std::vector<std::string> names;    // of the series: of the groups, sorted; or ""
  std::vector<std::int64_t> starts;  // first row of each, and the number of rows
  TimeKind time = TimeKind::rows;
  std::vector<double> times;                // of the rows
  std::vector<std::vector<double>> values;  // targets, then columns: of the rows
  std::int64_t filled = 0;                  // missing values that were filled
  std::int64_t repeated = 0;                // rows with the time of the row before
  std::int64_t rows() const { return starts.back(); }
  std::int64_t size() const { return std::ssize(names); }

  // Errors: E-DATA-10, -11; E-DATA-34 no rows; E-DATA-155; E-DATA-174 a cell that is no time;
  // E-DATA-158 a row whose time lies before that of the row above it in its series; E-DATA-159
  // missing values (how many, the first), or a missing group; E-DATA-160 a target from 0 down under
  // `log`. All with line and value.
  static Series read(const Table& table, const SeriesOptions& options);
};

// Rows by time: of each series, those before train_end are for training, then those before
// validation_end for validation, then the rest for the test.
struct SeriesSplit {
  std::vector<std::int64_t> train_end, validation_end;
};

// The last `test` share of all rows is for the test, the share `validation` before it for
// validation. With times, all series are cut at the same times. Series are only ever split by
// time: of rows that are drawn at random, neighbours would tell each other's values. Error
// E-DATA-50.
SeriesSplit split(const Series& series, double validation, double test);

}  // namespace glia::data
