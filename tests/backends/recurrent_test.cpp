// Recurrent kernels at sizes that samples do not have: units beyond one panel and one block of the
// product, one row, more threads than rows.
#include "glia/ops/recurrent.h"

#include "glia/ops/samples.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

struct Size {
  std::int64_t rows, steps, units;
};

class RecurrentKernels : public ::testing::TestWithParam<Size> {};

TEST_P(RecurrentKernels, AreLikeTheReference) {
  const auto [n, t, h] = GetParam();
  const double small = 1 / std::sqrt(static_cast<double>(h));
  for (const bool reverse : {false, true}) {
    const Attributes direction{{"reverse", reverse}};
    const SampleInput state = normal({n, h}), states = normal({n, t, h}), mask = booleans({n, t});
    const auto weight = [&](std::int64_t gates) { return normal({gates * h, h}, 0, small); };
    expect_like_reference(Case(rnn_sequence_def, {states, weight(1), state, mask}, direction),
                          "sizes");
    expect_like_reference(Case(rnn_sequence_gradient_def,
                               {weight(1), uniform({n, t, h}, -1, 1), states, mask}, direction),
                          "sizes");
    expect_like_reference(
        Case(lstm_sequence_def, {normal({n, t, 4 * h}), weight(4), state, state, mask}, direction),
        "sizes");
    const SampleInput gates = uniform({n, t, 4 * h}, 0.1, 0.9);
    Attributes masked = direction;
    masked.set("mask", true);
    expect_like_reference(
        Case(lstm_sequence_gradient_def, {weight(4), state, states, gates, states, mask}, masked),
        "sizes");
    expect_like_reference(
        Case(gru_sequence_def, {normal({n, t, 3 * h}), weight(3), normal({h}), state, mask},
             direction),
        "sizes");
    expect_like_reference(
        Case(gru_sequence_gradient_def, {weight(3), state, states, gates, states, mask}, masked),
        "sizes");
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, RecurrentKernels,
                         ::testing::Values(Size{1, 2, 5}, Size{3, 3, 130}, Size{13, 2, 33}),
                         [](const auto& test) {
                           return "units" + std::to_string(test.param.units);
                         });

}  // namespace
}  // namespace glia::testing
