#include "glia/train/non_finite.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"

namespace glia::train {
namespace {

// The row of the dataset whose features are not finite; -1 where all are.
std::int64_t bad_row(const data::Batch& batch) {
  if (batch.features.dtype() != DType::f32) return -1;
  const auto features = batch.features.data<float>();
  const auto each = features.size() / static_cast<std::size_t>(batch.features.shape()[0].value());
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i)
    for (const float x : features.subspan(i * each, each))
      if (!std::isfinite(x)) return batch.rows[i];
  return -1;
}

// The row of the dataset that holds a whole number among its features; -1: none does.
std::int64_t row_with(const data::Batch& batch, std::int64_t number) {
  if (batch.features.dtype() != DType::i64) return -1;
  const auto all = batch.features.data<std::int64_t>();
  const auto each = all.size() / static_cast<std::size_t>(batch.features.shape()[0].value());
  const auto features = all.first(each * static_cast<std::size_t>(batch.count));
  const auto at = std::find(features.begin(), features.end(), number);
  if (at == features.end()) return -1;
  return batch.rows[static_cast<std::size_t>(at - features.begin()) / each];
}

}  // namespace

Reason reason_of(const data::Batch& batch, const std::optional<NonFinite>& found) {
  if (const auto row = bad_row(batch); row >= 0)
    return {fmt::format("because row {} of the data has a feature that is not", row),
            "Mend this row's features, or leave the row out"};
  const std::string advice = "Try a smaller learning rate, or look at this batch's rows";
  if (!found) return {"though no single op shows it: look at the features", advice};
  const auto layer = found->layer.empty() ? "" : " layer '" + found->layer + "'";
  if (const auto& outside = found->outside) {
    const auto row = row_with(batch, outside->index);
    return {fmt::format("because{} takes row {} of a table that has {}, 0 to {}{}", layer,
                        outside->index, outside->rows, outside->rows - 1,
                        row < 0 ? "" : fmt::format("; row {} of the data holds this number", row)),
            "Correct the number, or give the table more rows (input_dim of an embedding)"};
  }
  return {fmt::format("first in the result of [{}]{}, {}", found->op, layer, found->type.text()),
          advice};
}

std::string bad_variable(const Store& store) {
  for (const auto& name : store.names()) {
    const Role role = store.role(name);
    if (role != Role::parameter && role != Role::statistic) continue;
    const Tensor& t = store.at(name);
    if (t.dtype() != DType::f32) continue;
    for (const float x : t.data<float>())
      if (!std::isfinite(x)) return name;
  }
  return {};
}

}  // namespace glia::train
