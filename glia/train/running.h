// Means over the batches of an epoch.
#pragma once

#include "glia/data/dataset.h"
#include "glia/nn/losses.h"
#include "glia/train/trainer.h"

namespace glia::train {

class Running {
 public:
  // Part of what a resume in the middle of an epoch needs.
  struct Sums {
    double loss = 0, weight = 0, correct = 0, rows = 0;
  };

  // outputs: of the model for one row. threshold: of a positive answer.
  Running(const nn::Loss& loss, std::int64_t outputs, double threshold)
      : target_(loss.target),
        of_classes_(loss.of_classes()),
        outputs_(outputs),
        threshold_(threshold) {}

  // loss: of this batch; predictions: f32 [count, outputs].
  void add(double loss, const float* predictions, const data::Batch& batch);
  bool counts_correct() const { return of_classes_; }
  Values values() const;  // "loss", and "accuracy" of classes

  const Sums& sums() const { return sums_; }
  void reset() { sums_ = {}; }
  void reset(const Sums& sums) { sums_ = sums; }

 private:
  double correct(const float* predictions, const data::Batch& batch) const;

  nn::Loss::Target target_;
  bool of_classes_;
  std::int64_t outputs_;
  double threshold_;
  Sums sums_;
};

}  // namespace glia::train
