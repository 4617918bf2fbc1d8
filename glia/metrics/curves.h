// Curves over all thresholds of a score, as a report draws them and a threshold is chosen from.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// Arguments of all curves: scores: [N]; positive: [N], nonzero for rows of the positive class;
// weights: [N] or empty; rows of weight 0 are as if they were not there. A point is the decisions
// "positive where score >= threshold", one point for each distinct score. A curve that is not
// defined has no points and its note reads "undefined, because ...". O(N log N).
// Errors E-METRIC-02, E-METRIC-04.

struct RocPoint {
  double threshold = 0;  // infinity at the first point: nothing is positive
  double false_positive_rate = 0, true_positive_rate = 0;
};
struct RocCurve {
  std::vector<RocPoint> points;  // from (0, 0) to (1, 1), thresholds falling
  std::string note;
};

// With drop_intermediate, points halfway between their neighbours are left out: the same curve with
// fewer points, as scikit-learn's roc_curve. Undefined without positive or
// negative rows.
RocCurve roc_curve(const Numbers& scores, Labels positive, std::span<const double> weights = {},
                   bool drop_intermediate = true);

struct PrecisionRecallPoint {
  double threshold = 0;  // infinity at the last point
  double precision = 0, recall = 0;
};
struct PrecisionRecallCurve {
  std::vector<PrecisionRecallPoint> points;  // recall falling from 1 to 0, thresholds rising
  std::string note;
};

// The last point is precision 1, recall 0, for the axis' sake. With drop_intermediate, of points
// with the same number of true positives only the first and the last stay. As scikit-learn's
// precision_recall_curve. Undefined without positive rows.
PrecisionRecallCurve precision_recall_curve(const Numbers& scores, Labels positive,
                                            std::span<const double> weights = {},
                                            bool drop_intermediate = false);

// Area under points (x, y) by trapezoids, x rising or falling: of the ROC curve exact. Of the
// precision-recall curve it interpolates where no model lies, and is larger than average_precision.
double area_under(const RocCurve& curve);
double area_under(const PrecisionRecallCurve& curve);

// What a decision rule with this threshold does; a value is missing where it is not defined.
struct ThresholdPoint {
  double threshold = 0;
  double true_positives = 0, false_positives = 0, false_negatives = 0, true_negatives = 0;
  std::optional<double> precision, recall, specificity, f1;
  double accuracy = 0;
  double positive_share = 0;  // of rows predicted as positive
};
struct ThresholdCurve {
  std::vector<ThresholdPoint> points;  // thresholds falling
  std::string note;
};
ThresholdCurve threshold_curve(const Numbers& scores, Labels positive,
                               std::span<const double> weights = {});

}  // namespace glia::metrics
