// Of multilabel.h: the metrics of the order of a row's labels.
#include "glia/base/format.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/multilabel.h"

namespace glia::metrics {
namespace {

// One row's labels: how many score at least as high as one of them.
struct Row {
  const Numbers& scores;
  Labels truth;
  std::size_t first, labels;

  bool is(std::size_t label) const { return truth[first + label] != 0; }
  double score(std::size_t label) const { return scores[first + label]; }
  std::size_t trues() const {
    std::size_t count = 0;
    for (std::size_t l = 0; l < labels; ++l) count += is(l);
    return count;
  }
  std::size_t at_least(std::size_t label, bool only_true) const {
    std::size_t count = 0;
    for (std::size_t l = 0; l < labels; ++l)
      count += (is(l) || !only_true) && score(l) >= score(label);
    return count;
  }
};

// The weighted mean over rows of of_row(row), nothing for a row that is left out.
template <class OfRow>
Metric over_rows(std::string name, const Numbers& scores, Labels truth, std::size_t labels,
                 std::span<const double> weights, std::string_view needed, OfRow of_row) {
  if (labels == 0 || truth.size() % labels != 0)
    fail("E-METRIC-02", "{}: got {} decisions for {} labels; expected [N, L]", name, truth.size(),
         labels);
  same_size(scores.size(), truth.size(), "scores", name);
  const std::size_t n = truth.size() / labels;
  const Weights weight(weights, n, name);
  if (const auto why = nothing_to_count(n, weight); !why.empty())
    return undefined(std::move(name), why);
  if (const auto why = non_finite(scores, labels, "scores"); !why.empty())
    return undefined(std::move(name), why);
  Sum sum, total;
  std::size_t used = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::optional<double> value = of_row(Row{scores, truth, i * labels, labels});
    if (!value) continue;
    ++used;
    sum.add(weight[i] * *value), total.add(weight[i]);
  }
  if (total.value() == 0)
    return undefined(std::move(name), fmt::format("no row that counts has {}", needed));
  auto result = defined(std::move(name), sum.value() / total.value());
  if (used < n) result.note = fmt::format("over {} of {} rows: those with {}", used, n, needed);
  return result;
}

}  // namespace

Metric label_ranking_average_precision(const Numbers& scores, Labels truth, std::size_t labels,
                                       std::span<const double> weights) {
  return over_rows("label_ranking_average_precision", scores, truth, labels, weights,
                   "a true label", [](const Row& row) -> std::optional<double> {
                     const std::size_t trues = row.trues();
                     if (trues == 0) return std::nullopt;
                     double sum = 0;
                     for (std::size_t l = 0; l < row.labels; ++l)
                       if (row.is(l))
                         sum += static_cast<double>(row.at_least(l, true)) /
                                static_cast<double>(row.at_least(l, false));
                     return sum / static_cast<double>(trues);
                   });
}

Metric coverage_error(const Numbers& scores, Labels truth, std::size_t labels,
                      std::span<const double> weights) {
  return over_rows("coverage_error", scores, truth, labels, weights, "a true label",
                   [](const Row& row) -> std::optional<double> {
                     if (row.trues() == 0) return std::nullopt;
                     std::size_t deepest = 0;
                     for (std::size_t l = 0; l < row.labels; ++l)
                       if (row.is(l)) deepest = std::max(deepest, row.at_least(l, false));
                     return static_cast<double>(deepest);
                   });
}

Metric label_ranking_loss(const Numbers& scores, Labels truth, std::size_t labels,
                          std::span<const double> weights) {
  return over_rows("label_ranking_loss", scores, truth, labels, weights,
                   "both a true and a false label", [](const Row& row) -> std::optional<double> {
                     const std::size_t trues = row.trues(), falses = row.labels - trues;
                     if (trues == 0 || falses == 0) return std::nullopt;
                     std::size_t wrong = 0;
                     for (std::size_t l = 0; l < row.labels; ++l)
                       if (row.is(l)) wrong += row.at_least(l, false) - row.at_least(l, true);
                     return static_cast<double>(wrong) / static_cast<double>(trues * falses);
                   });
}

}  // namespace glia::metrics
