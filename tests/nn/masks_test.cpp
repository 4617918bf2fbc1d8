// Padding never changes a result: the same sequences, padded to several lengths with anything at
// all, give the same outputs and gradients.
#include "glia/autodiff/gradient.h"
#include "glia/base/random.h"
#include "glia/nn/layers.h"
#include "glia/ops/ops.h"
#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::thrown;

constexpr std::int64_t kLengths[] = {6, 4, 1};
constexpr std::int64_t kFeatures = 3;

struct Outcome {
  Shape shape;
  std::vector<double> values;  // real outputs, gradients of real inputs and of parameters
};

// Of sum(y^2) over the real places of y.
Outcome run(const nn::Module& module, std::int64_t time) {
  const std::int64_t rows = std::size(kLengths);
  Tensor x(DType::f32, {rows, time, kFeatures}), mask(DType::boolean, {rows, time});
  Random real(1, "real"), padding(static_cast<std::uint64_t>(time), "padding");
  for (std::int64_t n = 0; n < rows; ++n)
    for (std::int64_t t = 0; t < time; ++t) {
      mask.set(n * time + t, t < kLengths[n]);
      for (std::int64_t f = 0; f < kFeatures; ++f)
        x.set((n * time + t) * kFeatures + f,
              t < kLengths[n] ? real.normal() : 100 * padding.normal());
    }
  Graph graph;
  const Value in = graph.input("x", {DType::f32, x.shape()});
  const Value in_mask = graph.input("mask", {DType::boolean, mask.shape()});
  graph.set_mask(in, in_mask);
  const Value y = module(in);
  const Value out_mask = graph.mask(y);
  Value sum = square(y);
  if (out_mask)
    sum = sum * cast(reshape(out_mask, {out_mask.dim(0), out_mask.dim(1), 1}), DType::f32);
  Values wrt{in};
  for (const Value& p : graph.parameters()) wrt.push_back(p);
  const Values gradients = gradient(reduce_sum(sum), wrt);
  graph.output("y", y);
  if (out_mask) graph.output("out_mask", out_mask);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    graph.output("g" + std::to_string(i), gradients[i]);
  Store store;
  store.initialize(graph, 3);
  Session session(compile(graph, {}), store);
  session.bind("x", x);
  session.bind("mask", mask);
  session.run();

  Outcome outcome;
  const auto keep_real = [&](const Tensor& t, const Tensor& real_places) {
    const std::int64_t each = t.size() / real_places.size();
    for (std::int64_t i = 0; i < t.size(); ++i)
      if (real_places.at(i / each) != 0) outcome.values.push_back(t.at(i));
  };
  const Tensor got = session.output_tensor("y");
  outcome.shape = got.shape();
  if (out_mask)
    keep_real(got, session.output_tensor("out_mask"));
  else
    for (std::int64_t i = 0; i < got.size(); ++i) outcome.values.push_back(got.at(i));
  const Tensor dx = session.output_tensor("g0");
  keep_real(dx, mask);
  for (std::int64_t i = 0; i < dx.size(); ++i)
    if (mask.at(i / kFeatures) == 0) {
      EXPECT_EQ(dx.at(i), 0) << "padding " << i;
    }
  for (std::size_t k = 1; k < gradients.size(); ++k) {
    const Tensor g = session.output_tensor("g" + std::to_string(k));
    for (std::int64_t i = 0; i < g.size(); ++i) outcome.values.push_back(g.at(i));
  }
  return outcome;
}

