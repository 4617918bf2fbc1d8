// Convolutions and their gradients against the reference, in both layouts.
#include <gtest/gtest.h>
#include <omp.h>

#include <thread>

#include "glia/backends/cpu/conv_columns.h"
#include "glia/backends/cpu/conv_weight.h"
#include "glia/backends/cpu/onednn.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

using Ints = std::vector<std::int64_t>;

SampleInput numbers(const Shape& shape) { return {SampleInput::Kind::normal, shape}; }

// A convolution's three ops have the same sizes and options.
struct Sizes {
  std::int64_t batch, channels, height, width, filters, kernel_height, kernel_width;
  Ints stride{1, 1}, padding{0, 0, 0, 0}, dilation{1, 1};
  std::int64_t groups = 1;
  bool bias = true, relu = true;

  Attributes options() const {
    return {{"stride", stride}, {"padding", padding}, {"dilation", dilation}, {"groups", groups}};
  }
  Shape x() const { return {batch, channels, height, width}; }
  Shape weight() const { return {filters, channels / groups, kernel_height, kernel_width}; }
  Shape y() const {
    const auto size = [&](std::int64_t n, std::int64_t k, std::size_t i) {
      return (n + padding[2 * i] + padding[2 * i + 1] - dilation[i] * (k - 1) - 1) / stride[i] + 1;
    };
    return {batch, filters, size(height, kernel_height, 0), size(width, kernel_width, 1)};
  }
  std::string text() const {
    return x().text() + " * " + weight().text() + " stride " + ::testing::PrintToString(stride) +
           " padding " + ::testing::PrintToString(padding) + " dilation " +
           ::testing::PrintToString(dilation) + " groups " + std::to_string(groups) +
           (bias ? " bias" : "") + (relu ? " relu" : "");
  }
};

Case make_case(const OpDef& op, const Sizes& s, Layout layout) {
  Attributes a = s.options();
  if (&op == &conv2d_def) {
    a.set("activation", std::string(s.relu ? "relu" : "none"));
    std::vector<SampleInput> in{numbers(s.x()), numbers(s.weight())};
    if (s.bias) in.push_back(numbers({s.filters}));
    return Case(op, in, a, {layout});
  }
  if (&op == &conv2d_input_gradient_def) {
    a.set("shape", s.x());
    return Case(op, {numbers(s.weight()), numbers(s.y())}, a, {Layout::plain, layout});
  }
  a.set("shape", s.weight());
  return Case(op, {numbers(s.x()), numbers(s.y())}, a, {layout, layout});
}

const std::vector<const OpDef*> kOps{&conv2d_def, &conv2d_input_gradient_def,
                                     &conv2d_weight_gradient_def};

// f32 against double: sums of up to some ten thousand products.
double tolerance_of(const Sizes& s) {
  return 2e-5 + 1e-6 * std::sqrt(double(s.y().elements() / s.filters + s.weight().elements()));
}

// Against the reference; the same bits twice, and on the same number of threads once more.
void expect_conv(const Case& c, const std::string& name, double tolerance) {
  const Node& node = *c.node;
  const Buffers want = run_kernel(*reference_target().kernel(node, 1), node, c.in);
  for (const int threads : {1, 2}) {
    const std::string what = std::string(node.op->name) + " " + name + " " +
                             std::string(name_of(node.inputs.back().type().layout)) + " threads " +
                             std::to_string(threads);
    const auto kernel = cpu_target().kernel(node, threads);
    ASSERT_TRUE(kernel.has_value()) << what;
    EXPECT_EQ(kernel->name.find("ref"), std::string::npos) << what << ": " << kernel->name;
    const Buffers got = run_kernel(*kernel, node, c.in);
    expect_close(node, got, want, tolerance, what + " by " + kernel->name);
    expect_same_bits(got, run_kernel(*cpu_target().kernel(node, threads), node, c.in), what);
  }
}

