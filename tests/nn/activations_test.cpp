// Activations far from 0, what they refuse, and that each is one pass over memory. Their values
// stand against PyTorch in tests/parity.
#include "glia/autodiff/gradient.h"
#include "glia/ops/ops.h"
#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::thrown;

struct Curve {
  Tensor y, slope;
};

Curve curve(const nn::Activation& activation, const std::vector<float>& at) {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {Dim(std::ssize(at))}});
  const Value y = activation.apply(x);
  graph.output("y", y);
  graph.output("slope", gradient(reduce_sum(y), {x})[0]);
  Store store;
  Session session(compile(graph, {}), store);
  const Tensor given = Tensor::of<float>({Dim(std::ssize(at))}, at);
  session.bind("x", given);
  session.run();
  return {session.output_tensor("y"), session.output_tensor("slope")};
}

bool keeps_elements(const std::string& name) {
  return name != "softmax" && name != "softmin" && name != "log_softmax" && name != "glu";
}

// Finite values and slopes, and those of the straight lines that most activations end in.
TEST(Activations, FarFromZero) {
  const std::vector<float> at{-1e4f, -50, 50, 1e4f};
  for (const auto& name : nn::activation_names()) {
    if (name == "exponential" || !keeps_elements(name)) continue;
    const Curve c = curve(nn::activation(name), at);
    for (std::int64_t i = 0; i < 4; ++i) {
      EXPECT_TRUE(std::isfinite(c.y.at(i))) << name << " at " << at[static_cast<std::size_t>(i)];
      EXPECT_TRUE(std::isfinite(c.slope.at(i)))
          << name << " at " << at[static_cast<std::size_t>(i)];
    }
  }
  for (const char* name : {"gelu", "gelu_tanh", "silu", "mish", "hard_swish", "elu", "selu", "celu",
                           "softplus", "relu", "log_sigmoid"}) {
    const Curve c = curve(nn::activation(name), at);
    const std::string word = name;
    const double scale = word == "selu" ? 1.0507009873554805 : 1;
    const bool mirrored = word == "log_sigmoid";  // its line lies below 0
    for (const int i : {2, 3}) {
      const int k = mirrored ? 3 - i : i;
      EXPECT_FLOAT_EQ(static_cast<float>(c.y.at(k)),
                      static_cast<float>(scale) * at[static_cast<std::size_t>(k)])
          << name;
      EXPECT_FLOAT_EQ(static_cast<float>(c.slope.at(k)), static_cast<float>(scale)) << name;
      EXPECT_NEAR(c.slope.at(3 - k), 0, 1e-6) << name;
    }
  }
}

// Small values keep their relative accuracy: e^-50 in f32, not 0 and not what is left of 1 - 1.
TEST(Activations, TailsKeepTheirDigits) {
  const double x = -50, e = std::exp(x);
  const std::map<std::string, double> expected{
      {"silu", x * e}, {"mish", x * e}, {"softplus", e}, {"sigmoid", e}, {"log_sigmoid", x}};
  for (const auto& [name, value] : expected)
    EXPECT_NEAR(curve(nn::activation(name), {-50}).y.at(0) / value, 1, 1e-5) << name;
  EXPECT_NEAR(curve(nn::log_sigmoid, {50}).y.at(0) / -e, 1, 1e-5);
  EXPECT_NEAR(curve(nn::elu, {-1e-6f}).y.at(0) / -1e-6, 1, 1e-5);
  // x * Phi(x) by the tanh formula at -5, in double precision.
  const double u = std::sqrt(2 / M_PI) * (-5 - 0.044715 * 125);
  EXPECT_NEAR(curve(nn::gelu_tanh, {-5}).y.at(0) / (-5 / (1 + std::exp(-2 * u))), 1, 1e-4);
}

// One instruction of the plan each: no intermediate result goes through memory.
TEST(Activations, AreOnePass) {
  for (const auto& name : nn::activation_names()) {
    if (name == "linear" || !keeps_elements(name)) continue;
    Graph graph;
    graph.output("y", nn::activation(name).apply(graph.input("x", {DType::f32, {8, 1000}})));
    const auto program = compile(graph, {});
    EXPECT_EQ(program->instructions().size(), 1U) << name << "\n" << program->text();
  }
}

TEST(Activations, Mistakes) {
  EXPECT_EQ(thrown([] { nn::celu_with(0); }).code, "E-OPTION-01");
  EXPECT_EQ(thrown([] { nn::hard_tanh_with(1, 1); }).code, "E-OPTION-01");
  EXPECT_EQ(thrown([] { nn::softshrink_with(-1); }).code, "E-OPTION-01");
  EXPECT_EQ(thrown([] { nn::hardshrink_with(-1); }).code, "E-OPTION-01");
  EXPECT_EQ(thrown([] { nn::softplus_with({.beta = 0}); }).code, "E-OPTION-01");
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {2, 3}});
  EXPECT_EQ(thrown([&] { nn::glu.apply(x); }).code, "E-SHAPE-01");
  EXPECT_EQ(thrown([&] { nn::softmax_along(2).apply(x); }).code, "E-SHAPE-08");
  const Value sequence = graph.input("s", {DType::f32, {2, 4, 3}});
  graph.set_mask(sequence, graph.input("mask", {DType::boolean, {2, 4}}));
  EXPECT_EQ(thrown([&] { nn::softmax_along(1).apply(sequence); }).code, "E-NN-02");
  EXPECT_EQ(nn::softmax.apply(sequence).shape(), sequence.shape());
  EXPECT_EQ(nn::activation("swish").name, "silu");
}

}  // namespace
}  // namespace glia
