// The training loop.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "glia/data/dataset.h"
#include "glia/data/target.h"
#include "glia/exec/session.h"
#include "glia/metrics/metric.h"
#include "glia/nn/module.h"
#include "glia/optim/optimizer.h"
#include "glia/optim/schedule.h"
#include "glia/train/agreement.h"
#include "glia/train/callback.h"
#include "glia/train/groups.h"
#include "glia/train/objective.h"

namespace glia::train {

// Ends a training whose monitored value has not improved for `patience` records: epochs, or
// validations where those have a cadence of their own. The weights of the best record are restored
// at the end, also where all epochs ran.
struct EarlyStopping {
  std::string monitor = "val_loss";  // "loss", "val_loss", "val_<metric>"
  std::int64_t patience = 3;
  double min_delta = 0;
  bool restore_best = true;
};

// A moving average of the weights, which evaluation and the trained model take in their place.
// exponential: a = decay * a + (1 - decay) * w after each update; mean: the mean of the weights at
// each epoch's end (arXiv 1803.05407). Statistics of normalisations are those of the training.
struct Average {
  enum class Kind : std::uint8_t { exponential, mean } kind = Kind::exponential;
  double decay = 0.999;
  std::int64_t from_epoch = 1;
};

// When the validation rows are looked at: at the ends of every few epochs and of the last one; and,
// where `steps` is above 0, after every so many steps as well.
struct Cadence {
  std::int64_t epochs = 1;
  std::int64_t steps = 0;
};

// Checkpoints are written at each epoch's end, where a training is interrupted or fails, and as
// said here. The newest `keep` of them stay; beside them, under `best/`, the `keep_best` with the
// best `monitor`, of those that were written where it was computed.
struct CheckpointOptions {
  std::filesystem::path folder = {};  // empty: none are written
  std::int64_t every_steps = 0;       // 0: not by steps
  double every_seconds = 0;           // of training; 0: not by time
  int keep = 2;
  int keep_best = 0;
  std::string monitor = "val_loss";
};

struct FitOptions {
  nn::Loss loss = nn::mean_squared_error();
  // Of a model of several outputs: their losses and metrics, in place of `loss` and of the options
  // for metrics below.
  std::vector<Output> outputs = {};
  optim::Optimizer optimizer = optim::adam();
  optim::Schedule schedule = optim::constant();
  UpdateOptions updates = {};  // groups of parameters, constraints, clipping, accumulation
  std::optional<Average> average = std::nullopt;
  std::int64_t batch_size = 32;
  std::int64_t epochs = 10;
  std::uint64_t seed = 1;
  // Of the steps of a training; evaluation and prediction take f32 (docs/precision.md).
  Precision precision = Precision::f32;
  int threads = 1;
  int loader_workers = 1;
  std::vector<std::string> metrics = {};  // of the validation rows, by name
  std::optional<EarlyStopping> early_stopping = std::nullopt;
  // Of classes 0, 1, ... of rows or, where the targets have more axes, of places; empty: all 1.
  std::vector<double> class_weights = {};
  // What the metrics need to know of the target.
  std::optional<std::int64_t> positive = std::nullopt;
  std::optional<double> threshold = std::nullopt;
  data::Target target = {};  // regression: metrics are in its unit
  Cadence validate = {};
  CheckpointOptions checkpoint = {};
  // Training ends after the step in which it has taken this long, earlier parts of a resumed run
  // included, with a last validation; 0: it may take any time.
  double time_budget = 0;  // seconds
  std::vector<std::shared_ptr<Callback>> callbacks = {};
  bool resume = false;       // from the newest checkpoint there, where there is one
  Agreement agreement = {};  // of model and data, kept in checkpoints: E-TRAIN-03 where it differs
  // Findings of the doctor that are meant so, by code ("D-41"): docs/doctor.md. `preflight` false:
  // the doctor is not asked, where its findings are known.
  std::vector<std::string> allow = {};
  bool preflight = true;
  bool accept_fingerprint = false;  // resume also where instruction set or threads differ
  bool profile = false;
};

using NamedValues = std::vector<std::pair<std::string, double>>;  // in the order to show

struct EpochRecord {
  std::int64_t epoch = 0;  // from 1
  std::int64_t step = 0;   // updates so far
  // "loss", "val_loss", "val_<metric>", "learning_rate"; of several outputs also "<output>_loss",
  // "val_<output>_loss", "val_<output>_<metric>".
  NamedValues values;
  double seconds = 0;       // of this epoch so far
  std::int64_t within = 0;  // batches of the epoch that were done; 0: this is its end
  const double* find(std::string_view name) const;
};

struct StepRecord {
  std::int64_t epoch = 0;               // from 1
  std::int64_t batch = 0, batches = 0;  // of this epoch, from 1
  std::int64_t step = 0;
  double loss = 0;                       // of this batch
  const NamedValues* running = nullptr;  // means over the epoch so far
};

// What a training tells while it runs, to whom only listens; who steers or remembers is a Callback.
// Functions that are not set are not called.
struct Observer {
  std::function<void(const StepRecord&)> step;
  std::function<void(const EpochRecord&)> epoch;                 // each record
  std::function<void(const std::vector<EpochRecord>&)> resumed;  // the records before this part
  std::function<void(std::string_view)> message;                 // one line for a person
  std::function<void()> saved;                                   // after each checkpoint
  const std::atomic<bool>* stop = nullptr;  // set: end after this step, with a checkpoint
};

enum class End : std::uint8_t { all_epochs, early_stopping, time_budget, callback, interrupted };
std::string_view name_of(End end);  // "all_epochs"

// What happened beside the plan: a person lowered the rate, a callback ended the training.
struct Event {
  std::int64_t step = 0;
  std::string text;
};

struct History {
  std::vector<EpochRecord> epochs;           // one for each epoch that was ended
  std::vector<EpochRecord> within;           // validations in the midst of epochs
  std::vector<EpochRecord> records() const;  // both, by step
  std::vector<Event> events;
  std::int64_t best_epoch = 0;  // 0: none was monitored
  std::int64_t best_step = 0;
  double best_value = 0;
  End end = End::all_epochs;
  std::string fingerprint;
  double seconds = 0;         // of training, earlier parts of a resumed run included
  double waited_seconds = 0;  // of these for data
  std::vector<InstructionTime> profile;
};

// Trains `model` in `store`, which is filled with initial values by `seed` where it lacks them. The
// doctor is asked first: its warnings are messages, its errors E-DOCTOR-01.
// Same build, seed, data and fingerprint: the same bits, with any number of loader workers, and
// also where the run was stopped and resumed at any step. Errors: E-TRAIN-01 nothing to learn, -02
// an option, also a learning rate that is none; -03 a resume with other settings, data or
// fingerprint, or for fewer epochs than are done; -04 a loss or gradient that is not finite: the
// update is withheld, a checkpoint of the state before it is written, and the message names the
// step and the first op that made it, or the row that came so, or the parameter that was not finite
// already; -05 early stopping on a value that no epoch has; -06 a target that its loss cannot mean;
// -07 numbers of outputs, targets and losses that differ; -09 a pattern that matches no parameter;
// E-CHECK-01, -02 a checkpoint that cannot be gone on from; E-METRIC-01; and those of layers and
// losses for shapes that do not fit.
History fit(const nn::Module& model, const data::Source& train, const data::Source* validation,
            Store& store, const FitOptions& options, const Observer& observer = {});

// What fit() asks of its options before anything is built from them: E-TRAIN-02, -05, E-METRIC-01.
void check_options(const FitOptions& options, bool validation);

// What the options minimise: `outputs`, or the one output that they describe.
Objective objective(const FitOptions& options);

// Metrics of predictions against targets as fit() computes them, by name. Of sequences and images
// every place is scored, but for labels that the loss ignores, padding (`mask`: boolean, the first
// axes of the predictions) and places whose weight (`weights`: f32 [N, T, ...]) is 0.
std::vector<metrics::Metric> score(const Tensor& predictions, const Tensor& targets,
                                   const Output& output, const Tensor& mask = {},
                                   const Tensor& weights = {});

}  // namespace glia::train
