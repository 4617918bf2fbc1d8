// Sessions: binding, sharing, gates, profiles, and no allocation.
#include "glia/exec/session.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>

#include "glia/ops/ops.h"
#include "tests/exec/networks.h"

namespace {
std::atomic<long> allocations{0};
}

// Every `new` of this process, the library's included; `delete` goes to free as always.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* p = std::malloc(bytes ? bytes : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new[](std::size_t bytes) { return operator new(bytes); }
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace glia {
namespace {

using testing::batch_of;
using testing::bind_all;
using testing::compiled;
using testing::Network;
using testing::networks;
using testing::same_store;
using testing::step_of;
using testing::thrown;

// A step, reading its loss included. Convolutions are oneDNN's, which makes a few small allocations
// of its own for each call: those are not ours to count.
TEST(Steps, AllocateNothing) {
  for (const Network& network : networks()) {
    const Graph step = step_of(network, false);
    Store store;
    store.initialize(step, 1);
    const auto program = compiled(step, 32);
    Session session(program, store);
    const auto inputs = batch_of(network, 32), others = batch_of(network, 32, 8);
    bind_all(session, inputs);
    session.run();
    long of_convolutions = 0;
    for (const auto& i : program->instructions()) {
      const auto op = i.node->op->name;
      of_convolutions += op.starts_with("conv2d") || i.kernel.name.starts_with("dnnl") ||
                         i.kernel.name == "reference";
    }
    const long before = allocations.load();
    double sum = 0;
    for (int i = 0; i < 10; ++i) {
      for (const auto& [name, tensor] : i % 2 ? inputs : others)
        session.bind(name, static_cast<const void*>(tensor.raw()));
      session.run();
      sum += *static_cast<const float*>(session.output("loss"));
    }
    EXPECT_TRUE(std::isfinite(sum));
    const long made = allocations.load() - before;
    if (of_convolutions == 0) {
      EXPECT_EQ(made, 0) << network.name;
    }
    RecordProperty(network.name + "_allocations", std::to_string(made));
  }
}

TEST(Steps, AreTheSameBitsApartAndJoined) {
  for (const Network& network : networks()) {
    const auto inputs = batch_of(network, 12);
    const Graph gradients =
        train::gradient_graph(network.model, network.loss, testing::types_of(network), 11);
    const Graph update = train::update_graph(gradients, optim::adam({.learning_rate = 0.01}));
    const Graph joined = train::step_graph(gradients, update);
    Store one, two;
    for (Store* store : {&one, &two}) store->initialize(joined, 5);

    Session step(compiled(joined, 12), one);
    bind_all(step, inputs);
    Session backward(compiled(gradients, 12), two), forward(compiled(update, 12), two);
    for (const auto& [name, tensor] : inputs)
      if (name == "learning_rate")
        forward.bind(name, tensor);
      else
        backward.bind(name, tensor);
    for (const auto& [name, value] : update.inputs())
      if (name != "learning_rate") forward.bind(name, backward.output(name));
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(step.run());
      ASSERT_TRUE(backward.run());
      ASSERT_TRUE(forward.run());
      EXPECT_EQ(step.output_scalar("loss"), backward.output_scalar("loss")) << network.name;
    }
    for (const auto& name : one.names())
      EXPECT_TRUE(same_bits(one.at(name), two.at(name))) << network.name << ": " << name;
  }
}

TEST(Steps, AreTheSameBitsTwice) {
  for (const Network& network : networks()) {
    const Graph step = step_of(network);
    const auto inputs = batch_of(network, 9);
    std::map<std::string, Tensor> results[2];
    for (auto& result : results) {
      Store store;
      store.initialize(step, 5);
      Session session(compiled(step, 9), store);
      bind_all(session, inputs);
      for (int i = 0; i < 4; ++i) session.run();
      result = store.snapshot();
    }
    EXPECT_TRUE(same_store(results[0], results[1])) << network.name;
  }
}

// What is wrong with a batch leaves every bit of the store as it was, and has a name.
TEST(Gate, ABadBatchChangesNothing) {
  for (const Network& network : networks()) {
    const Graph step = step_of(network);
    Store store;
    store.initialize(step, 5);
    Session session(compiled(step, 6), store);
    auto inputs = batch_of(network, 6);
    bind_all(session, inputs);
    ASSERT_TRUE(session.run());
    const auto before = store.snapshot();
    Tensor bad = inputs.at("features").clone();
    bad.set(bad.size() / 2, NAN);
    session.bind("features", bad);
    EXPECT_FALSE(session.run()) << network.name;
    EXPECT_TRUE(same_store(before, store.snapshot())) << network.name;
    session.bind("features", inputs.at("features"));
    EXPECT_TRUE(session.run()) << network.name;
    EXPECT_FALSE(same_store(before, store.snapshot())) << network.name;
  }
}

TEST(Gate, TheFirstBadOpIsNamed) {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {2}});
  {
    const Graph::Scope scope(graph, "hidden");
    const Value y = log(x);  // -inf at 0
    graph.output("y", y * 2.0);
    graph.gate(all_finite({y}));
  }
  Store store;
  std::vector<std::string> off;
  for (const Pass& pass : passes()) off.emplace_back(pass.name);
  Session session(compiled(graph, 1, off), store);
  const Tensor good = Tensor::of<float>({2}, {1, 2}), bad = Tensor::of<float>({2}, {1, 0});
  session.bind("x", good);
  EXPECT_FALSE(session.first_non_finite());
  session.bind("x", bad);
  const auto found = session.first_non_finite();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->op, "log");
  EXPECT_EQ(found->layer, "hidden");
  EXPECT_EQ(found->type.text(), "f32[2]");
}

