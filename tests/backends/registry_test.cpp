// Every op's samples on the CPU, against the reference.
#include <algorithm>

#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

// What the CPU leaves to others: sources and views need no kernel, element_count is folded, and the
// samples named here run as their decomposition or on the reference.
bool is_left_to_others(const OpSample& s) {
  static const std::vector<std::string> names{"input",
                                              "variable",
                                              "constant",
                                              "reshape",
                                              "element_count",
                                              "softmax_columns",
                                              "softmax_middle",
                                              "log_softmax_columns",
                                              "log_softmax_middle",
                                              "gru_sequence_reset_before",
                                              "gru_sequence_masked_reset_before",
                                              "gru_sequence_gradient_reset_before",
                                              "gru_sequence_gradient_all",
                                              "lstm_sequence_gradient_all"};
  const auto has = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return has(std::string(s.op->name)) || has(name_of_sample(s));
}

class CpuSample : public ::testing::TestWithParam<OpSample> {};

TEST_P(CpuSample, IsLikeTheReference) {
  const Case c(GetParam());
  if (is_left_to_others(GetParam()) && !cpu_target().kernel(*c.node, 1))
    GTEST_SKIP() << "the CPU has no kernel of its own for it";
  expect_like_reference(c, std::string(GetParam().sample->name));
}

INSTANTIATE_TEST_SUITE_P(Registry, CpuSample, ::testing::ValuesIn(all_samples()),
                         [](const auto& test) { return name_of_sample(test.param); });

}  // namespace
}  // namespace glia::testing
