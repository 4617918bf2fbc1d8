#include "glia/data/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "glia/data/table.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using testing::thrown;
using RowNumbers = std::vector<std::int64_t>;

const RowNumbers kClasses = {0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 5};  // 8, 3 and 1

std::map<std::int64_t, std::int64_t> counts(const RowNumbers& rows) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const auto row : rows) ++counts[kClasses[static_cast<std::size_t>(row)]];
  return counts;
}

using Counts = std::map<std::int64_t, std::int64_t>;

TEST(Sampling, Oversample) {
  const auto rows = oversample(kClasses, {.seed = 3});
  EXPECT_EQ(counts(rows), (Counts{{0, 8}, {2, 8}, {5, 8}}));
  EXPECT_TRUE(std::equal(rows.begin(), rows.begin() + 12, all_rows(12).begin())) << "all stay";
  EXPECT_EQ(rows, oversample(kClasses, {.seed = 3}));
  EXPECT_NE(rows, oversample(kClasses, {.seed = 4}));
  EXPECT_EQ(counts(oversample(kClasses, {.ratio = 0.5})), (Counts{{0, 8}, {2, 4}, {5, 4}}));
}

TEST(Sampling, Undersample) {
  const auto rows = undersample(kClasses, {.ratio = 0.5});
  EXPECT_EQ(counts(rows), (Counts{{0, 2}, {2, 2}, {5, 1}}));
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end()) << "no row twice";
  EXPECT_EQ(counts(undersample(kClasses)), (Counts{{0, 1}, {2, 1}, {5, 1}}));
}

TEST(Sampling, RefusesWhatCannotBe) {
  for (const double ratio : {0.0, -1.0, 1.5, std::nan("")})
    EXPECT_EQ(thrown([&] { oversample(kClasses, {.ratio = ratio}); }).code, "E-DATA-178");
  EXPECT_EQ(thrown([] { undersample(RowNumbers{1, 1}); }).code, "E-DATA-178");
  EXPECT_EQ(thrown([] { undersample(RowNumbers{1, -1}); }).code, "E-DATA-74");
}

struct Points {
  std::vector<float> minority;  // [n, 2]
  std::int64_t k = 0, made = 0;
  nlohmann::json all;
};

Points golden() {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/splits.json");
  Points points;
  points.all = nlohmann::json::parse(file)["smote"];
  for (const auto& row : points.all["minority"])
    for (const auto& x : row) points.minority.push_back(x.get<float>());
  points.k = points.all["k"];
  points.made = points.all["made"];
  return points;
}

// Made rows for `points`, beside a class with as many rows more as shall be made.
Dataset made(const Points& points, std::int64_t count, std::uint64_t seed) {
  const auto minority = std::ssize(points.minority) / 2, rows = 2 * minority + count;
  Tensor x(DType::f32, {rows, 2}), y(DType::i64, {rows});
  std::copy(points.minority.begin(), points.minority.end(), x.data<float>().begin());
  for (std::int64_t row = minority; row < rows; ++row)
    x.set(2 * row, 100.0 + static_cast<double>(row));
  for (std::int64_t row = 0; row < minority; ++row) y.set(row, 1);
  return smote(Dataset(x, y), {.seed = seed, .k_neighbors = points.k});
}

Tensor features(const Dataset& rows) {
  Batch batch = rows.allocate(rows.size());
  const auto every = all_rows(rows.size());
  batch.count = rows.size(), batch.rows = every;
  rows.fill(batch);
  return batch.features;
}