TEST(Conv, Samples) {
  for (const OpDef* op : kOps)
    for (const Sample& sample : op->samples)
      for (const Layout layout : {Layout::plain, Layout::channels_last}) {
        std::vector<Layout> layouts{layout, layout};
        if (op == &conv2d_def) layouts[1] = Layout::plain;
        if (op == &conv2d_input_gradient_def) layouts[0] = Layout::plain;
        expect_conv(Case(*op, sample.inputs, sample.attributes, layouts), std::string(sample.name),
                    op->tolerance);
      }
}

const std::vector<Sizes> kSizes{
    {3, 1, 28, 28, 32, 3, 3, {1, 1}, {1, 1, 1, 1}},
    {2, 2, 11, 13, 20, 5, 3, {2, 1}, {2, 1, 0, 3}},
    {4, 3, 32, 32, 16, 3, 3, {1, 1}, {1, 1, 1, 1}},
    {2, 32, 14, 14, 64, 3, 3, {1, 1}, {1, 1, 1, 1}},
    {2, 17, 9, 7, 5, 1, 1},
    {1, 8, 12, 12, 8, 3, 3, {2, 2}, {0, 1, 0, 1}},
    {2, 12, 10, 10, 12, 3, 3, {1, 1}, {1, 1, 1, 1}, {1, 1}, 12},
    {2, 16, 10, 9, 24, 3, 3, {1, 2}, {2, 2, 2, 2}, {2, 2}, 4},
    {5, 4, 6, 6, 3, 6, 6},
    {1, 1, 1, 1, 1, 1, 1},
    {2, 5, 4, 4, 7, 3, 3, {3, 3}, {4, 0, 0, 5}},
};

TEST(Conv, ManySizes) {
  for (Sizes s : kSizes)
    for (const OpDef* op : kOps)
      for (const Layout layout : {Layout::plain, Layout::channels_last})
        expect_conv(make_case(*op, s, layout), s.text(), tolerance_of(s));
}

Sizes random_sizes(Random& random) {
  const auto of = [&](std::uint64_t from, std::uint64_t to) {
    return static_cast<std::int64_t>(from + random.below(to - from + 1));
  };
  Sizes s{};
  s.groups = of(0, 3) == 0 ? of(2, 3) : 1;
  s.batch = of(1, 4), s.channels = s.groups * of(1, 20), s.filters = s.groups * of(1, 36);
  s.kernel_height = of(1, 4), s.kernel_width = of(1, 4);
  s.stride = {of(1, 3), of(1, 3)}, s.dilation = {of(1, 2), of(1, 2)};
  s.padding = {of(0, 2), of(0, 2), of(0, 2), of(0, 2)};
  s.height = s.dilation[0] * (s.kernel_height - 1) + of(1, 12);
  s.width = s.dilation[1] * (s.kernel_width - 1) + of(1, 12);
  s.bias = of(0, 1) == 1, s.relu = of(0, 1) == 1;
  return s;
}

TEST(Conv, RandomSizes) {
  Random random(7, "conv");
  for (int i = 0; i < 40 && !::testing::Test::HasFailure(); ++i) {
    const Sizes s = random_sizes(random);
    for (const OpDef* op : kOps)
      expect_conv(make_case(*op, s, i % 2 ? Layout::plain : Layout::channels_last), s.text(),
                  tolerance_of(s));
  }
}

