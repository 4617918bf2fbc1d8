// Internal: what was predicted of rows that a model had not seen.
#pragma once

#include <map>

#include "glia/experiment/run.h"

namespace glia::experiment {

// Of one fold or of several, as it stands in a file: predictions and targets in the target's unit,
// [n, ...] of each output.
struct HeldOut {
  std::vector<std::int64_t> rows;   // of the training files, from 0
  std::vector<std::int64_t> folds;  // of each row, from 1
  std::vector<Tensor> predictions, targets;
  std::vector<std::string> labels;            // of the first output; a check between folds
  std::map<std::int64_t, double> thresholds;  // of each fold, where there is one
  bool partial = false;                       // with places that do not count
  bool of_file = true;                        // `rows` are of a file, so that equal ones are one

  void append(HeldOut other);  // E-EXP-25 where the answers are of another form
  // Each row once: of repeats the mean of what was predicted of it, and of the thresholds.
  Predictions said() const;
};

// Of a fold's test rows by its model.
HeldOut held_out(const Bundle& bundle, const Prepared& prepared, std::int64_t fold, int threads,
                 int workers);
void write_held_out(const std::filesystem::path& file, const HeldOut& all);
HeldOut read_held_out(const std::filesystem::path& file);  // E-EXP-21
// A line for each row; of answers that are more than a few numbers there is no CSV (false).
bool write_csv(const std::filesystem::path& file, const HeldOut& all, const Encoding& encoding);

}  // namespace glia::experiment
