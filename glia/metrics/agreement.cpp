#include "glia/metrics/agreement.h"

#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

std::string_view no_rows(const ConfusionMatrix& matrix) {
  return matrix.weighted ? "the sample weights sum to 0" : "there are no rows";
}

struct Totals {
  std::vector<double> truth, predicted;
  double all = 0;

  explicit Totals(const ConfusionMatrix& matrix) : all(matrix.total()) {
    for (std::size_t c = 0; c < matrix.classes(); ++c) {
      truth.push_back(matrix.true_total(c));
      predicted.push_back(matrix.predicted_total(c));
    }
  }
};

bool one_class(const std::vector<double>& totals) {
  std::size_t used = 0;
  for (const double total : totals) used += total > 0;
  return used < 2;
}

double cost(KappaWeights costs, std::size_t i, std::size_t j) {
  const double apart = std::abs(static_cast<double>(i) - static_cast<double>(j));
  if (costs == KappaWeights::none) return i == j ? 0 : 1;
  return costs == KappaWeights::linear ? apart : apart * apart;
}

}  // namespace

Metric balanced_accuracy(const ConfusionMatrix& matrix) {
  auto result = recall(matrix, {.averaging = Averaging::macro});
  result.name = "balanced_accuracy";
  return result;
}

Metric matthews(const ConfusionMatrix& matrix) {
  const Totals totals(matrix);
  if (totals.all == 0) return undefined("matthews", no_rows(matrix));
  if (one_class(totals.truth)) return undefined("matthews", "the rows are all of one class");
  if (one_class(totals.predicted))
    return undefined("matthews", "all rows are predicted as one class");
  // In shares of all rows, so that counts of millions do not overflow the digits of their products.
  Sum right, together, truth, predicted;
  for (std::size_t c = 0; c < matrix.classes(); ++c) {
    const double t = totals.truth[c] / totals.all, p = totals.predicted[c] / totals.all;
    right.add(matrix.at(c, c) / totals.all), together.add(t * p);
    truth.add(t * (1 - t)), predicted.add(p * (1 - p));
  }
  return defined("matthews",
                 (right.value() - together.value()) / std::sqrt(truth.value() * predicted.value()));
}

Metric cohen_kappa(const ConfusionMatrix& matrix, KappaWeights costs) {
  constexpr std::string_view kName = "cohen_kappa";
  const Totals totals(matrix);
  if (totals.all == 0) return undefined(std::string(kName), no_rows(matrix));
  Sum seen, chance;
  for (std::size_t i = 0; i < matrix.classes(); ++i)
    for (std::size_t j = 0; j < matrix.classes(); ++j) {
      const double c = cost(costs, i, j);
      seen.add(c * matrix.at(i, j));
      chance.add(c * (totals.truth[i] * totals.predicted[j] / totals.all));
    }
  if (chance.value() == 0)
    return undefined(std::string(kName), "all rows are of one class and predicted as it");
  return defined(std::string(kName), 1 - seen.value() / chance.value());
}

}  // namespace glia::metrics
