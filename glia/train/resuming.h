// Internal: whether a run may go on from a checkpoint, and from which.
#pragma once

#include "glia/train/state.h"
#include "glia/train/trainer.h"

namespace glia::train {

struct Resumed {
  Checkpoint checkpoint;
  State state;
  std::vector<std::string> told;  // settings that differ and may
};

// The newest whole checkpoint of a run like this one; none where there is no checkpoint at all, and
// `problems` says which were passed over. batches: of an epoch. Errors: E-CHECK-02 no checkpoint is
// whole, E-CHECK-01 one that cannot be read, E-TRAIN-03 one of another run.
std::optional<Resumed> find_resumed(const FitOptions& options, const Agreement& course,
                                    const std::string& fingerprint, std::int64_t batches,
                                    std::vector<std::string>& problems);

// Its tensors into the store: E-TRAIN-03 where they are not those of this run.
void load_store(const Checkpoint& checkpoint, Store& store);

}  // namespace glia::train
