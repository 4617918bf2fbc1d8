// Moving averages of the weights.
#pragma once

#include <memory>
#include <optional>

#include "glia/exec/session.h"
#include "glia/train/trainer.h"

namespace glia::train {

// Averages stand in the store, slots "<parameter>.average", so that checkpoints hold them. They
// begin with the weights themselves. Statistics of normalisations are not averaged.
class Averager {
 public:
  Averager(const std::optional<Average>& options, const Graph& gradients);
  const Graph* graph() const { return o_ ? &graph_ : nullptr; }  // its variables, for the store
  void open(Store& store, int threads);                          // once the store has them

  void after_update(std::int64_t epoch);  // epochs from 1
  void after_epoch(std::int64_t epoch);

  // While this lives, averages stand in place of the weights, where there are averages.
  class Shown {
   public:
    explicit Shown(Averager& averager) : averager_(averager) { averager_.exchange(); }
    ~Shown() { averager_.exchange(); }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;

   private:
    Averager& averager_;
  };
  void finish() { exchange(); }  // the averages become the weights

 private:
  void exchange();
  std::optional<Average> o_;
  std::vector<std::string> names_;
  Graph graph_;
  Store* store_ = nullptr;
  std::optional<Session> session_;
};

}  // namespace glia::train
