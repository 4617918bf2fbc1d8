// Products of bf16 operands and the casts around them, against the reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "glia/backends/cpu/widened.h"
#include "glia/ops/recurrent.h"
#include "tests/backends/kernel_case.h"
#include "tests/thrown.h"

namespace glia::testing {
namespace {

// Which inputs are operands: as the pass `precision` has it.
std::vector<std::size_t> operands_of(const OpDef& op) {
  if (op.name.find("matmul") != op.name.npos || op.name.starts_with("conv2d")) return {0, 1};
  if (op.name.ends_with("_sequence")) return {1};
  if (op.name.ends_with("_sequence_gradient")) return {0};
  return {};
}

std::vector<OpSample> samples_with(std::size_t operands) {
  std::vector<OpSample> samples;
  for (const OpSample& s : all_samples())
    if (operands_of(*s.op).size() == operands) samples.push_back(s);
  return samples;
}

// The sample with operands of bf16; images in the layout that the CPU likes.
Case rounded_case(const OpSample& s, Layout images = Layout::plain) {
  auto inputs = s.sample->inputs;
  std::vector<Layout> layouts(inputs.size(), Layout::plain);
  for (const std::size_t i : operands_of(*s.op)) inputs[i].dtype = DType::bf16;
  if (s.op == &conv2d_def || s.op == &conv2d_weight_gradient_def) layouts[0] = images;
  if (s.op == &conv2d_input_gradient_def || s.op == &conv2d_weight_gradient_def)
    layouts[1] = images;
  return {*s.op, inputs, s.sample->attributes, layouts};
}

// Products of two operands, and recurrent ops, which round states by themselves.
class Bf16Product : public ::testing::TestWithParam<OpSample> {};
class Bf16Sequence : public ::testing::TestWithParam<OpSample> {};
INSTANTIATE_TEST_SUITE_P(Samples, Bf16Product, ::testing::ValuesIn(samples_with(2)),
                         [](const auto& test) { return name_of_sample(test.param); });
INSTANTIATE_TEST_SUITE_P(Samples, Bf16Sequence, ::testing::ValuesIn(samples_with(1)),
                         [](const auto& test) { return name_of_sample(test.param); });

TEST_P(Bf16Product, IsLikeTheReference) {
  const OpSample& s = GetParam();
  for (const Layout images : {Layout::plain, Layout::channels_last}) {
    const Case c = rounded_case(s, images);
    EXPECT_EQ(c.node->outputs[0].dtype, DType::f32);
    expect_like_reference(c, std::string(s.sample->name));
  }
}

// Where the machine has no instructions for bf16.
TEST_P(Bf16Product, IsLikeTheReferenceThroughF32) {
  const OpSample& s = GetParam();
  const Case c = rounded_case(s);
  const auto kernel = cpu::widened_kernel(*c.node, 2, cpu::find_maker(*s.op));
  ASSERT_TRUE(kernel);
  EXPECT_TRUE(kernel->name.starts_with("widened ")) << kernel->name;
  const auto judge = reference_target().kernel(*c.node, 1);
  expect_close(*c.node, run_kernel(*kernel, *c.node, c.in), run_kernel(*judge, *c.node, c.in),
               s.op->tolerance, std::string(s.op->name));
}

// A state that lies next to a tie is rounded to one side or the other, by the last bit of an f32.
constexpr double kOneState = 2e-2;

TEST_P(Bf16Sequence, IsLikeTheReference) {
  const OpSample& s = GetParam();
  const Case c = rounded_case(s);
  for (const Type& type : c.node->outputs) EXPECT_EQ(type.dtype, DType::f32);
  if (!cpu_target().kernel(*c.node, 1)) return;  // it runs as its decomposition: the next test
  expect_like_reference(c, std::string(s.sample->name), kOneState);
}

// The meaning stays the same where it runs step by step.
TEST_P(Bf16Sequence, DecomposesToTheSame) {
  const OpSample& s = GetParam();
  const Case c = rounded_case(s);
  Graph graph;
  Values in;
  std::map<std::string, Tensor> given;
  for (std::size_t i = 0; i < c.in.size(); ++i) {
    const Type& type = c.node->inputs[i].type();
    in.push_back(graph.input("x" + std::to_string(i), type));
    Tensor tensor(type.dtype, type.shape);
    if (tensor.bytes()) std::memcpy(tensor.raw(), c.in[i].data(), tensor.bytes());
    given.emplace("x" + std::to_string(i), tensor);
  }
  const Values whole = graph.add(*s.op, in, c.node->attributes);
  const Values parts = s.op->decompose(whole[0].node()->call());
  const auto values = interpret(graph, given);
  for (std::size_t o = 0; o < whole.size(); ++o)
    for (std::int64_t i = 0; i < values.at(whole[o]).size(); ++i)
      ASSERT_NEAR(values.at(parts[o]).at(i), values.at(whole[o]).at(i), kOneState) << o << " " << i;
}

struct Size {
  std::int64_t items, m, n, k;
};

// Larger than the samples, where oneDNN cuts into blocks; every way to transpose.
TEST(Bf16Products, OfManySizesIsLikeTheReference) {
  for (const auto& [items, m, n, k] :
       {Size{1, 64, 256, 784}, Size{1, 1, 10, 128}, Size{1, 130, 1, 33}, Size{1, 7, 513, 65},
        Size{5, 33, 17, 70}, Size{1, 200, 31, 3}, Size{12, 1, 64, 16}})
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const auto shape = [&](std::int64_t rows, std::int64_t columns, bool transposed) {
          return transposed ? Shape{items, columns, rows} : Shape{items, rows, columns};
        };
        const SampleInput a{SampleInput::Kind::normal, shape(m, k, ta), DType::bf16, 0, 1};
        const SampleInput b{SampleInput::Kind::normal, shape(k, n, tb), DType::bf16, 0, 1};
        const Case c(batch_matmul_def, {a, b}, {{"transpose_a", ta}, {"transpose_b", tb}});
        expect_like_reference(c, fmt::format("{} x {}x{}x{} {}{}", items, m, n, k, ta, tb), 2e-4);
      }
}

// NaN and infinities arrive where they belong, also through relu.
TEST(Bf16Products, KeepWhatIsNotFinite) {
  Case c(matmul_def,
         {{SampleInput::Kind::normal, {40, 64}, DType::bf16, 0, 1},
          {SampleInput::Kind::normal, {48, 64}, DType::bf16, 0, 1},
          {SampleInput::Kind::normal, {48}, DType::f32, 0, 1}},
         {{"transpose_b", true}, {"activation", std::string("relu")}});
  auto* a = reinterpret_cast<BFloat16*>(c.in[0].data());
  a[3 * 64 + 5] = BFloat16(NAN);
  a[7 * 64 + 1] = BFloat16(INFINITY);
  expect_like_reference(c, "not finite", 1e-4);
}

// Every number of bf16, and floats on and around every tie.
TEST(Bf16Cast, IsToTheBitOnEveryInstructionSet) {
  constexpr std::int64_t kUpper = 1 << 16;
  const std::vector<std::uint32_t> lower{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
  const auto n = kUpper * std::ssize(lower);
  const Case c(cast_def, {{SampleInput::Kind::normal, {n}, DType::f32, 0, 1}},
               {{"dtype", DType::bf16}});
  auto* x = reinterpret_cast<std::uint32_t*>(const_cast<std::byte*>(c.in[0].data()));
  for (std::int64_t i = 0; i < n; ++i)
    x[i] =
        static_cast<std::uint32_t>(i % kUpper) << 16 | lower[static_cast<std::size_t>(i / kUpper)];
  const AnyInstructionSet restore;
  for (const std::string& set : cpu::instruction_sets()) {
    cpu::use_instruction_set(set);
    const auto kernel = cpu_target().kernel(*c.node, 2);
    const Buffers got = run_kernel(*kernel, *c.node, c.in);
    const auto* y = reinterpret_cast<const BFloat16*>(got[0].data());
    std::int64_t different = 0;
    for (std::int64_t i = 0; i < n; ++i)
      different += y[i].bits != BFloat16(std::bit_cast<float>(x[i])).bits;
    EXPECT_EQ(different, 0) << set;

    const Case back(cast_def, {{SampleInput::Kind::constant, {kUpper + 3}, DType::bf16, 0, 1}},
                    {{"dtype", DType::f32}});
    auto* from = reinterpret_cast<std::uint16_t*>(const_cast<std::byte*>(back.in[0].data()));
    for (std::int64_t i = 0; i < kUpper; ++i) from[i] = static_cast<std::uint16_t>(i);
    const Buffers wide = run_kernel(*cpu_target().kernel(*back.node, 2), *back.node, back.in);
    const auto* bits = reinterpret_cast<const std::uint32_t*>(wide[0].data());
    for (std::int64_t i = 0; i < kUpper; ++i)
      ASSERT_EQ(bits[i], static_cast<std::uint32_t>(i) << 16) << set << " " << i;
  }
}

// Elements of two bytes are moved as any others.
TEST(Bf16Moves, AreLikeTheReference) {
  for (const OpSample& s : all_samples()) {
    const auto moves = {&transpose_def, &reorder_def, &broadcast_to_def, &concatenate_def,
                        &slice_def,     &pad_def,     &gather_def};
    if (std::find(moves.begin(), moves.end(), s.op) == moves.end()) continue;
    auto inputs = s.sample->inputs;
    for (SampleInput& input : inputs)
      if (input.dtype == DType::f32) input.dtype = DType::bf16;
    expect_like_reference(Case(*s.op, inputs, s.sample->attributes), name_of_sample(s), 1e-9);
  }
}

// Nothing but products takes it.
TEST(Bf16Types, AreRefusedElsewhere) {
  Graph g;
  const Value half = g.input("half", {DType::bf16, {4, 4}}), x = g.input("x", {DType::f32, {4, 4}});
  EXPECT_EQ(matmul(half, half).dtype(), DType::f32);
  EXPECT_EQ(thrown([&] { half + half; }).code, "E-DTYPE-03");
  EXPECT_EQ(thrown([&] { exp(half); }).code, "E-DTYPE-03");
  EXPECT_EQ(thrown([&] { softmax(half); }).code, "E-DTYPE-03");
  EXPECT_EQ(thrown([&] { matmul(half, x); }).code, "E-DTYPE-03");
}

}  // namespace
}  // namespace glia::testing
