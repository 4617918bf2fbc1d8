#include "glia/train/average.h"

#include <algorithm>

#include "glia/ops/ops.h"
#include "glia/train/graphs.h"

namespace glia::train {
namespace {

constexpr const char* kCount = "train.averaged";

std::string slot_of(const std::string& parameter) { return parameter + ".average"; }

}  // namespace

Averager::Averager(const std::optional<Average>& options, const Graph& gradients) : o_(options) {
  if (!o_) return;
  const Graph::Scope scope(graph_, "average");
  const Value count = graph_.variable({kCount, {DType::i64, {}}, Role::counter, false, nullptr});
  for (const Value& p : learned(gradients)) {
    const Variable& variable = gradients.variable_of(p);
    names_.push_back(variable.name);
    const Value weight = graph_.variable(variable);
    const Value average =
        graph_.variable({slot_of(variable.name), variable.type, Role::slot, false, nullptr});
    const Value before = cast(count, weight.dtype());
    // Of the first average all is the weight, which is exact from zeros.
    const Value share = o_->kind == Average::Kind::mean
                            ? 1.0 / (before + 1.0)
                            : select(greater(before, 0.0), zero_like(before) + (1 - o_->decay),
                                     zero_like(before) + 1.0);
    graph_.update(average, average + (weight - average) * share);
  }
  graph_.update(count, count + 1.0);
}

void Averager::open(Store& store, int threads) {
  if (!o_) return;
  store_ = &store;
  session_.emplace(compile(graph_, {.threads = threads}), store);
}

void Averager::after_update(std::int64_t epoch) {
  if (o_ && o_->kind == Average::Kind::exponential && epoch >= o_->from_epoch) session_->run();
}

void Averager::after_epoch(std::int64_t epoch) {
  if (o_ && o_->kind == Average::Kind::mean && epoch >= o_->from_epoch) session_->run();
}

void Averager::exchange() {
  if (!o_ || store_->at(kCount).at(0) == 0) return;
  for (const auto& name : names_) {
    Tensor &weight = store_->at(name), &average = store_->at(slot_of(name));
    std::swap_ranges(weight.raw(), weight.raw() + weight.bytes(), average.raw());
  }
}

}  // namespace glia::train
