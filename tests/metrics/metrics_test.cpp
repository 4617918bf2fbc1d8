#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/metrics/auc.h"
#include "glia/metrics/evaluate.h"
#include "glia/metrics/interval.h"
#include "glia/metrics/probability.h"
#include "glia/metrics/regression.h"
#include "glia/tensor/tensor.h"
#include "tests/thrown.h"

namespace glia::metrics {
namespace {

using glia::testing::code_of;

using Values = std::vector<double>;
using Classes = std::vector<std::int64_t>;

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
// (1998), table I, method 3.
TEST(Wilson, GivesNewcombesPublishedIntervals) {
  const struct {
    double hits, trials, low, high;
  } published[] = {{81, 263, 0.2553, 0.3662},
                   {15, 148, 0.0624, 0.1605},
                   {0, 20, 0.0, 0.1611},
                   {1, 29, 0.0061, 0.1718}};
  for (const auto& row : published) {
    const auto interval = wilson(row.hits, row.trials);
    EXPECT_NEAR(interval.low, row.low, 5e-5) << row.hits;
    EXPECT_NEAR(interval.high, row.high, 5e-5) << row.hits;
  }
  EXPECT_EQ(wilson(0, 20).low, 0);
  EXPECT_EQ(wilson(20, 20).high, 1);
  EXPECT_EQ(code_of([] { wilson(3, 2); }), "E-METRIC-06");
  EXPECT_EQ(code_of([] { wilson(1, 2, 1.0); }), "E-METRIC-06");
}

// Tables of the normal distribution to 15 digits.
TEST(Wilson, QuantilesOfTheNormal) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.995), 2.575829303548901, 1e-13);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-12);
  EXPECT_NEAR(normal_quantile(0.3), -normal_quantile(0.7), 1e-15);
}

// The definition itself: the share of pairs in which the positive row scores higher.
TEST(RocAuc, IsTheShareOfPairsInTheRightOrder) {
  Random random(11, "auc");
  for (int round = 0; round < 50; ++round) {
    Values scores(60);
    Classes positive(60);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      positive[i] = random.uniform() < 0.3;
      scores[i] = std::floor(random.uniform() * (round < 25 ? 5 : 1e9));  // few values: many ties
    }
    double right = 0, pairs = 0;
    for (std::size_t i = 0; i < 60; ++i)
      for (std::size_t j = 0; j < 60; ++j)
        if (positive[i] && !positive[j])
          ++pairs, right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
    const auto auc = roc_auc(scores, positive);
    ASSERT_TRUE(auc.value) << auc.note;
    EXPECT_NEAR(*auc.value, right / pairs, 1e-14);
    Values squashed(scores);  // any increasing function of the scores gives the same
    for (auto& s : squashed) s = std::cbrt(s) - 7;
    EXPECT_EQ(roc_auc(squashed, positive).value, auc.value);
  }
}

TEST(RocAuc, SaysWhyItIsUndefined) {
  EXPECT_EQ(roc_auc(Values{0.1, 0.2}, Classes{1, 1}).note,
            "undefined, because every row is of the positive class");
  EXPECT_EQ(roc_auc(Values{0.1, 0.2}, Classes{0, 0}).note,
            "undefined, because no row is of the positive class");
  EXPECT_EQ(roc_auc(Values{}, Classes{}).note, "undefined, because there are no rows");
  EXPECT_EQ(roc_auc(Values{0.1, NAN}, Classes{0, 1}).note,
            "undefined, because 1 of 2 scores is not finite (first: row 1)");
  const Values nothing{0, 0};
  EXPECT_EQ(roc_auc(Values{0.1, 0.2}, Classes{0, 1}, nothing).note,
            "undefined, because the sample weights sum to 0");
}

