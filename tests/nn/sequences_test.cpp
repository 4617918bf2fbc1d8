// Layers over sequences: padding, states, shapes, names, errors. Values stand in tests/parity.
#include "glia/autodiff/gradient.h"
#include "glia/ops/ops.h"
#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::forward;
using testing::shape_of;
using testing::thrown;

Tensor random_tensor(const Shape& shape, const char* stream) {
  Random random(1, stream);
  Tensor t(DType::f32, shape);
  for (float& v : t.data<float>()) v = static_cast<float>(random.normal());
  return t;
}

// Three sequences of these lengths, [3, steps, 4]; whatever stands behind their ends.
constexpr std::int64_t kFeatures = 4;
const std::vector<std::int64_t> kLengths{3, 1, 4};
bool is_real(std::int64_t row, std::int64_t step) {
  return step < kLengths[static_cast<std::size_t>(row)];
}
Tensor padded(std::int64_t steps, std::int64_t width, const char* stream) {
  Random random(1, stream), junk(static_cast<std::uint64_t>(steps), "junk");
  Tensor t(DType::f32, {3, steps, width});
  for (std::int64_t row = 0; row < 3; ++row)
    for (std::int64_t step = 0; step < std::max<std::int64_t>(steps, 4); ++step)
      for (std::int64_t i = 0; i < width; ++i) {
        const double v = is_real(row, step) ? random.normal() : 30 * junk.normal();
        if (step < steps) t.set((row * steps + step) * width + i, v);
      }
  return t;
}

// What a layer makes of the sequences padded to `steps`: at real steps only, and gradients.
std::map<std::string, Tensor> results(const nn::Module& module, std::int64_t steps, bool cross) {
  Graph graph;
  graph.training = false;
  const Value x = graph.input("x", {DType::f32, {3, steps, kFeatures}});
  const Value mask = graph.input("mask", {DType::boolean, {3, steps}});
  graph.set_mask(x, mask);
  // A decoder's target, which is not padded.
  const Tensor target = random_tensor({3, 2, kFeatures}, "target");
  const Value y = cross ? module(graph.constant(target), x) : module(x);
  const bool sequence = y.rank() == 3 && !cross;
  if (sequence) {
    EXPECT_EQ(graph.mask(y), mask) << "the mask is not handed on";
  }
  const std::int64_t width = y.dim(-1).value();
  Tensor dy = sequence ? padded(steps, width, "dy") : random_tensor(y.shape(), "dy");
  for (std::int64_t i = 0; sequence && i < dy.size(); ++i)
    if (!is_real(i / width / steps, i / width % steps)) dy.set(i, 0);
  Values wrt = graph.parameters();
  wrt.insert(wrt.begin(), x);
  const Values gradients = gradient({y}, {graph.constant(dy)}, wrt);
  graph.output("y", y);
  for (std::size_t i = 0; i < wrt.size(); ++i)
    graph.output(i == 0 ? "dx" : graph.variable_of(wrt[i]).name, gradients[i]);
  Store store;
  store.initialize(graph, 1);
  Session session(compile(graph, {}), store);
  const Tensor given = padded(steps, kFeatures, "x");
  Tensor real(DType::boolean, {3, steps});
  for (std::int64_t i = 0; i < real.size(); ++i) real.set(i, is_real(i / steps, i % steps));
  session.bind("x", given);
  session.bind("mask", real);
  session.run();
  std::map<std::string, Tensor> found;
  for (const auto& [name, value] : graph.outputs()) {
    const Tensor t = session.output_tensor(name);
    if (name != "dx" && !(name == "y" && sequence)) {
      found.emplace(name, t);
      continue;
    }
    const std::int64_t columns = t.shape()[2].value();
    std::vector<double> kept;
    for (std::int64_t i = 0; i < t.size(); ++i) {
      if (is_real(i / columns / steps, i / columns % steps)) {
        kept.push_back(t.at(i));
      } else if (name == "dx") {
        EXPECT_EQ(t.at(i), 0) << "a gradient of padding";
      }
    }
    found.emplace(name, Tensor::of<double>({static_cast<std::int64_t>(kept.size())}, kept));
  }
  return found;
}

