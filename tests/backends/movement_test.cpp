// Ops that move or make elements: results are exact.
#include "glia/base/random.h"
#include "glia/ops/samples.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

using Ints = std::vector<std::int64_t>;
constexpr double kExact = 1e-30;

TEST(Movement, Transposes) {
  const std::vector<std::pair<Shape, Ints>> cases{
      {{1, 1}, {1, 0}},
      {{100, 1}, {1, 0}},
      {{7, 9}, {1, 0}},
      {{8, 8}, {1, 0}},
      {{129, 67}, {1, 0}},
      {{0, 3}, {1, 0}},
      {{3, 4, 5}, {0, 1, 2}},
      {{3, 4, 5}, {2, 1, 0}},
      {{3, 4, 5}, {1, 0, 2}},
      {{3, 4, 5}, {0, 2, 1}},
      {{2, 3, 4, 5}, {3, 1, 0, 2}},
      {{2, 17, 9, 5}, {0, 2, 3, 1}},
      {{300, 200}, {1, 0}},
      {{3, 20, 4, 64}, {0, 2, 1, 3}},
  };
  for (const auto& [shape, permutation] : cases) {
    for (const SampleInput& x : {normal(shape), integers(shape, 0, 100), booleans(shape)})
      expect_like_reference(Case(transpose_def, {x}, {{"permutation", permutation}}), shape.text(),
                            kExact);
  }
}

// A box of places, read by slice and filled by pad: values of every width, threads too.
TEST(Movement, BoxesWithinOthers) {
  struct Box {
    Shape large, from, small;
    Ints step;
  };
  const std::vector<Box> boxes{
      {{9}, {2}, {5}, {}},
      {{9}, {8}, {5}, {-2}},
      {{40, 70}, {3, 0}, {30, 70}, {}},
      {{40, 70}, {0, 60}, {40, 20}, {1, -3}},
      {{12, 50, 33}, {0, 49, 0}, {12, 50, 33}, {1, -1, 1}},
      {{12, 50, 33}, {1, 2, 3}, {3, 16, 10}, {4, 3, 3}},
      {{4, 3, 20, 20}, {0, 0, 1, 1}, {4, 3, 18, 18}, {}},
      {{4, 3}, {4, 0}, {0, 3}, {}},
  };
  for (const Box& b : boxes) {
    const Attributes slicing{{"from", b.from}, {"shape", b.small}, {"step", b.step}};
    const Attributes padding{
        {"from", b.from}, {"shape", b.large}, {"step", b.step}, {"value", 3.0}};
    for (const auto make : {+[](Shape s) { return normal(std::move(s)); },
                            +[](Shape s) { return integers(std::move(s), 0, 100); },
                            +[](Shape s) { return booleans(std::move(s)); }}) {
      expect_like_reference(Case(slice_def, {make(b.large)}, slicing), b.large.text(), kExact);
      expect_like_reference(Case(pad_def, {make(b.small)}, padding), b.large.text(), kExact);
    }
  }
}

TEST(Movement, ConcatenationsAndTables) {
  for (const std::int64_t axis : {0, 1, 2}) {
    std::vector<SampleInput> parts;
    for (const std::int64_t size : {30, 0, 1, 17}) {
      Shape shape{20, 21, 22};
      shape[static_cast<int>(axis)] = size;
      parts.push_back(normal(shape));
    }
    expect_like_reference(Case(concatenate_def, parts, {{"axis", axis}}), "axis", kExact);
  }
  for (const Shape& row : {Shape{}, Shape{3}, Shape{64}, Shape{8, 9}}) {
    Shape table{100}, updates{50, 20};
    for (const Dim d : row) table.push_back(d), updates.push_back(d);
    const SampleInput indices = integers({50, 20}, -5, 110);
    expect_like_reference(Case(gather_def, {normal(table), indices}, {}), row.text(), kExact);
    expect_like_reference(Case(scatter_add_def, {normal(updates), indices}, {{"rows", Shape{100}}}),
                          row.text());
  }
}

