// Which learning rates a model can be trained with: a short training over rising ones.
#pragma once

#include "glia/train/trainer.h"

namespace glia::train {

// The rate rises by a constant factor with each update (arXiv 1506.01186).
struct RateFinderOptions {
  double from = 1e-7, to = 10;
  std::int64_t updates = 100;
  double diverged = 4;  // ends where a running mean of the loss is above so many times its least
};

struct RateFinding {
  std::vector<double> rates, losses;  // one for each update
  // Means over the updates around each, so that they lag behind no rate; of losses beyond
  // `diverged` the bound counts.
  std::vector<double> smoothed;
  bool diverged = false;  // it ended before `to`
  // Where the smoothed loss falls fastest over the logarithm of the rate: the rate to try. Empty
  // where it falls nowhere.
  std::optional<double> steepest;
  double lowest = 0;  // where the smoothed loss is least; a tenth of it is the usual upper bound
};

// Trains a new copy of the model, from the weights in `store` where that is given; it stays as it
// is. Of the options, schedules, early stopping, averages, budgets, checkpoints and callbacks do
// not take part. Deterministic. Errors: E-TRAIN-02 options that cannot be, also lbfgs, which
// chooses its steps itself; those of fit().
RateFinding find_rate(const nn::Module& model, const data::Source& train, const FitOptions& options,
                      const RateFinderOptions& finder = {}, const Store* store = nullptr);

// What follows from the smoothed losses; find_rate() calls it. Sizes are the same.
void judge(RateFinding& finding);

}  // namespace glia::train
