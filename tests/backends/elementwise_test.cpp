#include "glia/ops/elementwise.h"

#include "glia/ops/samples.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

// Tails, tiles and threads.
TEST(Elementwise, AnySize) {
  for (const std::int64_t n : {1, 2, 7, 8, 9, 31, 255, 1023, 1024, 1025, 5000, 100001}) {
    expect_like_reference(Case(add_def, {normal({n}), normal({n})}, {}), "n=" + std::to_string(n));
    expect_like_reference(Case(tanh_def, {normal({n}, 0, 3)}, {}), "n=" + std::to_string(n));
    expect_like_reference(Case(greater_def, {normal({n}), normal({})}, {}),
                          "n=" + std::to_string(n));
  }
}

struct Pairing {
  Shape a, b;
  Layout layout_a = Layout::plain, layout_b = Layout::plain;
};

TEST(Elementwise, Broadcasts) {
  const auto last = Layout::channels_last, blocked = Layout::blocked8;
  const std::vector<Pairing> pairings{
      {{37, 10}, {10}},
      {{37, 10}, {1, 10}},
      {{37, 10}, {37, 1}},
      {{37, 1}, {1, 10}},
      {{300, 300}, {300}},
      {{3, 2000}, {3, 1}},
      {{3, 2000}, {1, 2000}},
      {{3, 1}, {1, 2000}},
      {{2, 3, 4, 5}, {1, 3, 1, 1}},
      {{2, 3, 40, 50}, {1, 3, 1, 1}},
      {{2, 3, 4, 5}, {2, 1, 4, 1}},
      {{2, 3, 4, 5}, {1, 3, 1, 5}},
      {{2, 3, 4, 5}, {4, 5}},
      {{2, 3, 4, 5}, {5}},
      {{2, 3, 4, 5}, {3, 1, 1}},
      {{5, 1, 7}, {1, 6, 1}},
      {{3, 20, 32}, {3, 20, 1}},
      {{12, 20, 20}, {20, 20}},
      {{12, 9, 9}, {9, 9}},
      {{12, 9, 9}, {12, 1, 9}},
      {{2, 5, 4, 16}, {1, 5, 1, 16}},
      {{2, 5, 4, 300}, {1, 5, 1, 300}},
      {{4, 16, 6, 5}, {1, 16, 1, 1}, last},
      {{4, 16, 6, 5}, {16, 1, 1}, last},
      {{4, 16, 6, 5}, {6, 5}, last},
      {{4, 16, 6, 5}, {5}, last},
      {{4, 16, 6, 5}, {4, 1, 6, 5}, last},
      {{4, 16, 6, 5}, {4, 16, 6, 5}, last, last},
      {{4, 300, 6, 5}, {1, 300, 1, 1}, last},
      {{4, 16, 6, 5}, {1, 16, 1, 1}, blocked},
      {{4, 16, 6, 5}, {16, 1, 1}, blocked},
      {{4, 16, 6, 5}, {1, 1, 6, 5}, blocked},
      {{4, 16, 6, 5}, {4, 16, 6, 5}, blocked, blocked},
      {{1, 1}, {}},
      {{1}, {1}},
      {{0, 4}, {0, 1}},
  };
  for (const Pairing& p : pairings) {
    const std::string name = p.a.text() + std::string(name_of(p.layout_a)) + " " + p.b.text();
    expect_like_reference(Case(sub_def, {normal(p.a), normal(p.b)}, {}, {p.layout_a, p.layout_b}),
                          name);
    expect_like_reference(
        Case(div_def, {normal(p.b), uniform(p.a, 1, 2)}, {}, {p.layout_b, p.layout_a}), name);
    expect_like_reference(
        Case(select_def, {booleans(p.b), normal(p.a), normal({})}, {}, {p.layout_b, p.layout_a}),
        name);
  }
}

// A fused node from (code, operands) rows.
Case fused(const Shape& shape, const std::vector<SampleInput>& inputs,
           const std::vector<std::int64_t>& steps, const std::vector<std::int64_t>& results,
           const std::vector<std::int64_t>& booleans, const std::vector<Layout>& layouts = {}) {
  const std::vector<double> parameters(steps.size() / 4, 0.25);
  return Case(
      fused_def, inputs,
      {{"shape", shape},
       {"steps", steps},
       {"parameters", Tensor::of({static_cast<std::int64_t>(parameters.size())}, parameters)},
       {"results", results},
       {"booleans", booleans}},
      layouts);
}

std::int64_t code(Micro micro) { return static_cast<std::int64_t>(micro); }

