// Intervals hold what they promise, and comparisons say what they found.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/metrics/auc.h"
#include "glia/metrics/bootstrap.h"
#include "glia/metrics/compare.h"
#include "glia/metrics/delong.h"
#include "glia/metrics/evaluate.h"
#include "glia/metrics/interval.h"
#include "glia/metrics/regression.h"

namespace glia::metrics {
namespace {

using Values = std::vector<double>;
using Classes = std::vector<std::int64_t>;

constexpr int kSets = 2000;
constexpr std::size_t kRows = 500;

// Of 2,000 simulated sets, the share whose 95 % interval holds the truth. With a true coverage of
// 95 % its standard error is 0.5 %.
template <class IntervalOf>
double coverage(double truth, IntervalOf interval_of) {
  int held = 0;
  for (int set = 0; set < kSets; ++set) {
    Random random(91, "coverage", static_cast<std::uint64_t>(set));
    const std::optional<Interval> interval = interval_of(random, static_cast<std::uint64_t>(set));
    held += interval && interval->low <= truth && truth <= interval->high;
  }
  return static_cast<double>(held) / kSets;
}

// How many replicates a bootstrap draws: few for the daily test; the figures of docs/metrics.md are
// made by GLIA_REPLICATES=1000 test_metrics --gtest_filter='Coverage.*', and shown with each test.
std::size_t replicates() {
  const char* given = std::getenv("GLIA_REPLICATES");
  return given ? std::stoul(given) : 200;
}

void expect_honest(double coverage) {
  std::cout << "             covers the truth in " << 100 * coverage << " %\n";
  EXPECT_GE(coverage, 0.93);
  EXPECT_LE(coverage, 0.97);
}

constexpr double kAccuracy = 0.85;

Values right_answers(Random& random) {
  Values right(kRows);
  for (auto& r : right) r = random.uniform() < kAccuracy;
  return right;
}

TEST(Coverage, WilsonOfAccuracy) {
  expect_honest(coverage(kAccuracy, [](Random& random, std::uint64_t) {
    double hits = 0;
    for (const double r : right_answers(random)) hits += r;
    return wilson(hits, kRows);
  }));
}

TEST(Coverage, BootstrapOfAccuracy) {
  expect_honest(coverage(kAccuracy, [](Random& random, std::uint64_t set) {
    const auto right = right_answers(random);
    const auto accuracy = [&](std::span<const double> w) -> std::optional<double> {
      double sum = 0;
      for (std::size_t i = 0; i < kRows; ++i) sum += w[i] * right[i];
      return sum / kRows;
    };
    return bootstrap(kRows, accuracy, {.replicates = replicates(), .seed = set}).interval;
  }));
}

// Scores N(0, 1) of negative rows and N(1.2, 1) of positive ones, 3 in 10: the true area is
// P(Z < 1.2 / sqrt 2).
struct Scored {
  Values scores = Values(kRows);
  Classes positive = Classes(kRows);
  explicit Scored(Random& random) {
    for (std::size_t i = 0; i < kRows; ++i) {
      positive[i] = random.uniform() < 0.3;
      scores[i] = random.normal() + 1.2 * static_cast<double>(positive[i]);
    }
  }
};

const double kArea = 0.5 * std::erfc(-0.6);

TEST(Coverage, DeLongOfRocAuc) {
  expect_honest(coverage(kArea, [](Random& random, std::uint64_t) {
    const Scored rows(random);
    return roc_auc_with_interval(rows.scores, rows.positive).interval;
  }));
}

TEST(Coverage, BootstrapOfRocAuc) {
  expect_honest(coverage(kArea, [](Random& random, std::uint64_t set) {
    const Scored rows(random);
    return bootstrap(kRows, RocAucOfWeights(rows.scores, rows.positive),
                     {.replicates = replicates(), .seed = set})
        .interval;
  }));
}

// Where the two differ in 5 of 100 rows one way and in 3 the other, the true difference is 2
// points.
// Of 100 rows only B is right in 5 and only A in 3: the true difference is 2 points.
TEST(Coverage, IntervalOfADifferenceInAccuracy) {
  expect_honest(coverage(0.02, [](Random& random, std::uint64_t) {
    const Classes truth(kRows, 1);
    Classes a(kRows), b(kRows);
    for (std::size_t i = 0; i < kRows; ++i) {
      const double u = random.uniform();
      a[i] = u < 0.8 || u > 0.97, b[i] = u < 0.85;
    }
    return compare_accuracy(truth, a, b).interval;
  }));
}

// An exact test raises no more false alarms than it says.
TEST(Coverage, McNemarWithoutADifference) {
  int alarms = 0;
  for (int set = 0; set < kSets; ++set) {
    Random random(92, "alarms", static_cast<std::uint64_t>(set));
    const Classes truth(kRows, 1);
    Classes a(kRows), b(kRows);
    for (std::size_t i = 0; i < kRows; ++i) {
      const double u = random.uniform();
      a[i] = u > 0.1, b[i] = u > 0.05 && u < 0.95;
    }
    alarms += *compare_accuracy(truth, a, b).p_value < 0.05;
  }
  EXPECT_LE(alarms, 0.06 * kSets);
  EXPECT_GE(alarms, 0.02 * kSets);  // nor is it blind
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  Random random(3, "rows");
  const Scored rows(random);
  const RocAucOfWeights area(rows.scores, rows.positive);
  const auto one = bootstrap(kRows, area, {.seed = 5}), same = bootstrap(kRows, area, {.seed = 5});
  EXPECT_EQ(one.replicates, same.replicates);
  EXPECT_NE(one.replicates, bootstrap(kRows, area, {.seed = 6}).replicates);
  EXPECT_EQ(one.value, roc_auc(rows.scores, rows.positive).value);
}

TEST(Bootstrap, TheFastAreaIsTheUsualOne) {
  Random random(4, "rows");
  for (int round = 0; round < 20; ++round) {
    Scored rows(random);
    if (round % 2)
      for (auto& s : rows.scores) s = std::floor(s);  // ties
    const RocAucOfWeights area(rows.scores, rows.positive);
    Values weights(kRows);
    for (auto& w : weights) w = static_cast<double>(random.below(4));
    EXPECT_NEAR(*area(weights), *roc_auc(rows.scores, rows.positive, weights).value, 1e-14);
  }
  EXPECT_FALSE(RocAucOfWeights(Values{1, 2}, Classes{1, 0})(Values{0, 1}));
}

TEST(Bootstrap, StrataKeepTheirSizes) {
  const Classes positive{1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const Values scores{5, 1, 2, 3, 4, 6, 7, 8, 9, 0};
  const RocAucOfWeights area(scores, positive);
  EXPECT_FALSE(bootstrap(10, area).interval);  // a third of the draws has no positive row
  EXPECT_NE(bootstrap(10, area).note.find("not defined in"), std::string::npos);
  EXPECT_TRUE(bootstrap(10, area, {.strata = positive}).interval);
  const Classes groups{0, 0, 1, 1, 1, 2};
  bootstrap(6,
            [&](std::span<const double> w) -> std::optional<double> {
              EXPECT_EQ(w[0] + w[1], 2);
              EXPECT_EQ(w[2] + w[3] + w[4], 3);
              EXPECT_EQ(w[5], 1);
              return w[0];
            },
            {.replicates = 50, .strata = groups});
}

TEST(Bootstrap, SaysWhyThereIsNoInterval) {
  const auto constant = [](std::span<const double>) { return std::optional(1.0); };
  EXPECT_EQ(bootstrap(20, constant).note, "no interval: all replicates are equal");
  EXPECT_EQ(bootstrap(0, constant).note, "no interval: there are no rows");
  const auto nothing = [](std::span<const double>) { return std::optional<double>(); };
  EXPECT_EQ(bootstrap(5, nothing).note, "no interval: the metric is not defined for these rows");
  EXPECT_THROW(bootstrap(5, constant, {.replicates = 3}), Error);
  EXPECT_THROW(bootstrap(5, constant, {.confidence = 95}), Error);
  const Classes few{1};
  EXPECT_THROW(bootstrap(5, constant, {.strata = few}), Error);
}

TEST(Evaluate, GivesEveryMetricAnIntervalWhereAsked) {
  Random random(6, "rows");
  Values p(200), y(200), predicted(200);
  Classes truth(200);
  for (std::size_t i = 0; i < p.size(); ++i) {
    p[i] = random.uniform(), truth[i] = random.uniform() < p[i];
    y[i] = random.normal(), predicted[i] = y[i] + random.normal();
  }
  ClassificationOptions options;
  options.metrics = {"f1", "matthews", "roc_auc", "brier", "f1_macro", "ece"};
  options.replicates = 100;
  const auto result = evaluate_classification(p, truth, options);
  for (const auto& metric : result.metrics) {
    ASSERT_EQ(metric.interval.has_value(), metric.name != "ece") << metric.name;
    if (metric.interval) EXPECT_LT(metric.interval->low, metric.interval->high) << metric.name;
  }
  EXPECT_EQ(result.find("roc_auc")->interval->low,  // DeLong's stays
            evaluate_classification(p, truth).find("roc_auc")->interval->low);
  options.metrics = {"f1"};
  EXPECT_EQ(evaluate_classification(p, truth, options).find("f1")->interval->low,
            result.find("f1")->interval->low);
  RegressionOptions numbers;
  numbers.replicates = 100;
  for (const auto& metric : evaluate_regression(predicted, y, numbers)) {
    ASSERT_TRUE(metric.interval);
    EXPECT_LT(metric.interval->low, *metric.value);
    EXPECT_GT(metric.interval->high, *metric.value);
  }
  EXPECT_FALSE(evaluate_regression(predicted, y)[0].interval);
}

TEST(Compare, SaysWhatWasFound) {
  Classes truth(2000, 1), a(2000, 1), b(2000, 1);
  for (std::size_t i = 0; i < 50; ++i) a[i] = 0;       // only B is right
  for (std::size_t i = 1000; i < 1010; ++i) b[i] = 0;  // only A
  EXPECT_EQ(compare_accuracy(truth, a, b).sentence(),
            "B is better by 2.0 points of accuracy; 95 % interval 1.2 to 2.8; p < 0.001 (McNemar's "
            "exact test); n = 2,000.");
  EXPECT_EQ(compare_accuracy(truth, b, a).sentence("old", "new").substr(0, 40),
            "old is better by 2.0 points of accuracy;");
  for (std::size_t i = 1000; i < 1044; ++i) b[i] = 0;
  EXPECT_EQ(compare_accuracy(truth, a, b).sentence().substr(0, 63),
            "No difference in accuracy can be told: B is ahead by 0.3 points");
  EXPECT_EQ(
      compare_accuracy(truth, a, a).sentence(),
      "A and B have the same accuracy; 95 % interval -0.098 to 0.098; p = 1.000 (McNemar's exact "
      "test); n = 2,000.");
  EXPECT_EQ(compare_accuracy({}, {}, {}).sentence(),
            "A and B cannot be compared in accuracy: there are no rows.");
}

TEST(Compare, SmallerErrorsAreBetter) {
  Values a(100), b(100);
  Random random(8, "errors");
  for (std::size_t i = 0; i < 100; ++i) {
    a[i] = 10 + random.normal();
    b[i] = a[i] - 3 + 0.1 * random.normal();
  }
  for (const auto test : {PairedTest::paired_t, PairedTest::wilcoxon}) {
    const auto result = compare_errors("mae", a, b, test);
    EXPECT_EQ(result.sentence().substr(0, 14), "B is better by") << result.sentence();
    EXPECT_LT(result.interval->high, 0);  // of b - a
    EXPECT_LT(*result.p_value, 1e-10);
  }
  const auto metric = [](const Values& predicted) {
    return [&predicted](std::span<const double> w) {
      return rmse(Values(predicted.size(), 0.0), predicted, w).value;
    };
  };
  const auto result = compare_metric("rmse", false, false, 100, metric(a), metric(b));
  EXPECT_NEAR(*result.difference(), -3, 0.1);
  EXPECT_LT(*result.p_value, 0.01);
  EXPECT_EQ(result.sentence().substr(0, 14), "B is better by");
  const auto same = compare_metric("rmse", false, false, 100, metric(a), metric(a));
  EXPECT_EQ(*same.p_value, 1);
  EXPECT_EQ(same.sentence().substr(0, 26), "A and B have the same rmse") << same.sentence();
  EXPECT_EQ(*compare_errors("mae", a, a).p_value, 1);
  EXPECT_FALSE(compare_errors("mae", Values{1}, Values{2}).p_value);
  EXPECT_THROW(compare_errors("mae", Values{NAN}, Values{2}), Error);
}

TEST(Compare, TheSameOrderHasNoDifferenceInArea) {
  Random random(9, "rows");
  const Scored rows(random);
  Values squashed = rows.scores;
  for (auto& s : squashed) s = std::tanh(s / 4);
  const auto result = compare_roc_auc(rows.scores, squashed, rows.positive);
  EXPECT_EQ(*result.difference(), 0);
  EXPECT_EQ(*result.p_value, 1);
  EXPECT_FALSE(roc_auc_with_interval(Values{1, 2, 3, 4}, Classes{0, 0, 1, 1}).interval);
  EXPECT_EQ(delong(Values{1, 2, 3}, Classes{0, 0, 1}).note,
            "undefined, because there is only one row of the positive class");
}

}  // namespace
}  // namespace glia::metrics
