#include "glia/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "glia/base/format.h"

namespace glia::optim {
namespace {

// E-OPTION-01, "[schedule] option is value: expected what".
template <class T>
void expect(bool good, const char* schedule, const char* option, T value, const char* what) {
  if (!good) fail("E-OPTION-01", "[{}] {} is {}, expected {}", schedule, option, value, what);
}
void expect_share(double value, const char* schedule, const char* option) {
  expect(value >= 0 && value <= 1, schedule, option, value, "0 to 1");
}
void expect_factor(double value, const char* schedule) {
  expect(value > 0 && std::isfinite(value), schedule, "factor", value, "above 0");
}

double real(std::int64_t n) { return static_cast<double>(n); }
std::int64_t epoch_of(const Progress& p) { return p.step / p.steps_per_epoch; }
double share_of_run(const Progress& p) {
  return std::clamp(real(p.step) / std::max(1.0, real(p.total_steps)), 0.0, 1.0);
}

// From a at t = 0 to b at t = 1, along half a cosine.
double along_cosine(double a, double b, double t) {
  return b + (a - b) * 0.5 * (1 + std::cos(std::numbers::pi * t));
}

}  // namespace

Schedule constant() {
  return {"constant", [](const Progress&) { return 1.0; }};
}

Schedule step(StepOptions o) {
  expect(o.every >= 1, "step", "every", o.every, "at least 1 epoch");
  expect_factor(o.factor, "step");
  return {"step",
          [o](const Progress& p) { return std::pow(o.factor, real(epoch_of(p) / o.every)); }};
}

Schedule multi_step(MultiStepOptions o) {
  if (o.milestones.empty() || o.milestones[0] < 1 ||
      !std::is_sorted(o.milestones.begin(), o.milestones.end()))
    fail("E-OPTION-01", "[multi_step] milestones are [{}], expected rising numbers of epochs",
         fmt::join(o.milestones, ", "));
  expect_factor(o.factor, "multi_step");
  return {"multi_step", [o](const Progress& p) {
            const auto over =
                std::upper_bound(o.milestones.begin(), o.milestones.end(), epoch_of(p));
            return std::pow(o.factor, real(over - o.milestones.begin()));
          }};
}

Schedule exponential(ExponentialOptions o) {
  expect_factor(o.factor, "exponential");
  return {"exponential", [o](const Progress& p) { return std::pow(o.factor, real(epoch_of(p))); }};
}

Schedule polynomial(PolynomialOptions o) {
  expect(o.power > 0, "polynomial", "power", o.power, "above 0");
  expect_share(o.minimum, "polynomial", "minimum");
  return {"polynomial",
          [o](const Progress& p) {
            return o.minimum + (1 - o.minimum) * std::pow(1 - share_of_run(p), o.power);
          },
          true};
}

Schedule linear(LinearOptions o) {
  expect(o.start > 0 && o.start <= 1, "linear", "start", o.start, "above 0 and at most 1");
  expect_share(o.end, "linear", "end");
  expect(o.epochs > 0, "linear", "epochs", o.epochs, "above 0");
  return {"linear",
          [o](const Progress& p) {
            const double t = std::min(1.0, real(p.step) / (o.epochs * real(p.steps_per_epoch)));
            return o.start + (o.end - o.start) * t;
          },
          false, std::nullopt, o.end > o.start ? o.epochs : 0};
}

Schedule cosine(CosineOptions o) {
  expect_share(o.minimum, "cosine", "minimum");
  return warmed_up(
      {"cosine", [o](const Progress& p) { return along_cosine(1, o.minimum, share_of_run(p)); },
       true},
      o.warmup);
}

Schedule cosine_restarts(CosineRestartsOptions o) {
  expect(o.period > 0, "cosine_restarts", "period", o.period, "above 0");
  expect(o.multiply >= 1, "cosine_restarts", "multiply", o.multiply, "at least 1");
  expect_share(o.minimum, "cosine_restarts", "minimum");
  return {"cosine_restarts", [o](const Progress& p) {
            double at = real(p.step), period = o.period * real(p.steps_per_epoch);
            if (o.multiply == 1) at = std::fmod(at, period);
            for (; at >= period; period *= real(o.multiply)) at -= period;
            return along_cosine(1, o.minimum, at / period);
          }};
}

Schedule one_cycle(OneCycleOptions o) {
  expect(o.rise > 0 && o.rise < 1, "one_cycle", "rise", o.rise, "above 0 and below 1");
  expect(o.start_divisor >= 1, "one_cycle", "start_divisor", o.start_divisor, "at least 1");
  expect(o.end_divisor >= 1, "one_cycle", "end_divisor", o.end_divisor, "at least 1");
  return {"one_cycle",
          [o](const Progress& p) {
            const double start = 1 / o.start_divisor, end = start / o.end_divisor;
            const double total = real(p.total_steps), top = std::max(o.rise * total - 1, 0.0);
            const double at = std::min(real(p.step), total - 1);
            if (at <= top) return along_cosine(start, 1, top > 0 ? at / top : 1);
            return along_cosine(1, end, (at - top) / (total - 1 - top));
          },
          true};
}

Schedule reduce_on_plateau(PlateauOptions o) {
  expect(o.factor > 0 && o.factor < 1, "reduce_on_plateau", "factor", o.factor,
         "above 0 and below 1");
  expect(o.patience >= 0, "reduce_on_plateau", "patience", o.patience, "at least 0");
  expect_share(o.threshold, "reduce_on_plateau", "threshold");
  expect(o.cooldown >= 0, "reduce_on_plateau", "cooldown", o.cooldown, "at least 0");
  expect_share(o.minimum, "reduce_on_plateau", "minimum");
  Schedule schedule = constant();
  schedule.name = "reduce_on_plateau";
  schedule.plateau = std::move(o);
  return schedule;
}

Schedule warmed_up(Schedule schedule, double epochs) {
  if (!(epochs >= 0 && std::isfinite(epochs)))
    fail("E-OPTION-01", "[{}] warmup is {}, expected at least 0 epochs", schedule.name, epochs);
  if (epochs == 0) return schedule;
  auto factor = [then = schedule.factor, epochs](const Progress& p) {
    const auto rise = static_cast<std::int64_t>(std::llround(epochs * real(p.steps_per_epoch)));
    Progress after = p;
    after.step = std::max<std::int64_t>(p.step - rise, 0);
    after.total_steps = std::max<std::int64_t>(p.total_steps - rise, 1);
    const double risen = p.step < rise ? real(p.step + 1) / real(rise + 1) : 1;
    return risen * then(after);
  };
  schedule.factor = std::move(factor);
  schedule.rise += epochs;
  return schedule;
}

Plateau::Plateau(PlateauOptions options, double learning_rate, bool larger_is_better)
    : o_(std::move(options)), rate_(learning_rate), larger_(larger_is_better) {}

void Plateau::see(double value) {
  State& s = state_;
  const double wanted = s.best * (larger_ ? 1 + o_.threshold : 1 - o_.threshold);
  const bool better =
      std::isfinite(value) && (s.seen == 0 || (larger_ ? value > wanted : value < wanted));
  if (better) s.best = value, s.seen = 1, s.waited = 0;
  if (!better) ++s.waited;
  if (s.cooling > 0) --s.cooling, s.waited = 0;
  if (s.waited <= o_.patience) return;
  const double lower = std::max(s.factor * o_.factor, o_.minimum);
  if (rate_ * (s.factor - lower) > 1e-8) s.factor = lower;
  s.cooling = o_.cooldown;
  s.waited = 0;
}

}  // namespace glia::optim
