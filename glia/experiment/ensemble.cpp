#include "glia/experiment/ensemble.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/experiment/ensemble_link.h"

namespace glia::experiment {

std::string_view name_of(MemberKind kind) {
  constexpr std::string_view kNames[] = {"seeds", "bagging", "folds", "snapshots"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Combine combine) {
  constexpr std::string_view kNames[] = {"mean", "weighted", "stacking"};
  return kNames[static_cast<std::size_t>(combine)];
}

namespace {

Tensor mean_of(std::span<const Tensor> members, const std::vector<double>& weights) {
  Tensor result(DType::f32, members.front().shape());
  auto to = result.data<float>();
  std::vector<std::span<const float>> from;
  for (const auto& member : members) from.push_back(member.data<float>());
  const auto count = static_cast<double>(members.size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    double sum = 0;
    for (std::size_t m = 0; m < from.size(); ++m)
      sum += weights.empty() ? double{from[m][i]} : weights[m] * double{from[m][i]};
    to[i] = static_cast<float>(weights.empty() ? sum / count : sum);
  }
  return result;
}

// softmax of a row, in place.
void normalise(std::span<double> row) {
  const double most = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (double& z : row) sum += z = std::exp(z - most);
  for (double& z : row) z /= sum;
}

}  // namespace

double link(const nn::Loss& loss, double answer) {
  if (loss.of_numbers()) return answer;
  const double p = std::clamp(answer, kLeastProbability, 1 - kLeastProbability);
  return one_of_several(loss) ? std::log(p) : std::log(p / (1 - p));
}

Tensor Combiner::operator()(const nn::Loss& loss, std::span<const Tensor> members) const {
  if (how != Combine::stacking)
    return mean_of(members, how == Combine::weighted ? weights : std::vector<double>{});
  Tensor result(DType::f32, members.front().shape());
  auto to = result.data<float>();
  const std::size_t width = bias.size();
  const Shape& shape = result.shape();
  if (shape.rank() != 2 || !(shape[1] == Dim(static_cast<std::int64_t>(width))))
    fail("E-BUNDLE-02", "ensemble.json: {} biases for answers of {}", width, shape.text());
  std::vector<double> row(width);
  for (std::size_t i = 0; i < to.size(); i += width) {
    row = bias;
    for (std::size_t m = 0; m < members.size(); ++m)
      for (std::size_t c = 0; c < width; ++c)
        row[c] += weights[m] * link(loss, double{members[m].data<float>()[i + c]});
    if (one_of_several(loss))
      normalise(row);
    else if (!loss.of_numbers())
      for (double& z : row) z = 1 / (1 + std::exp(-z));
    for (std::size_t c = 0; c < width; ++c) to[i + c] = static_cast<float>(row[c]);
  }
  return result;
}

}  // namespace glia::experiment