cpu::Conv conv_of(const OpDef& op, const Sizes& s, Layout layout, int threads) {
  cpu::Conv c;
  c.layout = layout;
  c.batch = s.batch, c.channels = s.channels, c.height = s.height, c.width = s.width;
  c.filters = s.filters, c.groups = s.groups;
  c.kernel_height = s.kernel_height, c.kernel_width = s.kernel_width;
  c.out_height = s.y()[2].value(), c.out_width = s.y()[3].value();
  c.stride_y = s.stride[0], c.stride_x = s.stride[1];
  c.dilation_y = s.dilation[0], c.dilation_x = s.dilation[1];
  c.top = s.padding[0], c.bottom = s.padding[1], c.left = s.padding[2], c.right = s.padding[3];
  c.threads = threads;
  const bool forward = &op == &conv2d_def;
  c.pass = forward                             ? cpu::ConvPass::forward
           : &op == &conv2d_input_gradient_def ? cpu::ConvPass::input_gradient
                                               : cpu::ConvPass::weight_gradient;
  c.bias = forward && s.bias, c.relu = forward && s.relu;
  return c;
}

cpu::ConvArgs arranged(const cpu::Conv& c, const Args& args) {
  const auto in = [&](int i) { return static_cast<float*>(args.in[i]); };
  float* const out = args.output<float>(0);
  switch (c.pass) {
    case cpu::ConvPass::forward:
      return {in(0), in(1), c.bias ? in(2) : nullptr, out, args.scratch};
    case cpu::ConvPass::input_gradient:
      return {out, in(0), nullptr, in(1), args.scratch};
    default:
      return {in(0), out, nullptr, in(1), args.scratch};
  }
}

// Our own, whatever the target would choose.
Kernel columns_kernel(const cpu::Conv& c) {
  const cpu::ColumnPlan plan = cpu::plan_columns(c);
  return {"columns", [=](const Args& args) { cpu::run_columns(plan, arranged(c, args)); },
          plan.scratch_bytes()};
}
Kernel tiles_kernel(const cpu::Conv& c) {
  const cpu::WeightPlan plan = cpu::plan_weight_gradient(c);
  return {"tiles", [=](const Args& args) { cpu::run_weight_gradient(plan, arranged(c, args)); },
          plan.scratch_bytes()};
}

// On every instruction set; threads change no bit.
void expect_own(const OpDef& op, const Sizes& s, Layout layout, Kernel (*make)(const cpu::Conv&)) {
  const Case c = make_case(op, s, layout);
  const Buffers want = run_kernel(*reference_target().kernel(*c.node, 1), *c.node, c.in);
  const AnyInstructionSet restore;
  for (const std::string& set : cpu::instruction_sets()) {
    cpu::use_instruction_set(set);
    const Kernel one = make(conv_of(op, s, layout, 1));
    const std::string what = set + " " + std::string(op.name) + " " + s.text() + " " +
                             std::string(name_of(layout)) + " " + one.name;
    const Buffers got = run_kernel(one, *c.node, c.in);
    expect_close(*c.node, got, want, tolerance_of(s), what);
    for (const int threads : {2, 3, 5})
      expect_same_bits(got, run_kernel(make(conv_of(op, s, layout, threads)), *c.node, c.in),
                       what + " threads " + std::to_string(threads));
  }
}

std::vector<Sizes> own_sizes(std::uint64_t seed) {
  Random random(seed, "conv");
  std::vector<Sizes> all = kSizes;
  for (int i = 0; i < 12; ++i) all.push_back(random_sizes(random));
  all.push_back({40, 6, 16, 16, 50, 3, 3, {1, 1}, {1, 1, 1, 1}});  // many chunks
  return all;
}

TEST(Conv, ByColumns) {
  for (const Sizes& s : own_sizes(8))
    for (const OpDef* op : kOps)
      for (const Layout layout : {Layout::plain, Layout::channels_last}) {
        expect_own(*op, s, layout, columns_kernel);
        if (::testing::Test::HasFailure()) return;
      }
}

