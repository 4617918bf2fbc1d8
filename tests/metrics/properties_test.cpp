// What must hold whatever the numbers are, and what is refused.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/base/random.h"
#include "glia/metrics/calibration.h"
#include "glia/metrics/curves.h"
#include "glia/metrics/detection.h"
#include "glia/metrics/evaluate.h"
#include "glia/metrics/forecast.h"
#include "glia/metrics/multilabel.h"
#include "glia/metrics/probability.h"
#include "glia/metrics/ranking.h"
#include "glia/metrics/segmentation.h"
#include "glia/metrics/temperature.h"
#include "tests/thrown.h"

namespace glia::metrics {
namespace {

using testing::code_of;
using testing::thrown;
using Values = std::vector<double>;
using Classes = std::vector<std::int64_t>;

std::vector<std::string> names_of(Task task) {
  std::vector<std::string> names;
  for (const auto& info : known_metrics())
    if (info.task == task && info.name != "roc_auc_ovo") names.emplace_back(info.name);
  return names;
}

void expect_same(const std::vector<Metric>& a, const std::vector<Metric>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].value.has_value(), b[i].value.has_value()) << a[i].name;
    if (a[i].value) {
      EXPECT_NEAR(*a[i].value, *b[i].value, 1e-13 * (1 + std::abs(*b[i].value))) << a[i].name;
    }
  }
}

// Rows of `columns` numbers, each as often as its weight says.
template <class T>
std::vector<T> repeated(const std::vector<T>& rows, std::size_t columns, const Values& weights) {
  std::vector<T> all;
  for (std::size_t i = 0; i < weights.size(); ++i)
    for (int n = 0; n < weights[i]; ++n)
      all.insert(all.end(), rows.begin() + static_cast<std::ptrdiff_t>(i * columns),
                 rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * columns));
  return all;
}

TEST(Weights, AreRepetitionsForEveryName) {
  Random random(21, "weights");
  for (int round = 0; round < 30; ++round) {
    const std::size_t n = 15, k = 6;
    Values weights(n), numbers(n), predicted(n), yes(n), p;
    Classes y(n), two(n), many(n * k);
    for (std::size_t i = 0; i < n; ++i) {
      weights[i] = static_cast<double>(random.below(4));
      numbers[i] = 1 + random.uniform(), predicted[i] = numbers[i] + 0.3 * random.normal();
      yes[i] = static_cast<double>(random.below(8)) / 8;
      y[i] = static_cast<std::int64_t>(random.below(k)), two[i] = random.uniform() < 0.4;
      Values row(k);
      double sum = 0;
      for (auto& x : row) sum += x = 0.1 + random.uniform();
      for (std::size_t c = 0; c < k; ++c) p.push_back(row[c] / sum);
    }
    for (auto& label : many) label = random.uniform() < 0.4;
    ClassificationOptions weighted, plain;
    weighted.weights = weights;
    weighted.metrics = plain.metrics = names_of(Task::classification);
    const auto compare = [&](const Values& probabilities, const Classes& truth,
                             std::size_t columns) {
      expect_same(evaluate_classification(probabilities, truth, weighted).metrics,
                  evaluate_classification(repeated(probabilities, columns, weights),
                                          repeated(truth, 1, weights), plain)
                      .metrics);
    };
    compare(p, y, k);
    compare(yes, two, 1);
    RegressionOptions weighted_numbers{names_of(Task::regression), weights};
    expect_same(evaluate_regression(predicted, numbers, weighted_numbers),
                evaluate_regression(repeated(predicted, 1, weights), repeated(numbers, 1, weights),
                                    {names_of(Task::regression), {}}));
    MultilabelOptions weighted_labels;
    weighted_labels.weights = weights;
    expect_same(
        evaluate_multilabel(p, many, k, weighted_labels).metrics,
        evaluate_multilabel(repeated(p, k, weights), repeated(many, k, weights), k).metrics);
  }
}

TEST(Classification, TheBinaryAreaHasAnInterval) {
  const auto result =
      evaluate_classification(Values{.1, .4, .35, .8, .2, .7}, Classes{0, 0, 1, 1, 0, 1});
  const auto* area = result.find("roc_auc");
  ASSERT_TRUE(area->interval);
  EXPECT_LT(area->interval->low, *area->value);
  EXPECT_LE(area->interval->high, 1);
}