TEST(Store, IsSharedBySessions) {
  const Network network = networks()[1];
  const Graph step = step_of(network);
  Store store;
  store.initialize(step, 5);
  Session training(compiled(step, 8), store);
  const Graph inference =
      train::inference_graph(network.model, network.loss, testing::types_of(network).features);
  Session small(compiled(inference, 1), store), large(compiled(inference, 8), store);
  const auto inputs = batch_of(network, 8);
  bind_all(training, inputs);
  for (Session* s : {&small, &large}) s->bind("features", inputs.at("features").raw());
  double last = 0;
  for (int i = 0; i < 3; ++i) {
    training.run();
    small.run();
    large.run();
    for (int k = 0; k < 3; ++k)
      EXPECT_NEAR(small.output_tensor("prediction").at(k), large.output_tensor("prediction").at(k),
                  1e-6);
    EXPECT_NE(small.output_tensor("prediction").at(0), last);
    last = small.output_tensor("prediction").at(0);
  }
}

// Every batch size is a program of its own, and rows do not see each other.
TEST(Symbols, AnyBatchSize) {
  const Network network = networks()[3];
  const Graph inference =
      train::inference_graph(network.model, network.loss, testing::types_of(network).features);
  Store store;
  store.initialize(inference, 5);
  const auto inputs = batch_of(network, 33);
  Session whole(compiled(inference, 33), store);
  whole.bind("features", inputs.at("features"));
  whole.run();
  const Tensor expected = whole.output_tensor("prediction");
  for (const std::int64_t batch : {1, 2, 3, 7, 16, 17, 32}) {
    Session session(compiled(inference, batch), store);
    session.bind("features", inputs.at("features").raw());
    session.run();
    const Tensor got = session.output_tensor("prediction");
    ASSERT_EQ(got.size(), batch * 3);
    for (std::int64_t i = 0; i < got.size(); ++i)
      ASSERT_NEAR(got.at(i), expected.at(i), 1e-5) << batch;
  }
}

TEST(Binding, SaysWhatIsWrong) {
  const Network network = networks()[1];
  const Graph step = step_of(network);
  Store store;
  store.initialize(step, 5);
  Session session(compiled(step, 4), store);
  const auto unbound = thrown([&] { session.run(); });
  EXPECT_EQ(unbound.code, "E-SESSION-03");
  const auto inputs = batch_of(network, 4);
  const auto unknown = thrown([&] { session.bind("feature", inputs.at("features")); });
  EXPECT_EQ(unknown.code, "E-SESSION-01");
  EXPECT_TRUE(unknown.says("'features'")) << unknown.message;
  const Tensor narrow = inputs.at("target").to(DType::i32);
  const Tensor five_rows(DType::f32, {5, 7}), turned_round(DType::f32, {7, 4});
  const auto type = thrown([&] { session.bind("target", narrow); });
  EXPECT_EQ(type.code, "E-SESSION-02");
  EXPECT_TRUE(type.says("i32[4]") && type.says("i64[4]")) << type.message;
  const auto rows = thrown([&] { session.bind("features", five_rows); });
  EXPECT_TRUE(rows.code == "E-SESSION-02" && rows.says("[5, 7]") && rows.says("[4, 7]"));
  const auto turned = thrown([&] { session.bind("features", turned_round); });
  EXPECT_EQ(turned.code, "E-SESSION-02");
  const auto output = thrown([&] { session.output("lose"); });
  EXPECT_EQ(output.code, "E-IR-06");
  EXPECT_TRUE(output.says("'loss'")) << output.message;
}

// An input that goes straight out needs memory as well; one that nothing reads does not.
TEST(Binding, OnlyWhatIsReadMustBeBound) {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {2}});
  graph.input("idle", {DType::f32, {2}});
  graph.output("y", x);
  Store store;
  Session session(compiled(graph, 1), store);
  EXPECT_EQ(thrown([&] { session.run(); }).code, "E-SESSION-03");
  const Tensor two = Tensor::of<float>({2}, {3, 4});
  session.bind("x", two);
  EXPECT_TRUE(session.run());
  EXPECT_EQ(session.output_tensor("y").at(1), 4);
}

