// Layers: shapes, names, errors, and values against PyTorch.
#include "glia/nn/layers.h"

#include "glia/ops/ops.h"
#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::expect_near;
using testing::forward;
using testing::nn_golden;
using testing::shape_of;
using testing::tensor;
using testing::thrown;

TEST(Shapes, OfEveryLayer) {
  EXPECT_EQ(shape_of(nn::dense({.units = 7}), {5}), "[batch, 7]");
  EXPECT_EQ(shape_of(nn::conv2d({.filters = 4}), {3, 9, 8}), "[batch, 4, 7, 6]");
  EXPECT_EQ(shape_of(nn::conv2d({.filters = 4,
                                 .kernel_size = {3, 5},
                                 .stride = {2, 3},
                                 .padding = {nn::Padding::Kind::amount, 2}}),
                     {3, 9, 8}),
            "[batch, 4, 6, 3]");
  for (const auto& kernel : {std::array<std::int64_t, 2>{1, 1}, {3, 3}, {2, 4}, {5, 2}})
    for (const std::int64_t dilation : {1, 2})
      EXPECT_EQ(shape_of(nn::conv2d({.filters = 4,
                                     .kernel_size = kernel,
                                     .dilation = {dilation, dilation},
                                     .padding = {nn::Padding::Kind::same}}),
                         {3, 9, 8}),
                "[batch, 4, 9, 8]");
  EXPECT_EQ(shape_of(nn::max_pool2d(), {3, 9, 8}), "[batch, 3, 4, 4]");
  EXPECT_EQ(shape_of(nn::max_pool2d({.pool_size = {3, 2}, .stride = {1, 2}}), {3, 9, 8}),
            "[batch, 3, 7, 4]");
  EXPECT_EQ(
      shape_of(nn::max_pool2d(
                   {.pool_size = {3, 3}, .stride = {1, 1}, .padding = {nn::Padding::Kind::same}}),
               {3, 9, 8}),
      "[batch, 3, 9, 8]");
  EXPECT_EQ(shape_of(nn::global_average_pool2d(), {3, 9, 8}), "[batch, 3]");
  EXPECT_EQ(shape_of(nn::flatten(), {3, 9, 8}), "[batch, 216]");
  EXPECT_EQ(shape_of(nn::batch_norm(), {3, 9, 8}), "[batch, 3, 9, 8]");
  EXPECT_EQ(shape_of(nn::batch_norm(), {6}), "[batch, 6]");
  EXPECT_EQ(shape_of(nn::dropout(), {6}), "[batch, 6]");
  EXPECT_EQ(shape_of(nn::softmax, {6}), "[batch, 6]");
}

// What tracing throws for a row of this shape, within a model, so that the layer has a name.
testing::Thrown refused(const nn::Module& layer, const Shape& row) {
  return thrown([&] { shape_of(nn::sequential({layer.named("stem")}), row); });
}

TEST(Shapes, ThatDoNotFitNameTheLayer) {
  const auto image_to_dense = refused(nn::dense({.units = 3}), {1, 28, 28});
  EXPECT_EQ(image_to_dense.code, "E-SHAPE-01");
  EXPECT_TRUE(image_to_dense.says("'stem'") && image_to_dense.says("[batch, 1, 28, 28]") &&
              image_to_dense.says("flatten"))
      << image_to_dense.message;
  for (const nn::Module& layer :
       {nn::conv2d({.filters = 2}), nn::max_pool2d(), nn::global_average_pool2d()}) {
    const auto rows = refused(layer, {7});
    EXPECT_EQ(rows.code, "E-SHAPE-01") << layer.kind();
    EXPECT_TRUE(rows.says("'stem'") && rows.says("[batch, 7]")) << rows.message;
  }
  const auto norm = refused(nn::batch_norm(), {2, 3, 4, 5, 6});
  EXPECT_TRUE(norm.code == "E-SHAPE-01" && norm.says("'stem'") &&
              norm.says("[batch, 2, 3, 4, 5, 6]"));
  const auto groups = refused(nn::conv2d({.filters = 4, .groups = 2}), {3, 9, 9});
  EXPECT_TRUE(groups.code == "E-SHAPE-03" && groups.says("'stem'") && groups.says("3 channels"));
  const auto window = refused(nn::conv2d({.filters = 4, .kernel_size = {9, 9}}), {3, 5, 5});
  EXPECT_TRUE(window.code == "E-SHAPE-04" && window.says("'stem'")) << window.message;
  const auto pool = refused(nn::max_pool2d({.pool_size = {6, 6}}), {3, 5, 5});
  EXPECT_TRUE(pool.code == "E-SHAPE-04" && pool.says("'stem'") && pool.says("6 x 6") &&
              pool.says("[batch, 3, 5, 5]"))
      << pool.message;
  const auto huge = refused(nn::max_pool2d({.pool_size = {40, 40}}), {3, 28, 28});
  EXPECT_TRUE(huge.code == "E-SHAPE-04" && huge.says("40 x 40")) << huge.message;
  const auto many = refused(nn::max_pool2d({.pool_size = {17, 17}}), {3, 28, 28});
  EXPECT_TRUE(many.code == "E-SHAPE-05" && many.says("289")) << many.message;
}

