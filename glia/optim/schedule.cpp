#include "glia/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "glia/base/format.h"

namespace glia::optim {

Schedule constant() {
  return {"constant", [](const Progress&) { return 1.0; }};
}

Schedule step(StepOptions o) {
  if (o.every < 1 || !(o.factor > 0))
    fail("E-OPTION-01",
         "[step] every {} epochs by a factor of {}: expected at least 1, and a factor above 0",
         o.every, o.factor);
  return {"step", [o](const Progress& p) {
            const std::int64_t epoch = p.step / p.steps_per_epoch;
            return std::pow(o.factor, static_cast<double>(epoch / o.every));
          }};
}

Schedule cosine(CosineOptions o) {
  if (!(o.minimum >= 0 && o.minimum <= 1) || !(o.warmup >= 0))
    fail("E-OPTION-01",
         "[cosine] minimum {}, warmup {}: expected 0 <= minimum <= 1 and warmup >= 0", o.minimum,
         o.warmup);
  return {"cosine",
          [o](const Progress& p) {
            const double warmup = o.warmup * static_cast<double>(p.steps_per_epoch);
            const double at = static_cast<double>(p.step);
            if (at < warmup) return (at + 1) / (warmup + 1);
            const double rest = std::max(1.0, static_cast<double>(p.total_steps) - warmup);
            const double t = std::clamp((at - warmup) / rest, 0.0, 1.0);
            return o.minimum + (1 - o.minimum) * 0.5 * (1 + std::cos(std::numbers::pi * t));
          },
          true};
}

}  // namespace glia::optim
