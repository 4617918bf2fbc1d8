// Against scikit-learn: tests/golden/make_metrics.py wrote the cases and its values for them.
#include "golden.h"
#include "glia/metrics/evaluate.h"

namespace glia::metrics {
namespace {

const json& golden() {
  static const json all = golden_file("metrics.json");
  return all;
}

void expect_same_classification(const json& test, const ClassificationOptions& options,
                                const std::string& where) {
  const auto result = evaluate_classification(test["p"].get<std::vector<double>>(),
                                              test["y"].get<std::vector<std::int64_t>>(), options);
  for (const auto& [name, value] : test["expected"].items()) {
    const auto* metric = result.find(name);
    ASSERT_NE(metric, nullptr) << name;
    expect_same(*metric, value, where);
  }
  const auto counts = test["confusion"].get<std::vector<double>>();
  ASSERT_EQ(result.confusion.counts.size(), counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i)
    EXPECT_NEAR(result.confusion.counts[i], counts[i], 1e-12) << where;
}

TEST(Golden, BinaryClassification) {
  int at = 0;
  for (const auto& test : golden()["binary"]) {
    const auto weights = numbers_of(test["w"]);
    ClassificationOptions options;
    options.positive = test["positive"].get<int>();
    options.threshold = test["threshold"].get<double>();
    options.weights = weights;
    expect_same_classification(test, options, "binary case " + std::to_string(at++));
  }
  EXPECT_EQ(at, 200);
}

TEST(Golden, BinaryIsTheSameInTwoColumns) {
  for (const auto& test : golden()["binary"]) {
    const auto weights = numbers_of(test["w"]);
    const auto positive = test["positive"].get<std::size_t>();
    json wide = test;
    wide["p"] = json::array();
    for (const auto& p : test["p"]) {
      const double pair[2] = {p.get<double>(), 1 - p.get<double>()};
      wide["p"].push_back(pair[positive]), wide["p"].push_back(pair[1 - positive]);
    }
    ClassificationOptions options;
    options.positive = test["positive"].get<int>();
    options.threshold = test["threshold"].get<double>();
    options.weights = weights;
    expect_same_classification(wide, options, "two columns");
  }
}

TEST(Golden, ManyClassesWithEveryAveraging) {
  int at = 0;
  for (const auto& test : golden()["multiclass"]) {
    const auto weights = numbers_of(test["w"]);
    ClassificationOptions options;
    options.weights = weights;
    for (const auto& [name, value] : test["expected"].items()) options.metrics.push_back(name);
    expect_same_classification(test, options, "multiclass case " + std::to_string(at++));
  }
  EXPECT_EQ(at, 200);
}

TEST(Golden, Regression) {
  int at = 0;
  for (const auto& test : golden()["regression"]) {
    const auto weights = numbers_of(test["w"]);
    const auto metrics =
        evaluate_regression(test["p"].get<std::vector<double>>(),
                            test["y"].get<std::vector<double>>(), {.weights = weights});
    ASSERT_EQ(metrics.size(), 4u);
    for (const auto& metric : metrics)
      expect_same(metric, test["expected"][metric.name], "regression case " + std::to_string(at));
    ++at;
  }
  EXPECT_EQ(at, 200);
}

}  // namespace
}  // namespace glia::metrics