TEST(Smote, NewRowsLieBetweenNeighborsOfTheClass) {
  const auto points = golden();
  const auto minority = std::ssize(points.minority) / 2;
  const auto rows = made(points, 500, 1);
  const Tensor x = features(rows), y = rows.targets();
  const auto first = 2 * minority + 500;
  ASSERT_EQ(rows.size(), first + 500);
  const auto at = [&](std::int64_t row, int axis) { return x.at(2 * row + axis); };
  const auto distance = [&](std::int64_t a, std::int64_t b) {
    return std::hypot(at(a, 0) - at(b, 0), at(a, 1) - at(b, 1));
  };
  for (std::int64_t row = first; row < rows.size(); ++row) {
    EXPECT_EQ(y.at(row), 1);
    bool found = false;
    for (std::int64_t a = 0; a < minority && !found; ++a) {
      std::vector<std::pair<double, std::int64_t>> near;
      for (std::int64_t b = 0; b < minority; ++b)
        if (b != a) near.emplace_back(distance(a, b), b);
      std::sort(near.begin(), near.end());
      for (std::int64_t k = 0; k < points.k; ++k) {
        const auto b = near[static_cast<std::size_t>(k)].second;
        found = found || std::abs(distance(a, row) + distance(row, b) - distance(a, b)) < 1e-5;
      }
    }
    EXPECT_TRUE(found) << row;
  }
  EXPECT_TRUE(same_bits(x, features(made(points, 500, 1))));
  EXPECT_FALSE(same_bits(x, features(made(points, 500, 2))));
}

// Means, covariance and quantiles of 40,000 rows by imbalanced-learn.
TEST(Smote, HasTheDistributionOfImbalancedLearn) {
  const auto points = golden();
  const auto minority = std::ssize(points.minority) / 2;
  const Tensor x = features(made(points, points.made, 1));
  const std::int64_t first = 2 * minority + points.made, n = x.shape()[0].value() - first;
  double mean[2] = {}, product[2][2] = {};
  for (std::int64_t row = first; row < first + n; ++row)
    for (int a = 0; a < 2; ++a) mean[a] += x.at(2 * row + a) / static_cast<double>(n);
  for (std::int64_t row = first; row < first + n; ++row)
    for (int a = 0; a < 2; ++a)
      for (int b = 0; b < 2; ++b)
        product[a][b] +=
            (x.at(2 * row + a) - mean[a]) * (x.at(2 * row + b) - mean[b]) / static_cast<double>(n);
  for (int a = 0; a < 2; ++a) {
    const double deviation = std::sqrt(points.all["covariance"][a][a].get<double>());
    EXPECT_NEAR(mean[a], points.all["mean"][a].get<double>(), 0.04 * deviation);
    for (int b = 0; b < 2; ++b)
      EXPECT_NEAR(product[a][b], points.all["covariance"][a][b].get<double>(), 0.4);
    std::vector<double> values;
    for (std::int64_t row = first; row < first + n; ++row) values.push_back(x.at(2 * row + a));
    std::sort(values.begin(), values.end());
    int q = 0;
    for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9})
      EXPECT_NEAR(values[static_cast<std::size_t>(share * static_cast<double>(n))],
                  points.all["quartiles"][q++][a].get<double>(), 0.06 * deviation);
  }
}

TEST(Smote, KeepsTargetsAndWeights) {
  Tensor x = Tensor::of<float>({6, 1}, {0, 1, 2, 3, 10, 11});
  Tensor y = Tensor::of<float>({6, 2}, {1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1});
  Tensor w = Tensor::of<float>({6}, {1, 1, 1, 1, 7, 7});
  const auto rows = smote(Dataset(x, y, w), {.k_neighbors = 1});
  ASSERT_EQ(rows.size(), 8);
  EXPECT_EQ(rows.targets().at(2 * 7 + 1), 1) << "one-hot targets are classes, too";
  EXPECT_EQ(rows.weights().at(7), 7);
  EXPECT_EQ(classes_of(y), (RowNumbers{1, 1, 1, 1, 0, 0}));
}

TEST(Smote, RefusesWhatCannotBe) {
  const Tensor x = Tensor::of<float>({4, 1}, {0, 1, 2, 3});
  const Tensor y = Tensor::of<std::int64_t>({4}, {0, 0, 0, 1});
  const auto lone = thrown([&] { smote(Dataset(x, y), {.k_neighbors = 1}); });
  EXPECT_EQ(lone.code, "E-DATA-178");
  EXPECT_TRUE(lone.says("oversample")) << lone.message;
  EXPECT_EQ(thrown([&] { smote(Dataset(x.reshaped({4, 1, 1}), y)); }).code, "E-DATA-179");
  EXPECT_EQ(thrown([&] { smote(Dataset(x.to(DType::i64), y)); }).code, "E-DATA-179");
}

}  // namespace
}  // namespace glia::data
