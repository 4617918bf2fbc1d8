// One batch of a training: gradients, updates, averages.
#pragma once

#include <functional>
#include <memory>
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

  // Of the epoch that was entered last; its outputs are the same in all.
  const Graph& gradients() const { return gradients_; }
  Averager& averager() { return averager_; }
  const Program& program(std::int64_t batch) { return steps_->at(batch).program(); }
  std::vector<InstructionTime> times() const;

  // Before the first batch of an epoch that is run: which groups it learns. Whether there are
  // others than before.
  bool enter(std::int64_t epoch);

 private:
  bool run_lbfgs(Session& session, double rate, const See& see);
  void open();  // programs of gradients_

  nn::Module model_;
  const FitOptions& o_;
  const Objective& objective_;
  const BatchTypes& types_;
  Store& store_;
  std::int64_t stage_ = 1;  // the epoch in which the last of the groups learned now began
  Graph gradients_;
  std::unique_ptr<SessionCache> steps_;
  std::vector<InstructionTime> past_;  // of programs of earlier stages
  Averager averager_;
  std::optional<Session> update_;  // where several batches make one
  float loss_ = 0, rate_ = 0, carry_ = 0, weight_ = 0;
};

// All variables of a training, for Store::expect_room.
Graph state_graph(const Graph& gradients, const FitOptions& options);

}  // namespace glia::train