TEST(TopK, TopOneIsAccuracy) {
  const Values p{.5, .5, 0, 0, .2, .3, .3, .2, 0, 0, 0, 1};  // with ties
  const Classes y{1, 1, 2};
  const auto top = top_k_accuracy(p, y, 4, 1);
  EXPECT_EQ(*top.value, *evaluate_classification(p, y).find("accuracy")->value);
  EXPECT_EQ(*top_k_accuracy(p, y, 4, 2).value, 2.0 / 3);
  EXPECT_EQ(top_k_accuracy(p, y, 4, 4).note, "undefined, because there are only 4 classes");
  EXPECT_EQ(code_of([&] { top_k_accuracy(p, y, 4, 0); }), "E-METRIC-06");
}

TEST(ThresholdCurve, IsTheConfusionAtEachThreshold) {
  const Values s{.9, .8, .8, .3, .1};
  const Classes y{1, 0, 1, 1, 0};
  const auto curve = threshold_curve(s, y);
  ASSERT_EQ(curve.points.size(), 4u);
  const auto& at = curve.points[1];  // >= 0.8: three rows, two of them right
  EXPECT_EQ(at.threshold, .8);
  EXPECT_NEAR(*at.precision, 2.0 / 3, 1e-15);
  EXPECT_NEAR(*at.recall, 2.0 / 3, 1e-15);
  EXPECT_NEAR(*at.f1, 2.0 / 3, 1e-15);
  EXPECT_EQ(*at.specificity, .5);
  EXPECT_EQ(at.accuracy, .6);
  EXPECT_EQ(at.positive_share, .6);
  EXPECT_FALSE(threshold_curve(s, Classes(5, 0)).points[0].recall);
  EXPECT_EQ(roc_curve(s, Classes(5, 1)).note,
            "undefined, because every row is of the positive class");
  EXPECT_EQ(precision_recall_curve(Values{}, Classes{}).note,
            "undefined, because there are no rows");
}

// Rows whose truth is drawn from the probabilities: calibrated by construction.
struct Drawn {
  Values logits;
  Classes truth;
  Drawn(std::size_t rows, std::size_t k, double scale, std::uint64_t seed) {
    Random random(seed, "drawn");
    for (std::size_t i = 0; i < rows; ++i) {
      Values z(k);
      double sum = 0;
      for (auto& x : z) sum += std::exp(x = scale * random.normal());
      double u = random.uniform() * sum;
      std::size_t c = 0;
      while (c + 1 < k && (u -= std::exp(z[c])) > 0) ++c;
      logits.insert(logits.end(), z.begin(), z.end());
      truth.push_back(static_cast<std::int64_t>(c));
    }
  }
};

TEST(Temperature, FindsByHowMuchLogitsAreTooSure) {
  Drawn rows(20000, 5, 1.5, 1);
  const auto honest = scaled_probabilities(rows.logits, 5, 1);
  EXPECT_LT(*expected_calibration_error(honest, rows.truth).value, 0.012);
  for (auto& z : rows.logits) z *= 2.5;
  const auto sure = scaled_probabilities(rows.logits, 5, 1);
  EXPECT_GT(*expected_calibration_error(sure, rows.truth).value, 0.1);
  const auto found = fit_temperature(rows.logits, rows.truth);
  EXPECT_NEAR(found.value, 2.5, 0.06);
  EXPECT_NEAR(found.loss_before, *log_loss(sure, rows.truth).value, 1e-9);
  const auto scaled = scaled_probabilities(rows.logits, 5, found.value);
  EXPECT_NEAR(found.loss_after, *log_loss(scaled, rows.truth).value, 1e-9);
  EXPECT_LT(*expected_calibration_error(scaled, rows.truth).value, 0.012);
  // From probabilities, as a model with softmax gives them, the same.
  EXPECT_NEAR(fit_temperature(logits_of(sure, 5), rows.truth).value, found.value, 1e-6);
}

TEST(Temperature, NeverMakesTheLossWorseAndKeepsDecisions) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Drawn rows(1 + seed % 7, 2 + seed % 3, 4, seed);
    const auto found = fit_temperature(rows.logits, rows.truth);
    EXPECT_LE(found.loss_after, found.loss_before);
    EXPECT_GT(found.value, 0);
    const auto before =
        evaluate_classification(scaled_probabilities(rows.logits, 2 + seed % 3, 1), rows.truth);
    const auto after = evaluate_classification(
        scaled_probabilities(rows.logits, 2 + seed % 3, found.value), rows.truth);
    EXPECT_EQ(before.predicted, after.predicted);
  }
}

TEST(Temperature, OneLogitIsTwoWithTheFirstZero) {
  const Values one{2, -1, .5, 3, -2}, two{0, 2, 0, -1, 0, .5, 0, 3, 0, -2};
  const Classes y{1, 0, 0, 1, 1};
  EXPECT_NEAR(fit_temperature(one, y).value, fit_temperature(two, y).value, 1e-12);
  EXPECT_NEAR(scaled_probabilities(one, 1, 3)[0], scaled_probabilities(two, 2, 3)[1], 1e-15);
}

