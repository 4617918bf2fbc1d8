// Layers that disturb: what their numbers are distributed as, and what they depend on.
#include "glia/nn/noise.h"

#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::forward;

Tensor filled(const Shape& shape, double value) {
  Tensor t(DType::f32, shape);
  for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, value);
  return t;
}

struct Moments {
  double mean = 0, variance = 0,
         fourth = 0;  // the fourth about the mean, over the variance squared
};
Moments moments(const Tensor& t) {
  Moments m;
  const auto n = static_cast<double>(t.size());
  for (std::int64_t i = 0; i < t.size(); ++i) m.mean += t.at(i) / n;
  for (std::int64_t i = 0; i < t.size(); ++i) {
    const double d = t.at(i) - m.mean;
    m.variance += d * d / n;
    m.fourth += d * d * d * d / n;
  }
  m.fourth /= m.variance * m.variance;
  return m;
}

constexpr std::int64_t kCount = 40000;
// Five deviations of the mean, and of the variance of a normal, of kCount numbers.
double mean_error(double variance) { return 5 * std::sqrt(variance / kCount); }
double variance_error(double variance) { return 5 * variance * std::sqrt(2.0 / kCount); }

TEST(Noise, GaussianHasItsMeanVarianceAndShape) {
  for (const double deviation : {0.1, 1.0, 3.0}) {
    Store store;
    const Moments m = moments(
        forward(nn::gaussian_noise({.stddev = deviation}), filled({200, 200}, 2), store, true));
    EXPECT_NEAR(m.mean, 2, mean_error(deviation * deviation));
    EXPECT_NEAR(m.variance, deviation * deviation, variance_error(deviation * deviation));
    EXPECT_NEAR(m.fourth, 3, 5 * std::sqrt(24.0 / kCount));
  }
}

TEST(Noise, GaussianDropoutMultiplies) {
  for (const double rate : {0.1, 0.5}) {
    Store store;
    const Moments m =
        moments(forward(nn::gaussian_dropout({.rate = rate}), filled({200, 200}, 3), store, true));
    const double variance = 9 * rate / (1 - rate);
    EXPECT_NEAR(m.mean, 3, mean_error(variance));
    EXPECT_NEAR(m.variance, variance, variance_error(variance));
  }
}

// arXiv 1706.02515: mean 0 and variance 1 stay as they are.
TEST(Noise, AlphaDropoutKeepsMeanAndVariance) {
  for (const double rate : {0.1, 0.5}) {
    Tensor x(DType::f32, {200, 200});
    Random random(4, "x");
    for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, random.normal());
    Store store;
    const Tensor y = forward(nn::alpha_dropout({.rate = rate}), x, store, true);
    const Moments m = moments(y);
    EXPECT_NEAR(m.mean, 0, mean_error(1));
    EXPECT_NEAR(m.variance, 1, 3 * variance_error(1));
    // The dropped ones all have one value: a alpha + shift, where shift = -a alpha rate.
    const double alpha = -1.7580993408473766,
                 a = 1 / std::sqrt((1 - rate) * (1 + rate * alpha * alpha));
    const double there = a * alpha * (1 - rate);
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < y.size(); ++i) count += std::fabs(y.at(i) - there) < 1e-6;
    EXPECT_NEAR(static_cast<double>(count), kCount * rate,
                5 * std::sqrt(kCount * rate * (1 - rate)));
  }
}

TEST(Noise, SpatialDropoutDropsWholeFeatures) {
  const auto check = [](const nn::Module& layer, const Shape& shape, int features) {
    Store store;
    const Tensor y = forward(layer, filled(shape, 1), store, true);
    const auto sizes = shape.sizes();
    const std::int64_t c = sizes[static_cast<std::size_t>(features)];
    const std::int64_t places = y.size() / sizes[0] / c;
    double kept = 0;
    for (std::int64_t n = 0; n < sizes[0]; ++n)
      for (std::int64_t f = 0; f < c; ++f) {
        const auto at = [&](std::int64_t place) {
          return y.at(features == 1 ? (n * c + f) * places + place : (n * places + place) * c + f);
        };
        for (std::int64_t place = 0; place < places; ++place) ASSERT_EQ(at(place), at(0));
        kept += at(0) != 0;
        if (at(0) != 0) {
          EXPECT_NEAR(at(0), 1 / 0.7, 1e-6);
        }
      }
    const double count = static_cast<double>(sizes[0] * c);
    EXPECT_NEAR(kept, 0.7 * count, 5 * std::sqrt(count * 0.7 * 0.3)) << layer.kind();
  };
  check(nn::spatial_dropout1d({.rate = 0.3}), {20, 4, 50}, 2);
  check(nn::spatial_dropout2d({.rate = 0.3}), {20, 50, 2, 3}, 1);
  check(nn::spatial_dropout3d({.rate = 0.3}), {20, 50, 2, 1, 3}, 1);
}

TEST(Noise, DependsOnSeedStepAndLayer) {
  const Tensor x = filled({8, 50}, 1);
  for (const nn::Module& layer :
       {nn::gaussian_noise({}), nn::gaussian_dropout(), nn::alpha_dropout()}) {
    Store store;
    const Tensor first = forward(layer, x, store, true);
    EXPECT_TRUE(same_bits(first, forward(layer, x, store, true))) << layer.kind();
    EXPECT_FALSE(same_bits(first, forward(layer, x, store, true, 2)));
    EXPECT_FALSE(same_bits(first, forward(layer.named("other"), x, store, true)));
    store.at("train.step").set(0, 1);
    EXPECT_FALSE(same_bits(first, forward(layer, x, store, true)));
    EXPECT_TRUE(same_bits(x, forward(layer, x, store)));  // inference
  }
  for (const double rate : {-0.1, 1.0, double(NAN)})
    for (const auto make : {nn::spatial_dropout1d, nn::alpha_dropout, nn::gaussian_dropout})
      EXPECT_EQ(testing::thrown([&] { make({.rate = rate}); }).code, "E-OPTION-01");
}

}  // namespace
}  // namespace glia
