#include "glia/train/targets.h"

#include <cmath>

#include "glia/base/format.h"

namespace glia::train {
namespace {

using Kind = nn::Loss::Target;

// What is wrong with one row, or nothing.
std::string fault(const float* row, std::int64_t width, Kind kind) {
  double sum = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    const float t = row[i];
    if (!std::isfinite(t)) return fmt::format("is {}, which is no number to learn", t);
    if (kind != Kind::values && !(t >= 0 && t <= 1))
      return fmt::format("is {}, expected a probability from 0 to 1", t);
    sum += t;
  }
  if (kind == Kind::one_hot && std::abs(sum - 1) > 1e-3)
    return fmt::format("sums to {}, expected a row that sums to 1", sum);
  return {};
}

}  // namespace

void check_targets(const Tensor& targets, const nn::Loss& loss, std::int64_t outputs,
                   std::string_view word) {
  const std::int64_t rows = targets.shape()[0].value();
  if (rows == 0) return;
  if (targets.dtype() == DType::i64) {
    const auto labels = targets.data<std::int64_t>();
    for (std::int64_t i = 0; i < rows; ++i)
      if (const auto label = labels[static_cast<std::size_t>(i)]; label < 0 || label >= outputs)
        fail("E-TRAIN-06",
             "[{}] the target of {} row {} is class {}, and the model has {} outputs: classes 0 to "
             "{}; give the last layer more units, or correct the label",
             loss.name, word, i, label, outputs, outputs - 1);
    return;
  }
  const std::int64_t width = targets.size() / rows;
  const float* row = targets.data<float>().data();
  for (std::int64_t i = 0; i < rows; ++i, row += width)
    if (const auto what = fault(row, width, loss.target); !what.empty())
      fail("E-TRAIN-06", "[{}] the target of {} row {} {}", loss.name, word, i, what);
}

Tensor class_row_weights(const Tensor& targets, const std::vector<double>& weights) {
  const std::int64_t rows = targets.shape()[0].value();
  const std::int64_t width = rows == 0 ? 1 : targets.size() / rows;
  Tensor result(DType::f32, {rows});
  for (std::int64_t i = 0; i < rows; ++i) {
    double label = targets.at(i * width);
    if (width > 1) {  // one-hot: the place of the 1
      label = -1;
      for (std::int64_t c = 0; c < width; ++c)
        if (targets.at(i * width + c) == 1) label = static_cast<double>(c);
    }
    if (!(label >= 0 && label < static_cast<double>(weights.size())) || label != std::floor(label))
      fail("E-TRAIN-02", "[fit] class weights are given for {} classes, and row {} has target {}",
           weights.size(), i,
           width > 1 ? std::string("no single class") : fmt::format("{}", label));
    result.set(i, weights[static_cast<std::size_t>(label)]);
  }
  return result;
}

}  // namespace glia::train