struct PaddedLayer {
  std::string name;
  nn::Module module;
  bool cross = false;
};
void PrintTo(const PaddedLayer& layer, std::ostream* out) { *out << layer.name; }

std::vector<PaddedLayer> padded_layers() {
  std::vector<PaddedLayer> layers;
  const nn::RecurrentOptions plain{.units = 3, .return_sequences = true};
  nn::RecurrentOptions both = plain, deep = plain, last{.units = 3, .bidirectional = true};
  both.bidirectional = true;
  deep.bidirectional = true, deep.num_layers = 2;
  int i = 0;
  for (const auto& o : {plain, both, deep, last}) {
    const std::string n = std::to_string(i++);
    layers.push_back({"simple_rnn" + n, nn::simple_rnn(o)});
    layers.push_back({"lstm" + n, nn::lstm(o)});
    layers.push_back({"gru" + n, nn::gru(o)});
    layers.push_back({"gru_reset_before" + n, nn::gru(o, false)});
  }
  const nn::TransformerOptions block{.num_heads = 2, .dim_feedforward = 5};
  nn::TransformerOptions causal = block;
  causal.causal = true, causal.norm_first = true, causal.rotary = true;
  layers.push_back({"attention", nn::attention()});
  layers.push_back({"multi_head_attention", nn::multi_head_attention({.num_heads = 2})});
  layers.push_back(
      {"transformer_encoder",
       nn::transformer_encoder({.layer = block, .num_layers = 2, .final_norm = true})});
  layers.push_back({"transformer_causal", nn::transformer_encoder_layer(causal)});
  layers.push_back({"transformer_decoder", nn::transformer_decoder_layer(block), true});
  layers.push_back(
      {"positions",
       nn::sequential({nn::sine_position_encoding(), nn::position_embedding({.sequence_length = 9}),
                       nn::rotary_embedding(), nn::dense({.units = 2})})});
  return layers;
}

class Padding : public ::testing::TestWithParam<PaddedLayer> {};

