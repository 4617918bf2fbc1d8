#include "glia/train/stopper.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/metric.h"
#include "glia/train/state.h"

namespace glia::train {

void expect_monitored(const std::string& name, const std::vector<std::string>& known) {
  // A metric stands under its printed name too ("val_f1_macro" for f1).
  const bool there = std::any_of(known.begin(), known.end(), [&](const std::string& k) {
    return k == name || name.starts_with(k + "_");
  });
  if (!there)
    fail("E-TRAIN-05",
         "early_stopping monitors '{}', which no epoch has; there are: {}. A metric of the "
         "validation rows must also stand under metrics",
         name, fmt::join(known, ", "));
}

void Stopper::see(const EpochRecord& record) {
  if (!o_) return;
  const double* value = record.find(o_->monitor);
  if (!value)  // a metric that was averaged has a longer name
    for (const auto& [key, v] : record.values)
      if (key.starts_with(o_->monitor + "_")) value = record.find(key);
  if (!value) {
    std::vector<std::string> known;
    for (const auto& [key, v] : record.values) known.push_back(key);
    expect_monitored(o_->monitor,
                     known);  // names the mistake; what it lets pass is averaged in another way
    fail("E-TRAIN-05", "early_stopping monitors '{}', which epoch {} does not have; it has: {}",
         o_->monitor, record.epoch, fmt::join(known, ", "));
  }
  const bool larger = metrics::larger_is_better(o_->monitor);
  const bool better = std::isfinite(*value) &&
                      (best_epoch_ == 0 ||
                       (larger ? *value > best_ + o_->min_delta : *value < best_ - o_->min_delta));
  if (!better) {
    ++waited_;
    return;
  }
  best_ = *value;
  best_epoch_ = record.epoch;
  waited_ = 0;
  if (!o_->restore_best) return;
  for (const Role role : {Role::parameter, Role::statistic})
    for (const auto& name : store_.names(role))
      best_weights_.insert_or_assign(name, store_.at(name).clone());
}

void Stopper::finish() {
  if (o_ && o_->restore_best) store_.restore(best_weights_);
}

void Stopper::save(Checkpoint& checkpoint) const {
  for (const auto& [name, tensor] : best_weights_)
    checkpoint.tensors.emplace("best/" + name, tensor);
  checkpoint.state["early_stopping"] =
      nlohmann::json{{"best", best_}, {"epoch", best_epoch_}, {"waited", waited_}}.dump();
}

void Stopper::load(const Checkpoint& checkpoint, std::int64_t epochs) {
  const StateReader reader(checkpoint, "early_stopping");
  best_ = reader.number("best");
  best_epoch_ = reader.integer("epoch", 0, epochs);
  waited_ = reader.integer("waited", 0, epochs);
  const auto weights = tensors_under(checkpoint, "best/");
  const bool expected = o_ && o_->restore_best && best_epoch_ > 0;
  if (const auto lines = expected ? mismatches(store_, weights, true) : ""; !lines.empty())
    reader.damaged("the best epoch's weights are not this model's:" + lines);
  best_weights_.clear();
  if (expected)
    for (const auto& [name, tensor] : weights) best_weights_.emplace(name, tensor.clone());
}

}  // namespace glia::train
