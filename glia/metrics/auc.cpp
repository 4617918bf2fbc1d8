#include "glia/metrics/auc.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/metrics/score_counts.h"

namespace glia::metrics {

std::optional<double> area_under_roc(const ThresholdCounts& counts) {
  if (counts.positives() == 0 || counts.negatives() == 0) return std::nullopt;
  Sum area;
  double positives = 0, negatives = 0;
  for (std::size_t i = 0; i < counts.scores.size(); ++i) {
    area.add((counts.false_positives[i] - negatives) * (counts.true_positives[i] + positives) / 2);
    positives = counts.true_positives[i], negatives = counts.false_positives[i];
  }
  return area.value() / counts.positives() / counts.negatives();
}

std::optional<double> average_precision(const ThresholdCounts& counts) {
  if (counts.positives() == 0) return std::nullopt;
  Sum area;
  double positives = 0;
  for (std::size_t i = 0; i < counts.scores.size(); ++i) {
    const double right = counts.true_positives[i];
    area.add((right - positives) * (right / (right + counts.false_positives[i])));
    positives = right;
  }
  return area.value() / counts.positives();
}

namespace {

using Area = std::optional<double> (*)(const ThresholdCounts&);

struct Kind {
  std::string_view name;
  Area area;
  bool needs_others;  // undefined also where every row is of the class
};
constexpr Kind kRoc{"roc_auc", area_under_roc, true};
constexpr Kind kPrecision{"average_precision", average_precision, false};

Metric binary(const Kind& kind, const Numbers& scores, Labels positive,
              std::span<const double> weights) {
  std::string name(kind.name);
  same_size(scores.size(), positive.size(), "scores", kind.name);
  const Weights weight(weights, positive.size(), kind.name);
  if (const auto why = nothing_to_count(positive.size(), weight); !why.empty())
    return undefined(std::move(name), why);
  if (const auto why = non_finite(scores, 1, "scores"); !why.empty())
    return undefined(std::move(name), why);
  const auto counts = count_at_thresholds(
      scores.size(), [&](std::size_t i) { return scores[i]; },
      [&](std::size_t i) { return positive[i] != 0; }, [&](std::size_t i) { return weight[i]; });
  if (const auto area = kind.area(counts)) return defined(std::move(name), *area);
  return undefined(std::move(name), counts.positives() == 0 ? "no row is of the positive class"
                                                            : "every row is of the positive class");
}

struct ManyClasses {
  const Numbers& scores;
  Labels truth;
  const std::vector<std::string>& labels;
  const Weights& weight;
  std::size_t classes() const { return labels.size(); }

  // Every row gives k decisions, "is it class c?".
  ThresholdCounts pooled() const {
    const std::size_t k = classes();
    return count_at_thresholds(
        scores.size(), [&](std::size_t i) { return scores[i]; },
        [&](std::size_t i) { return static_cast<std::size_t>(truth[i / k]) == i % k; },
        [&](std::size_t i) { return weight[i / k]; });
  }