TEST(Movement, Broadcasts) {
  const std::vector<std::pair<Shape, Shape>> cases{
      {{}, {3, 5}},
      {{5}, {3, 5}},
      {{3, 1}, {3, 5}},
      {{1, 3, 1, 1}, {2, 3, 4, 5}},
      {{2, 1, 4, 1}, {2, 3, 4, 5}},
      {{1, 1}, {300, 300}},
      {{4, 5}, {2, 3, 4, 5}},
      {{1, 5}, {0, 5}},
  };
  for (const auto& [from, to] : cases)
    expect_like_reference(Case(broadcast_to_def, {normal(from)}, {{"shape", to}}),
                          from.text() + " " + to.text(), kExact);
}

TEST(Movement, ReordersBetweenAllLayouts) {
  const std::vector<Layout> layouts{Layout::plain, Layout::channels_last, Layout::blocked8};
  for (const Shape& shape : {Shape{2, 16, 3, 5}, Shape{1, 8, 1, 1}, Shape{3, 24, 17, 19}})
    for (const Layout from : layouts)
      for (const Layout to : layouts)
        expect_like_reference(
            Case(reorder_def, {normal(shape)}, {{"layout", static_cast<std::int64_t>(to)}}, {from}),
            shape.text() + " " + std::string(name_of(from)) + " to " + std::string(name_of(to)),
            kExact);
  expect_like_reference(Case(reorder_def, {normal({2, 5, 4, 3})}, {{"layout", std::int64_t{0}}},
                             {Layout::channels_last}),
                        "five channels", kExact);
}

TEST(Movement, CastsBetweenAllTypes) {
  const auto types = {DType::f32, DType::f64,     DType::i32, DType::i64,
                      DType::u8,  DType::boolean, DType::bf16};
  for (const DType from : types)
    for (const DType to : types) {
      if (from == to) continue;
      auto x = integers({1037}, 0, from == DType::boolean ? 2 : 200, from);
      if (is_floating(from)) x = {SampleInput::Kind::normal, {1037}, from, 3, 9};
      if (is_floating(from) && to == DType::u8)
        x = {SampleInput::Kind::uniform, {1037}, from, 0, 254};
      expect_like_reference(Case(cast_def, {x}, {{"dtype", to}}),
                            std::string(name_of(from)) + " to " + std::string(name_of(to)), kExact);
    }
}

TEST(Movement, LabelsOutsideAreNowhereHot) {
  expect_like_reference(Case(one_hot_def, {integers({50}, -3, 9)}, {{"depth", std::int64_t{5}}}),
                        "outside", kExact);
}

TEST(DropoutMask, IsPhiloxToTheBit) {
  const std::uint64_t seed = 0x123456789abcdef0u, step = 0x500000007u;
  const std::uint32_t stream = 77;
  for (const double rate : {0.0, 0.1, 0.5, 0.7, 0.999})
    for (const std::int64_t n : {1, 3, 4, 31, 32, 33, 70001}) {
      Case c(dropout_mask_def, {filled({}, static_cast<double>(step), DType::i64)},
             {{"shape", Shape{n}},
              {"rate", rate},
              {"seed", static_cast<std::int64_t>(seed)},
              {"stream", std::int64_t{stream}}});
      expect_like_reference(c, "rate " + std::to_string(rate), kExact);
      const Buffers out = run_kernel(*cpu_target().kernel(*c.node, 1), *c.node, c.in);
      const auto* y = reinterpret_cast<const float*>(out[0].data());
      for (std::int64_t i = 0; i < n; ++i) {
        const bool dropped =
            philox_uniform(seed, stream, step, static_cast<std::uint64_t>(i)) < rate;
        ASSERT_EQ(y[i], dropped ? 0.0f : static_cast<float>(1 / (1 - rate))) << i;
      }
    }
}

}  // namespace
}  // namespace glia::testing
