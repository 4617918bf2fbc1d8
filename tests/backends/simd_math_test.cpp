// The errors that simd_math.h promises, in units in the last place, over floats of every size.
#include <cmath>
#include <map>

#include "glia/backends/cpu/micro_functions.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

// Neighbouring floats are one apart, zeros are one number.
double units_apart(float got, double want) {
  if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want) ? 0 : 1e9;
  const float rounded = static_cast<float>(want);
  if (got == rounded) return 0;
  if (std::isinf(got) || std::isinf(rounded)) return 1e9;
  int exponent = 0;
  std::frexp(std::max(std::fabs(want), 0x1p-126), &exponent);
  return std::fabs(static_cast<double>(got) - want) / std::ldexp(1.0, exponent - 24);
}

double worst_error(Micro micro) {
  constexpr std::int64_t kBlock = 4096;
  std::vector<float> x(kBlock), y(kBlock);
  const auto function = cpu::micro_table().of[static_cast<int>(micro)][0];
  double worst = 0;
  // A prime step through all bit patterns: about four million of them, both signs, NaNs too.
  std::uint64_t bits = 0;
  while (bits < (1ull << 32)) {
    std::int64_t n = 0;
    for (; n < kBlock && bits < (1ull << 32); ++n, bits += 1021) {
      const auto word = static_cast<std::uint32_t>(bits);
      std::memcpy(&x[static_cast<std::size_t>(n)], &word, 4);
    }
    function(y.data(), x.data(), nullptr, nullptr, 0, n);
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
      worst = std::max(worst, units_apart(y[i], apply(micro, x[i], 0, 0, 0)));
  }
  return worst;
}

TEST(SimdMath, ErrorsOverTheWholeRange) {
  const std::map<Micro, double> bounds{
      {Micro::expm1, 2.1},   {Micro::erf, 2.1},      {Micro::sin, 2.1},   {Micro::cos, 2.1},
      {Micro::exp, 1.1},     {Micro::log, 1.1},      {Micro::log1p, 2.1}, {Micro::tanh, 2.6},
      {Micro::sigmoid, 2.6}, {Micro::softplus, 2.1}, {Micro::sqrt, 0.51}};
  const AnyInstructionSet restore;
  for (const std::string& set : cpu::instruction_sets()) {
    cpu::use_instruction_set(set);
    for (const auto& [micro, bound] : bounds) {
      const double worst = worst_error(micro);
      RecordProperty(std::string(name_of(micro)) + "_" + set, std::to_string(worst));
      EXPECT_LE(worst, bound) << name_of(micro) << " on " << set;
    }
  }
}

}  // namespace
}  // namespace glia::testing
