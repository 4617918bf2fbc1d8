// Rounding to bf16, against PyTorch (tests/golden/make_precision.py) and against its definition.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "glia/base/random.h"
#include "glia/tensor/tensor.h"

namespace glia {
namespace {

BFloat16 from_bits(int bits) { return std::bit_cast<BFloat16>(static_cast<std::uint16_t>(bits)); }

TEST(BFloat16, OfFloatsIsPyTorchs) {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/precision.json");
  const auto pairs = nlohmann::json::parse(file).at("rounding");
  ASSERT_GT(pairs.size(), 200u);
  for (const auto& pair : pairs)
    EXPECT_EQ(BFloat16(std::bit_cast<float>(pair[0].get<std::uint32_t>())).bits,
              pair[1].get<std::uint16_t>())
        << std::hex << pair[0].get<std::uint32_t>();
}

TEST(BFloat16, ThereAndBackIsExact) {
  for (int bits = 0; bits < 1 << 16; ++bits) {
    const float wide = from_bits(bits);
    if (std::isnan(wide))
      EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(wide)))) << bits;
    else
      ASSERT_EQ(BFloat16(wide).bits, bits);
  }
}

// No other number of bf16 is nearer, and of two that are as near the even one is taken: so a double
// is rounded once, and not to a float first.
void expect_nearest(double v) {
  const BFloat16 got(v);
  const double near = got;
  for (const int step : {-1, 1}) {
    const double other = from_bits(got.bits + step);
    if (!std::isfinite(other)) continue;
    const double distance = std::fabs(near - v), others = std::fabs(other - v);
    ASSERT_LE(distance, others) << std::hexfloat << v;
    ASSERT_TRUE(distance < others || (got.bits & 1) == 0) << std::hexfloat << v;
  }
}

TEST(BFloat16, OfDoublesIsTheNearest) {
  Random random(3, "doubles");
  for (int i = 0; i < 2000; ++i) expect_nearest(std::ldexp(random.normal(), i % 200 - 100));
  for (int bits = 0x3f00; bits < 0x3f80; ++bits) {
    const double tie = (static_cast<double>(from_bits(bits)) + from_bits(bits + 1)) / 2;
    for (const double v : {tie, tie + 1e-15, tie - 1e-15, tie + 1e-9, tie - 1e-9}) {
      expect_nearest(v);
      expect_nearest(-v);
    }
  }
  EXPECT_EQ(BFloat16(1e39).bits, BFloat16(std::numeric_limits<float>::infinity()).bits);
  EXPECT_EQ(BFloat16(-1e300).bits, 0xff80);
  EXPECT_EQ(BFloat16(1e-300).bits, 0);
  EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(std::nan("")))));
}

TEST(BFloat16, IsATensorsDtype) {
  EXPECT_EQ(size_of(DType::bf16), 2u);
  EXPECT_EQ(dtype_from("bf16"), DType::bf16);
  EXPECT_TRUE(is_floating(DType::bf16));
  const Tensor x = Tensor::of<double>({3}, std::vector<double>{1, 1.00390625, -2.5});
  const Tensor half = x.to(DType::bf16);
  EXPECT_EQ(half.bytes(), 6u);
  EXPECT_EQ(half.at(1), 1);  // a tie, to even
  EXPECT_EQ(half.at(2), -2.5);
  EXPECT_EQ(half.to(DType::i64).at(2), -2);
}

}  // namespace
}  // namespace glia
