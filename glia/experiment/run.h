// A run: one training of an experiment, with its folder; and the bundle that it leaves.
#pragma once

#include <functional>
#include <memory>

#include "glia/exec/store.h"
#include "glia/experiment/experiment.h"
#include "glia/experiment/predictions.h"
#include "glia/experiment/summary.h"
#include "glia/metrics/evaluate.h"
#include "glia/train/graphs.h"
#include "glia/train/predictor.h"

namespace glia::experiment {

// The datasets of an experiment. Errors: DataPlan::prepare.
Prepared prepare(const Experiment& experiment);

// Metrics of predictions on a dataset, all that the task has, with intervals and confusion matrix.
struct Assessment {
  std::int64_t rows = 0;
  double loss = 0;
  std::vector<metrics::Metric> metrics;
  std::optional<metrics::ConfusionMatrix> confusion;  // classification
  std::vector<metrics::ClassMetrics> classes;
  // Of several outputs: each by itself. Then `metrics` holds all of them, as "<output>_<metric>".
  std::string output;
  std::vector<Assessment> outputs;
};

struct RunOptions {
  std::filesystem::path folder;
  // Told before each training of several: "fold 2/5", "member 3/5".
  std::function<void(std::string_view)> part = {};
  bool resume = false;
  // An existing run's folder is otherwise refused: E-RUN-01. The old run is kept aside until the
  // new one has a checkpoint or a model, and put back where it fails before.
  bool overwrite = false;
  bool beside = false;  // the folder holds other trainings of this run, and that is right
  int threads = 1;
  int loader_workers = 1;
  bool accept_fingerprint = false;
  bool profile = false;
  // Called once when the folder is this training's and its experiment.yaml is there.
  std::function<void()> begun = {};
};

// What the weights of a training begin with, and which of them are learned when.
struct Start {
  std::string from;                                         // a file of weights; empty: all are new
  serialize::LoadReport loaded;                             // of it
  std::vector<std::string> frozen;                          // parameters that are never learned
  std::map<std::int64_t, std::vector<std::string>> thawed;  // that are from a later epoch on

  bool plain() const { return from.empty() && frozen.empty() && thawed.empty(); }
};

// Temperature scaling, and what it did to the validation rows' probabilities.
struct Calibration {
  double temperature = 1;
  double error_before = 0, error_after = 0;  // expected calibration error, 15 bins
  double loss_before = 0, loss_after = 0;    // mean -log p(true class)
  std::int64_t rows = 0;
  std::string note;  // where the temperature is a bound
};

// A member of an ensemble, as it is alone.
struct MemberResult {
  std::uint64_t seed = 0;
  std::int64_t epochs = 0, best_epoch = 0;
  double weight = 0;  // in the answer; the mean's are equal
  std::optional<Assessment> validation;
};

struct RunResult {
  Start start;
  train::History history;             // of an ensemble only how it ended, and the seconds
  std::vector<std::string> messages;  // what was said while it trained
  std::vector<MemberResult> members;
  std::optional<Assessment> out_of_bag;        // of bagging: each row by the members that lack it
  std::optional<Assessment> validation, test;  // by the weights that were kept
  // Where one was to be chosen; the assessments and the bundle take it.
  std::optional<metrics::ChosenThreshold> threshold;
  std::optional<Calibration> calibration;  // where one was to be fitted; likewise
  std::int64_t parameters = 0;
  std::string weights_sha256;      // of the bundle's weights.safetensors
  std::vector<std::string> files;  // that were written, relative to the folder
};

// Trains and writes the folder: experiment.yaml (resolved), checkpoints/, metrics.jsonl,
// predictions/, result.json, model/ (the bundle). Where the training was interrupted there is no
// bundle yet. Of an ensemble each member is trained in a run's folder of its own, members/1 and so
// on. E-RUN-03 where another process trains in that folder.
RunResult train(const Experiment& experiment, const Prepared& prepared, const RunOptions& options,
                const train::Observer& observer = {});

// A saved model: weights.safetensors, experiment.yaml, encoding.json, README.md. Of an ensemble
// members/1/weights.safetensors and so on, and ensemble.json.
struct Bundle {
  Experiment experiment;
  Encoding encoding;
  std::unique_ptr<Store> store;      // of a single model
  std::optional<Ensemble> ensemble;  // or this
  // Of the file that the training rows were taken from: content_digest(); "" where it is not known.
  std::string training_digest;

  // Predictions of each output, in the order of encoding.outputs: probabilities, or values in the
  // target's unit, [N, ...]. workers: threads that read rows ahead.
  std::vector<Tensor> predict(const data::Source& rows, int threads = 1, int workers = 0) const;
};
// `path`: a run's folder, or a bundle's. E-BUNDLE-01 none there, -02 damaged, -03 weights that are
// not the model's (all of them listed).
Bundle load_bundle(const std::filesystem::path& path);
// `card`: the text of README.md.
void save_bundle(const std::filesystem::path& folder, const Bundle& bundle, std::string_view card);

// What a bundle says of rows as it is learned, neither calibrated nor in the target's unit, and
// what is true of them; predicted() (predictions.h) gives them as a person reads them.
train::Evaluation evaluate(const Bundle& bundle, const data::Source& rows, int threads = 1,
                           int workers = 0);

Assessment assess(const Bundle& bundle, const data::Source& rows, int threads = 1, int workers = 0);
// The same of predictions that were kept. replicates: of a bootstrap for the metrics that have no
// interval of their own; 0: none.
Assessment assess(const Experiment& experiment, const Encoding& encoding,
                  const Predictions& predictions, std::size_t replicates = 0);

}  // namespace glia::experiment
