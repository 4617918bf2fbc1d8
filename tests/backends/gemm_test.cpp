#include "glia/backends/cpu/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include "glia/backends/cpu/simd.h"
#include "glia/base/error.h"
#include "glia/base/random.h"

namespace glia::cpu {
namespace {

constexpr float kUntouched = -12345.0f;

// One product's memory. Rows are followed by elements that must be neither used nor written.
struct Case {
  Gemm gemm;
  std::vector<float> a, b, c, bias;
};

std::vector<float> random_matrix(Random& random, std::int64_t rows, std::int64_t columns,
                                 std::int64_t leading) {
  std::vector<float> x(static_cast<std::size_t>(rows * leading + 1),
                       std::numeric_limits<float>::quiet_NaN());
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      x[static_cast<std::size_t>(i * leading + j)] = static_cast<float>(random.normal());
  return x;
}

Case make_case(Random& random, Gemm g, std::int64_t gap) {
  g.lda = std::max<std::int64_t>(1, (g.transpose_a ? g.m : g.k)) + gap;
  g.ldb = std::max<std::int64_t>(1, (g.transpose_b ? g.k : g.n)) + gap;
  g.ldc = std::max<std::int64_t>(1, g.n) + gap;
  Case x{g, {}, {}, {}, {}};
  x.a = g.transpose_a ? random_matrix(random, g.k, g.m, g.lda)
                      : random_matrix(random, g.m, g.k, g.lda);
  x.b = g.transpose_b ? random_matrix(random, g.n, g.k, g.ldb)
                      : random_matrix(random, g.k, g.n, g.ldb);
  x.c.assign(static_cast<std::size_t>(g.m * g.ldc + 1), kUntouched);
  for (std::int64_t i = 0; i < g.m; ++i)
    for (std::int64_t j = 0; j < g.n; ++j)
      x.c[static_cast<std::size_t>(i * g.ldc + j)] =
          g.accumulate ? static_cast<float>(random.normal())
                       : std::numeric_limits<float>::quiet_NaN();  // never read
  x.bias = random_matrix(random, 1, g.n, g.n);
  return x;
}

std::vector<float> run(const Case& x, GemmKernel kernel = GemmKernel::automatic) {
  const GemmPlan plan = plan_gemm(x.gemm, kernel);
  const std::size_t floats = scratch_floats(plan);
  const std::align_val_t alignment{64};
  // Exactly as much as was asked for, so that a sanitizer sees what goes beyond.
  auto* scratch = static_cast<float*>(operator new(floats * sizeof(float) + 1, alignment));
  std::fill_n(scratch, floats, std::numeric_limits<float>::quiet_NaN());
  std::vector<float> c = x.c;
  run_gemm(plan, x.a.data(), x.b.data(), x.gemm.bias ? x.bias.data() : nullptr, c.data(), scratch);
  operator delete(scratch, alignment);
  return c;
}

// The product in double precision, and the bound k * eps * sum|a||b| on the error of any order of
// summation (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1).
void expect_product(const Case& x, const std::vector<float>& c, const std::string& what) {
  const Gemm& g = x.gemm;
  for (std::int64_t i = 0; i < g.m; ++i)
    for (std::int64_t j = 0; j < g.ldc; ++j) {
      const auto at = static_cast<std::size_t>(i * g.ldc + j);
      if (j >= g.n) {
        ASSERT_EQ(c[at], kUntouched) << what << ": wrote behind row " << i;
        continue;
      }
      double y = 0, size = 0;
      for (std::int64_t p = 0; p < g.k; ++p) {
        const double ab =
            double{x.a[static_cast<std::size_t>(g.transpose_a ? p * g.lda + i : i * g.lda + p)]} *
            double{x.b[static_cast<std::size_t>(g.transpose_b ? j * g.ldb + p : p * g.ldb + j)]};
        y += ab, size += std::abs(ab);
      }
      if (g.bias) y += x.bias[static_cast<std::size_t>(j)];
      if (g.bias) size += std::abs(x.bias[static_cast<std::size_t>(j)]);
      if (g.accumulate) y += x.c[at], size += std::abs(x.c[at]);
      if (g.activation == Activation::relu) y = std::max(y, 0.0);
      const double bound = static_cast<double>(g.k + 3) * 0x1p-24 * size;
      ASSERT_LE(std::abs(c[at] - y), bound) << what << " at (" << i << ", " << j << ")";
    }
  ASSERT_EQ(c.back(), kUntouched) << what << ": wrote behind C";
}

std::string describe(const Gemm& g) {
  return std::string(g.transpose_a ? "T" : "N") + (g.transpose_b ? "T" : "N") + " " +
         std::to_string(g.m) + "x" + std::to_string(g.n) + "x" + std::to_string(g.k) +
         (g.accumulate ? " accumulate" : "") + (g.bias ? " bias" : "") +
         (g.activation == Activation::relu ? " relu" : "") + " threads " +
         std::to_string(g.threads) + " lda " + std::to_string(g.lda);
}

Gemm gemm_of(std::int64_t m, std::int64_t n, std::int64_t k, unsigned flags, int threads = 1) {
  Gemm g;
  g.m = m, g.n = n, g.k = k;
  g.transpose_a = flags & 1, g.transpose_b = flags & 2;
  g.accumulate = flags & 4, g.bias = flags & 8;
  g.activation = flags & 16 ? Activation::relu : Activation::none;
  g.threads = threads;
  return g;
}

class EveryInstructionSet : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { use_instruction_set(GetParam()); }
  void TearDown() override { use_instruction_set(""); }
};

TEST_P(EveryInstructionSet, SmallShapesWithAllFlags) {
  Random random(1, "gemm");
  for (const std::int64_t m : {0, 1, 2, 5, 7, 13})
    for (const std::int64_t n : {0, 1, 3, 8, 10, 33})
      for (const std::int64_t k : {0, 1, 4, 9, 30})
        for (unsigned flags = 0; flags < 32; ++flags) {
          const Case x = make_case(random, gemm_of(m, n, k, flags), flags % 3);
          expect_product(x, run(x), describe(x.gemm));
          if (HasFatalFailure()) return;
        }
}

TEST_P(EveryInstructionSet, RandomShapes) {
  Random random(2, "gemm");
  for (int i = 0; i < 300; ++i) {
    const auto upto = [&](std::uint64_t n) { return static_cast<std::int64_t>(random.below(n)); };
    const Gemm g = gemm_of(upto(150), upto(150), upto(i % 8 == 0 ? 800 : 100),
                           static_cast<unsigned>(upto(32)), 1 + static_cast<int>(upto(3)));
    const Case x = make_case(random, g, upto(2) * upto(9));
    expect_product(x, run(x), describe(x.gemm));
    if (HasFatalFailure()) return;
  }
}

// Blocks in all three directions, on threads.
TEST_P(EveryInstructionSet, LargerShapes) {
  Random random(3, "gemm");
  for (unsigned flags = 0; flags < 32; flags += 5) {
    const Case x = make_case(random, gemm_of(411, 809, 333, flags, 2), 3);
    expect_product(x, run(x, GemmKernel::tile), describe(x.gemm));
    if (HasFatalFailure()) return;
  }
}

// "Identical for any number of threads": what a resumed run on another machine may rely on.
TEST_P(EveryInstructionSet, ThreadsDoNotChangeABit) {
  Random random(4, "gemm");
  const std::vector<std::array<std::int64_t, 3>> shapes = {
      {64, 256, 784}, {256, 784, 64}, {64, 10, 2048}, {1, 3000, 500}, {3000, 1, 500},
      {3, 2000, 700}, {97, 101, 103}, {2, 900, 400},  {7, 17, 5000}};
  for (const auto& [m, n, k] : shapes)
    for (unsigned flags = 0; flags < 4; ++flags) {
      const Case one = make_case(random, gemm_of(m, n, k, flags), 0);
      const std::vector<float> expected = run(one);
      for (const int threads : {2, 3, 5}) {
        Case x = one;
        x.gemm.threads = threads;
        const std::vector<float> got = run(x);
        for (std::size_t i = 0; i < got.size(); ++i)
          ASSERT_EQ(expected[i], got[i]) << describe(x.gemm) << " element " << i;
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Simd, EveryInstructionSet, testing::ValuesIn(instruction_sets()),
                         [](const auto& info) { return info.param; });

TEST(Gemm, KernelsAskedForByName) {
  Random random(5, "gemm");
  for (unsigned flags = 0; flags < 32; ++flags)
    for (const GemmKernel kernel : {GemmKernel::dot, GemmKernel::tile, GemmKernel::onednn}) {
      if (kernel == GemmKernel::dot && (flags & 3) != 2) continue;
      const Case x = make_case(random, gemm_of(37, 29, 65, flags, 2), 2);
      expect_product(x, run(x, kernel), describe(x.gemm));
      if (HasFatalFailure()) return;
    }
}

TEST(Gemm, KeepsNaNAndInfinity) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t m : {1, 8}) {
    Gemm g = gemm_of(m, 20, 3, 16);
    std::vector<float> a(static_cast<std::size_t>(3 * m), 1.0f), b(60, 1.0f), c(160, 0.0f);
    b[4] = nan, b[5] = infinity, b[6] = -infinity;
    run_gemm(plan_gemm(g), a.data(), b.data(), nullptr, c.data(), nullptr);
    EXPECT_TRUE(std::isnan(c[4]));  // relu does not hide it
    EXPECT_EQ(c[5], infinity);
    EXPECT_EQ(c[6], 0.0f);
    EXPECT_EQ(c[7], 3.0f);
  }
}

TEST(Gemm, OneThreadForLittleWork) {
  EXPECT_EQ(plan_gemm(gemm_of(32, 64, 30, 2, 8)).threads, 1);
  EXPECT_EQ(plan_gemm(gemm_of(64, 256, 784, 2, 2)).threads, 2);
}

std::string code_of(const Gemm& gemm, GemmKernel kernel = GemmKernel::automatic) {
  try {
    plan_gemm(gemm, kernel);
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

TEST(Gemm, Errors) {
  EXPECT_EQ(code_of(gemm_of(-1, 2, 3, 0)), "E-GEMM-01");
  Gemm g = gemm_of(4, 5, 6, 0);
  g.lda = 5;
  EXPECT_EQ(code_of(g), "E-GEMM-02");
  g.lda = 6;
  EXPECT_EQ(code_of(g), "");
  g.ldb = 4;
  EXPECT_EQ(code_of(g), "E-GEMM-02");
  EXPECT_EQ(code_of(gemm_of(4, 5, 6, 0, 0)), "E-GEMM-03");
  EXPECT_EQ(code_of(gemm_of(4, 5, 6, 0), GemmKernel::dot), "E-GEMM-04");
  EXPECT_THROW(use_instruction_set("MMX"), Error);
}

}  // namespace
}  // namespace glia::cpu
