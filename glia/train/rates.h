// The learning rate of each update.
#pragma once

#include <optional>

#include "glia/train/checkpoint.h"
#include "glia/train/trainer.h"

namespace glia::train {

class Rates {
 public:
  // batches: of an epoch; outputs: their names, which stand before the monitored value's.
  Rates(const FitOptions& options, std::int64_t batches, const std::vector<std::string>& outputs);
  // Of the update to which the batch belongs; batches counted from the start of the run.
  double at(std::int64_t batch) const;
  // Whether a batch of an epoch (from 0) begins, or ends, the batches of one update.
  bool begins(std::int64_t batch) const { return batch % o_.updates.accumulate == 0; }
  bool ends(std::int64_t batch) const {
    return batch % o_.updates.accumulate == o_.updates.accumulate - 1 || batch + 1 == batches_;
  }
  // Where the plateau lets the rates fall: the factor.
  std::optional<double> see(const EpochRecord& record);
  // All rates from now on, beside the schedule's: E-TRAIN-02 where it is not above 0 and finite.
  void scale(double factor);

  void save(Checkpoint& checkpoint) const;
  void load(const Checkpoint& checkpoint);  // E-CHECK-01

 private:
  const FitOptions& o_;
  std::int64_t batches_;
  double scale_ = 1;
  std::optional<optim::Plateau> plateau_;
};

}  // namespace glia::train
