// Long sequences in pieces: recurrent layers that go on where they ended, through a checkpoint.
#include <gtest/gtest.h>

#include "glia/train/procedure.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

constexpr std::int64_t kRows = 3, kSteps = 4;

nn::Module reader(int kind) {
  const nn::RecurrentOptions o{
      .units = 5, .num_layers = 2, .return_sequences = true, .stateful = true, .dropout = 0.2};
  return nn::sequential({kind == 0   ? nn::simple_rnn(o)
                         : kind == 1 ? nn::lstm(o)
                         : kind == 2 ? nn::gru(o)
                                     : nn::gru(o, false),
                         nn::dense({.units = 1})});
}

// A training over pieces of one long sequence, each its own step; goes on from a checkpoint in the
// folder, where there is one.
struct Pieces {
  Store store;
  Session session;
  train::Checkpoints checkpoints;
  std::int64_t step = 0;

  Pieces(int kind, const std::filesystem::path& folder)
      : session(train::open_session(graph(kind), store)), checkpoints(folder) {
    const auto found = checkpoints.newest();
    if (!found) return;
    step = found->step;
    for (const auto& [name, tensor] : found->tensors) store.assign(name, tensor);
  }

  static Graph graph(int kind) {
    Graph graph;
    graph.seed = 4;
    const Value x = graph.input("x", {DType::f32, {kRows, kSteps, 1}});
    const Value y = graph.input("y", {DType::f32, {kRows, kSteps, 1}});
    const Value loss = nn::mean_squared_error()(reader(kind)(x), y);
    graph.output("loss", loss);
    train::minimize(loss, optim::adam({.learning_rate = 0.01}));
    return graph;
  }

  void run_to(std::int64_t end) {
    for (; step < end; ++step) {
      Random random(7, "piece", static_cast<std::uint64_t>(step));
      Tensor x(DType::f32, {kRows, kSteps, 1}), y(DType::f32, x.shape());
      for (std::int64_t i = 0; i < x.size(); ++i)
        x.set(i, random.normal()), y.set(i, random.normal());
      session.bind("x", x);
      session.bind("y", y);
      ASSERT_TRUE(session.run());
    }
  }
  void save() {
    train::Checkpoint checkpoint;
    checkpoint.step = step;
    for (auto& [name, tensor] : store.snapshot()) checkpoint.tensors.emplace(name, tensor);
    checkpoints.save(checkpoint);
  }
};

TEST(Stateful, GoesOnFromACheckpointToTheSameBits) {
  for (const int kind : {0, 1, 2, 3}) {
    SCOPED_TRACE(kind);
    TempFolder folder;
    Pieces whole(kind, folder / "whole");
    whole.run_to(9);
    {
      Pieces part(kind, folder / "parts");
      part.run_to(4);
      part.save();
    }
    Pieces rest(kind, folder / "parts");
    EXPECT_EQ(rest.step, 4);
    rest.run_to(9);
    EXPECT_TRUE(testing::same_store(whole.store.snapshot(), rest.store.snapshot()));
    // It is the state that makes the difference.
    Pieces without(kind, folder / "parts");
    for (const auto& name : without.store.names(Role::counter))
      if (name.find(".hidden") != std::string::npos) {
        Tensor& state = without.store.at(name);
        for (std::int64_t i = 0; i < state.size(); ++i) state.set(i, 0);
      }
    without.run_to(9);
    EXPECT_FALSE(testing::same_store(whole.store.snapshot(), without.store.snapshot()));
  }
}

}  // namespace
}  // namespace glia
