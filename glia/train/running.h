// Internal: means over the batches of an epoch.
#pragma once

#include <string>
#include <vector>

#include "glia/data/dataset.h"
#include "glia/exec/session.h"
#include "glia/train/answers.h"
#include "glia/train/trainer.h"

namespace glia::train {

// Each loss is the mean that one batch of all rows would give: batches count by what they averaged,
// rows, places or weights. Accuracies are of the answers that count.
class Running {
 public:
  // Part of what a resume in the middle of an epoch needs. The first is of the only loss; where
  // outputs have names, it is of what the whole loss has beside them (penalties), and theirs
  // follow.
  struct Sums {
    double loss = 0, weight = 0, correct = 0, rows = 0;  // rows: answers
  };

  // graph: that of the steps, for its outputs.
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
    Output output;
    std::string loss, prediction, weight, mask;  // outputs of the graph; the last two: or none
    Answers answers;
  };
  static void count_correct(const Part& part, const Session& session, const Tensor& targets,
                            const data::Batch& batch, Sums& sums);

  std::vector<Part> parts_;
  bool named_ = false;  // outputs with names have sums of their own beside those of the whole
  std::vector<Sums> sums_;
};

}  // namespace glia::train
