// Learning rates over time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace glia::optim {

// Where a run stands. Steps count updates from 0.
struct Progress {
  std::int64_t step = 0;
  std::int64_t steps_per_epoch = 1;
  std::int64_t total_steps = 1;
};

// A pure function of the progress, by which the optimizer's learning rate is multiplied. It is
// computed on the host in double precision and handed to the step as a scalar, so that it needs no
// state of its own: a resumed run asks it again.
struct Schedule {
  std::string name;
  std::function<double(const Progress&)> factor;
  bool whole_run = false;  // depends on total_steps: a longer run is another one from its start
};

Schedule constant();
// factor^(epoch / every), rounded down.
struct StepOptions {
  std::int64_t every = 10;  // epochs
  double factor = 0.1;
};
Schedule step(StepOptions options = {});
// From 1 to `minimum` along half a cosine over the whole run, arXiv 1608.03983 without restarts,
// after `warmup` epochs of linear rise.
struct CosineOptions {
  double minimum = 0;
  double warmup = 0;  // epochs
};
Schedule cosine(CosineOptions options = {});

}  // namespace glia::optim
