// Internal: the callbacks of a training together, and what a checkpoint keeps of them.
#pragma once

#include <memory>
#include <vector>

#include "glia/train/callback.h"
#include "glia/train/checkpoint.h"

namespace glia::train {

class Callbacks {
 public:
  // E-TRAIN-02 where one is null, has no name, or has another's.
  explicit Callbacks(const std::vector<std::shared_ptr<Callback>>& all);

  template <class Call>
  void each(Call call) const {
    for (const auto& callback : all_) call(*callback);
  }

  void save(Checkpoint& checkpoint) const;
  // Gives a line for each that the checkpoint knows nothing of, and for each that it knows and that
  // is not here: such a resume may differ from a run that was never stopped.
  std::vector<std::string> load(const Checkpoint& checkpoint) const;

 private:
  const std::vector<std::shared_ptr<Callback>>& all_;
};

}  // namespace glia::train
