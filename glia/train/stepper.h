// One batch of a training: gradients, updates, averages.
#pragma once

#include <functional>
#include <optional>

#include "glia/train/average.h"
#include "glia/train/predictor.h"

namespace glia::train {

class Stepper {
 public:
  // rows: of a whole epoch.
  Stepper(const nn::Module& model, const FitOptions& options, const Objective& objective,
          const BatchTypes& types, std::int64_t rows, Store& store);

  // Which part of an update a batch is, and in which epoch (from 1) and with which rate.
  struct Place {
    bool begins = true, ends = true;
    std::int64_t epoch = 1;
    double rate = 0;
  };
  // Whether loss and gradients were finite; where not, nothing has changed. `see` is shown the
  // session when it holds losses and predictions of the batch as they were before the update.
  using See = std::function<void(const Session& session)>;
  bool run(const data::Batch& batch, const Place& place, const See& see);
  float loss() const { return loss_; }  // of that batch, before the update

  const Graph& gradients() const { return gradients_; }
  Averager& averager() { return averager_; }
  std::string fingerprint(std::int64_t batch) { return steps_.at(batch).program().fingerprint(); }
  std::vector<InstructionTime> times() const { return steps_.times(); }

 private:
  bool run_lbfgs(Session& session, double rate, const See& see);

  const FitOptions& o_;
  const BatchTypes& types_;
  Store& store_;
  Graph gradients_;
  SessionCache steps_;
  Averager averager_;
  std::optional<Session> update_;  // where several batches make one
  float loss_ = 0, rate_ = 0, carry_ = 0, weight_ = 0;
};

// All variables of a training, for Store::expect_room.
Graph state_graph(const Graph& gradients, const FitOptions& options);

}  // namespace glia::train
