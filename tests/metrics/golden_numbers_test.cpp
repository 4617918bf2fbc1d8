// Against scikit-learn and scipy: tests/golden/make_metrics_numbers.py, make_metrics_ranking.py and
// make_metrics_tests.py wrote the cases and their values.
#include "glia/metrics/bootstrap.h"
#include "glia/metrics/compare.h"
#include "glia/metrics/delong.h"
#include "glia/metrics/evaluate.h"
#include "glia/metrics/forecast.h"
#include "glia/metrics/ranking.h"
#include "glia/metrics/temperature.h"
#include "golden.h"

namespace glia::metrics {
namespace {

TEST(GoldenNumbers, RegressionAndForecasts) {
  const json file = golden_file("metrics_numbers.json");
  int at = 0;
  for (const auto& test : file["numbers"]) {
    const auto where = "case " + std::to_string(at++);
    const auto w = numbers_of(test["w"]), y = numbers_of(test["y"]), p = numbers_of(test["p"]);
    const auto low = numbers_of(test["low"]), high = numbers_of(test["high"]);
    const auto& expected = test["expected"];
    RegressionOptions options;
    options.weights = w;
    options.metrics = {"median_absolute_error",
                       "max_error",
                       "explained_variance",
                       "msle",
                       "rmsle",
                       "mape",
                       "smape",
                       "wape"};
    for (const auto& metric : evaluate_regression(p, y, options))
      expect_same(metric, expected.at(metric.name), where);
    const auto history = numbers_of(test["history"]);
    expect_same(mase(y, p, history, test["period"].get<std::size_t>(), w), expected["mase"], where);
    expect_same(pinball(y, p, test["q"].get<double>(), w), expected["pinball"], where);
    expect_same(interval_coverage(y, low, high, w), expected["interval_coverage"], where);
    expect_same(interval_width(low, high, w), expected["interval_width"], where);
  }
  EXPECT_EQ(at, 200);
}

TEST(GoldenRanking, QueriesWithEqualScores) {
  const json file = golden_file("metrics_ranking.json");
  int at = 0;
  for (const auto& test : file["ranking"]) {
    const auto where = "case " + std::to_string(at++);
    const auto s = numbers_of(test["s"]), g = numbers_of(test["g"]);
    const auto q = classes_of(test["q"]);
    const auto k = test["k"].get<std::size_t>();
    const auto& expected = test["expected"];
    expect_same(ndcg(s, g, q, k), expected["ndcg"], where);
    expect_same(mrr(s, g, q, k), expected["mrr"], where);
    expect_same(mean_average_precision(s, g, q, k), expected["map"], where);
    if (k == 0) continue;
    expect_same(recall_at_k(s, g, q, k), expected["recall"], where);
    expect_same(hit_rate(s, g, q, k), expected["hit_rate"], where);
  }
  EXPECT_EQ(at, 200);
}

void expect_p(const std::optional<double>& p, const json& expected, const std::string& where) {
  if (expected.is_null()) return;
  ASSERT_TRUE(p) << where;
  // Relative, so that small ones are right as well; 1e-9 is what sums of logarithms leave.
  EXPECT_NEAR(*p, expected.get<double>(), 1e-9 * expected.get<double>() + 1e-15) << where;
}

TEST(GoldenTests, DeLong) {
  const json file = golden_file("metrics_tests.json");
  int at = 0;
  for (const auto& test : file["auc"]) {
    const auto where = "case " + std::to_string(at++);
    const auto a = numbers_of(test["a"]), b = numbers_of(test["b"]);
    const auto y = classes_of(test["y"]);
    const auto& expected = test["expected"];
    const auto one = delong(a, y);
    ASSERT_EQ(one.auc.has_value(), !expected["auc"].is_null()) << where << one.note;
    const auto comparison = compare_roc_auc(a, b, y);
    if (!one.auc) {
      EXPECT_FALSE(one.note.empty());
      EXPECT_FALSE(comparison.p_value);
      continue;
    }
    EXPECT_NEAR(*one.auc, expected["auc"].get<double>(), 1e-12) << where;
    EXPECT_NEAR(one.variance, expected["variance"].get<double>(), 1e-12) << where;
    EXPECT_NEAR(delong(a, b, y).covariance, expected["covariance"].get<double>(), 1e-12) << where;
    expect_p(comparison.p_value, expected["p"], where);
  }
  EXPECT_EQ(at, 200);
}

TEST(GoldenTests, PairedTAndWilcoxon) {
  const json file = golden_file("metrics_tests.json");
  int at = 0;
  for (const auto& test : file["pairs"]) {
    const auto where = "case " + std::to_string(at++);
    const auto a = numbers_of(test["a"]), b = numbers_of(test["b"]);
    const auto& expected = test["expected"];
    const auto t = compare_errors("mae", a, b);
    EXPECT_EQ(t.interval.has_value(), !expected["low"].is_null()) << where;
    expect_p(t.p_value, expected["p"], where);
    if (t.interval) {
      EXPECT_NEAR(t.interval->low, expected["low"].get<double>(), 1e-11) << where;
      EXPECT_NEAR(t.interval->high, expected["high"].get<double>(), 1e-11) << where;
    }
    expect_p(compare_errors("mae", a, b, PairedTest::wilcoxon).p_value, expected["wilcoxon"],
             where);
  }
  EXPECT_EQ(at, 100);
}

TEST(GoldenTests, McNemar) {
  const json file = golden_file("metrics_tests.json");
  for (const auto& test : file["mcnemar"]) {
    std::vector<std::int64_t> truth, a, b;
    const auto add = [&](std::int64_t count, bool right_a, bool right_b) {
      for (std::int64_t i = 0; i < count; ++i)
        truth.push_back(1), a.push_back(right_a), b.push_back(right_b);
    };
    add(test["only_a"], true, false), add(test["only_b"], false, true),
        add(test["both"], true, true);
    if (truth.empty()) continue;
    expect_p(compare_accuracy(truth, a, b).p_value, test["expected"]["p"], test.dump());
  }
}

TEST(GoldenTests, Temperature) {
  const json file = golden_file("metrics_tests.json");
  int at = 0;
  for (const auto& test : file["temperature"]) {
    const auto found = fit_temperature(numbers_of(test["z"]), classes_of(test["y"]));
    EXPECT_LE(found.loss_after, found.loss_before);
    const auto& expected = test["expected"]["temperature"];
    if (expected.is_null())
      EXPECT_TRUE(!found.note.empty() || found.value == 1) << at;
    else
      EXPECT_NEAR(found.value, expected.get<double>(), 1e-9 * expected.get<double>()) << at;
    ++at;
  }
  EXPECT_EQ(at, 200);
}

// Two bootstraps with random numbers of their own: with 20,000 replicates an end of the interval
// has a standard error of about a hundredth of the statistic's own spread.
TEST(GoldenTests, BootstrapIntervals) {
  const json file = golden_file("metrics_tests.json");
  for (std::size_t at = 0; at < file["bootstrap"].size(); ++at) {
    const auto& test = file["bootstrap"][at];
    const auto x = numbers_of(test["x"]);
    const Statistic statistic = [&](std::span<const double> w) -> std::optional<double> {
      double sum = 0, total = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        sum += w[i] * (at == 0 ? x[i] : x[i] * x[i]), total += w[i];
      return at == 0 ? sum / total : std::sqrt(sum / total);
    };
    const double spread = test["expected"]["standard_error"].get<double>();
    for (const auto method : {BootstrapMethod::percentile, BootstrapMethod::bca}) {
      const char* name = method == BootstrapMethod::bca ? "bca" : "percentile";
      const auto result = bootstrap(x.size(), statistic, {.replicates = 20000, .method = method});
      ASSERT_TRUE(result.interval) << result.note;
      EXPECT_NEAR(result.interval->low, test["expected"][name][0].get<double>(), 0.06 * spread)
          << name;
      EXPECT_NEAR(result.interval->high, test["expected"][name][1].get<double>(), 0.06 * spread)
          << name;
      EXPECT_NEAR(result.standard_error, spread, 0.03 * spread);
    }
  }
}

}  // namespace
}  // namespace glia::metrics