  ThresholdCounts against_rest(std::size_t c) const {
    return count_at_thresholds(
        truth.size(), [&](std::size_t i) { return scores[i * classes() + c]; },
        [&](std::size_t i) { return static_cast<std::size_t>(truth[i]) == c; },
        [&](std::size_t i) { return weight[i]; });
  }
};

Metric mean(const Kind& kind, const ManyClasses& all, Averaging averaging, std::string name) {
  Sum sum, total;
  std::string skipped;
  std::size_t used = 0;
  for (std::size_t c = 0; c < all.classes(); ++c) {
    const auto counts = all.against_rest(c);
    const auto area = kind.area(counts);
    if (!area) {
      skipped += fmt::format("{}'{}'", skipped.empty() ? "" : ", ", all.labels[c]);
      continue;
    }
    ++used;
    const double share = averaging == Averaging::weighted ? counts.positives() : 1;
    sum.add(share * *area), total.add(share);
  }
  if (used == 0) return undefined(std::move(name), "the rows are all of one class");
  auto result = defined(std::move(name), sum.value() / total.value());
  if (used < all.classes())
    result.note =
        fmt::format("over {} of {} classes: no true row is {}", used, all.classes(), skipped);
  return result;
}

// What both kinds of many classes check first; the reason where there is nothing to compute.
std::string check(const Numbers& scores, Labels truth, std::size_t classes, const Weights& weight,
                  std::string_view where) {
  same_size(scores.size(), truth.size() * classes, "scores", where);
  check_classes(truth, classes, where);
  if (const auto why = nothing_to_count(truth.size(), weight); !why.empty())
    return std::string(why);
  return non_finite(scores, classes, "scores");
}

Metric of_classes(const Kind& kind, const Numbers& scores, Labels truth,
                  const std::vector<std::string>& labels, Averaging averaging,
                  std::span<const double> weights) {
  if (averaging == Averaging::binary)
    fail("E-METRIC-06", "{}: binary averaging is for two classes; try macro, micro or weighted",
         kind.name);
  auto name = fmt::format("{}_{}", kind.name, name_of(averaging));
  const Weights weight(weights, truth.size(), kind.name);
  if (const auto why = check(scores, truth, labels.size(), weight, kind.name); !why.empty())
    return undefined(std::move(name), why);
  const ManyClasses all{scores, truth, labels, weight};
  if (averaging != Averaging::micro) return mean(kind, all, averaging, std::move(name));
  if (const auto area = kind.area(all.pooled())) return defined(std::move(name), *area);
  return undefined(std::move(name), "there is only one class");
}

}  // namespace

Metric roc_auc(const Numbers& scores, Labels positive, std::span<const double> weights) {
  return binary(kRoc, scores, positive, weights);
}

Metric roc_auc(const Numbers& scores, Labels truth, const std::vector<std::string>& labels,
               Averaging averaging, std::span<const double> weights) {
  return of_classes(kRoc, scores, truth, labels, averaging, weights);
}

Metric average_precision(const Numbers& scores, Labels positive, std::span<const double> weights) {
  return binary(kPrecision, scores, positive, weights);
}

Metric average_precision(const Numbers& scores, Labels truth,
                         const std::vector<std::string>& labels, Averaging averaging,
                         std::span<const double> weights) {
  return of_classes(kPrecision, scores, truth, labels, averaging, weights);
}

Metric roc_auc_ovo(const Numbers& scores, Labels truth, const std::vector<std::string>& labels,
                   Averaging averaging) {
  std::string name = averaging == Averaging::weighted ? "roc_auc_ovo_weighted" : "roc_auc_ovo";
  if (averaging != Averaging::macro && averaging != Averaging::weighted)
    fail("E-METRIC-06",
         "roc_auc_ovo: {} averaging is not for pairs of classes; try macro or "
         "weighted",
         name_of(averaging));
  const std::size_t k = labels.size();
  const Weights one({}, truth.size(), name);
  if (const auto why = check(scores, truth, k, one, name); !why.empty())
    return undefined(std::move(name), why);
  std::vector<std::vector<std::size_t>> rows(k);
  for (std::size_t i = 0; i < truth.size(); ++i)
    rows[static_cast<std::size_t>(truth[i])].push_back(i);
  const auto area = [&](std::size_t positive, std::size_t other) {  // by the scores of `positive`
    const std::size_t split = rows[positive].size(), n = split + rows[other].size();
    const auto row = [&](std::size_t i) {
      return i < split ? rows[positive][i] : rows[other][i - split];
    };
    return *area_under_roc(count_at_thresholds(
        n, [&](std::size_t i) { return scores[row(i) * k + positive]; },
        [&](std::size_t i) { return i < split; }, [](std::size_t) { return 1.0; }));
  };
  Sum sum, total;
  for (std::size_t a = 0; a < k; ++a)
    for (std::size_t b = a + 1; b < k; ++b) {
      if (rows[a].empty() || rows[b].empty()) continue;
      const double share = averaging == Averaging::weighted
                               ? static_cast<double>(rows[a].size() + rows[b].size())
                               : 1;
      sum.add(share * (area(a, b) + area(b, a)) / 2), total.add(share);
    }
  if (total.value() == 0) return undefined(std::move(name), "the rows are all of one class");
  auto result = defined(std::move(name), sum.value() / total.value());
  const auto present = k - static_cast<std::size_t>(std::count_if(
                               rows.begin(), rows.end(), [](auto& r) { return r.empty(); }));
  if (present < k)
    result.note = fmt::format("over {} of {} classes: the others have no row", present, k);
  return result;
}

RocAucOfWeights::RocAucOfWeights(const Numbers& scores, Labels positive) {
  same_size(scores.size(), positive.size(), "scores", "roc_auc");
  std::vector<std::pair<double, std::uint32_t>> order(scores.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = {scores[i], static_cast<std::uint32_t>(i)};
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i)
    rows_.push_back({order[i].second, positive[order[i].second] != 0,
                     i + 1 == order.size() || order[i + 1].first != order[i].first});
}

std::optional<double> RocAucOfWeights::operator()(std::span<const double> weights) const {
  // Weights of resampling are counts, whose sums and halves are exact without compensation.
  double area = 0, below = 0, positives = 0, tied_positives = 0, tied_negatives = 0;
  for (const Row& row : rows_) {
    (row.positive ? tied_positives : tied_negatives) += weights[row.row];
    if (!row.last_of_ties) continue;
    area += tied_positives * (below + tied_negatives / 2);
    positives += tied_positives, below += tied_negatives;
    tied_positives = tied_negatives = 0;
  }
  if (positives == 0 || below == 0) return std::nullopt;
  return area / positives / below;
}

}  // namespace glia::metrics
