// Internal: a run as its folder has it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "glia/experiment/run.h"

namespace glia::review {

using Settings = std::vector<std::pair<std::string, std::string>>;  // "train.epochs", "20"

// Metrics of a part as result.json has them: without intervals.
struct Scores {
  std::int64_t rows = 0;
  double loss = 0;
  train::NamedValues metrics;
};

struct StoredRun {
  std::filesystem::path folder;
  std::string label;                  // of the folder; no two of one report have the same
  std::string name;                   // the experiment's
  std::vector<std::string> problems;  // files that are missing or damaged
  std::string yaml;                   // every setting
  Settings settings;                  // the same, one by one
  std::vector<train::EpochRecord> epochs;
  std::string end;  // "all_epochs", "early_stopping"; "" where it has not come to its end
  std::int64_t best_epoch = 0, parameters = 0, training_rows = 0;
  double seconds = 0, waited_seconds = 0;
  std::string fingerprint, data_sha256, weights_sha256;
  std::vector<std::string> notes, messages;  // of the data, of the training
  std::vector<std::string> command;          // arguments of glia
  std::vector<std::pair<std::int64_t, std::string>> events;  // step, and what happened there
  std::vector<InstructionTime> profile;
  std::optional<Scores> validation, test;
  // Where they were asked for and are whole.
  std::optional<experiment::Bundle> bundle;
  std::optional<experiment::Predictions> validation_predictions, test_predictions;

  bool ended() const { return !end.empty(); }
  // The part that the run is judged by: the test's, or the validation's where there is none.
  const char* judged_by() const;
  const std::optional<experiment::Predictions>& judged() const {
    return test_predictions ? test_predictions : validation_predictions;
  }
  const std::optional<Scores>& scores() const { return test ? test : validation; }
};

// whole: with the model and the predictions. E-REPORT-14 where there is no experiment.yaml.
StoredRun read_run(const std::filesystem::path& folder, bool whole);

// The names of the values that epochs have, in the order to show.
std::vector<std::string> value_names(const std::vector<const StoredRun*>& runs);

// The best and the last of a value; the best is missing where nobody knows which way is better.
struct BestAndLast {
  std::optional<double> best, last;
  std::int64_t best_epoch = 0;
};
BestAndLast best_and_last(const StoredRun& run, const std::string& value);
// Whether larger is better: also of "val_price_rmse", of an output; nothing where it is no metric.
std::optional<bool> larger_is_better(std::string value);

// What an experiment's YAML says, by dotted names: lists of scalars are one value.
Settings flattened(const std::string& yaml);

}  // namespace glia::review
