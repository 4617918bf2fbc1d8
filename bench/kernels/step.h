// Times a training step of a classifier of 10 classes on random rows, and says what takes the time.
#pragma once

#include <cstdint>
#include <string>

#include "glia/nn/module.h"

namespace glia::bench {

struct StepTiming {
  std::int64_t batch = 64;
  int threads = 1;
  int steps = 20;
  bool profile = false;
};

// Prints the fastest of `steps` steps with Adam, by CPU time on one thread and by the clock on
// more, and the loss of the first and the last. row: of the features, f32.
void time_step(const std::string& label, const nn::Module& model, const Shape& row,
               const StepTiming& o);

}  // namespace glia::bench