TEST(Temperature, SaysWhatItCouldNotFind) {
  EXPECT_EQ(fit_temperature(Values{5, 0, 0, 5}, Classes{0, 1}).note,
            "at its bound: in every row the true class has the largest logit");
  EXPECT_EQ(fit_temperature(Values{5, 0, 0, 5}, Classes{1, 0}).note,
            "at its bound: the logits tell nothing of the classes");
  EXPECT_EQ(fit_temperature(Values{1, 1, 1, 1}, Classes{1, 0}).value, 1);
  EXPECT_EQ(fit_temperature(Values{}, Classes{}).note, "not fitted, because there are no rows");
  EXPECT_EQ(fit_temperature(Values{NAN, 1}, Classes{1}).value, 1);
  EXPECT_EQ(code_of([] { fit_temperature(Values{1, 2, 3}, Classes{0, 1}); }), "E-METRIC-02");
  EXPECT_EQ(code_of([] { scaled_probabilities(Values{1, 2}, 2, 0); }), "E-METRIC-06");
}

TEST(Calibration, RefusesAndExplains) {
  EXPECT_EQ(code_of([] { calibration_curve(Values{.5}, Classes{1}, {.bins = 0}); }), "E-METRIC-06");
  EXPECT_EQ(code_of([] { calibration_curve(Values{1.5}, Classes{1}); }), "E-METRIC-05");
  EXPECT_EQ(calibration_curve(Values{}, Classes{}).note, "undefined, because there are no rows");
  EXPECT_EQ(expected_calibration_error(Values{}, Classes{}).note,
            "undefined, because there are no rows");
  EXPECT_EQ(*maximum_calibration_error(Values{0, 1, 0, 1}, Classes{1, 1}).value, 0);
}

TEST(Multilabel, RefusesAndExplains) {
  EXPECT_EQ(code_of([] { evaluate_multilabel(Values{.5}, Classes{1, 0, 1}, 2); }), "E-METRIC-02");
  EXPECT_EQ(code_of([] { evaluate_multilabel(Values{.5}, Classes{1}, 0); }), "E-METRIC-02");
  EXPECT_EQ(code_of([] { evaluate_multilabel(Values{1.5, 0}, Classes{1, 0}, 2); }), "E-METRIC-05");
  const auto bad = evaluate_multilabel(Values{NAN, 0}, Classes{1, 0}, 2);
  EXPECT_EQ(bad.find("f1_samples")->note,
            "undefined, because 1 of 2 probabilities is not finite (first: row 0)");
  const auto none = evaluate_multilabel(Values{}, Classes{}, 2);
  for (const auto& metric : none.metrics) EXPECT_FALSE(metric.value) << metric.name;
  const auto empty = evaluate_multilabel(Values{.1, .9, .2, .8}, Classes{0, 0, 0, 1}, 2);
  EXPECT_EQ(empty.find("coverage_error")->note, "over 1 of 2 rows: those with a true label");
  EXPECT_EQ(empty.labels[0].recall.note, "undefined, because no true row is '0'");
}

TEST(Segmentation, AnImageWithAWrongClassIsNotCounted) {
  SegmentationCounts counts({"sky", "road"});
  counts.add(Classes{0, 1, 1}, Classes{0, 1, 0});
  EXPECT_EQ(code_of([&] { counts.add(Classes{0, 2}, Classes{0, 0}); }), "E-METRIC-03");
  EXPECT_EQ(code_of([&] { counts.add(Classes{0, 1}, Classes{0}); }), "E-METRIC-02");
  EXPECT_EQ(code_of([&] { counts.add(SegmentationCounts({"a"})); }), "E-METRIC-02");
  const auto result = counts.result();
  EXPECT_EQ(result.confusion.total(), 3);
  EXPECT_EQ(*result.mean_iou.value, 0.5);
  EXPECT_EQ(SegmentationCounts({"a", "b"}).result().pixel_accuracy.note,
            "undefined, because there are no rows");
}

