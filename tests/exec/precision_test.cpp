// Programs of mixed precision: against PyTorch (tests/golden/make_precision.py), and against the
// reference, which rounds where they round.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/autodiff/gradient.h"
#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "glia/ops/recurrent.h"
#include "tests/exec/networks.h"

namespace glia {
namespace {

using testing::batch_of;
using testing::bind_all;
using testing::Network;
using testing::networks;
using testing::step_of;
using Json = nlohmann::json;
using Tensors = std::map<std::string, Tensor>;

Tensor tensor(const Json& packed) {
  return Tensor::of<double>(Shape(packed[0].get<std::vector<std::int64_t>>()),
                            packed[1].get<std::vector<double>>())
      .to(DType::f32);
}

double distance(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a.at(i) - b.at(i)));
  return most;
}

// A convolution, a recurrent layer and attention, and the gradients of all that they are made of.
Graph golden_graph(const Json& golden) {
  Graph g;
  std::map<std::string, Value> given;
  for (const auto& [name, packed] : golden.at("given").items())
    given[name] = g.variable({name, {DType::f32, tensor(packed).shape()}});
  Tensor labels(DType::i64, {6});
  for (std::int64_t i = 0; i < 6; ++i) labels.set(i, golden.at("labels")[static_cast<size_t>(i)]);

  const auto& in = given;
  Value y = reshape(relu(conv2d(in.at("x"), in.at("filters"))), {6, 4, 16});
  y = matmul(y, in.at("into"), {.transpose_b = true}) + in.at("bias");
  const Value zeros = broadcast_to(g.scalar(0), {6, 5});
  y = lstm_sequence(y, in.at("recurrent"), zeros, zeros).states;
  y = batch_matmul(softmax(batch_matmul(y, y, {.transpose_b = true})), y);
  y = matmul(reshape(y, {6, 20}), in.at("head"), {.transpose_b = true});
  const Value loss = reduce_mean(softmax_crossentropy(y, g.constant(labels)));
  Values wrt;
  for (const auto& [name, value] : given) wrt.push_back(value);
  const Values gradients = gradient(loss, wrt);
  g.output("loss", loss);
  for (std::size_t i = 0; i < wrt.size(); ++i) g.output(g.variable_of(wrt[i]).name, gradients[i]);
  return g;
}

TEST(Mixed, GradientsArePyTorchs) {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/precision.json");
  const Json golden = Json::parse(file);
  const Graph graph = golden_graph(golden);
  Store store;
  store.initialize(graph, 1);
  for (const auto& [name, packed] : golden.at("given").items()) store.assign(name, tensor(packed));

  Session session(compile(graph, {.precision = Precision::mixed_bf16}), store);
  ASSERT_TRUE(session.run());
  Session plain(compile(graph, {}), store);
  ASSERT_TRUE(plain.run());
  EXPECT_NEAR(session.output_scalar("loss"), golden.at("loss").get<double>(), 1e-5);
  for (const auto& [name, packed] : golden.at("gradients").items()) {
    const Tensor want = tensor(packed), got = session.output_tensor(name);
    EXPECT_LT(distance(got, want), 2e-5) << name;
    EXPECT_GT(distance(plain.output_tensor(name), want), 2e-5) << name << ": nothing was rounded";
  }
}

class MixedNetwork : public ::testing::TestWithParam<Network> {};
INSTANTIATE_TEST_SUITE_P(Programs, MixedNetwork, ::testing::ValuesIn(networks()),
                         [](const auto& info) { return info.param.name; });

std::shared_ptr<const Program> mixed(const Graph& graph, std::int64_t batch, int threads = 1) {
  return compile(
      graph,
      {.threads = threads, .bindings = {{"batch", batch}}, .precision = Precision::mixed_bf16});
}

// What the passes made of it, run by the reference: so the kernels round as it says, and nothing
// else.
TEST_P(MixedNetwork, StepsAreAsTheReferenceHasThem) {
  const Graph step = step_of(GetParam());
  const auto inputs = batch_of(GetParam(), 6);
  Store store;
  store.initialize(step, 5);
  const auto program = mixed(step, 6);
  Tensors given = store.snapshot();
  for (const auto& [name, value] : inputs) given.emplace(name, value);
  const auto values = interpret(program->graph(), given);

  Session session(program, store);
  bind_all(session, inputs);
  ASSERT_TRUE(session.run());
  for (const auto& [name, value] : program->graph().outputs())
    EXPECT_LT(distance(session.output_tensor(name), values.at(value)), 2e-3) << name;
  for (const auto& [variable, next] : program->graph().updates())
    EXPECT_LT(distance(store.at(program->graph().variable_of(variable).name), values.at(next)),
              2e-3);
}

TEST_P(MixedNetwork, StepsHaveTheSameBitsTwice) {
  const Graph step = step_of(GetParam());
  const auto run = [&](int threads) {
    Store store;
    store.initialize(step, 5);
    Session session(mixed(step, 6, threads), store);
    const auto inputs = batch_of(GetParam(), 6);
    bind_all(session, inputs);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(session.run());
    return store.snapshot();
  };
  for (const int threads : {1, 2})
    EXPECT_TRUE(testing::same_store(run(threads), run(threads))) << threads;
}

// What outlives a run is f32.
TEST_P(MixedNetwork, KeepsMasterWeights) {
  const auto program = mixed(step_of(GetParam()), 6);
  for (const Variable& v : program->graph().variables()) EXPECT_NE(v.type.dtype, DType::bf16);
  for (const auto& [name, value] : program->graph().outputs())
    EXPECT_NE(value.dtype(), DType::bf16) << name;
  EXPECT_NE(program->fingerprint().find("precision=mixed_bf16"), std::string::npos);
}

}  // namespace
}  // namespace glia