TEST(Elementwise, Chains) {
  for (const Shape& s : {Shape{5}, Shape{33, 10}, Shape{4, 700}, Shape{41, 1000}}) {
    const Shape row{s[s.rank() - 1]};
    // relu's gradient: y > 0 ? dy : 0
    expect_like_reference(
        fused(s, {normal(s), filled({}, 0), normal(s)},
              {code(Micro::greater), 0, 1, -1, code(Micro::select), 3, 2, 1}, {1}, {0}),
        "relu gradient");
    // Both a mask and numbers leave, and an input is read after the first result is written.
    expect_like_reference(fused(s, {normal(s), normal(row), normal(s)},
                                {code(Micro::mul),        0, 1,  -1, code(Micro::add),    3, 2, -1,
                                 code(Micro::greater),    4, 0,  -1, code(Micro::select), 5, 3, 2,
                                 code(Micro::leaky_relu), 6, -1, -1},
                                {0, 2, 4}, {0, 1, 0}),
                          "several results");
    expect_like_reference(fused(s, {normal(s), booleans(s), filled({}, 0.5)},
                                {code(Micro::sigmoid), 0, -1, -1, code(Micro::sub),    2, 3, -1,
                                 code(Micro::mul),     3, 4,  -1, code(Micro::select), 1, 5, 0,
                                 code(Micro::mul),     6, 6,  -1},
                                {4}, {0}),
                          "booleans in");
  }
}

// relu's gradient as graphs hold it: the zeros are constants, so that two steps become one.
TEST(Elementwise, ReluGradientIsOneStep) {
  for (const Shape& s : {Shape{5}, Shape{33, 10}, Shape{41, 1000}}) {
    Case c(add_def, {normal(s), normal(s)}, {});
    Graph graph;
    const Value y = graph.input("y", {DType::f32, s}), dy = graph.input("dy", {DType::f32, s});
    const Value zero = graph.scalar(0.0);
    c.node = graph
                 .add(fused_def, {y, zero, dy},
                      {{"shape", s},
                       {"steps", std::vector<std::int64_t>{code(Micro::greater), 0, 1, -1,
                                                           code(Micro::select), 3, 2, 1}},
                       {"parameters", Tensor::of({2}, std::vector<double>{0, 0})},
                       {"results", std::vector<std::int64_t>{1}},
                       {"booleans", std::vector<std::int64_t>{0}}})[0]
                 .node();
    c.in.insert(c.in.begin() + 1, Buffer(sizeof(float)));
    reinterpret_cast<float*>(c.in[0].data())[3] = NAN;
    expect_like_reference(c, "relu gradient");
  }
}

TEST(Elementwise, NaNAndInfinitiesAsTheReferenceHasThem) {
  const float inf = INFINITY;
  const std::vector<float> edges{0.0f,   -0.0f,   1.0f,   -1.0f, inf,     -inf,       NAN,
                                 1e-40f, -1e-40f, 88.7f,  88.8f, -87.5f,  -104.5f,    3e38f,
                                 -3e38f, 1e-8f,   -1e-8f, 0.5f,  -0.999f, 16777217.f, 1e30f};
  const auto n = static_cast<std::int64_t>(edges.size());
  for (const OpDef* op : registry()) {
    if (!op->elementwise || op == &select_def) continue;
    const bool two = op->min_inputs == 2;
    std::vector<SampleInput> inputs{normal({n * n})};
    if (two) inputs.push_back(normal({n * n}));
    Case c(*op, inputs, {});
    for (std::int64_t i = 0; i < n * n; ++i) {
      reinterpret_cast<float*>(c.in[0].data())[i] = edges[static_cast<std::size_t>(i / n)];
      if (two) reinterpret_cast<float*>(c.in[1].data())[i] = edges[static_cast<std::size_t>(i % n)];
    }
    expect_like_reference(c, "edges", 2e-6);
  }
}

TEST(Elementwise, CountersInWholeNumbers) {
  expect_like_reference(Case(add_def, {integers({}, -5, 5), filled({}, 1, DType::i64)}, {}),
                        "counter");
  expect_like_reference(Case(mul_def, {integers({7}, -5, 5), integers({7}, -5, 5)}, {}), "whole");
  // Positions against lengths, as masks are made.
  for (const OpDef* op : {&greater_def, &greater_equal_def, &equal_def, &sub_def})
    expect_like_reference(Case(*op, {integers({5, 1}, 0, 9), integers({1, 9}, 0, 9)}, {}), "mask");
}

}  // namespace
}  // namespace glia::testing
