// Initialisers: moments, ranges, and the whole distribution.
#include "glia/nn/initializers.h"

#include <algorithm>
#include <cmath>

#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::thrown;

struct Expected {
  const char* name;
  bool normal;
  double deviation;  // for fans 300 in, 200 out
};

class Distribution : public ::testing::TestWithParam<Expected> {};
INSTANTIATE_TEST_SUITE_P(
    Initializers, Distribution,
    ::testing::Values(Expected{"glorot_uniform", false, std::sqrt(2.0 / 500)},
                      Expected{"glorot_normal", true, std::sqrt(2.0 / 500)},
                      Expected{"he_uniform", false, std::sqrt(2.0 / 300)},
                      Expected{"he_normal", true, std::sqrt(2.0 / 300)},
                      Expected{"fan_in_uniform", false, 1 / std::sqrt(3.0 * 300)},
                      Expected{"random_uniform", false, 0.05 / std::sqrt(3.0)}),
    [](const auto& info) { return std::string(info.param.name); });

// Mean, variance and range, then Kolmogorov and Smirnov's distance to the distribution function.
TEST_P(Distribution, IsWhatItsPaperSays) {
  const auto& e = GetParam();
  const Shape shape{200, 300};
  Random random(17, e.name);
  const Tensor t = nn::initializer(e.name).make(shape, nn::fans_of(shape), random);
  std::vector<double> x;
  for (const float v : t.data<float>()) x.push_back(v / e.deviation);
  const double n = static_cast<double>(x.size());
  double mean = 0, square = 0;
  for (const double v : x) mean += v / n, square += v * v / n;
  EXPECT_NEAR(mean, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(square, 1, 5 * std::sqrt(2 / n));
  std::sort(x.begin(), x.end());
  const double limit = std::sqrt(3.0);
  if (!e.normal) {
    EXPECT_GE(x.front(), -limit * (1 + 1e-6));
    EXPECT_LE(x.back(), limit * (1 + 1e-6));
    EXPECT_LT(x.front(), -limit * 0.999);
    EXPECT_GT(x.back(), limit * 0.999);
  }
  double distance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double f = e.normal ? 0.5 * std::erfc(-x[i] / std::sqrt(2.0))
                              : std::clamp((x[i] + limit) / (2 * limit), 0.0, 1.0);
    distance =
        std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  EXPECT_LT(distance,
            1.95 / std::sqrt(n));  // passed by chance in 999 of 1000 draws; the seed is set
}

// As torch.nn.init._calculate_fan_in_and_fan_out counts.
TEST(Fans, AsPyTorchCounts) {
  const auto fans = [](const Shape& s) {
    const auto f = nn::fans_of(s);
    return std::pair(f.in, f.out);
  };
  EXPECT_EQ(fans({7, 5}), (std::pair<std::int64_t, std::int64_t>(5, 7)));
  EXPECT_EQ(fans({8, 3, 5, 2}), (std::pair<std::int64_t, std::int64_t>(30, 80)));
}

// The default is PyTorch's: weight and bias within 1 / sqrt(fan_in of the weight).
TEST(Defaults, AreOfTheWeightsFanIn) {
  const auto largest = [](const Tensor& t) {
    double m = 0;
    for (const float v : t.data<float>()) m = std::max(m, std::fabs(double(v)));
    return m;
  };
  Store store;
  testing::forward(nn::dense({.units = 400}), Tensor(DType::f32, {1, 100}), store);
  EXPECT_LE(largest(store.at("dense.weight")), 0.1);
  EXPECT_GT(largest(store.at("dense.weight")), 0.099);
  EXPECT_LE(largest(store.at("dense.bias")), 0.1);
  EXPECT_GT(largest(store.at("dense.bias")), 0.095);
  testing::forward(nn::conv2d({.filters = 400, .kernel_size = {5, 5}, .groups = 2}),
                   Tensor(DType::f32, {1, 8, 5, 5}), store);
  EXPECT_LE(largest(store.at("conv2d.weight")), 0.1);
  EXPECT_GT(largest(store.at("conv2d.bias")), 0.095);
}

TEST(Initial, ValuesDependOnSeedAndNameOnly) {
  const auto weight = [](const nn::Module& m, std::uint64_t seed) {
    Store store;
    testing::forward(m, Tensor(DType::f32, {1, 4}), store, false, seed);
    return store.at(store.names().back());
  };
  const auto dense = nn::dense({.units = 3});
  EXPECT_TRUE(same_bits(weight(dense, 1), weight(dense, 1)));
  EXPECT_FALSE(same_bits(weight(dense, 1), weight(dense, 2)));
  EXPECT_FALSE(same_bits(weight(dense, 1), weight(dense.named("b"), 1)));
}

TEST(Initial, ConstantsAndMistakes) {
  Random random(1, "x");
  EXPECT_EQ(nn::zeros().make({2}, {}, random).at(1), 0);
  EXPECT_EQ(nn::ones().make({2}, {}, random).at(1), 1);
  EXPECT_EQ(nn::constant(2.5).make({2}, {}, random).at(1), 2.5);
  const Tensor within = nn::random_uniform({.from = 2, .to = 3}).make({100}, {}, random);
  for (const float v : within.data<float>()) EXPECT_TRUE(v >= 2 && v <= 3);
  EXPECT_EQ(thrown([] { nn::random_uniform({.from = 3, .to = 2}); }).code, "E-OPTION-01");
  const auto unknown = thrown([] { nn::initializer("he_norml"); });
  EXPECT_TRUE(unknown.code == "E-NN-01" && unknown.says("'he_normal'")) << unknown.message;
}

}  // namespace
}  // namespace glia
