// Learning rates over time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace glia::optim {

// Where a run stands. Steps count updates from 0.
struct Progress {
  std::int64_t step = 0;
  std::int64_t steps_per_epoch = 1;
  std::int64_t total_steps = 1;
};

// A rate that falls where a monitored value no longer improves, as torch's ReduceLROnPlateau (whose
// `threshold` is relative here too).
struct PlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;  // epochs without an improvement that are borne
  double threshold = 1e-4;     // an improvement is by more than this share
  std::int64_t cooldown = 0;   // epochs after a fall that do not count
  double minimum = 0;          // share of the learning rate below which it does not fall
};

// A pure function of the progress, by which the optimizer's learning rate is multiplied. It is
// computed on the host in double precision and handed to the step as a scalar, so that it needs no
// state of its own: a resumed run asks it again.
struct Schedule {
  std::string name;
  std::function<double(const Progress&)> factor;
  bool whole_run = false;  // depends on total_steps: a longer run is another one from its start
  // The one schedule that is not pure: its state is a Plateau, kept by who trains.
  std::optional<PlateauOptions> plateau = {};
  double rise = 0;  // epochs from its start to where it is highest, where these are said
};

// Options that cannot be are E-OPTION-01. t is the share of the run that is done.
Schedule constant();
// factor^(epoch / every), rounded down: StepLR.
struct StepOptions {
  std::int64_t every = 10;  // epochs
  double factor = 0.1;
};
Schedule step(StepOptions options = {});
// factor^(milestones that are over): MultiStepLR.
struct MultiStepOptions {
  std::vector<std::int64_t> milestones = {};  // epochs, rising
  double factor = 0.1;
};
Schedule multi_step(MultiStepOptions options);
// factor^epoch: ExponentialLR.
struct ExponentialOptions {
  double factor = 0.95;
};
Schedule exponential(ExponentialOptions options = {});
// minimum + (1 - minimum) (1 - t)^power: PolynomialLR over the whole run.
struct PolynomialOptions {
  double power = 1;
  double minimum = 0;
};
Schedule polynomial(PolynomialOptions options = {});
// From start to end along a line over `epochs`, then end: LinearLR.
struct LinearOptions {
  double start = 1.0 / 3;
  double end = 1;
  double epochs = 5;
};
Schedule linear(LinearOptions options = {});
// From 1 to `minimum` along half a cosine over the whole run, arXiv 1608.03983 without restarts,
// after `warmup` epochs of linear rise.
struct CosineOptions {
  double minimum = 0;
  double warmup = 0;  // epochs
};
Schedule cosine(CosineOptions options = {});
// The same over `period` epochs, again and again, each time `multiply` times as long:
// CosineAnnealingWarmRestarts.
struct CosineRestartsOptions {
  double period = 10;
  std::int64_t multiply = 1;
  double minimum = 0;
};
Schedule cosine_restarts(CosineRestartsOptions options = {});
// Up to the learning rate and down far below where it began, over the whole run: OneCycleLR, arXiv
// 1708.07120, in two phases along cosines. Momentum is not cycled.
struct OneCycleOptions {
  double rise = 0.3;           // share of the run
  double start_divisor = 25;   // it begins at 1 / start_divisor
  double end_divisor = 10000;  // and ends at that / end_divisor
};
Schedule one_cycle(OneCycleOptions options = {});
Schedule reduce_on_plateau(PlateauOptions options = {});

// The same after `epochs` of a linear rise from above 0, where it begins: at step i of w it is
// (i + 1) / (w + 1) of the schedule's first factor. Epochs are rounded to whole steps.
Schedule warmed_up(Schedule schedule, double epochs);

// How a plateau's rate stands.
class Plateau {
 public:
  struct State {
    double factor = 1, best = 0;
    std::int64_t seen = 0, waited = 0, cooling = 0;  // epochs
  };
  // learning_rate: falls of less than 1e-8 are left out, as in torch.
  Plateau(PlateauOptions options, double learning_rate, bool larger_is_better);
  void see(double value);  // of an epoch, at its end
  double factor() const { return state_.factor; }
  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  PlateauOptions o_;
  double rate_;
  bool larger_;
  State state_;
};

}  // namespace glia::optim
