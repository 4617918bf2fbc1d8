#include "glia/train/rates.h"

#include <limits>

#include "glia/base/format.h"
#include "glia/metrics/metric.h"
#include "glia/train/state.h"
#include "glia/train/stopper.h"

namespace glia::train {
namespace {

constexpr const char* kKey = "reduce_on_plateau";
constexpr const char* kScale = "learning_rate_scale";
constexpr double kMostScale = 1e6;

}  // namespace

Rates::Rates(const FitOptions& options, std::int64_t batches,
             const std::vector<std::string>& outputs)
    : o_(options), batches_(batches) {
  if (const auto& plateau = o_.schedule.plateau)
    plateau_.emplace(*plateau, o_.optimizer.learning_rate,
                     metrics::larger_is_better(without_output(plateau->monitor, outputs)));
}

double Rates::at(std::int64_t batch) const {
  const std::int64_t k = o_.updates.accumulate, updates = (batches_ + k - 1) / k;
  const std::int64_t step = batch / batches_ * updates + batch % batches_ / k;
  const double factor = o_.schedule.factor({step, updates, updates * o_.epochs});
  const double rate =
      o_.optimizer.learning_rate * factor * (plateau_ ? plateau_->factor() : 1) * scale_;
  if (!(rate >= 0 && rate <= std::numeric_limits<float>::max()))
    fail("E-TRAIN-02",
         "[fit] the learning rate of update {} would be {}: {} of the optimizer, by a factor of {} "
         "of the schedule '{}'; expected a finite number of at least 0",
         step + 1, rate, o_.optimizer.learning_rate, factor, o_.schedule.name);
  return rate;
}

std::optional<double> Rates::see(const EpochRecord& record) {
  if (!plateau_ || !judged(record, o_.schedule.plateau->monitor)) return std::nullopt;
  const double before = plateau_->factor();
  plateau_->see(monitored(record, o_.schedule.plateau->monitor, kKey));
  return plateau_->factor() < before ? std::optional(plateau_->factor() / before) : std::nullopt;
}

void Rates::scale(double factor) {
  if (!(factor > 0 && scale_ * factor > 0 && scale_ * factor <= kMostScale))
    fail(
        "E-TRAIN-02",
        "[fit] learning rates are to be multiplied by {}, expected a number above 0, and not above "
        "{} in all",
        factor, kMostScale);
  scale_ *= factor;
}

void Rates::save(Checkpoint& checkpoint) const {
  checkpoint.state[kScale] = nlohmann::json{{"factor", scale_}}.dump();
  if (!plateau_) return;
  const auto& s = plateau_->state();
  checkpoint.state[kKey] = nlohmann::json{
      {"factor", s.factor},
      {"best", s.best},
      {"seen", s.seen},
      {"waited", s.waited},
      {"cooling", s.cooling}}.dump();
}

void Rates::load(const Checkpoint& checkpoint) {
  const StateReader scale(checkpoint, kScale);
  scale_ = scale.number("factor");
  if (!(scale_ > 0 && scale_ <= kMostScale)) scale.damaged("'factor' is not a scale of rates");
  if (!plateau_) return;
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  const StateReader reader(checkpoint, kKey);
  optim::Plateau::State s;
  s.factor = reader.number("factor");
  s.best = reader.number("best");
  s.seen = reader.integer("seen", 0, 1);
  s.waited = reader.integer("waited", 0, kMost);
  s.cooling = reader.integer("cooling", 0, kMost);
  if (!(s.factor >= 0 && s.factor <= 1)) reader.damaged("'factor' is not from 0 to 1");
  plateau_->restore(s);
}

}  // namespace glia::train
