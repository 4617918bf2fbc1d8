// Convolutions, pooling, upsampling and shaping: shapes and refusals. Values: tests/parity.
#include <cmath>

#include "glia/nn/layers.h"
#include "glia/ops/ops.h"
#include "tests/nn/golden.h"

namespace glia {
namespace {

using nn::Padding;
using testing::shape_of;
using testing::thrown;

// What tracing throws for a row of this shape, within a model, so that the layer has a name.
testing::Thrown refused(const nn::Module& layer, const Shape& row) {
  return thrown([&] { shape_of(nn::sequential({layer.named("stem")}), row); });
}

const Padding same{Padding::Kind::same}, causal{Padding::Kind::causal};

TEST(SpatialShapes, OfConvolutions) {
  EXPECT_EQ(shape_of(nn::conv1d({.filters = 4}), {9, 3}), "[batch, 7, 4]");
  EXPECT_EQ(shape_of(nn::conv1d({.filters = 4, .stride = 2, .padding = causal}), {9, 3}),
            "[batch, 5, 4]");
  EXPECT_EQ(shape_of(nn::conv3d({.filters = 4, .kernel_size = {1, 2, 3}}), {3, 5, 6, 7}),
            "[batch, 4, 5, 5, 5]");
  EXPECT_EQ(shape_of(nn::conv2d({.filters = 4, .padding = {Padding::Kind::sides, 0, {1, 2, 3, 4}}}),
                     {3, 9, 8}),
            "[batch, 4, 10, 13]");
  EXPECT_EQ(shape_of(nn::depthwise_conv2d({.depth_multiplier = 2}), {3, 9, 8}), "[batch, 6, 7, 6]");
  EXPECT_EQ(shape_of(nn::separable_conv1d({.filters = 5}), {9, 3}), "[batch, 7, 5]");
  EXPECT_EQ(shape_of(nn::conv2d_transpose({.filters = 5, .stride = 2}), {3, 4, 5}),
            "[batch, 5, 9, 11]");
}

// ceil(size / stride) places, whatever the window; transposed, size * stride.
TEST(SpatialShapes, OfSame) {
  for (const std::int64_t size : {5, 6, 7, 8})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t window : {1, 2, 3, 4}) {
        const auto up = (size + stride - 1) / stride, down = size * stride;
        EXPECT_EQ(
            shape_of(nn::conv1d(
                         {.filters = 2, .kernel_size = window, .stride = stride, .padding = same}),
                     {size, 3}),
            "[batch, " + std::to_string(up) + ", 2]");
        EXPECT_EQ(
            shape_of(nn::conv1d_transpose(
                         {.filters = 2, .kernel_size = window, .stride = stride, .padding = same}),
                     {size, 3}),
            "[batch, " + std::to_string(down) + ", 2]");
      }
}

TEST(SpatialShapes, OfASequenceOfUnknownLength) {
  Graph graph;
  const Value x =
      graph.input("x", {DType::f32, {Dim::symbol("batch"), Dim::symbol("time"), Dim(3)}});
  EXPECT_EQ(nn::conv1d({.filters = 2, .padding = same})(x).shape().text(), "[batch, time, 2]");
  EXPECT_EQ(nn::conv1d({.filters = 2, .padding = causal}).named("c")(x).shape().text(),
            "[batch, time, 2]");
  EXPECT_EQ(nn::global_max_pool1d()(x).shape().text(), "[batch, 3]");
  EXPECT_EQ(nn::upsampling1d()(x).dim(1), Dim::symbol("time") * Dim(2));
  const auto strided =
      thrown([&] { nn::conv1d({.filters = 2, .stride = 2, .padding = same}).named("s")(x); });
  EXPECT_TRUE(strided.code == "E-SHAPE-09" && strided.says("'s'") && strided.says("causal"))
      << strided.message;
}

TEST(SpatialShapes, OfPoolsAndShaping) {
  EXPECT_EQ(shape_of(nn::max_pool1d(), {9, 3}), "[batch, 4, 3]");
  EXPECT_EQ(shape_of(nn::average_pool3d({.pool_size = {1, 2, 3}}), {3, 5, 6, 7}),
            "[batch, 3, 5, 3, 2]");
  EXPECT_EQ(shape_of(nn::max_pool2d({.pool_size = 3, .stride = 2, .padding = same}), {3, 9, 8}),
            "[batch, 3, 5, 4]");
  EXPECT_EQ(shape_of(nn::adaptive_average_pool2d({.output_size = {3, 7}}), {3, 9, 8}),
            "[batch, 3, 3, 7]");
  EXPECT_EQ(
      shape_of(nn::upsampling2d({.output_size = {5, 6}, .interpolation = "bilinear"}), {3, 9, 8}),
      "[batch, 3, 5, 6]");
  EXPECT_EQ(shape_of(nn::reshape({.target_shape = {-1, 4}}), {3, 8}), "[batch, 6, 4]");
  EXPECT_EQ(shape_of(nn::permute({.dims = {3, 1, 2}}), {2, 3, 4}), "[batch, 4, 2, 3]");
  EXPECT_EQ(shape_of(nn::zero_padding2d(), {3, 9, 8}), "[batch, 3, 11, 10]");
  EXPECT_EQ(shape_of(nn::cropping1d({.sides = {{{1, 2}}}}), {9, 3}), "[batch, 6, 3]");
  EXPECT_EQ(shape_of(nn::repeat_vector({.n = 5}), {3}), "[batch, 5, 3]");
}

TEST(Refusals, NameLayerOptionAndShape) {
  const auto window = refused(nn::conv1d({.filters = 2, .kernel_size = 5}), {4, 3});
  EXPECT_TRUE(window.code == "E-SHAPE-04" && window.says("'stem'") && window.says("window of 5") &&
              window.says("[batch, 3, 4]"))
      << window.message;
  for (const nn::Module& layer :
       {nn::conv3d({.filters = 2}), nn::max_pool3d(), nn::global_max_pool3d(),
        nn::adaptive_max_pool3d({}), nn::upsampling3d(), nn::zero_padding3d(), nn::cropping3d(),
        nn::conv1d({.filters = 2}), nn::average_pool1d(), nn::spatial_dropout1d()}) {
    const auto rows = refused(layer, {7});
    EXPECT_EQ(rows.code, "E-SHAPE-01") << layer.kind();
    EXPECT_TRUE(rows.says("'stem'") && rows.says("[batch, 7]") && rows.says(layer.kind()))
        << rows.message;
  }
  const auto cropped = refused(nn::cropping1d({.sides = {{{3, 2}}}}), {5, 2});
  EXPECT_TRUE(cropped.code == "E-SHAPE-10" && cropped.says("[batch, 5, 2]")) << cropped.message;
  const auto reshaped = refused(nn::reshape({.target_shape = {-1, 5}}), {3, 8});
  EXPECT_TRUE(reshaped.code == "E-SHAPE-07" && reshaped.says("24")) << reshaped.message;
  const auto squeezed = refused(nn::squeeze({.axis = 1}), {3, 8});
  EXPECT_TRUE(squeezed.code == "E-SHAPE-07") << squeezed.message;
  EXPECT_EQ(refused(nn::squeeze({.axis = 0}), {1}).code, "E-SHAPE-08");
  EXPECT_EQ(refused(nn::permute({.dims = {2, 1}}), {3}).code, "E-SHAPE-01");
  const auto norm = refused(nn::group_norm({.groups = 2}), {3, 4, 4});
  EXPECT_TRUE(norm.code == "E-SHAPE-03" && norm.says("3 channels") && norm.says("2 groups"))
      << norm.message;
  EXPECT_EQ(refused(nn::layer_norm({.axes = 3}), {4, 4}).code, "E-SHAPE-01");
  EXPECT_EQ(refused(nn::batch_norm({.axis = 0}), {4, 4}).code, "E-SHAPE-08");
  const auto sum = refused(nn::residual({.layers = {nn::conv2d({.filters = 2})}}), {3, 9, 8});
  EXPECT_TRUE(sum.code == "E-SHAPE-03" && sum.says("[batch, 2, 7, 6]") &&
              sum.says("[batch, 3, 9, 8]") && sum.says("shortcut"))
      << sum.message;
}

TEST(Refusals, OfOptionsThatCannotBe) {
  const auto code = [](auto make) { return thrown(make).code; };
  const std::string wrong = "E-OPTION-01";
  EXPECT_EQ(code([] { nn::conv2d({.filters = 2, .padding = causal}); }), wrong);
  EXPECT_EQ(code([] {
              nn::conv2d({.filters = 2, .padding = {Padding::Kind::sides, 0, {1, 2, 3}}});
            }),
            wrong);
  EXPECT_EQ(code([] { nn::conv1d_transpose({.filters = 2, .output_padding = 1}); }), wrong);
  EXPECT_EQ(code([] { nn::conv1d_transpose({.filters = 2, .padding = causal}); }), wrong);
  EXPECT_EQ(code([] { nn::depthwise_conv2d({.depth_multiplier = 0}); }), wrong);
  EXPECT_EQ(code([] { nn::separable_conv2d({}); }), wrong);
  EXPECT_EQ(code([] { nn::average_pool2d({.padding = {Padding::Kind::amount, 2}}); }), wrong);
  EXPECT_EQ(code([] { nn::adaptive_max_pool2d({.output_size = {0, 1}}); }), wrong);
  EXPECT_EQ(code([] { nn::upsampling2d({.interpolation = "cubic"}); }), wrong);
  EXPECT_EQ(code([] { nn::upsampling2d({.align_corners = true}); }), wrong);
  EXPECT_EQ(code([] { nn::upsampling2d({.output_size = {0, 3}}); }), wrong);
  EXPECT_EQ(code([] { nn::permute({.dims = {1, 3}}); }), wrong);
  EXPECT_EQ(code([] { nn::reshape({.target_shape = {-1, -1}}); }), wrong);
  EXPECT_EQ(code([] { nn::repeat_vector({}); }), wrong);
  EXPECT_EQ(code([] { nn::layer_norm({.axes = 0}); }), wrong);
  EXPECT_EQ(code([] { nn::residual({.layers = {}}); }), wrong);
  EXPECT_EQ(code([] { nn::gaussian_noise({.stddev = -1}); }), wrong);
}

TEST(Names, OfPartsOfLayers) {
  Graph graph;
  nn::separable_conv2d({.filters = 4})(graph.input("x", {DType::f32, {2, 3, 8, 8}}));
  std::vector<std::string> names;
  for (const auto& v : graph.variables()) names.push_back(v.name + v.type.shape.text());
  EXPECT_EQ(names, (std::vector<std::string>{"separable_conv2d.depthwise.weight[3, 1, 3, 3]",
                                             "separable_conv2d.pointwise.weight[4, 3, 1, 1]",
                                             "separable_conv2d.pointwise.bias[4]"}));
}

TEST(Lambda, IsAFunction) {
  Store store;
  const auto twice = nn::lambda([](Value x) { return x + x; }, "twice");
  const Tensor x = Tensor::of<float>({1, 2}, {3, -4});
  testing::expect_near(testing::forward(twice, x, store), Tensor::of<float>({1, 2}, {6, -8}), 0);
  EXPECT_EQ(twice.kind(), "twice");
  EXPECT_EQ(thrown([] { nn::lambda(nullptr); }).code, "E-OPTION-01");
}

// Every place of x adds its multiple of the window to y, as PyTorch documents the layer.
std::vector<double> grown(const Tensor& x, const Tensor& w, std::int64_t size, std::int64_t stride,
                          std::int64_t dilation, std::int64_t before) {
  std::vector<double> y(static_cast<std::size_t>(size), 0.0);
  for (std::int64_t i = 0; i < x.size(); ++i)
    for (std::int64_t k = 0; k < w.size(); ++k) {
      const std::int64_t at = i * stride + k * dilation - before;
      if (at >= 0 && at < size) y[static_cast<std::size_t>(at)] += x.at(i) * w.at(k);
    }
  return y;
}

TEST(Transposed, OfAnyPadding) {
  Tensor x(DType::f32, {1, 8, 1});
  for (std::int64_t i = 0; i < 8; ++i) x.set(i, std::sin(1.0 + static_cast<double>(i)));
  struct Case {
    std::int64_t window, stride, dilation, before, after, more;
  };
  for (const auto& c : {Case{3, 1, 1, 2, 2, 0}, Case{3, 1, 1, 3, 2, 0}, Case{2, 2, 1, 3, 4, 1},
                        Case{3, 1, 3, 1, 1, 2}, Case{3, 1, 3, 0, 0, 2}, Case{2, 2, 4, 0, 1, 3},
                        Case{3, 2, 1, 1, 0, 1}, Case{1, 1, 2, 2, 0, 1}, Case{3, 3, 1, 0, 5, 2}}) {
    const std::int64_t size =
        7 * c.stride - c.before - c.after + c.dilation * (c.window - 1) + c.more + 1;
    Store store;
    const auto layer =
        nn::conv1d_transpose({.filters = 1,
                              .kernel_size = c.window,
                              .stride = c.stride,
                              .dilation = c.dilation,
                              .padding = {Padding::Kind::sides, 0, {c.before, c.after}},
                              .output_padding = c.more});
    const Tensor y = testing::forward(layer, x, store);
    const auto expected =
        grown(x, store.at("conv1d_transpose.weight"), size, c.stride, c.dilation, c.before);
    ASSERT_EQ(y.size(), size);
    for (std::int64_t i = 0; i < size; ++i)
      EXPECT_NEAR(y.at(i),
                  expected[static_cast<std::size_t>(i)] + store.at("conv1d_transpose.bias").at(0),
                  1e-5)
          << "window " << c.window << " stride " << c.stride << " padding " << c.before << " place "
          << i;
  }
}

// PyTorch: (8 - 1) * 1 - 2 * 2 + 2 + 1 = 6.
TEST(Transposed, OfImagesAndVolumes) {
  const Padding two{Padding::Kind::amount, 2};
  EXPECT_EQ(shape_of(nn::conv2d_transpose({.filters = 5, .padding = two}), {3, 8, 8}),
            "[batch, 5, 6, 6]");
  Store store;
  const Tensor ones = testing::forward(
      nn::conv3d_transpose({.filters = 1, .padding = two, .kernel_initializer = nn::ones()}),
      [] {
        Tensor x(DType::f32, {1, 1, 5, 6, 7});
        for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, 1);
        return x;
      }(),
      store);
  EXPECT_EQ(ones.shape().text(), "[1, 1, 3, 4, 5]");  // everything at the rim is cut off
  for (const float v : ones.data<float>())
    EXPECT_NEAR(v, 27 + store.at("conv3d_transpose.bias").at(0), 1e-5);
  const auto nothing = refused(nn::conv2d_transpose({.filters = 5, .padding = two}), {3, 2, 2});
  EXPECT_TRUE(nothing.code == "E-SHAPE-04" && nothing.says("'stem'")) << nothing.message;
}

}  // namespace
}  // namespace glia
