// Initialisers: moments, ranges, and the whole distribution.
#include "glia/nn/initializers.h"

#include <algorithm>
#include <cmath>

#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::thrown;

enum class Form { uniform, normal, truncated };  // truncated: at two deviations, as in Keras

struct Expected {
  nn::Initializer initializer;
  const char* name;
  Form form;
  double deviation;  // for fans 300 in, 200 out; of a truncated one before it is cut
  double mean = 0;
};

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The distribution function of mean 0 and deviation 1 (truncated: before it is cut).
double below(Form form, double x) {
  const double limit = std::sqrt(3.0), cut = normal_below(-2);
  switch (form) {
    case Form::uniform:
      return std::clamp((x + limit) / (2 * limit), 0.0, 1.0);
    case Form::normal:
      return normal_below(x);
    case Form::truncated:
      return std::clamp((normal_below(x) - cut) / (1 - 2 * cut), 0.0, 1.0);
  }
  return NAN;
}

class Distribution : public ::testing::TestWithParam<Expected> {};
INSTANTIATE_TEST_SUITE_P(
    Initializers, Distribution,
    ::testing::Values(
        Expected{nn::glorot_uniform(), "glorot_uniform", Form::uniform, std::sqrt(2.0 / 500)},
        Expected{nn::glorot_normal(), "glorot_normal", Form::normal, std::sqrt(2.0 / 500)},
        Expected{nn::he_uniform(), "he_uniform", Form::uniform, std::sqrt(2.0 / 300)},
        Expected{nn::he_normal(), "he_normal", Form::normal, std::sqrt(2.0 / 300)},
        Expected{nn::he_uniform(nn::Fan::out), "he_uniform_out", Form::uniform,
                 std::sqrt(2.0 / 200)},
        Expected{nn::he_normal(nn::Fan::out), "he_normal_out", Form::normal, std::sqrt(2.0 / 200)},
        Expected{nn::lecun_uniform(), "lecun_uniform", Form::uniform, std::sqrt(1.0 / 300)},
        Expected{nn::lecun_normal(), "lecun_normal", Form::normal, std::sqrt(1.0 / 300)},
        Expected{nn::fan_in_uniform(), "fan_in_uniform", Form::uniform, 1 / std::sqrt(3.0 * 300)},
        Expected{nn::random_uniform(), "random_uniform", Form::uniform, 0.05 / std::sqrt(3.0)},
        Expected{nn::random_normal(), "random_normal", Form::normal, 0.05},
        Expected{nn::random_normal({2, 3}), "random_normal_2_3", Form::normal, 3, 2},
        Expected{nn::truncated_normal(), "truncated_normal", Form::truncated, 0.05},
        Expected{nn::truncated_normal({-1, 0.5}), "truncated_normal_1", Form::truncated, 0.5, -1}),
    [](const auto& info) { return std::string(info.param.name); });

// Mean, variance and range, then Kolmogorov and Smirnov's distance to the distribution function.
TEST_P(Distribution, IsWhatItsPaperSays) {
  const auto& e = GetParam();
  const Shape shape{200, 300};
  Random random(17, e.name);
  const Tensor t = e.initializer.make(shape, nn::fans_of(shape), random);
  std::vector<double> x;
  for (const float v : t.data<float>()) x.push_back((v - e.mean) / e.deviation);
  const double n = static_cast<double>(x.size());
  double mean = 0, square = 0;
  for (const double v : x) mean += v / n, square += v * v / n;
  // Cut at 2 deviations: 1 - 4 phi(2) / (2 Phi(2) - 1).
  const double variance = e.form == Form::truncated ? 0.7737413035 : 1;
  EXPECT_NEAR(mean, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(square, variance, 5 * std::sqrt(2 / n));
  std::sort(x.begin(), x.end());
  if (e.form != Form::normal) {
    const double limit = e.form == Form::uniform ? std::sqrt(3.0) : 2;
    EXPECT_GE(x.front(), -limit * (1 + 1e-6));
    EXPECT_LE(x.back(), limit * (1 + 1e-6));
    EXPECT_LT(x.front(), -limit * 0.995);
    EXPECT_GT(x.back(), limit * 0.995);
  }
  double distance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double f = below(e.form, x[i]);
    distance =
        std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  // Kept by 999 of 1000 draws of the right distribution; the seed is set.
  EXPECT_LT(distance, 1.95 / std::sqrt(n));
}

// The shorter side's rows are orthogonal and as long as the gain.
TEST(Orthogonal, RowsOrColumns) {
  for (const Shape& shape :
       {Shape{40, 40}, Shape{20, 70}, Shape{70, 20}, Shape{8, 3, 2, 2}, Shape{1, 5}}) {
    Random random(3, "orthogonal");
    const Tensor t = nn::orthogonal(1.5).make(shape, nn::fans_of(shape), random);
    const std::int64_t rows = shape[0].value(), columns = t.size() / rows;
    const bool wide = rows <= columns;
    const std::int64_t few = wide ? rows : columns, many = wide ? columns : rows;
    const auto at = [&](std::int64_t i, std::int64_t k) {
      return t.at(wide ? i * columns + k : k * columns + i);
    };
    for (std::int64_t i = 0; i < few; ++i)
      for (std::int64_t j = 0; j < few; ++j) {
        double product = 0;
        for (std::int64_t k = 0; k < many; ++k) product += at(i, k) * at(j, k);
        ASSERT_NEAR(product, i == j ? 2.25 : 0, 1e-5) << shape.text() << " " << i << " " << j;
      }
  }
}

// Drawn evenly: no element is larger than another in the mean, so the mean square is 1 / columns.
TEST(Orthogonal, HasNoPreferredDirection) {
  double diagonal = 0, first = 0;
  const int draws = 4000;
  Random random(4, "orthogonal");
  for (int i = 0; i < draws; ++i) {
    const Tensor t = nn::orthogonal().make({3, 3}, {3, 3}, random);
    diagonal += t.at(8), first += t.at(0) * t.at(0);
  }
  EXPECT_NEAR(diagonal / draws, 0, 5 * std::sqrt(1.0 / 3 / draws));  // of either sign
  EXPECT_NEAR(first / draws, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / draws));
}

TEST(Identity, OfAnyMatrix) {
  Random random(1, "identity");
  const Tensor t = nn::identity(2).make({2, 3}, {3, 2}, random);
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(t.at(i), i == 0 || i == 4 ? 2 : 0);
  EXPECT_EQ(thrown([&] { nn::identity().make({3}, {}, random); }).code, "E-OPTION-01");
  EXPECT_EQ(thrown([&] { nn::orthogonal().make({3}, {}, random); }).code, "E-OPTION-01");
  EXPECT_EQ(thrown([] { nn::random_normal({0, -1}); }).code, "E-OPTION-01");
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