TEST(Options, ThatCannotBe) {
  const auto code = [](auto make) { return thrown(make).code; };
  EXPECT_EQ(code([] { nn::dense({}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::dense({.units = 2, .l2 = -1}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::conv2d({}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::conv2d({.filters = 3, .groups = 2}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::conv2d({.filters = 3, .stride = {0, 1}}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::max_pool2d({.stride = {-1, 1}}); }), "E-OPTION-01");
  EXPECT_EQ(code([] {
              nn::max_pool2d({.padding = {nn::Padding::Kind::amount, 2}});
            }),
            "E-OPTION-01");
  for (const double rate : {-0.1, 1.0, 1.5, double(NAN)})
    EXPECT_EQ(code([&] { nn::dropout({.rate = rate}); }), "E-OPTION-01") << rate;
  EXPECT_EQ(code([] { nn::batch_norm({.momentum = 1.1}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::batch_norm({.epsilon = 0}); }), "E-OPTION-01");
  const auto activation = thrown([] { nn::activation("rellu"); });
  EXPECT_TRUE(activation.code == "E-NN-01" && activation.says("'relu'")) << activation.message;
}

// PyTorch's names, numbered as Keras numbers layers.
TEST(Names, OfParameters) {
  Graph graph;
  const auto model = nn::sequential(
      {nn::conv2d({.filters = 4}), nn::batch_norm(), nn::flatten(), nn::dense({.units = 5}),
       nn::dense({.units = 5, .bias = false}), nn::dense({.units = 2}).named("head")});
  model(graph.input("x", {DType::f32, {2, 3, 4, 4}}));
  std::vector<std::string> names, learned;
  for (const auto& v : graph.variables()) names.push_back(v.name + v.type.shape.text());
  for (const Value& v : graph.parameters()) learned.push_back(graph.variable_of(v).name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "conv2d.weight[4, 3, 3, 3]", "conv2d.bias[4]", "batch_norm.weight[4]",
                       "batch_norm.bias[4]", "batch_norm.running_mean[4]",
                       "batch_norm.running_var[4]", "dense.weight[5, 16]", "dense.bias[5]",
                       "dense_1.weight[5, 5]", "head.weight[2, 5]", "head.bias[2]"}));
  EXPECT_EQ(learned.size(), names.size() - 2);  // all but running statistics
}

struct Scaled {
  Value forward(Value x) const { return x * nn::parameter(x, "weight", {x.dim(-1)}, nn::ones()); }
  std::string kind() const { return "scaled"; }
};

TEST(Names, OfALayerOfOnesOwnAndASharedOne) {
  const nn::Module scaled = Scaled{};
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {2, 3}});
  nn::sequential({scaled, scaled}, "block")(x);
  EXPECT_TRUE(graph.find_variable("block.scaled.weight"));
  EXPECT_TRUE(graph.find_variable("block.scaled_1.weight"));
  scaled(scaled(x));  // the same module twice: one parameter
  EXPECT_EQ(graph.variables().size(), 3u);
}

TEST(PyTorch, ConvolutionsWithEveryPadding) {
  for (const auto& c : nn_golden()["conv2d"]) {
    const std::string word = c["padding"];
    SCOPED_TRACE(c["kernel"].dump() + " " + word);
    const Tensor weight = tensor(c["weight"]);
    nn::Conv2dOptions o{.filters = 6,
                        .kernel_size = c["kernel"].get<std::array<std::int64_t, 2>>(),
                        .stride = c["stride"].get<std::array<std::int64_t, 2>>(),
                        .dilation = c["dilation"].get<std::array<std::int64_t, 2>>(),
                        .groups = c["groups"]};
    if (word == "same") o.padding = {nn::Padding::Kind::same};
    if (std::isdigit(word[0])) o.padding = {nn::Padding::Kind::amount, std::stoll(word)};
    Store store;
    const auto layer = nn::conv2d(o);
    forward(layer, tensor(c["x"]), store);
    store.assign("conv2d.weight", weight);
    store.assign("conv2d.bias", tensor(c["bias"]));
    expect_near(forward(layer, tensor(c["x"]), store), tensor(c["y"]), 2e-5);
  }
}

TEST(PyTorch, BatchNormThroughTrainingAndInference) {
  for (const auto& c : nn_golden()["batch_norm"]) {
    const auto layer = nn::batch_norm({.momentum = c["momentum"], .epsilon = c["epsilon"]});
    Store store;
    forward(layer, tensor(c["steps"][0]["x"]), store);
    store.assign("batch_norm.weight", tensor(c["weight"]));
    store.assign("batch_norm.bias", tensor(c["bias"]));
    for (const auto& step : c["steps"]) {
      expect_near(forward(layer, tensor(step["x"]), store, true), tensor(step["y"]), 1e-4);
      expect_near(store.at("batch_norm.running_mean"), tensor(step["running_mean"]), 1e-5);
      expect_near(store.at("batch_norm.running_var"), tensor(step["running_var"]), 1e-5);
    }
    const auto before = store.snapshot();
    expect_near(forward(layer, tensor(c["inference"]["x"]), store), tensor(c["inference"]["y"]),
                1e-4);
    EXPECT_TRUE(testing::same_store(before, store.snapshot()));
  }
}

TEST(PyTorch, Activations) {
  const auto& golden = nn_golden()["activations"];
  for (const auto& [name, y] : golden["y"].items()) {
    Store store;
    expect_near(forward(nn::activation(name), tensor(golden["x"]), store), tensor(y), 1e-6, name);
  }
}

Tensor filled(const Shape& shape, double value) {
  Tensor t(DType::f32, shape);
  for (float& x : t.data<float>()) x = static_cast<float>(value);
  return t;
}

// Inverted dropout: survivors are scaled so that the mean stays; the count is binomial.
TEST(Dropout, DropsAndScales) {
  for (const double rate : {0.1, 0.5, 0.9}) {
    Store store;
    const Tensor x = filled({200, 100}, 3);
    const Tensor y = forward(nn::dropout({.rate = rate}), x, store, true);
    double kept = 0;
    for (const float v : y.data<float>()) {
      if (v != 0) {
        ASSERT_FLOAT_EQ(v, static_cast<float>(3 / (1 - rate)));
      }
      kept += v != 0;
    }
    const double n = 20000, deviation = std::sqrt(n * rate * (1 - rate));
    EXPECT_NEAR(kept, n * (1 - rate), 5 * deviation) << rate;
    EXPECT_TRUE(same_bits(forward(nn::dropout({.rate = rate}), x, store), x));  // inference
  }
}

TEST(Dropout, DependsOnSeedStepAndLayer) {
  const Tensor x = filled({8, 50}, 1);
  const auto model = nn::dropout();
  Store store;
  const Tensor first = forward(model, x, store, true);
  EXPECT_TRUE(same_bits(first, forward(model, x, store, true)));
  EXPECT_FALSE(same_bits(first, forward(model, x, store, true, 2)));
  EXPECT_FALSE(same_bits(first, forward(model.named("other"), x, store, true)));
  store.at("train.step").set(0, 1);
  EXPECT_FALSE(same_bits(first, forward(model, x, store, true)));
  // Two layers of one model drop independently: a quarter of all survives both.
  Store two;
  const Tensor both =
      forward(nn::sequential({nn::dropout(), nn::dropout()}), filled({100, 100}, 1), two, true);
  double kept = 0;
  for (const float v : both.data<float>()) kept += v != 0;
  EXPECT_NEAR(kept, 2500, 5 * std::sqrt(10000 * 0.25 * 0.75));
}

TEST(Inputs, ThatAreEmpty) {
  const nn::Module layer = nn::dense({.units = 2});
  EXPECT_EQ(thrown([&] { layer(Value()); }).code, "E-NN-02");
  EXPECT_EQ(thrown([&] { layer(Values{}); }).code, "E-NN-02");
}

TEST(Inputs, WithoutFeatures) {
  for (const auto& [layer, row] :
       std::vector<std::pair<nn::Module, Shape>>{{nn::dense({.units = 3}), {0}},
                                                 {nn::conv2d({.filters = 2}), {0, 5, 5}},
                                                 {nn::depthwise_conv2d({}), {0, 5, 5}},
                                                 {nn::batch_norm(), {0}},
                                                 {nn::instance_norm(), {0, 4, 4}},
                                                 {nn::layer_norm(), {0}},
                                                 {nn::lstm({.units = 2}), {3, 0}}}) {
    const auto none = refused(layer, row);
    EXPECT_EQ(none.code, "E-NN-07") << layer.kind();
    EXPECT_TRUE(none.says("'stem") && none.says("features")) << none.message;
  }
}

// A batch of no rows has no statistics, and leaves those there are.
TEST(Inputs, WithoutRowsLeaveStatisticsAlone) {
  Graph graph;
  nn::batch_norm()(graph.input("x", {DType::f32, {Dim::symbol("batch"), 2}}));
  Store store;
  store.initialize(graph, 1);
  Session session(compile(graph, {.bindings = {{"batch", 0}}}), store);
  const Tensor none(DType::f32, {0, 2});
  session.bind("x", none);
  session.run();
  EXPECT_EQ(store.at("batch_norm.running_mean").at(0), 0);
  EXPECT_EQ(store.at("batch_norm.running_var").at(1), 1);
}

TEST(Options, SizesAreBounded) {
  const auto code = [](auto make) { return thrown(make).code; };
  constexpr std::int64_t kMany = 1000000000;
  EXPECT_EQ(code([] { nn::lstm({.units = 2, .num_layers = kMany}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::transformer_encoder({.num_layers = kMany}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::transformer_decoder({.num_layers = kMany}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::dense({.units = kMany * kMany}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::gru({.units = kMany * kMany}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::multi_head_attention({.num_heads = 2, .key_dim = kMany * kMany}); }),
            "E-OPTION-01");
}

TEST(Options, ThatAreEmptyOrNoNumber) {
  const auto code = [](const nn::Module& layer) { return refused(layer, {3}).code; };
  EXPECT_EQ(code(nn::dense({.units = 2, .activation = {}})), "E-OPTION-01");
  EXPECT_EQ(code(nn::dense({.units = 2, .kernel_initializer = {}})), "E-OPTION-01");
  EXPECT_EQ(
      thrown([] {
        nn::embedding(
            {.input_dim = 3, .output_dim = 2, .padding_index = 0, .embeddings_initializer = {}});
      }).code,
      "E-OPTION-01");
  for (const double bad : {double{NAN}, double{INFINITY}})
    for (const auto& make : std::vector<std::function<void()>>{
             [=] { nn::constant(bad); }, [=] { nn::orthogonal(bad); }, [=] { nn::identity(bad); },
             [=] { nn::random_normal({.mean = bad}); },
             [=] { nn::random_uniform({.from = 0, .to = bad}); }, [=] { nn::elu_with(bad); },
             [=] { nn::leaky_relu_with(bad); }, [=] { nn::celu_with(bad); },
             [=] { nn::threshold_with(bad, 0); }, [=] { nn::hardshrink_with(bad); },
             [=] { nn::prelu({.initial = bad}); }, [=] { nn::dense({.units = 1, .l2 = bad}); },
             [=] { nn::batch_norm({.epsilon = bad}); }})
      EXPECT_EQ(thrown(make).code, "E-OPTION-01");
}

}  // namespace
}  // namespace glia
