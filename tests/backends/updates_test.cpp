#include "glia/ops/samples.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

TEST(Updates, ManyParametersOfAnySize) {
  std::vector<SampleInput> adam{filled({}, 1e-2), filled({}, 41, DType::i64)};
  std::vector<SampleInput> sgd{filled({}, 1e-2)};
  for (const std::int64_t n : {1, 7, 8, 0, 9, 1000, 30000, 3}) {
    for (int i = 0; i < 3; ++i) adam.push_back(normal({n}));
    adam.push_back(uniform({n}, 0, 1));
    for (int i = 0; i < 3; ++i) sgd.push_back(normal({n}));
  }
  expect_like_reference(Case(adam_update_def, adam, {}), "many");
  expect_like_reference(Case(adam_update_def, adam, {{"weight_decay", 0.01}, {"epsilon", 1e-3}}),
                        "many with decay");
  expect_like_reference(Case(sgd_update_def, sgd, {{"momentum", 0.9}}), "many");
  expect_like_reference(Case(sgd_update_def, sgd, {{"momentum", 0.9}, {"nesterov", true}}), "many");
}

// The first step from nothing moves every weight by the learning rate against the gradient's sign:
// arXiv 1412.6980, section 2.1.
TEST(Updates, AdamsFirstStepIsTheLearningRate) {
  Case c(adam_update_def,
         {filled({}, 0.125), filled({}, 0, DType::i64), filled({19}, 1), normal({19}, 0, 10),
          filled({19}, 0), filled({19}, 0)},
         {});
  const Buffers out = run_kernel(*cpu_target().kernel(*c.node, 1), *c.node, c.in);
  const auto* g = reinterpret_cast<const float*>(c.in[3].data());
  const auto* p = reinterpret_cast<const float*>(out[0].data());
  for (int i = 0; i < 19; ++i) EXPECT_NEAR(p[i], g[i] > 0 ? 0.875 : 1.125, 1e-6);
}

TEST(Updates, AllFiniteSeesOneBadElementAnywhere) {
  for (const std::int64_t n : {1, 5, 8, 33, 4097, 200000}) {
    Case c(all_finite_def, {normal({3}), normal({n})}, {});
    auto* x = reinterpret_cast<float*>(c.in[1].data());
    for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1})
      for (const float bad : {NAN, INFINITY, -INFINITY}) {
        const float before = std::exchange(x[at], bad);
        expect_like_reference(c, "bad at " + std::to_string(at) + " of " + std::to_string(n));
        const Buffers out = run_kernel(*cpu_target().kernel(*c.node, 2), *c.node, c.in);
        EXPECT_EQ(out[0].data()[0], std::byte{0});
        x[at] = before;
      }
    x[0] = 3e38f;  // large is not infinite
    expect_like_reference(c, "finite");
  }
}

}  // namespace
}  // namespace glia::testing
