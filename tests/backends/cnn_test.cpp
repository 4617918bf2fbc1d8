// A small CNN's training step as a whole: passes, layouts and kernels together.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <thread>

#include "glia/backends/cpu.h"
#include "glia/backends/reference.h"
#include "glia/base/random.h"
#include "glia/exec/session.h"
#include "glia/nn/layers.h"
#include "glia/optim/optimizer.h"
#include "glia/train/graphs.h"

namespace glia::testing {
namespace {

constexpr std::int64_t kBatch = 8;

nn::Module conv(std::int64_t filters, nn::Activation activation) {
  nn::Conv2dOptions o;
  o.filters = filters;
  o.padding.kind = nn::Padding::Kind::same;
  o.activation = std::move(activation);
  return nn::conv2d(o);
}

// Every kind of image op, and both ways out of images.
nn::Module small_cnn(bool average) {
  std::vector<nn::Module> layers{conv(16, nn::relu), nn::max_pool2d(), conv(24, nn::linear),
                                 nn::batch_norm(),   nn::relu,         nn::max_pool2d(),
                                 conv(8, nn::relu)};
  layers.push_back(average ? nn::global_average_pool2d() : nn::flatten());
  layers.push_back(nn::dense({.units = 5}));
  return nn::sequential(layers);
}

struct Data {
  Tensor x{DType::f32, {kBatch, 1, 12, 12}}, y{DType::i64, {kBatch}}, rate{DType::f32, {}};
  explicit Data(std::uint64_t seed) {
    Random random(seed, "images");
    for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, random.normal());
    for (std::int64_t i = 0; i < kBatch; ++i) y.set(i, static_cast<double>(random.below(5)));
    rate.set(0, 0.01);
  }
  void bind(Session& session) const {
    session.bind("features", x);
    session.bind("target", y);
  }
};

Graph gradients_of(const nn::Module& model) {
  return train::gradient_graph(model, nn::sparse_categorical_crossentropy({.from_logits = true}),
                               train::batch_types({1, 12, 12}, {}, false), 3);
}

std::shared_ptr<const Program> compiled(const Graph& graph, const Target& target, int threads,
                                        PassOptions passes = {}) {
  return compile(graph, {.target = &target,
                         .threads = threads,
                         .bindings = {{"batch", kBatch}},
                         .passes = std::move(passes)});
}

// All outputs after one run from the same initial values.
std::map<std::string, Tensor> outputs_of(const Graph& graph, const Program& like,
                                         const std::shared_ptr<const Program>& program,
                                         const Data& data) {
  Store store;
  store.initialize(graph, 7);
  Session session(program, store);
  data.bind(session);
  session.run();
  std::map<std::string, Tensor> outputs;
  for (const auto& [name, value] : like.graph().outputs())
    outputs.emplace(name, session.output_tensor(name));
  return outputs;
}

TEST(Cnn, GradientsAreTheReferences) {
  for (const bool average : {false, true}) {
    const Graph graph = gradients_of(small_cnn(average));
    const auto judge = compiled(graph, reference_target(), 1);
    const Data data(1);
    const auto want = outputs_of(graph, *judge, judge, data);
    for (const int threads : {1, 2}) {
      const auto program = compiled(graph, cpu_target(), threads);
      EXPECT_TRUE(program->on_reference().empty())
          << ::testing::PrintToString(program->on_reference());
      const auto got = outputs_of(graph, *judge, program, data);
      ASSERT_GT(want.size(), 10u);
      for (const auto& [name, tensor] : want)
        for (std::int64_t i = 0; i < tensor.size(); ++i)
          ASSERT_NEAR(got.at(name).at(i), tensor.at(i), 2e-4 * (1 + std::fabs(tensor.at(i))))
              << name << "[" << i << "], threads " << threads << ", average " << average;
    }
  }
}

// Images lie in channels_last from the first convolution to the last: reorders only where they
// leave.
TEST(Cnn, LayoutsAreKeptThroughTheChain) {
  const auto program = compiled(gradients_of(small_cnn(true)), cpu_target(), 1);
  int convolutions = 0, reorders = 0;
  for (const Instruction& i : program->instructions()) {
    if (i.node->op->name == "reorder") ++reorders;
    if (i.node->op->name != "conv2d") continue;
    ++convolutions;
    EXPECT_EQ(i.node->outputs[0].layout, Layout::channels_last);
  }
  EXPECT_EQ(convolutions, 3);
  EXPECT_LE(reorders, 1) << program->text();
}

// Weights after some steps, as one block of bytes.
std::string weights_after(const Graph& step, const std::shared_ptr<const Program>& program,
                          const Data& data, int steps) {
  Store store;
  store.initialize(step, 7);
  Session session(program, store);
  data.bind(session);
  session.bind("learning_rate", data.rate);
  for (int i = 0; i < steps; ++i) session.run();
  std::string bytes;
  for (const std::string& name : store.names()) {
    const Tensor& t = store.at(name);
    bytes.append(reinterpret_cast<const char*>(t.raw()), t.bytes());
  }
  return bytes;
}

// Two sessions of one program, on data of their own, at the same time and one after the other.
TEST(Cnn, SessionsRunAtTheSameTime) {
  const Graph gradients = gradients_of(small_cnn(false));
  const Graph step = train::step_graph(gradients, train::update_graph(gradients, optim::adam({})));
  for (const int threads : {1, 2}) {
    const auto program = compiled(step, cpu_target(), threads);
    const Data a(1), b(2);
    const std::string want_a = weights_after(step, program, a, 8);
    const std::string want_b = weights_after(step, program, b, 8);
    EXPECT_NE(want_a, want_b);
    std::string got_a, got_b;
    std::thread first([&] { got_a = weights_after(step, program, a, 8); });
    std::thread second([&] { got_b = weights_after(step, program, b, 8); });
    first.join(), second.join();
    EXPECT_EQ(want_a, got_a) << threads << " threads";
    EXPECT_EQ(want_b, got_b) << threads << " threads";
  }
}

// A program says which kernels' versions its bits depend on; a small MLP does not name oneDNN.
TEST(Cnn, FingerprintNamesTheLibrary) {
  const auto cnn = compiled(gradients_of(small_cnn(true)), cpu_target(), 1);
  const auto mlp = compiled(gradients_of(nn::sequential({nn::flatten(), nn::dense({.units = 5})})),
                            cpu_target(), 1);
  EXPECT_NE(cnn->fingerprint(), mlp->fingerprint());
  EXPECT_EQ(mlp->fingerprint().find("dnnl"), std::string::npos) << mlp->fingerprint();
  EXPECT_TRUE(mlp->fingerprint().starts_with("cpu ")) << mlp->fingerprint();
}

}  // namespace
}  // namespace glia::testing
