#include "glia/metrics/ratios.h"

#include "glia/base/format.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"

namespace glia::metrics {

const RatioMetric kPrecision{"precision", "no row is predicted as", "there are no predictions",
                             true, [](const ClassCounts& n) {
                               return Ratio{n.true_positives, n.predicted()};
                             }};
const RatioMetric kRecall{"recall", "no true row is", "there are no true rows", true,
                          [](const ClassCounts& n) {
                            return Ratio{n.true_positives, n.support()};
                          }};
const RatioMetric kSpecificity{
    "specificity", "every row is", "there are no rows of other classes", true,
    [](const ClassCounts& n) {
      return Ratio{n.true_negatives, n.true_negatives + n.false_positives};
    }};
const RatioMetric kF1{"f1", "no row is, or is predicted as,", "there are no rows", false,
                      [](const ClassCounts& n) {
                        return Ratio{2 * n.true_positives, n.support() + n.predicted()};
                      }};
const RatioMetric kJaccard{
    "jaccard", "no row is, or is predicted as,", "there are no rows", false,
    [](const ClassCounts& n) {
      return Ratio{n.true_positives, n.true_positives + n.false_positives + n.false_negatives};
    }};

namespace {

// "over 2 of 3 classes: no row is predicted as 'cat'".
std::string left_out(const CountedClasses& all, const RatioMetric& metric,
                     const std::vector<std::size_t>& skipped) {
  constexpr std::size_t kMost = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(skipped.size(), kMost); ++i)
    names += fmt::format("{}'{}'", i ? ", " : "", all.labels[skipped[i]]);
  if (skipped.size() > kMost) names += fmt::format(" and {} more", skipped.size() - kMost);
  return fmt::format("over {} of {} classes: {} {}", all.labels.size() - skipped.size(),
                     all.labels.size(), metric.empty, names);
}

Metric pooled(const CountedClasses& all, const RatioMetric& metric, std::string name) {
  Sum part, whole;
  for (const auto& counts : all.counts) {
    const auto ratio = metric.of(counts);
    part.add(ratio.part), whole.add(ratio.whole);
  }
  if (whole.value() == 0) return undefined(std::move(name), metric.pooled);
  return defined(std::move(name), part.value() / whole.value());
}

}  // namespace

Metric of_class(const CountedClasses& all, const RatioMetric& metric, std::size_t c, double level) {
  const auto ratio = metric.of(all.counts[c]);
  std::string name(metric.name);
  if (ratio.whole == 0)
    return undefined(std::move(name), fmt::format("{} '{}'", metric.empty, all.labels[c]));
  auto result = defined(std::move(name), ratio.part / ratio.whole);
  if (metric.proportion && !all.weighted) result.interval = wilson(ratio.part, ratio.whole, level);
  return result;
}

Metric averaged(const CountedClasses& all, const RatioMetric& metric, Averaging averaging) {
  auto name = fmt::format("{}_{}", metric.name, name_of(averaging));
  if (averaging == Averaging::micro) return pooled(all, metric, std::move(name));
  Sum sum, weights;
  std::vector<std::size_t> skipped;
  for (std::size_t c = 0; c < all.counts.size(); ++c) {
    const auto ratio = metric.of(all.counts[c]);
    if (ratio.whole == 0) {
      skipped.push_back(c);
      continue;
    }
    const double weight = averaging == Averaging::weighted ? all.counts[c].support() : 1;
    sum.add(weight * (ratio.part / ratio.whole)), weights.add(weight);
  }
  if (skipped.size() == all.counts.size()) return undefined(std::move(name), metric.pooled);
  if (weights.value() == 0)
    return undefined(std::move(name), "the classes that have a value have no true rows");
  auto result = defined(std::move(name), sum.value() / weights.value());
  if (!skipped.empty()) result.note = left_out(all, metric, skipped);
  return result;
}

std::vector<ClassMetrics> by_class(const CountedClasses& all, double level) {
  std::vector<ClassMetrics> rows;
  for (std::size_t c = 0; c < all.counts.size(); ++c)
    rows.push_back({all.labels[c], of_class(all, kPrecision, c, level),
                    of_class(all, kRecall, c, level), of_class(all, kF1, c, level),
                    all.counts[c].support()});
  return rows;
}

}  // namespace glia::metrics