TEST_P(Padding, NeverChangesAResult) {
  const auto& [name, module, cross] = GetParam();
  const auto shortest = results(module, 4, cross);
  for (const std::int64_t steps : {6, 9}) {
    const auto longer = results(module, steps, cross);
    for (const auto& [key, value] : shortest) {
      const Tensor& other = longer.at(key);
      // Rows behind the longest real step learn nothing.
      ASSERT_EQ(value.size(), other.size()) << key;
      for (std::int64_t i = 0; i < value.size(); ++i)
        ASSERT_NEAR(value.at(i), other.at(i), 1e-6 * (1 + std::fabs(value.at(i))))
            << key << " element " << i << " with " << steps << " steps";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, Padding, ::testing::ValuesIn(padded_layers()),
                         [](const auto& test) { return test.param.name; });

TEST(Padding, OfIndicesIsMaskedByTheEmbedding) {
  const auto model = nn::sequential(
      {nn::embedding({.input_dim = 9, .output_dim = 3, .mask_zero = true}),
       nn::lstm({.units = 4, .bidirectional = true, .return_sequences = true}),
       nn::multi_head_attention({.num_heads = 2}), nn::gru({.units = 2}), nn::dense({.units = 2})});
  const auto run = [&](std::int64_t steps) {
    Tensor indices(DType::i64, {2, steps});
    const std::int64_t real[2][3] = {{4, 8, 1}, {3, 0, 0}};
    for (std::int64_t i = 0; i < 6; ++i)
      indices.set(i / 3 * steps + i % 3, static_cast<double>(real[i / 3][i % 3]));
    Store store;
    return forward(model, indices, store);
  };
  const Tensor shortest = run(3);
  for (const std::int64_t steps : {5, 8}) testing::expect_near(run(steps), shortest, 1e-6);
}

TEST(Attention, OfNothingIsZero) {
  for (const bool heads : {false, true}) {
    const nn::Module layer =
        heads ? nn::multi_head_attention({.num_heads = 2, .bias = false}) : nn::attention();
    Graph graph;
    const Value x = graph.input("x", {DType::f32, {2, 3, 4}});
    Tensor mask(DType::boolean, {2, 3});
    for (std::int64_t i = 3; i < 6; ++i) mask.set(i, 1);  // the first sequence is all padding
    graph.set_mask(x, graph.constant(mask));
    const Value y = layer(x);
    graph.output("y", y);
    graph.output("dx", gradient(reduce_sum(square(y)), {x})[0]);
    Store store;
    store.initialize(graph, 1);
    Session session(compile(graph, {}), store);
    const Tensor given = random_tensor({2, 3, 4}, "x");
    session.bind("x", given);
    session.run();
    for (const char* name : {"y", "dx"}) {
      const Tensor t = session.output_tensor(name);
      for (std::int64_t i = 0; i < 12; ++i) EXPECT_EQ(t.at(i), 0) << name;
      double other = 0;
      for (std::int64_t i = 12; i < 24; ++i) other += std::fabs(t.at(i));
      EXPECT_GT(other, 0.1) << name;
    }
  }
}

// What is said after step t depends on nothing behind it.
TEST(Attention, CausalDoesNotLookAhead) {
  for (const nn::Module& layer :
       {nn::attention({.causal = true}), nn::multi_head_attention({.num_heads = 1, .causal = true}),
        nn::transformer_encoder_layer({.num_heads = 2, .dim_feedforward = 3, .causal = true}),
        nn::lstm({.units = 2, .return_sequences = true})}) {
    Store store;
    Tensor x = random_tensor({1, 5, 4}, "x");
    const Tensor before = forward(layer, x, store);
    for (std::int64_t i = 12; i < 20; ++i) x.set(i, 100);
    const Tensor after = forward(layer, x, store);
    const std::int64_t width = before.shape()[2].value();
    for (std::int64_t i = 0; i < 3 * width; ++i)
      EXPECT_EQ(before.at(i), after.at(i)) << layer.kind();
    EXPECT_NE(before.at(4 * width), after.at(4 * width)) << layer.kind();
  }
}

TEST(Recurrent, StatefulGoesOnWhereItEnded) {
  const Tensor whole = random_tensor({2, 6, 3}, "x");
  const auto half = [&](std::int64_t first) {
    Tensor t(DType::f32, {2, 3, 3});
    for (std::int64_t i = 0; i < 18; ++i) t.set(i, whole.at(i / 9 * 18 + first * 9 + i % 9));
    return t;
  };
  for (const char* kind : {"rnn", "lstm", "gru"}) {
    const auto layer = [&](bool stateful) {
      const nn::RecurrentOptions o{.units = 4, .num_layers = 2, .stateful = stateful};
      return kind[0] == 'r'   ? nn::simple_rnn(o).named("cell")
             : kind[0] == 'l' ? nn::lstm(o).named("cell")
                              : nn::gru(o).named("cell");
    };
    Store store;
    const Tensor expected = forward(layer(false), whole, store);
    const Tensor first = forward(layer(true), half(0), store);
    testing::expect_near(forward(layer(true), half(1), store), expected, 1e-6, kind);
    for (const auto& name : store.names(Role::counter)) {
      Tensor& state = store.at(name);
      for (std::int64_t i = 0; i < state.size(); ++i) state.set(i, 0);
    }
    EXPECT_TRUE(same_bits(forward(layer(true), half(0), store), first)) << kind;
  }
}

TEST(Recurrent, AnyNumberOfStepsFromOneGraph) {
  const auto model = nn::sequential(
      {nn::lstm({.units = 3, .bidirectional = true, .return_sequences = true}),
       nn::gru({.units = 3, .return_sequences = true}), nn::gru({.units = 2}, false)});
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {Dim::symbol("batch"), Dim::symbol("time"), 4}});
  const Value y = model(x);
  EXPECT_EQ(y.shape().text(), "[batch, 2]");
  graph.output("y", y);
  const Value dx = gradient(reduce_sum(square(y)), {x})[0];
  EXPECT_EQ(dx.shape().text(), "[batch, time, 4]");
  graph.output("dx", dx);
  Store store;
  store.initialize(graph, 1);
  for (const std::int64_t steps : {1, 5}) {
    Session session(compile(bind(graph, {{"batch", 2}, {"time", steps}}), {}), store);
    const Tensor given = random_tensor({2, steps, 4}, "x");
    session.bind("x", given);
    session.run();
    testing::expect_near(session.output_tensor("y"), forward(model, given, store), 1e-6);
  }
}