TEST(Masks, PaddingNeverChangesAResult) {
  const nn::Padding same{nn::Padding::Kind::same}, causal{nn::Padding::Kind::causal};
  for (const nn::Module& module : {
           nn::conv1d({.filters = 4, .kernel_size = 3, .padding = same}),
           nn::conv1d({.filters = 4, .kernel_size = 4, .dilation = 2, .padding = same}),
           nn::conv1d({.filters = 4, .kernel_size = 3, .padding = causal}),
           nn::conv1d({.filters = 4, .kernel_size = 2, .stride = 2, .padding = causal}),
           nn::conv1d({.filters = 4, .kernel_size = 3}),
           nn::conv1d({.filters = 4, .kernel_size = 2, .stride = 2, .dilation = 2}),
           nn::depthwise_conv1d({.padding = same}),
           nn::separable_conv1d({.filters = 2, .padding = causal}),
           nn::sequential({nn::conv1d({.filters = 4, .padding = same}).named("first"),
                           nn::conv1d({.filters = 2, .padding = causal, .activation = nn::relu})}),
           nn::global_average_pool1d(),
           nn::global_max_pool1d(),
           nn::sequential({nn::conv1d({.filters = 4, .padding = same}), nn::global_max_pool1d()}),
           nn::layer_norm(),
           nn::batch_norm(),
           nn::batch_norm({.track_statistics = false}),
           nn::rms_norm(),
           nn::residual({.layers = {nn::conv1d({.filters = 3, .padding = same})}}),
       }) {
    const Outcome short_one = run(module, 6);
    for (const std::int64_t time : {7, 11}) {
      SCOPED_TRACE(module.kind() + " padded to " + std::to_string(time));
      const Outcome longer = run(module, time);
      ASSERT_EQ(longer.values.size(), short_one.values.size());
      for (std::size_t i = 0; i < longer.values.size(); ++i)
        EXPECT_NEAR(longer.values[i], short_one.values[i],
                    1e-5 * (1 + std::fabs(short_one.values[i])))
            << i;
    }
  }
}

// What batch_norm keeps of a padded batch is what it keeps of the real places alone.
TEST(Masks, StatisticsAreOfRealPlaces) {
  const auto kept = [](const Tensor& x, const Tensor* mask) {
    Graph graph;
    const Value in = graph.input("x", {DType::f32, x.shape()});
    if (mask) graph.set_mask(in, graph.input("mask", {DType::boolean, mask->shape()}));
    graph.output("y", nn::batch_norm()(in));
    Store store;
    store.initialize(graph, 1);
    Session session(compile(graph, {}), store);
    session.bind("x", x);
    if (mask) session.bind("mask", *mask);
    session.run();
    return store.snapshot();
  };
  Tensor mask(DType::boolean, {2, 3});
  mask.set(0, 1), mask.set(1, 1), mask.set(3, 1);
  const float junk = std::numeric_limits<float>::infinity();
  const auto padded = kept(Tensor::of<float>({2, 3, 1}, {1, 5, junk, 3, -junk, NAN}), &mask);
  const auto alone = kept(Tensor::of<float>({3, 1}, {1, 5, 3}), nullptr);
  for (const char* name : {"batch_norm.running_mean", "batch_norm.running_var"})
    EXPECT_NEAR(padded.at(name).at(0), alone.at(name).at(0), 1e-6) << name;
  EXPECT_NEAR(alone.at("batch_norm.running_mean").at(0), 0.3, 1e-6);
}

TEST(Masks, AreRefusedWherePaddingWouldCount) {
  const nn::Padding same{nn::Padding::Kind::same};
  for (const nn::Module& module :
       {nn::batch_norm({.axis = 1}), nn::group_norm({.groups = 1}), nn::instance_norm(),
        nn::max_pool1d(), nn::average_pool1d(), nn::upsampling1d(), nn::zero_padding1d(),
        nn::cropping1d(), nn::flatten(), nn::layer_norm({.axes = 2}), nn::rms_norm({.axes = 2}),
        nn::conv1d({.filters = 2, .stride = 2, .padding = same}),
        nn::conv1d({.filters = 2, .padding = {nn::Padding::Kind::amount, 1}}),
        nn::conv1d_transpose({.filters = 2})})
    EXPECT_EQ(thrown([&] { run(module, 6); }).code, "E-NN-02") << module.kind();
}

// A row that is padding alone has no mean and no maximum: 0, and no gradient that is not a number.
TEST(Masks, OfARowWithoutRealPlaces) {
  for (const nn::Module& module : {nn::global_average_pool1d(), nn::global_max_pool1d()}) {
    Graph graph;
    const Value x = graph.input("x", {DType::f32, {1, 2, 1}});
    graph.set_mask(x, graph.input("mask", {DType::boolean, {1, 2}}));
    const Value y = module(x);
    graph.output("y", y);
    graph.output("dx", gradient(reduce_sum(y), {x})[0]);
    Store store;
    Session session(compile(graph, {}), store);
    const Tensor given = Tensor::of<float>({1, 2, 1}, {5, 7}), nothing(DType::boolean, {1, 2});
    session.bind("x", given);
    session.bind("mask", nothing);
    session.run();
    EXPECT_EQ(session.output_tensor("y").at(0), 0) << module.kind();
    for (const std::int64_t i : {0, 1})
      EXPECT_EQ(session.output_tensor("dx").at(i), 0) << module.kind();
  }
}

}  // namespace
}  // namespace glia