TEST(Conv, WeightGradientByTiles) {
  auto all = own_sizes(9);
  all.push_back({3, 1, 40, 37, 33, 5, 4, {1, 1}, {3, 2, 3, 4}});  // rows of an image, few places
  all.push_back({3, 7, 40, 37, 16, 5, 4, {2, 1}, {3, 2, 3, 4}});
  all.push_back({70, 8, 3, 3, 16, 3, 3, {1, 1}, {1, 1, 1, 1}});  // many images
  for (Sizes s : all) {
    if (s.groups > 1) s.channels /= s.groups, s.filters /= s.groups, s.groups = 1;
    expect_own(conv2d_weight_gradient_def, s, Layout::channels_last, tiles_kernel);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Conv, EmptyBatch) {
  Sizes s{0, 3, 6, 5, 4, 3, 3};
  for (const OpDef* op : kOps)
    for (const Layout layout : {Layout::plain, Layout::channels_last}) {
      const Case c = make_case(*op, s, layout);
      const Buffers got = run_kernel(*cpu_target().kernel(*c.node, 2), *c.node, c.in);
      for (std::size_t i = 0; i < got[0].bytes(); ++i) ASSERT_EQ(got[0].data()[i], std::byte{0});
    }
}

// A relu that turned NaN into 0 would hide that a training has gone wrong.
TEST(Conv, ReluKeepsNaN) {
  for (const std::int64_t channels : {1, 8}) {
    Sizes s{1, channels, 5, 5, 8, 3, 3};
    const Case c = make_case(conv2d_def, s, Layout::channels_last);
    Buffers in = copies_of(c.in);
    reinterpret_cast<float*>(in[1].data())[0] = std::numeric_limits<float>::quiet_NaN();
    const Buffers got = run_kernel(*cpu_target().kernel(*c.node, 1), *c.node, in);
    EXPECT_TRUE(std::isnan(reinterpret_cast<const float*>(got[0].data())[0])) << channels;
    EXPECT_FALSE(std::isnan(reinterpret_cast<const float*>(got[0].data())[1])) << channels;
  }
}

// Whatever the caller has told OpenMP: the plan's number of threads, and the caller's afterwards.
TEST(Conv, CallersThreadsDoNotMatter) {
  const Sizes s{8, 16, 14, 14, 32, 3, 3, {1, 1}, {1, 1, 1, 1}};
  for (const OpDef* op : kOps) {
    const Case c = make_case(*op, s, Layout::channels_last);
    const Buffers want = run_kernel(*cpu_target().kernel(*c.node, 2), *c.node, c.in);
    const int before = omp_get_max_threads();
    for (const int callers : {1, 3}) {
      omp_set_num_threads(callers);
      const Buffers got = run_kernel(*cpu_target().kernel(*c.node, 2), *c.node, c.in);
      EXPECT_EQ(omp_get_max_threads(), callers);
      expect_same_bits(got, want, std::string(op->name));
    }
    omp_set_num_threads(before);
  }
}

// Copies of a kernel, as two sessions have them, run at once.
TEST(Conv, CopiesRunAtTheSameTime) {
  if (!cpu::onednn_available()) GTEST_SKIP() << "oneDNN is not on this machine";
  const Sizes s{4, 8, 14, 14, 16, 3, 3, {1, 1}, {1, 1, 1, 1}};
  for (const OpDef* op : kOps) {
    const Case a = make_case(*op, s, Layout::channels_last);
    const Kernel kernel = *cpu_target().kernel(*a.node, 1);
    Buffers other = copies_of(a.in);
    for (Buffer& b : other)
      for (std::size_t i = 0; i < b.bytes() / sizeof(float); ++i)
        reinterpret_cast<float*>(b.data())[i] *= 2;
    const Buffers want_a = run_kernel(kernel, *a.node, a.in);
    const Buffers want_b = run_kernel(kernel, *a.node, other);
    const auto work = [&](const Buffers& in, const Buffers& want) {
      const Kernel mine = kernel;
      for (int i = 0; i < 50; ++i) expect_same_bits(run_kernel(mine, *a.node, in), want, "thread");
    };
    std::thread first([&] { work(a.in, want_a); }), second([&] { work(other, want_b); });
    first.join(), second.join();
  }
}

}  // namespace
}  // namespace glia::testing
