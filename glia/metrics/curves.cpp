#include "glia/metrics/curves.h"

#include "glia/base/format.h"
#include "glia/metrics/score_counts.h"

namespace glia::metrics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Counted {
  ThresholdCounts at;
  std::string why;  // where there is nothing to count
};

Counted counted(const Numbers& scores, Labels positive, std::span<const double> weights,
                std::string_view where) {
  same_size(scores.size(), positive.size(), "scores", where);
  const Weights weight(weights, positive.size(), where);
  if (const auto why = nothing_to_count(positive.size(), weight); !why.empty())
    return {{}, std::string(why)};
  if (auto why = non_finite(scores, 1, "scores"); !why.empty()) return {{}, std::move(why)};
  return {count_at_thresholds(
              scores.size(), [&](std::size_t i) { return scores[i]; },
              [&](std::size_t i) { return positive[i] != 0; },
              [&](std::size_t i) { return weight[i]; }),
          ""};
}

std::string undefined_note(std::string_view because) {
  return fmt::format("undefined, because {}", because);
}

// Whether the counts go on from `i` as they came to it: two equal steps along a straight line.
bool goes_straight(const ThresholdCounts& at, std::size_t i) {
  const auto& t = at.true_positives;
  const auto& f = at.false_positives;
  return (t[i + 1] - t[i]) - (t[i] - t[i - 1]) == 0 && (f[i + 1] - f[i]) - (f[i] - f[i - 1]) == 0;
}

template <class Points, class X, class Y>
double trapezoids(const Points& points, X x, Y y) {
  Sum area;
  for (std::size_t i = 1; i < points.size(); ++i)
    area.add((x(points[i]) - x(points[i - 1])) * (y(points[i]) + y(points[i - 1])) / 2);
  return std::abs(area.value());
}

std::optional<double> ratio(double part, double whole) {
  if (whole == 0) return std::nullopt;
  return part / whole;
}

}  // namespace

RocCurve roc_curve(const Numbers& scores, Labels positive, std::span<const double> weights,
                   bool drop_intermediate) {
  const auto [at, why] = counted(scores, positive, weights, "roc_curve");
  if (!why.empty()) return {{}, undefined_note(why)};
  if (at.positives() == 0) return {{}, undefined_note("no row is of the positive class")};
  if (at.negatives() == 0) return {{}, undefined_note("every row is of the positive class")};
  RocCurve curve{{{kInfinity, 0, 0}}, ""};
  for (std::size_t i = 0; i < at.scores.size(); ++i) {
    const bool inner = i > 0 && i + 1 < at.scores.size();
    if (drop_intermediate && inner && goes_straight(at, i)) continue;
    curve.points.push_back({at.scores[i], at.false_positives[i] / at.negatives(),
                            at.true_positives[i] / at.positives()});
  }
  return curve;
}

PrecisionRecallCurve precision_recall_curve(const Numbers& scores, Labels positive,
                                            std::span<const double> weights,
                                            bool drop_intermediate) {
  const auto [at, why] = counted(scores, positive, weights, "precision_recall_curve");
  if (!why.empty()) return {{}, undefined_note(why)};
  if (at.positives() == 0) return {{}, undefined_note("no row is of the positive class")};
  PrecisionRecallCurve curve;
  const auto& right = at.true_positives;
  for (std::size_t i = at.scores.size(); i-- > 0;) {
    const bool inner = i > 0 && i + 1 < at.scores.size();
    if (drop_intermediate && inner && right[i] == right[i - 1] && right[i] == right[i + 1])
      continue;
    curve.points.push_back(
        {at.scores[i], right[i] / (right[i] + at.false_positives[i]), right[i] / at.positives()});
  }
  curve.points.push_back({kInfinity, 1, 0});
  return curve;
}

double area_under(const RocCurve& curve) {
  return trapezoids(
      curve.points, [](const RocPoint& p) { return p.false_positive_rate; },
      [](const RocPoint& p) { return p.true_positive_rate; });
}

double area_under(const PrecisionRecallCurve& curve) {
  return trapezoids(
      curve.points, [](const PrecisionRecallPoint& p) { return p.recall; },
      [](const PrecisionRecallPoint& p) { return p.precision; });
}

ThresholdCurve threshold_curve(const Numbers& scores, Labels positive,
                               std::span<const double> weights) {
  const auto [at, why] = counted(scores, positive, weights, "threshold_curve");
  if (!why.empty()) return {{}, undefined_note(why)};
  ThresholdCurve curve;
  for (std::size_t i = 0; i < at.scores.size(); ++i) {
    const double tp = at.true_positives[i], fp = at.false_positives[i];
    const double fn = at.positives() - tp, tn = at.negatives() - fp;
    const double all = at.positives() + at.negatives();
    curve.points.push_back({.threshold = at.scores[i],
                            .true_positives = tp,
                            .false_positives = fp,
                            .false_negatives = fn,
                            .true_negatives = tn,
                            .precision = ratio(tp, tp + fp),
                            .recall = ratio(tp, at.positives()),
                            .specificity = ratio(tn, at.negatives()),
                            .f1 = ratio(2 * tp, at.positives() + tp + fp),
                            .accuracy = (tp + tn) / all,
                            .positive_share = (tp + fp) / all});
  }
  return curve;
}

}  // namespace glia::metrics
