// Means over the batches of an epoch.
#pragma once

#include <string>
#include <vector>

#include "glia/data/dataset.h"
#include "glia/exec/session.h"
#include "glia/train/trainer.h"

namespace glia::train {

class Running {
 public:
  // Part of what a resume in the middle of an epoch needs. `loss`, `weight` and `rows` of the whole
  // loss stand in the first; where outputs have names, those of each follow.
  struct Sums {
    double loss = 0, weight = 0, correct = 0, rows = 0;
  };

  // graph: that of the steps, for the widths of its outputs.
  Running(const Objective& objective, const Graph& graph);

  // What a session computed of a batch.
  void add(const Session& session, const data::Batch& batch);
  // "loss", and "accuracy" of classes; of several outputs also "<name>_loss", "<name>_accuracy".
  NamedValues values() const;

  const std::vector<Sums>& sums() const { return sums_; }
  void reset();
  void reset(std::vector<Sums> sums);

 private:
  struct Part {
    std::string loss, prediction;  // outputs of the graph
    nn::Loss::Target target = nn::Loss::Target::values;
    bool of_classes = false;
    std::int64_t width = 1;                  // elements of one row
    double threshold = 0.5;                  // of a positive answer
    std::string loss_value, accuracy_value;  // names among the values
  };
  static double correct(const Part& part, const float* predictions, const Tensor& targets,
                        std::int64_t count);

  std::vector<Part> parts_;
  bool named_ = false;  // outputs with names have sums of their own beside those of the whole
  std::vector<Sums> sums_;
};

}  // namespace glia::train