TEST(Detection, BoxesThatAreFoundExactlyAreWorthOne) {
  EXPECT_EQ(iou({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_NEAR(iou({0, 0, 10, 10}, {5, 0, 15, 10}), 1.0 / 3, 1e-15);
  EXPECT_EQ(iou({0, 0, 10, 10}, {10, 0, 20, 10}), 0);
  EXPECT_EQ(iou({1, 1, 1, 1}, {1, 1, 1, 1}), 0);
  DetectionCounts counts({"cat", "dog"});
  const std::vector<TrueBox> truth{{{0, 0, 10, 10}, 0}, {{20, 20, 30, 30}, 0}};
  const std::vector<FoundBox> found{{{0, 0, 10, 10}, 0, 0.9}, {{20, 20, 30, 30}, 0, 0.2}};
  counts.add(truth, found);
  const auto result = counts.result();
  EXPECT_EQ(*result.map.value, 1);
  EXPECT_EQ(result.map.note, "over 1 of 2 classes: the others have no true boxes");
  EXPECT_EQ(result.classes[1].ap.note, "undefined, because no true box is 'dog'");
  EXPECT_EQ(DetectionCounts({"cat"}).result().map.note,
            "undefined, because there are no true boxes");
}

TEST(Detection, Refuses) {
  DetectionCounts counts({"cat"});
  const std::vector<TrueBox> wrong{{{0, 0, 1, 1}, 1}}, endless{{{0, 0, INFINITY, 1}, 0}};
  const std::vector<FoundBox> unsure{{{0, 0, 1, 1}, 0, NAN}};
  EXPECT_EQ(code_of([&] { counts.add(wrong, {}); }), "E-METRIC-03");
  EXPECT_EQ(code_of([&] { counts.add(endless, {}); }), "E-METRIC-07");
  EXPECT_EQ(code_of([&] { counts.add({}, unsure); }), "E-METRIC-07");
  EXPECT_EQ(code_of([] { DetectionCounts({"cat"}, {.ious = {50}}); }), "E-METRIC-06");
}

TEST(Ranking, AConstantScoreIsWorthWhatChanceGives) {
  const Values same(10, 0.5), grades{1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const Classes query(10, 7);
  EXPECT_NEAR(*hit_rate(same, grades, query, 3).value, 0.3, 1e-15);
  EXPECT_NEAR(*recall_at_k(same, grades, query, 3).value, 0.3, 1e-15);
  double mean = 0;
  for (int place = 1; place <= 10; ++place) mean += 0.1 / place;
  EXPECT_NEAR(*mrr(same, grades, query).value, mean, 1e-15);
  EXPECT_NEAR(*mean_average_precision(same, grades, query).value, mean, 1e-15);
}

TEST(Ranking, RefusesAndExplains) {
  const Classes query{1, 1, 2};
  EXPECT_EQ(ndcg(Values{1, 2, 3}, Values{0, 1, 0}, query).note,
            "over 1 of 2 queries: the others have no relevant row");
  EXPECT_EQ(mrr(Values{1, 2, 3}, Values{0, 0, 0}, query).note,
            "undefined, because no query has a relevant row");
  EXPECT_EQ(mrr(Values{1, 2, 3}, Values{0, 0, 1}, query, 5).name, "mrr_at_5");
  EXPECT_EQ(code_of([&] { ndcg(Values{1, 2, 3}, Values{0, -1, 0}, query); }), "E-METRIC-06");
  EXPECT_EQ(code_of([&] { hit_rate(Values{1, 2, 3}, Values{0, 1, 0}, query, 0); }), "E-METRIC-06");
  EXPECT_EQ(code_of([&] { mrr(Values{1, 2}, Values{0, 1, 0}, query); }), "E-METRIC-02");
  EXPECT_FALSE(mrr(Values{1, NAN, 2}, Values{0, 1, 0}, query).value);
}

TEST(Forecast, RefusesAndExplains) {
  const Values y{0, 2}, p{1, 1};
  EXPECT_EQ(mape(y, p).note, "undefined, because 1 of 2 true values is 0");
  EXPECT_EQ(wape(Values{0, 0}, p).note, "undefined, because all true values are 0");
  EXPECT_EQ(mase(y, p, Values{5, 5, 5}).note,
            "undefined, because the history repeats itself exactly with period 1");
  EXPECT_EQ(mase(y, p, Values{5, 6}, 2).note,
            "undefined, because the history has 2 values and the period is 2");
  EXPECT_EQ(code_of([&] { mase(y, p, y, 0); }), "E-METRIC-06");
  EXPECT_EQ(code_of([&] { mase(y, p, Values{NAN, 1}); }), "E-METRIC-07");
  EXPECT_EQ(code_of([&] { pinball(y, p, 1); }), "E-METRIC-06");
  EXPECT_EQ(code_of([&] { interval_width(Values{2}, Values{1}); }), "E-METRIC-06");
  EXPECT_FALSE(interval_coverage(y, p, Values{NAN, 2}).value);
  EXPECT_EQ(*smape(Values{0, 0}, Values{0, 0}).value, 0);
}

}  // namespace
}  // namespace glia::metrics