TEST(Weights, CountRowsAsIfTheyWereRepeated) {
  const Values p{0.9, 0.2, 0.6, 0.4, 0.6}, weights{3, 1, 2, 0, 1};
  const Classes y{1, 0, 0, 1, 1};
  Values repeated_p;
  Classes repeated_y;
  for (std::size_t i = 0; i < p.size(); ++i)
    for (int n = 0; n < weights[i]; ++n) repeated_p.push_back(p[i]), repeated_y.push_back(y[i]);
  ClassificationOptions options;
  options.weights = weights;
  const auto weighted = evaluate_classification(p, y, options);
  const auto repeated = evaluate_classification(repeated_p, repeated_y);
  ASSERT_EQ(weighted.metrics.size(), repeated.metrics.size());
  for (std::size_t i = 0; i < weighted.metrics.size(); ++i)
    EXPECT_NEAR(*weighted.metrics[i].value, *repeated.metrics[i].value, 1e-15)
        << weighted.metrics[i].name;
  EXPECT_FALSE(weighted.find("accuracy")->interval);  // weights are no count of trials
  EXPECT_TRUE(repeated.find("accuracy")->interval);
}

TEST(Classification, TheThresholdAndThePositiveClassAreTheDeclaredOnes) {
  const Values p{0.9, 0.5, 0.3, 0.1};
  const Classes y{1, 1, 0, 0};
  EXPECT_EQ(evaluate_classification(p, y).predicted, (Classes{1, 0, 0, 0}));  // 0.5 is not above
  ClassificationOptions low;
  low.threshold = 0.2;
  EXPECT_EQ(evaluate_classification(p, y, low).predicted, (Classes{1, 1, 1, 0}));
  EXPECT_NEAR(*evaluate_classification(p, y, low).find("precision")->value, 2.0 / 3, 1e-15);
  ClassificationOptions zero;
  zero.positive = 0;  // then p is the probability of class 0
  const auto result = evaluate_classification(p, y, zero);
  EXPECT_EQ(result.predicted, (Classes{0, 1, 1, 1}));
  EXPECT_EQ(*result.find("recall")->value, 0);
  EXPECT_EQ(*result.find("roc_auc")->value, 0);
}

TEST(Classification, AClassThatIsNeverPredictedIsNamedNotCountedAsZero) {
  ClassificationOptions options;
  options.labels = {"cat", "dog", "bird"};
  const Values p{.8, .1, .1, .7, .2, .1, .1, .8, .1};
  const auto result = evaluate_classification(p, Classes{0, 2, 1}, options);
  const auto* precision = result.find("precision");
  ASSERT_NE(precision, nullptr);
  EXPECT_EQ(precision->name, "precision_macro");
  EXPECT_EQ(*precision->value, 0.75);
  EXPECT_EQ(precision->note, "over 2 of 3 classes: no row is predicted as 'bird'");
  EXPECT_EQ(result.classes[2].precision.note, "undefined, because no row is predicted as 'bird'");
  EXPECT_EQ(*result.classes[2].recall.value, 0);
  EXPECT_EQ(result.classes[0].support, 1);
  EXPECT_EQ(result.confusion.at(2, 0), 1);
}

TEST(Classification, ChoosesTheMetricsThatWereAskedForInOrder) {
  ClassificationOptions options;
  options.metrics = {"f1_weighted", "accuracy", "f1", "f1_macro"};
  const Values p{.8, .1, .1, .7, .2, .1, .1, .8, .1};
  const auto result = evaluate_classification(p, Classes{0, 2, 1}, options);
  std::vector<std::string> names;
  for (const auto& metric : result.metrics) names.push_back(metric.name);
  EXPECT_EQ(names, (std::vector<std::string>{"f1_weighted", "accuracy", "f1_macro"}));
  EXPECT_EQ(result.find("f1")->name, "f1_weighted");
  EXPECT_EQ(result.find("recall"), nullptr);
}

TEST(Classification, ANetworkThatDivergedHasNoMetrics) {
  const auto result = evaluate_classification(std::vector<float>{NAN, 0.2f}, Classes{0, 1});
  ASSERT_EQ(result.metrics.size(), 6u);
  for (const auto& metric : result.metrics) {
    EXPECT_FALSE(metric.value) << metric.name;
    EXPECT_EQ(metric.note, "undefined, because 1 of 2 probabilities is not finite (first: row 0)");
  }
  EXPECT_TRUE(result.predicted.empty());
  EXPECT_EQ(result.confusion.total(), 0);
}

