#include "glia/metrics/threshold.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/thrown.h"

namespace glia::metrics {
namespace {

using testing::thrown;

// Against scikit-learn's metrics at every threshold that decides differently.
TEST(Threshold, IsTheBestThereIs) {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/splits.json");
  for (const auto& test : nlohmann::json::parse(file)["threshold"]) {
    const auto p = test["p"].get<std::vector<double>>();
    const auto y = test["y"].get<std::vector<std::int64_t>>();
    const ErrorCosts costs{test["false_positive"].get<double>(),
                           test["false_negative"].get<double>()};
    for (const auto& [name, best] : test["best"].items()) {
      const bool cost = name == "cost";
      const auto goal = cost ? ThresholdGoal::cost : threshold_goal_from(name);
      const auto chosen = choose_threshold(p, y, {.goal = goal, .costs = costs});
      const double sign = cost ? -1 : 1;
      EXPECT_NEAR(sign * chosen.value, best.get<double>(), 1e-12) << name;
      EXPECT_NEAR(sign * chosen.at_half, test["half"][name].get<double>(), 1e-12) << name;
      if (chosen.value == chosen.at_half) {
        EXPECT_EQ(chosen.threshold, 0.5);
      }
      if (cost) {
        EXPECT_NEAR(mean_cost(p, y, chosen.threshold, costs), chosen.value, 1e-12);
      }
    }
  }
}

TEST(Threshold, WeightsCountRows) {
  const std::vector<double> p = {0.1, 0.2, 0.3, 0.4}, twice = {0.1, 0.2, 0.2, 0.3, 0.4},
                            w = {1, 2, 1, 1};
  const std::vector<std::int64_t> y = {0, 1, 0, 1}, doubled = {0, 1, 1, 0, 1};
  const auto a = choose_threshold(p, y, {.weights = w}), b = choose_threshold(twice, doubled);
  EXPECT_EQ(a.threshold, b.threshold);
  EXPECT_EQ(a.value, b.value);
  EXPECT_NEAR(a.threshold, 0.15, 1e-12);
}

TEST(Threshold, RefusesWhatCannotBe) {
  const std::vector<double> p = {0.1, 0.9}, logits = {0.1, 3};
  const std::vector<std::int64_t> y = {0, 1}, one = {1, 1}, other = {0, 2}, few = {1};
  const auto code = [](const auto& p, const auto& y, const ThresholdOptions& o = {}) {
    return thrown([&] { choose_threshold(p, y, o); }).code;
  };
  EXPECT_EQ(code(p, y), "nothing");
  EXPECT_EQ(code(p, one), "E-METRIC-08");
  EXPECT_EQ(code(p, other), "E-METRIC-03");
  EXPECT_EQ(code(p, few), "E-METRIC-02");
  EXPECT_EQ(code(logits, y), "E-METRIC-05");
  EXPECT_EQ(code(p, y, {.costs = {-1, 1}}), "E-METRIC-08");
  const auto error = thrown([] { (void)threshold_goal_from("f2"); });
  EXPECT_EQ(error.code, "E-METRIC-08");
  EXPECT_TRUE(error.says("'f1'")) << error.message;
}

}  // namespace
}  // namespace glia::metrics