TEST(Recurrent, DropoutStandsBetweenLayersInTraining) {
  const auto layer = nn::lstm({.units = 8, .num_layers = 2, .dropout = 0.5});
  const Tensor x = random_tensor({2, 3, 4}, "x");
  Store store;
  const Tensor calm = forward(layer, x, store), again = forward(layer, x, store);
  EXPECT_TRUE(same_bits(calm, again));
  EXPECT_FALSE(same_bits(calm, forward(layer, x, store, true)));
}

TEST(Sequences, Shapes) {
  EXPECT_EQ(shape_of(nn::lstm({.units = 7}), {5, 3}), "[batch, 7]");
  EXPECT_EQ(shape_of(nn::gru({.units = 7, .bidirectional = true}), {5, 3}), "[batch, 14]");
  EXPECT_EQ(shape_of(nn::simple_rnn({.units = 7, .bidirectional = true, .return_sequences = true}),
                     {5, 3}),
            "[batch, 5, 14]");
  EXPECT_EQ(shape_of(nn::multi_head_attention({.num_heads = 2}), {5, 4}), "[batch, 5, 4]");
  EXPECT_EQ(shape_of(nn::transformer_encoder_layer({.num_heads = 2}), {5, 4}), "[batch, 5, 4]");
  EXPECT_EQ(shape_of(nn::dense({.units = 2}), {5, 4}), "[batch, 5, 2]");
}

TEST(Sequences, ParametersHavePyTorchsNames) {
  const auto names = [](const nn::Module& module) {
    Graph graph;
    module.named("m")(Values{graph.input("x", {DType::f32, {2, 3, 4}})});
    std::vector<std::string> found;
    for (const auto& v : graph.variables()) found.push_back(v.name.substr(2) + v.type.shape.text());
    return found;
  };
  EXPECT_EQ(names(nn::lstm({.units = 2, .bidirectional = true})),
            (std::vector<std::string>{"weight_ih_l0[8, 4]", "weight_hh_l0[8, 2]", "bias_ih_l0[8]",
                                      "bias_hh_l0[8]", "weight_ih_l0_reverse[8, 4]",
                                      "weight_hh_l0_reverse[8, 2]", "bias_ih_l0_reverse[8]",
                                      "bias_hh_l0_reverse[8]"}));
  EXPECT_EQ(names(nn::multi_head_attention({.num_heads = 2})),
            (std::vector<std::string>{"in_proj_weight[12, 4]", "in_proj_bias[12]",
                                      "out_proj.weight[4, 4]", "out_proj.bias[4]"}));
}

// Uniform within 1 / sqrt(units), as PyTorch begins.
TEST(Recurrent, InitialParameters) {
  Graph graph;
  nn::lstm({.units = 25})(graph.input("x", {DType::f32, {1, 1, 40}}));
  Store store;
  store.initialize(graph, 1);
  for (const auto& name : store.names()) {
    double largest = 0, squares = 0;
    const Tensor& t = store.at(name);
    for (std::int64_t i = 0; i < t.size(); ++i) {
      largest = std::max(largest, std::fabs(t.at(i)));
      squares += t.at(i) * t.at(i) / static_cast<double>(t.size());
    }
    EXPECT_LE(largest, 0.2) << name;
    EXPECT_GT(largest, 0.19) << name;
    EXPECT_NEAR(squares, 0.04 / 3, 0.004) << name;
  }
}

