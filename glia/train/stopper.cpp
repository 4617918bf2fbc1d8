#include "glia/train/stopper.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/metric.h"
#include "glia/train/state.h"

namespace glia::train {

void expect_monitored(const std::string& name, const std::vector<std::string>& known,
                      std::string_view who) {
  // A metric stands under its printed name too ("val_f1_macro" for f1).
  const bool there = std::any_of(known.begin(), known.end(), [&](const std::string& k) {
    return k == name || name.starts_with(k + "_");
  });
  if (!there)
    fail("E-TRAIN-05",
         "{} monitors '{}', which no epoch has; there are: {}. A metric of the validation rows "
         "must also stand under metrics",
         who, name, fmt::join(known, ", "));
}

double monitored(const EpochRecord& record, const std::string& name, std::string_view who) {
  if (const double* value = record.find(name)) return *value;
  std::vector<std::string> known;
  for (const auto& [key, value] : record.values) {
    if (key.starts_with(name + "_")) return value;
    known.push_back(key);
  }
  expect_monitored(name, known, who);  // names the mistake; what it lets pass has another average
  fail("E-TRAIN-05", "{} monitors '{}', which epoch {} does not have; it has: {}", who, name,
       record.epoch, fmt::join(known, ", "));
}

bool judged(const EpochRecord& record, const std::string& name) {
  return name.starts_with("val_") ? record.find("val_loss") != nullptr : record.within == 0;
}

void Stopper::see(const EpochRecord& record) {
  if (!o_ || !judged(record, o_->monitor)) return;
  const double value = monitored(record, o_->monitor, "early_stopping");
  const bool larger = metrics::larger_is_better(without_output(o_->monitor, outputs_));
  const bool better = std::isfinite(value) &&
                      (best_epoch_ == 0 ||
                       (larger ? value > best_ + o_->min_delta : value < best_ - o_->min_delta));
  if (!better) {
    ++waited_;
    return;
  }
  best_ = value;
  best_epoch_ = record.epoch;
  best_step_ = record.step;
  waited_ = 0;
  if (!o_->restore_best) return;
  for (const Role role : {Role::parameter, Role::statistic})
    for (const auto& name : store_.names(role))
      best_weights_.insert_or_assign(name, store_.at(name).clone());
}

bool Stopper::finish() {
  store_.restore(best_weights_);
  return !best_weights_.empty();
}

void Stopper::save(Checkpoint& checkpoint) const {
  for (const auto& [name, tensor] : best_weights_)
    checkpoint.tensors.emplace("best/" + name, tensor);
  checkpoint.state["early_stopping"] = nlohmann::json{
      {"best", best_},
      {"epoch", best_epoch_},
      {"step", best_step_},
      {"waited", waited_}}.dump();
}

void Stopper::load(const Checkpoint& checkpoint, std::int64_t epochs) {
  const StateReader reader(checkpoint, "early_stopping");
  best_ = reader.number("best");
  best_epoch_ = reader.integer("epoch", 0, epochs + 1);  // that one may be in its midst
  best_step_ = reader.integer("step", 0, checkpoint.step);
  waited_ = reader.integer("waited", 0, checkpoint.step);
  const auto weights = tensors_under(checkpoint, "best/");
  const bool expected = o_ && o_->restore_best && best_epoch_ > 0;
  if (const auto lines = expected ? mismatches(store_, weights, true) : ""; !lines.empty())
    reader.damaged("the best epoch's weights are not this model's:" + lines);
  best_weights_.clear();
  if (expected)
    for (const auto& [name, tensor] : weights) best_weights_.emplace(name, tensor.clone());
}

}  // namespace glia::train
