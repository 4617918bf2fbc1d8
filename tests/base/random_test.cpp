#include "glia/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace glia {
namespace {

// Known answers of philox4x32-10, published with Random123 (kat_vectors).
TEST(Philox, GivesThePublishedVectors) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, MomentsOfUniformAndNormal) {
  Random random(7, "test");
  double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u, squares += u * u;
    const double z = random.normal();
    normal_sum += z, normal_squares += z * z;
  }
  EXPECT_NEAR(sum / n, 0.5, 0.005);
  EXPECT_NEAR(squares / n, 1.0 / 3, 0.005);
  EXPECT_NEAR(normal_sum / n, 0.0, 0.02);
  EXPECT_NEAR(normal_squares / n, 1.0, 0.02);
}

TEST(Random, StreamsAndStepsDiffer) {
  Random a(1, "a"), b(1, "b"), later(1, "a", 1), again(1, "a");
  const auto first = a.next();
  EXPECT_NE(first, b.next());
  EXPECT_NE(first, later.next());
  EXPECT_EQ(first, again.next());
}

TEST(Random, PermutationHoldsEveryIndexOnce) {
  auto order = Random(3, "p").permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace glia