TEST(Classification, NoRowsAreNoNumbers) {
  for (const auto& metric : evaluate_classification(Values{}, Classes{}).metrics)
    EXPECT_FALSE(metric.value) << metric.name;
  for (const auto& metric : evaluate_regression(Values{}, Values{}))
    EXPECT_EQ(metric.note, "undefined, because there are no rows");
}

TEST(Classification, RefusesWhatCannotBeMeant) {
  const auto evaluate = [](Values p, Classes y, ClassificationOptions options = {}) {
    return code_of([&] { evaluate_classification(p, y, options); });
  };
  EXPECT_EQ(evaluate({.5, .5, .5}, {0, 1}), "E-METRIC-02");
  EXPECT_EQ(evaluate({}, {0, 1}), "E-METRIC-02");
  EXPECT_EQ(evaluate({.5, .5}, {0, 2}), "E-METRIC-03");
  EXPECT_EQ(evaluate({.5, .5}, {0, -1}), "E-METRIC-03");
  EXPECT_EQ(evaluate({2.5, -1}, {0, 1}), "E-METRIC-05");
  EXPECT_EQ(evaluate({.5, .9, .5, .5}, {0, 1}), "E-METRIC-05");
  const Values negative{1, -1}, one{1};
  EXPECT_EQ(evaluate({.5, .5}, {0, 1}, {.weights = negative}), "E-METRIC-04");
  EXPECT_EQ(evaluate({.5, .5}, {0, 1}, {.weights = one}), "E-METRIC-02");
  EXPECT_EQ(evaluate({.5, .2, .3}, {0}, {.threshold = 0.5}), "E-METRIC-06");
  EXPECT_EQ(evaluate({.5, .2, .3}, {0}, {.positive = 1}), "E-METRIC-06");
  EXPECT_EQ(evaluate({.5}, {0}, {.positive = 2}), "E-METRIC-06");
  EXPECT_EQ(evaluate({.5}, {0}, {.threshold = 50}), "E-METRIC-06");
  EXPECT_EQ(evaluate({.5}, {0}, {.labels = {"no"}}), "E-METRIC-02");
  EXPECT_EQ(evaluate({.5}, {0}, {.metrics = {"rmse"}}), "E-METRIC-01");
  EXPECT_TRUE(holds(message_of([] {
                      evaluate_classification(Values{3, 4, 5}, Classes{0});
                    }),
                    "are these logits? end the model with softmax"));
}

TEST(LogLoss, IsTheEntropyOfACoinAndBoundedForASureMistake) {
  EXPECT_NEAR(*log_loss(Values{.5, .5}, Classes{0, 1}).value, std::log(2), 1e-15);
  EXPECT_NEAR(*log_loss(Values{1, 0}, Classes{1}).value, 52 * std::log(2), 1e-12);
  EXPECT_NEAR(*log_loss(std::vector<float>{1, 0}, Classes{1}).value, 23 * std::log(2), 1e-12);
}

TEST(Regression, HandValuesAndWhatIsUndefined) {
  const Values y{3, -0.5, 2, 7}, p{2.5, 0.0, 2, 8};
  EXPECT_DOUBLE_EQ(*mse(y, p).value, 0.375);
  EXPECT_DOUBLE_EQ(*mae(y, p).value, 0.5);
  EXPECT_DOUBLE_EQ(*rmse(y, p).value, std::sqrt(0.375));
  EXPECT_NEAR(*r2(y, p).value, 1 - 1.5 / 29.1875, 1e-15);
  EXPECT_EQ(r2(Values{.1, .1, .1}, Values{1, 2, 3}).note,
            "undefined, because all true values are 0.1: there is no variance to explain");
  EXPECT_EQ(r2(Values{1}, Values{1}).note, "undefined, because there is only one row");
  const Values weights{1, 1, 0};
  EXPECT_FALSE(r2(Values{1, 1, 5}, Values{1, 2, 3}, weights).value);  // what counts is constant
  EXPECT_FALSE(mse(Values{0}, Values{1e300}).value);                  // overflow is not infinity
  EXPECT_FALSE(mae(Values{0, 1}, Values{NAN, 1}).value);
  EXPECT_EQ(code_of([] { mse(Values{NAN}, Values{1}); }), "E-METRIC-07");
  EXPECT_EQ(code_of([] { mse(Values{1, 2}, Values{1}); }), "E-METRIC-02");
}

