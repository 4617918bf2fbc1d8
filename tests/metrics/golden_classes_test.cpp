// Against scikit-learn: tests/golden/make_metrics_classes.py and make_metrics_multilabel.py wrote
// the cases and its values for them.
#include "glia/metrics/agreement.h"
#include "glia/metrics/auc.h"
#include "glia/metrics/calibration.h"
#include "glia/metrics/curves.h"
#include "glia/metrics/evaluate.h"
#include "glia/metrics/multilabel.h"
#include "glia/metrics/probability.h"
#include "golden.h"

namespace glia::metrics {
namespace {

// What evaluate_classification gives under each name, except those that it has no name for.
void expect_same_named(const json& test, const ClassificationOptions& asked,
                       const std::vector<std::string>& others, const std::string& where) {
  ClassificationOptions options = asked;
  for (const auto& [name, value] : test["expected"].items())
    if (std::find(others.begin(), others.end(), name) == others.end())
      options.metrics.push_back(name);
  const auto result =
      evaluate_classification(numbers_of(test["p"]), classes_of(test["y"]), options);
  ASSERT_EQ(result.metrics.size(), options.metrics.size()) << where;
  for (std::size_t i = 0; i < options.metrics.size(); ++i) {
    EXPECT_EQ(result.metrics[i].name, options.metrics[i]);
    expect_same(result.metrics[i], test["expected"][options.metrics[i]], where);
  }
}

TEST(GoldenClasses, Two) {
  const json file = golden_file("metrics_classes.json");
  int at = 0;
  for (const auto& test : file["binary"]) {
    const auto weights = numbers_of(test["w"]);
    ClassificationOptions options;
    options.weights = weights;
    expect_same_named(test, options, {}, "binary case " + std::to_string(at++));
  }
  EXPECT_EQ(at, 200);
}

TEST(GoldenClasses, Many) {
  const json file = golden_file("metrics_classes.json");
  int at = 0;
  for (const auto& test : file["multiclass"]) {
    const auto where = "multiclass case " + std::to_string(at++);
    const auto weights = numbers_of(test["w"]), p = numbers_of(test["p"]);
    const auto y = classes_of(test["y"]);
    const auto& expected = test["expected"];
    ClassificationOptions options;
    options.weights = weights;
    expect_same_named(test, options,
                      {"kappa_linear", "kappa_quadratic", "top_1", "top_2", "top_3", "top_5",
                       "roc_auc_ovo_weighted"},
                      where);
    const auto result = evaluate_classification(p, y, options);
    expect_same(cohen_kappa(result.confusion, KappaWeights::linear), expected["kappa_linear"],
                where);
    expect_same(cohen_kappa(result.confusion, KappaWeights::quadratic), expected["kappa_quadratic"],
                where);
    const auto k = test["k"].get<std::size_t>();
    for (const std::size_t top : {1, 2, 3, 5})
      expect_same(top_k_accuracy(p, y, k, top, weights), expected["top_" + std::to_string(top)],
                  where);
    if (expected.contains("roc_auc_ovo_weighted"))
      expect_same(roc_auc_ovo(p, y, numbered_labels(k), Averaging::weighted),
                  expected["roc_auc_ovo_weighted"], where);
  }
  EXPECT_EQ(at, 200);
}

TEST(GoldenClasses, ManyLabels) {
  const json file = golden_file("metrics_multilabel.json");
  int at = 0;
  for (const auto& test : file["multilabel"]) {
    const auto weights = numbers_of(test["w"]);
    MultilabelOptions options;
    options.weights = weights;
    const auto result = evaluate_multilabel(numbers_of(test["p"]), classes_of(test["y"]),
                                            test["labels"].get<std::size_t>(), options);
    ASSERT_EQ(result.metrics.size(), test["expected"].size());
    for (const auto& metric : result.metrics)
      expect_same(metric, test["expected"].at(metric.name), "case " + std::to_string(at));
    ++at;
  }
  EXPECT_EQ(at, 200);
}

// Points as three lists: x, y, thresholds with 1e300 for infinity.
template <class Points, class X, class Y>
void expect_same_curve(const Points& points, const json& expected, X x, Y y,
                       const std::string& where) {
  if (expected.is_null()) {
    EXPECT_TRUE(points.empty()) << where;
    return;
  }
  std::vector<double> xs, ys, thresholds;
  for (const auto& point : points) {
    xs.push_back(x(point)), ys.push_back(y(point));
    thresholds.push_back(std::min(point.threshold, 1e300));
  }
  if (expected[2].size() + 1 == thresholds.size()) thresholds.pop_back();  // the added end
  expect_same_numbers(xs, expected[0], where + " x");
  expect_same_numbers(ys, expected[1], where + " y");
  expect_same_numbers(thresholds, expected[2], where + " thresholds");
}

TEST(GoldenCurves, RocAndPrecisionRecall) {
  const json file = golden_file("metrics_curves.json");
  const auto fpr = [](const RocPoint& p) { return p.false_positive_rate; };
  const auto tpr = [](const RocPoint& p) { return p.true_positive_rate; };
  const auto precision = [](const PrecisionRecallPoint& p) { return p.precision; };
  const auto recall = [](const PrecisionRecallPoint& p) { return p.recall; };
  int at = 0;
  for (const auto& test : file["curves"]) {
    const auto where = "curve " + std::to_string(at++);
    const auto weights = numbers_of(test["w"]), s = numbers_of(test["s"]);
    const auto y = classes_of(test["y"]);
    const auto& expected = test["expected"];
    const auto roc = roc_curve(s, y, weights);
    const auto pr = precision_recall_curve(s, y, weights);
    expect_same_curve(roc.points, expected["roc"], fpr, tpr, where);
    expect_same_curve(roc_curve(s, y, weights, false).points, expected["roc_all"], fpr, tpr, where);
    expect_same_curve(pr.points, expected["pr"], precision, recall, where);
    expect_same_curve(precision_recall_curve(s, y, weights, true).points, expected["pr_short"],
                      precision, recall, where);
    EXPECT_EQ(roc.points.empty(), roc.note.rfind("undefined, because ", 0) == 0) << roc.note;
    EXPECT_EQ(pr.points.empty(), pr.note.rfind("undefined, because ", 0) == 0) << pr.note;
    if (expected.contains("roc_area")) {
      EXPECT_NEAR(area_under(roc), expected["roc_area"].get<double>(), 1e-12);
      EXPECT_NEAR(area_under(roc), *roc_auc(s, y, weights).value, 1e-14);
    }
    if (expected.contains("pr_area")) {
      EXPECT_NEAR(area_under(pr), expected["pr_area"].get<double>(), 1e-12);
    }
  }
  EXPECT_EQ(at, 200);
}

TEST(GoldenCurves, CalibrationInEqualAndInQuantileBins) {
  const json file = golden_file("metrics_curves.json");
  int at = 0;
  for (const auto& test : file["calibration"])
    for (const auto binning : {Binning::uniform, Binning::quantile}) {
      const char* name = binning == Binning::uniform ? "uniform" : "quantile";
      const auto where = std::string(name) + " case " + std::to_string(at++ / 2);
      const auto curve =
          calibration_curve(numbers_of(test["p"]), classes_of(test["y"]),
                            {.bins = test["bins"].get<std::size_t>(), .binning = binning});
      std::vector<double> shares, means;
      for (const auto& bin : curve.bins) {
        shares.push_back(bin.share), means.push_back(bin.mean_probability);
        EXPECT_LE(bin.interval->low, bin.share);
        EXPECT_GE(bin.interval->high, bin.share);
      }
      expect_same_numbers(shares, test["expected"][name][0], where);
      expect_same_numbers(means, test["expected"][name][1], where);
    }
  EXPECT_EQ(at, 400);
}

}  // namespace
}  // namespace glia::metrics
