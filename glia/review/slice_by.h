// Internal: metrics of parts of the rows, told apart by a column's values: does a model do as well for all?
#pragma once

#include <span>

#include "glia/metrics/metric.h"
#include "glia/report/table.h"
#include "glia/review/answers.h"

namespace glia::review {

struct SliceOptions {
  std::vector<std::string> metrics = {};  // names; empty: accuracy (and ROC-AUC), or mae
  std::size_t bins = 5;                   // of a column of numbers, each with about as many rows
  std::size_t fewest = 10;                // rows below which nothing is said of a slice
  std::size_t most = 30;                  // values; the rarer ones are put together
  std::size_t replicates = 400;  // of the bootstrap, for metrics without a formula; 0: none
};

struct Slice {
  std::string value;  // "Female", "17 to 28", "(missing)"
  std::size_t rows = 0;
  std::vector<metrics::Metric> metrics;  // none where there are too few rows
};

struct Slices {
  std::string column;
  std::vector<Slice> slices;             // by rising number, or the most frequent first
  std::vector<metrics::Metric> overall;  // of all rows
  std::size_t small = 0;                 // slices of too few rows
};

// Metrics by name of some answers, by their numbers; one for each name. weights: of each of these
// rows, or none; then there are no intervals.
std::vector<metrics::Metric> metrics_of(const Answers& answers,
                                        const std::vector<std::size_t>& rows,
                                        const std::vector<std::string>& names,
                                        std::size_t replicates = 0,
                                        std::span<const double> weights = {});

// The values of a column, of each answer: of the target (also "class") its labels, of any other
// what stands in the file at these places. plan: null where rows have no columns to be read.
// E-METRIC-12 no such column, with the nearest; E-METRIC-13 where there are none, or the file was
// changed.
std::vector<std::string> values_of(const std::string& column, const Answers& answers,
                                   const experiment::DataPlan* plan,
                                   const std::vector<std::int64_t>& places);

// values: of each row, as its file has it. Numbers of more than 20 values are put into bins whose
// ends are quantiles. Errors: E-METRIC-13 other values than rows; E-METRIC-14 answers that are not
// one for each row, or of several labels; E-METRIC-01 an unknown metric.
Slices slices_by(const Answers& answers, std::string column, const std::vector<std::string>& values,
                 const SliceOptions& options = {});

// Coloured is a metric whose whole interval lies apart from the value of all rows.
report::Table table_of(const Slices& slices);
// What a reader of the table must know, in sentences.
std::string note_of(const Slices& slices);

}  // namespace glia::review
