// Batch normalisation and pooling.
#include "glia/ops/samples.h"
#include "tests/backends/kernel_case.h"

namespace glia::testing {
namespace {

using Ints = std::vector<std::int64_t>;

std::vector<Layout> layouts_for(const Shape& shape) {
  std::vector<Layout> layouts{Layout::plain};
  if (shape.rank() == 4) layouts.push_back(Layout::channels_last);
  if (shape.rank() == 4 && shape[1].value() % 8 == 0) layouts.push_back(Layout::blocked8);
  return layouts;
}

TEST(BatchNorm, EveryLayoutAndSize) {
  for (const Shape& s : {Shape{1, 1}, Shape{2, 3}, Shape{700, 5}, Shape{300, 70}, Shape{4, 3, 5, 5},
                         Shape{3, 8, 1, 1}, Shape{64, 16, 9, 9}, Shape{2, 40, 40, 33},
                         Shape{5, 1, 7, 3}, Shape{1, 24, 1, 2}})
    for (const Layout layout : layouts_for(s)) {
      const Shape c{s[1]};
      const std::string name = s.text() + " " + std::string(name_of(layout));
      expect_like_reference(
          Case(batch_norm_def, {normal(s, 1, 2), uniform(c, 0.5, 2), normal(c)}, {}, {layout}),
          name);
      expect_like_reference(Case(batch_norm_gradient_def,
                                 {normal(s, 1, 2), uniform(c, 0.5, 2), normal(c, 1, 0.1),
                                  uniform(c, 3, 5), normal(s)},
                                 {}, {layout, Layout::plain, Layout::plain, Layout::plain, layout}),
                            name, 2e-4);
    }
}

// Where the mean is large the naive sum of squares loses everything: here half of the digits must
// be left.
TEST(BatchNorm, ALargeMeanDoesNotSpoilTheVariance) {
  for (const Shape& s : {Shape{4000, 3}, Shape{16, 8, 20, 20}})
    for (const Layout layout : layouts_for(s)) {
      const Shape c{s[1]};
      const Case x(batch_norm_def, {normal(s, 1e4, 1), filled(c, 1), filled(c, 0)}, {}, {layout});
      const Buffers want = run_kernel(*reference_target().kernel(*x.node, 1), *x.node, x.in);
      const Buffers got = run_kernel(*cpu_target().kernel(*x.node, 1), *x.node, x.in);
      const auto* a = reinterpret_cast<const float*>(got[2].data());
      const auto* b = reinterpret_cast<const float*>(want[2].data());
      for (std::int64_t k = 0; k < c[0].value(); ++k) EXPECT_NEAR(a[k], b[k], 1e-4 * b[k]);
    }
}

// An outlier in front is the worst case for sums that are shifted by the first row.
TEST(BatchNorm, AnOutlierFirst) {
  Case c(batch_norm_def, {normal({2000, 2}, 0, 0.01), filled({2}, 1), filled({2}, 0)}, {});
  auto* x = reinterpret_cast<float*>(c.in[0].data());
  x[0] = x[1] = 1e3f;
  expect_like_reference(c, "outlier");
}

struct Pool {
  Shape shape;
  Ints window, stride, padding;
};

TEST(Pooling, EveryLayoutAndGeometry) {
  const std::vector<Pool> pools{
      {{2, 3, 6, 8}, {2, 2}, {2, 2}, {0, 0, 0, 0}},
      {{2, 16, 28, 28}, {2, 2}, {2, 2}, {0, 0, 0, 0}},
      {{2, 8, 33, 37}, {2, 2}, {2, 2}, {0, 0, 0, 0}},
      {{2, 24, 7, 9}, {3, 3}, {2, 2}, {1, 1, 1, 1}},
      {{1, 5, 11, 6}, {3, 2}, {1, 3}, {0, 2, 1, 0}},
      {{1, 8, 9, 9}, {2, 2}, {2, 2}, {1, 1, 1, 1}},
      {{1, 8, 5, 5}, {1, 1}, {2, 2}, {0, 0, 0, 0}},
      {{3, 9, 4, 4}, {4, 4}, {4, 4}, {0, 0, 0, 0}},
      {{70, 16, 20, 20}, {2, 2}, {2, 2}, {0, 0, 0, 0}},
  };
  for (const Pool& p : pools)
    for (const Layout layout : layouts_for(p.shape)) {
      const std::string name = p.shape.text() + " " + std::string(name_of(layout));
      Attributes attributes{{"window", p.window}, {"stride", p.stride}, {"padding", p.padding}};
      // Whole numbers, so that equal elements are common.
      const auto x = integers(p.shape, 0, 5, DType::f32);
      const Case forward(max_pool2d_def, {x}, attributes, {layout});
      expect_like_reference(forward, name, 1e-30);
      const Shape y = forward.node->outputs[0].shape;
      const auto positions =
          integers(y, 0, static_cast<double>(p.window[0] * p.window[1]), DType::u8);
      expect_like_reference(
          Case(max_pool2d_gather_def, {normal(p.shape), positions}, attributes, {layout, layout}),
          name, 1e-30);
      attributes.set("shape", p.shape);
      expect_like_reference(
          Case(max_pool2d_gradient_def, {normal(y), positions}, attributes, {layout, layout}),
          name);
    }
}

TEST(Pooling, NaNIsNotLost) {
  for (const Layout layout : {Layout::plain, Layout::channels_last}) {
    Case c(max_pool2d_def, {normal({1, 8, 20, 20})}, {}, {layout});
    auto* x = reinterpret_cast<float*>(c.in[0].data());
    for (const int i : {0, 1, 41, 100, 1234, 3199}) x[i] = NAN;
    for (const int i : {7, 500, 2000}) x[i] = -INFINITY;
    expect_like_reference(c, "NaN", 1e-30);
  }
}

TEST(Pooling, GlobalAverages) {
  for (const Shape& s :
       {Shape{2, 3, 5, 4}, Shape{1, 8, 1, 1}, Shape{64, 16, 7, 7}, Shape{3, 40, 33, 31}})
    for (const Layout layout : layouts_for(s)) {
      const std::string name = s.text() + " " + std::string(name_of(layout));
      expect_like_reference(Case(global_average_pool2d_def, {normal(s)}, {}, {layout}), name);
      expect_like_reference(Case(global_average_pool2d_gradient_def, {normal({s[0], s[1]})},
                                 {{"shape", s}, {"layout", static_cast<std::int64_t>(layout)}}),
                            name);
    }
}

}  // namespace
}  // namespace glia::testing