TEST(Names, AreFoundAndMistypedOnesAreSuggested) {
  EXPECT_EQ(parse_metric("f1").info->name, "f1");
  EXPECT_FALSE(parse_metric("f1").averaging);
  EXPECT_EQ(parse_metric("roc_auc_micro").averaging, Averaging::micro);
  EXPECT_TRUE(holds(message_of([] { parse_metric("acuracy"); }), "did you mean 'accuracy'?"));
  EXPECT_TRUE(
      holds(message_of([] { parse_metric("f1_wieghted"); }), "did you mean 'f1_weighted'?"));
  EXPECT_TRUE(holds(message_of([] { parse_metric("bleu", Task::classification); }),
                    "known: accuracy, precision"));
  EXPECT_TRUE(holds(message_of([] { parse_metric("rmse", Task::classification); }),
                    "'rmse' is a metric of regression"));
  EXPECT_EQ(code_of([] { parse_metric("accuracy_macro"); }), "E-METRIC-01");
}

TEST(Names, SayWhetherLargerIsBetter) {
  EXPECT_TRUE(larger_is_better("accuracy"));
  EXPECT_TRUE(larger_is_better("val_f1_macro"));
  EXPECT_TRUE(larger_is_better("r2"));
  EXPECT_FALSE(larger_is_better("val_loss"));
  EXPECT_FALSE(larger_is_better("loss"));
  EXPECT_FALSE(larger_is_better("val_rmse"));
  EXPECT_FALSE(larger_is_better("log_loss"));
  EXPECT_TRUE(holds(message_of([] { larger_is_better("val_acuracy"); }), "'val_accuracy'"));
}

TEST(Metric, ReadsAsText) {
  Metric metric = defined("accuracy", 0.5);
  EXPECT_EQ(metric.text(), "0.5000");
  metric.interval = Interval{0.25, 0.75, 0.95};
  EXPECT_EQ(metric.text(2), "0.50 (0.25 to 0.75)");
  EXPECT_EQ(undefined("r2", "x").text(), "undefined, because x");
}

TEST(Tensors, OfEveryUsualShapeGiveTheSame) {
  const auto p = Tensor::of<float>({3, 1}, {0.9f, 0.4f, 0.6f});
  const auto wide = Tensor::of<double>({3, 2}, {0.1, 0.9, 0.6, 0.4, 0.4, 0.6});
  const auto y = Tensor::of<std::int64_t>({3}, {1, 0, 0});
  const auto column = Tensor::of<float>({3, 1}, {1, 0, 0});
  const auto one_hot = Tensor::of<std::uint8_t>({3, 2}, {0, 1, 1, 0, 1, 0});
  const auto value = evaluate_classification(p, y).find("accuracy")->value;
  EXPECT_DOUBLE_EQ(*value, 2.0 / 3);
  for (const auto& labels : {y, column, one_hot}) {
    EXPECT_EQ(evaluate_classification(wide, labels).find("accuracy")->value, value);
    EXPECT_EQ(evaluate_classification(p, labels).find("accuracy")->value, value);
  }
  EXPECT_EQ(code_of([&] { evaluate_classification(wide, wide); }), "E-METRIC-03");
  EXPECT_EQ(code_of([&] {
              evaluate_classification(wide, Tensor(DType::f32, {3, 3}));
            }),
            "E-METRIC-02");
  EXPECT_EQ(code_of([&] { evaluate_classification(p, p); }), "E-METRIC-03");
  EXPECT_DOUBLE_EQ(*evaluate_regression(column, y)[0].value, 0);
  EXPECT_EQ(code_of([&] { evaluate_regression(wide, wide); }), "E-METRIC-02");
}

}  // namespace
}  // namespace glia::metrics
