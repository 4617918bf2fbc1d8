// A run: one training of an experiment, with its folder; and the bundle that it leaves.
#pragma once

#include <memory>

#include "glia/exec/store.h"
#include "glia/experiment/experiment.h"
#include "glia/experiment/summary.h"
#include "glia/metrics/evaluate.h"
#include "glia/train/graphs.h"

namespace glia::experiment {

// How raw rows become features, saved with a model.
struct Encoding {
  std::optional<data::Preprocessor> table;  // of rows; its target has the labels
  // Of images: [C, H, W], and how bytes become numbers.
  Shape image_shape;
  data::Pixels pixels;
  data::Target target;  // the labels, or the regression's unit
  // Of a model of several inputs: the columns of each. Of several outputs: their names and targets,
  // of which `target` is the first.
  std::vector<ColumnGroup> inputs;
  std::vector<std::pair<std::string, data::Target>> outputs;

  // Features of a table, [N, F], as the model's inputs.
  std::vector<Tensor> split(const Tensor& features) const;
  // What a model takes: of one row after encoding, and of a batch.
  Shape feature_row() const;
  train::BatchTypes types() const;

  std::string to_json() const;
  static Encoding from_json(std::string_view text);  // E-BUNDLE-02
};

// Datasets of an experiment, fitted on its training rows only.
struct Prepared {
  data::Dataset train;
  std::optional<data::Dataset> validation, test;
  Encoding encoding;
  std::int64_t equal_rows = 0;     // test rows that also stand in training: counted, not refused
  std::vector<std::string> notes;  // what a person may want to know of the data
  std::string fingerprint;         // SHA-256 over what was read
  std::string training_digest;     // content_digest() of the rows or images that `train` is of
};
// Errors: those of reading and preprocessing; E-DATA-60, -61 leakage; E-EXP-05.
Prepared prepare(const Experiment& experiment);

// Labels as a loss wants them: [N] classes, [N, 1] for binary_crossentropy, one-hot rows where
// asked.
Tensor targets_for(const nn::Loss& loss, const Tensor& classes, std::int64_t count, bool one_hot);

// Rows of a table with their targets, encoded.
data::Dataset dataset_of(const Experiment& experiment, const Encoding& encoding,
                         const data::Table& table, data::Rows rows,
                         data::TransformReport* report = nullptr);

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
  bool resume = false;
  // An existing run's folder is otherwise refused: E-RUN-01. The old run is kept aside until the
  // new one has a checkpoint or a model, and put back where it fails before.
  bool overwrite = false;
  int threads = 1;
  int loader_workers = 1;
  bool accept_fingerprint = false;
  bool profile = false;
};

struct RunResult {
  train::History history;
  std::optional<Assessment> validation, test;  // by the weights that were kept
  std::int64_t parameters = 0;
  std::string weights_sha256;      // of the bundle's weights.safetensors
  std::vector<std::string> files;  // that were written, relative to the folder
};

// Trains and writes the folder: experiment.yaml (resolved), checkpoints/, metrics.jsonl,
// result.json, model/ (the bundle). Where the training was interrupted there is no bundle yet.
// E-RUN-03 where another process trains in that folder.
RunResult train(const Experiment& experiment, const Prepared& prepared, const RunOptions& options,
                const train::Observer& observer = {});

// A saved model: weights.safetensors, experiment.yaml, encoding.json, README.md.
struct Bundle {
  Experiment experiment;
  Encoding encoding;
  std::unique_ptr<Store> store;
  // Of the file that the training rows were taken from: content_digest(); "" where it is not known.
  std::string training_digest;

  Shape feature_row() const { return encoding.feature_row(); }
  // Rows of features -> probabilities or values in the target's unit. [N, ...].
  Tensor predict(const Tensor& features, int threads = 1) const;
  // The same of every output, in the order of encoding.outputs.
  std::vector<Tensor> predict_outputs(const Tensor& features, int threads = 1) const;
};
// `path`: a run's folder, or a bundle's. E-BUNDLE-01 none there, -02 damaged, -03 weights that are
// not the model's (all of them listed).
Bundle load_bundle(const std::filesystem::path& path);
// `card`: the text of README.md.
void save_bundle(const std::filesystem::path& folder, const Bundle& bundle, std::string_view card);

Assessment assess(const Bundle& bundle, const data::Source& rows, int threads = 1);

// Rows of a CSV file for a bundle, the target among them or not. With a header they come in any
// order. Without one, for a model trained on files without one, they have their columns in their
// order. E-BUNDLE-04 where the model takes images; those of read_csv.
data::Table read_rows(const Bundle& bundle, const std::filesystem::path& csv);

// Labelled rows for a bundle, from a CSV file as read_rows() takes it, or from IDX images and
// labels.
struct LabelledRows {
  data::Dataset dataset;
  data::TransformReport report = {};
  bool trained_on = false;  // it is the file that the training rows were taken from
};
LabelledRows labelled_table(const Bundle& bundle, const std::filesystem::path& csv);
LabelledRows labelled_images(const Bundle& bundle, const std::filesystem::path& images,
                             const std::filesystem::path& labels);

}  // namespace glia::experiment