TEST(Sequences, OptionsThatCannotBe) {
  const auto code = [](auto make) { return thrown(make).code; };
  EXPECT_EQ(code([] { nn::lstm({}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::gru({.units = 2, .num_layers = 0}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::gru({.units = 2, .dropout = 0.5}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::simple_rnn({.units = 2}, nn::sigmoid); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::embedding({.input_dim = 3}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::embedding({.input_dim = 3, .output_dim = 1, .padding_index = 3}); }),
            "E-OPTION-01");
  EXPECT_EQ(code([] { nn::multi_head_attention({}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::attention({.dropout = 1}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::transformer_encoder({.layer = {.num_heads = 2}}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::position_embedding({}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::rotary_embedding({.max_wavelength = 0}); }), "E-OPTION-01");
}

TEST(Sequences, ShapesThatDoNotFitNameTheLayer) {
  const auto refused = [](const nn::Module& layer, const std::vector<Shape>& shapes) {
    return thrown([&] {
      Graph graph;
      Values in;
      for (const Shape& shape : shapes)
        in.push_back(graph.input("x" + std::to_string(in.size()), {DType::f32, shape}));
      layer.named("stem")(in);
    });
  };
  const auto says = [](const testing::Thrown& t, std::string_view code,
                       std::initializer_list<std::string_view> parts) {
    EXPECT_EQ(t.code, code) << t.message;
    EXPECT_TRUE(t.says("'stem'")) << t.message;
    for (const auto part : parts) EXPECT_TRUE(t.says(part)) << t.message;
  };
  says(refused(nn::lstm({.units = 2}), {{3, 4}}), "E-SHAPE-01", {"[3, 4]", "return_sequences"});
  says(refused(nn::lstm({.units = 2}), {{3, 4, 5}, {1, 3, 2}}), "E-NN-02", {"state and cell"});
  says(refused(nn::gru({.units = 2}), {{3, 4, 5}, {3, 2}}), "E-SHAPE-03",
       {"[3, 2]", "[3, 4, 5]", "[1, 3, 2]"});
  says(refused(nn::gru({.units = 2, .stateful = true}), {{Dim::symbol("batch"), 4, 5}}),
       "E-SHAPE-09", {"stateful", "[batch, 4, 5]"});
  says(refused(nn::embedding({.input_dim = 3, .output_dim = 2}), {{3, 4}}), "E-DTYPE-03", {"i64"});
  says(refused(nn::multi_head_attention({.num_heads = 3}), {{2, 3, 4}}), "E-SHAPE-03",
       {"num_heads 3", "[2, 3, 4]"});
  says(refused(nn::multi_head_attention({.num_heads = 2, .key_dim = 4}), {{2, 3, 4}}), "E-SHAPE-03",
       {"key_dim 4", "[2, 3, 4]"});
  says(refused(nn::multi_head_attention({.num_heads = 2}), {{2, 3, 4}, {3, 3, 4}}), "E-SHAPE-03",
       {"[2, 3, 4]", "[3, 3, 4]"});
  says(refused(nn::attention(), {{2, 3, 4}, {2, 3, 5}}), "E-SHAPE-03", {"[2, 3, 4]", "[2, 3, 5]"});
  says(refused(nn::transformer_decoder_layer({.num_heads = 2}), {{2, 3, 4}}), "E-NN-02",
       {"target and memory"});
  says(refused(nn::position_embedding({.sequence_length = 2}), {{2, 3, 4}}), "E-SHAPE-10",
       {"sequence_length is 2", "[2, 3, 4]"});
  says(refused(nn::rotary_embedding(), {{2, 3, 5}}), "E-SHAPE-03", {"[2, 3, 5]"});
}

}  // namespace
}  // namespace glia