TEST(Profile, CountsRunsAndTime) {
  const Network network = networks()[1];
  const Graph step = step_of(network);
  Store store;
  store.initialize(step, 5);
  Session session(compiled(step, 64), store);
  const auto inputs = batch_of(network, 64);
  bind_all(session, inputs);
  session.run();
  session.profile(true);
  for (int i = 0; i < 7; ++i) session.run();
  double seconds = 0, operations = 0;
  for (const auto& time : session.times()) {
    EXPECT_EQ(time.runs, 7);
    seconds += time.seconds;
    if (time.op == "matmul") operations += time.operations;
    EXPECT_GT(time.bytes, 0) << time.op;
  }
  EXPECT_GT(seconds, 0);
  // 2 m n k for each of three layers: forward, by the weight, and but for the first by the input.
  const double layers = 7 * 17 * 2 + 17 * 9 * 3 + 9 * 3 * 3;
  EXPECT_NEAR(operations, 2 * 64 * layers, 0.05 * 2 * 64 * layers);  // bias and relu beside it
}

TEST(Store, FillsAndChecks) {
  const Network network = networks()[1];
  const Graph step = step_of(network);
  Store whole, parts;
  whole.initialize(step, 5);
  // The order in which graphs come does not matter: each variable has a random stream of its own.
  parts.initialize(
      train::inference_graph(network.model, network.loss, testing::types_of(network).features), 5);
  EXPECT_TRUE(parts.names(Role::slot).empty());
  parts.initialize(step, 5);
  EXPECT_TRUE(same_store(whole.snapshot(), parts.snapshot()));
  parts.initialize(step, 6);  // what is there stays
  EXPECT_TRUE(same_store(whole.snapshot(), parts.snapshot()));
  EXPECT_EQ(whole.role("dense.weight"), Role::parameter);
  EXPECT_EQ(whole.role("dense.weight.momentum_buffer"), Role::slot);
  EXPECT_EQ(whole.role("train.step"), Role::counter);

  const auto missing = thrown([&] { whole.at("dense.wieght"); });
  EXPECT_TRUE(missing.code == "E-STORE-02" && missing.says("'dense.weight'")) << missing.message;
  const auto shape = thrown([&] { whole.assign("dense.bias", Tensor(DType::f32, {16})); });
  EXPECT_TRUE(shape.code == "E-STORE-01" && shape.says("[17]") && shape.says("[16]"));
  EXPECT_EQ(thrown([&] { whole.assign("dense.bias", Tensor(DType::f64, {17})); }).code,
            "E-STORE-01");
  Network wider = network;
  wider.row = {8};
  EXPECT_EQ(thrown([&] { whole.initialize(step_of(wider), 5); }).code, "E-STORE-01");
}

// Memory never moves, and a snapshot is a copy.
TEST(Store, KeepsItsMemory) {
  const Graph step = step_of(networks()[0]);
  Store store;
  store.initialize(step, 5);
  const auto* place = store.at("dense.weight").raw();
  const auto before = store.snapshot();
  Tensor other(DType::f32, store.at("dense.weight").shape());
  store.assign("dense.weight", other);
  EXPECT_EQ(store.at("dense.weight").at(0), 0);
  EXPECT_NE(before.at("dense.weight").at(0), 0);
  store.restore(before);
  EXPECT_TRUE(same_store(before, store.snapshot()));
  EXPECT_EQ(store.at("dense.weight").raw(), place);
}

// Asked before it is taken: nothing of such a size can be there.
TEST(Memory, ThatIsNotThereIsSaidBeforehand) {
  const Type rows{DType::f32, {Dim::symbol("batch"), 64}};
  Graph large;
  nn::sequential({nn::dense({.units = 4096}).named("small"),
                  nn::dense({.units = std::int64_t{1} << 30}).named("wide")})(
      large.input("features", rows));
  Store store;
  const auto weights = thrown([&] { store.initialize(large, 1); });
  EXPECT_EQ(weights.code, "E-STORE-03");
  EXPECT_TRUE(weights.says("'wide.weight'") && weights.says("[1073741824, 4096]") &&
              weights.says("available"))
      << weights.message;
  EXPECT_TRUE(store.names().empty());

  Graph graph;
  graph.output("y", exp(graph.input("x", rows)) + 1.0);
  const auto values = thrown([&] { Session(compiled(graph, std::int64_t{1} << 37), store); });
  EXPECT_EQ(values.code, "E-SESSION-04");
  EXPECT_TRUE(values.says("[137438953472, 64]") && values.says("batch_size")) << values.message;
}

}  // namespace
}  // namespace glia
