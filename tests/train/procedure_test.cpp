// The procedures of docs/procedures.md, as they stand there, held against what they must do.
//
// The trainer comes before procedure.h, as in glia/glia.h: no name of the one may hide a type of
// the other.
#include "glia/train/trainer.h"
// A block of its own, which sorting leaves behind it.
#include "glia/train/procedure.h"

#include <gtest/gtest.h>

#include <cmath>

#include "glia/autodiff/gradient.h"
#include "glia/backends/reference.h"
#include "glia/base/random.h"
#include "glia/nn/layers.h"
#include "glia/ops/ops.h"
#include "glia/train/predictor.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::thrown;

Tensor normal(Shape shape, Random& random, double mean = 0) {
  Tensor t(DType::f32, std::move(shape));
  for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, mean + random.normal());
  return t;
}

bool same(const Tensor& a, const Tensor& b) {
  return a.bytes() == b.bytes() && std::equal(a.raw(), a.raw() + a.bytes(), b.raw());
}

struct Gan {
  nn::Module generator = nn::sequential({nn::dense({.units = 1})}, "generator");
  nn::Module discriminator = nn::sequential(
      {nn::dense({.units = 16, .activation = nn::relu}), nn::dense({.units = 1})}, "discriminator");
  nn::Loss loss = nn::binary_crossentropy({.from_logits = true});

  // Real samples are to be called 1, the generator's 0.
  Graph discriminator_step() const {
    Graph graph;
    const Value real = graph.input("real", {DType::f32, {Dim::symbol("batch"), 1}});
    const Value fake = generator(graph.input("noise", {DType::f32, {Dim::symbol("batch"), 1}}));
    const Value on_real = discriminator(real), on_fake = discriminator(fake);
    const Value sum = loss(on_real, on_real * 0.0 + 1.0) + loss(on_fake, on_fake * 0.0);
    train::minimize(
        sum, optim::adam({.learning_rate = 0.02, .beta1 = 0.5}),
        {.parameters = train::parameters_under(graph, "discriminator"), .name = "discriminator"});
    graph.output("loss", sum);
    return graph;
  }

  // The generator's samples are to be called 1.
  Graph generator_step() const {
    Graph graph;
    const Value fake = generator(graph.input("noise", {DType::f32, {Dim::symbol("batch"), 1}}));
    const Value on_fake = discriminator(fake);
    const Value fooled = loss(on_fake, on_fake * 0.0 + 1.0);
    train::minimize(
        fooled, optim::adam({.learning_rate = 0.02, .beta1 = 0.5}),
        {.parameters = train::parameters_under(graph, "generator"), .name = "generator"});
    graph.output("loss", fooled);
    graph.output("fake", fake);
    return graph;
  }
};

TEST(Procedure, TwoStepsOfAGanOverOneStore) {
  const Gan gan;
  const CompileOptions options{.bindings = {{"batch", 64}}};
  Store store;
  Session discriminate = train::open_session(gan.discriminator_step(), store, options);
  Session generate = train::open_session(gan.generator_step(), store, options);
  Random random(3, "gan");
  double mean = 0;
  for (int step = 0; step < 600; ++step) {
    const Tensor real = normal({64, 1}, random, 3), noise = normal({64, 1}, random);
    const auto before = store.snapshot();
    discriminate.bind("real", real);
    discriminate.bind("noise", noise);
    ASSERT_TRUE(discriminate.run());
    if (step == 0) {  // each step updates its own and nothing else
      EXPECT_TRUE(same(store.at("generator.dense.weight"), before.at("generator.dense.weight")));
      EXPECT_FALSE(
          same(store.at("discriminator.dense.bias"), before.at("discriminator.dense.bias")));
    }
    const auto between = store.snapshot();
    generate.bind("noise", noise);
    ASSERT_TRUE(generate.run());
    if (step == 0) {
      EXPECT_FALSE(same(store.at("generator.dense.bias"), between.at("generator.dense.bias")));
      EXPECT_TRUE(
          same(store.at("discriminator.dense.bias"), between.at("discriminator.dense.bias")));
    }
    const Tensor fake = generate.output_tensor("fake");
    double sum = 0;
    for (std::int64_t i = 0; i < 64; ++i) sum += fake.at(i);
    if (step >= 400) mean += sum / 64 / 200;
  }
  EXPECT_NEAR(mean, 3, 1);  // it began near 0
  EXPECT_EQ(store.at("generator.step").at(0), 600);
  EXPECT_EQ(store.at("discriminator.step").at(0), 600);
  Graph graph;
  gan.generator(graph.input("noise", {DType::f32, {4, 1}}));
  EXPECT_EQ(thrown([&] { train::parameters_under(graph, "generater"); }).code, "E-TRAIN-08");
}

// REINFORCE (Williams 1992): the gradient of -mean(return * log probability of the action taken).
TEST(Procedure, APolicyGradientFindsTheBetterAction) {
  const nn::Module policy = nn::sequential({nn::dense({.units = 2})}, "policy");
  const Type states{DType::f32, {Dim::symbol("batch"), 2}};
  Graph learn;
  const Value logits = policy(learn.input("state", states));
  const Value action = learn.input("action", {DType::i64, {Dim::symbol("batch")}});
  const Value reward = learn.input("return", {DType::f32, {Dim::symbol("batch")}});
  const Value taken = reduce_sum(log_softmax(logits) * one_hot(action, 2), {1});
  const Value loss = -reduce_mean(reward * taken);
  train::minimize(loss, optim::adam({.learning_rate = 0.05}));
  Graph act;
  act.training = false;
  act.output("probability", softmax(policy(act.input("state", states))));

  Store store;
  const CompileOptions options{.bindings = {{"batch", 32}}};
  Session learning = train::open_session(learn, store, options);
  Session acting = train::open_session(act, store, options);
  Random random(1, "policy");
  double right = 0;
  for (int step = 0; step < 150; ++step) {
    Tensor state(DType::f32, {32, 2}), chosen(DType::i64, {32}), returned(DType::f32, {32});
    for (std::int64_t i = 0; i < 32; ++i)
      state.set(2 * i + static_cast<std::int64_t>(random.below(2)), 1);
    acting.bind("state", state);
    acting.run();
    const Tensor p = acting.output_tensor("probability");
    right = 0;
    for (std::int64_t i = 0; i < 32; ++i) {
      const bool first = random.uniform() < p.at(2 * i);
      const bool good = first == (state.at(2 * i) == 1);  // the action of the state's number
      chosen.set(i, first ? 0 : 1);
      returned.set(i, good ? 1 : -1);
      right += good / 32.0;
    }
    learning.bind("state", state);
    learning.bind("action", chosen);
    learning.bind("return", returned);
    ASSERT_TRUE(learning.run());
  }
  EXPECT_GT(right, 0.9);  // it began at a half
}

// A loss of one's own in the usual training: the pinball loss of a quantile.
nn::Loss pinball(double quantile) {
  return {"pinball", nn::Loss::Target::values, false, [=](Value p, Value t, Value) {
            const Value miss = t - p;
            return reduce_mean(maximum(miss * quantile, miss * (quantile - 1)));
          }};
}

TEST(Procedure, ALossOfOnesOwnInFit) {
  Random random(5, "quantile");
  const Tensor x(DType::f32, {400, 1}), y = normal({400, 1}, random);
  Store store;
  train::fit(
      nn::sequential({nn::dense({.units = 1})}), data::Dataset(x, y), nullptr, store,
      {.loss = pinball(0.9), .optimizer = optim::adam({.learning_rate = 0.02}), .epochs = 30});
  const double at = store.at("dense.bias").at(0);
  double below = 0;
  for (std::int64_t i = 0; i < 400; ++i) below += y.at(i) < at ? 1 / 400.0 : 0;
  EXPECT_NEAR(below, 0.9, 0.04);
}

// A scalar output of a graph at given values, in double precision.
double at(const Graph& graph, Value value, const std::map<std::string, Tensor>& given) {
  return interpret(graph, given).at(value).at(0);
}

TEST(Procedure, GradientsOfInputsAndTheirPenalty) {
  Graph graph;
  graph.dtype = DType::f64;
  const Value x = graph.input("x", {DType::f64, {3, 2}});
  const Value y =
      nn::sequential({nn::dense({.units = 4, .activation = nn::tanh}), nn::dense({.units = 1})})(x);
  // arXiv 1704.00028: (|d y / d x| - 1)^2, of each row.
  const Value slope = gradient(reduce_sum(y), {x})[0];
  const Value norm = glia::sqrt(reduce_sum(square(slope), {1}));
  const Value penalty = reduce_mean(square(norm - 1.0));
  const Values parameters = graph.parameters();
  const Values gradients = gradient(penalty, parameters);

  Store store;
  store.initialize(graph, 2);
  auto given = store.snapshot();
  given.emplace("x", Tensor::of<double>({3, 2}, {0.3, -1, 0.7, 0.2, -0.4, 1.1}));
  const auto values = interpret(graph, given);
  constexpr double kStep = 1e-5;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const auto& name = graph.variable_of(parameters[p]).name;
    for (std::int64_t i = 0; i < given.at(name).size(); ++i) {
      const auto moved = [&](double by) {
        auto there = given;
        there.at(name) = given.at(name).clone();
        there.at(name).set(i, given.at(name).at(i) + by);
        return at(graph, penalty, there);
      };
      EXPECT_NEAR(values.at(gradients[p]).at(i), (moved(kStep) - moved(-kStep)) / (2 * kStep), 1e-8)
          << name << " " << i;
    }
  }
}

TEST(Procedure, AHessianTimesAVector) {
  Graph graph;
  graph.dtype = DType::f64;
  const Value x = graph.input("x", {DType::f64, {4, 3}});
  const Value loss = reduce_mean(square(nn::sequential(
      {nn::dense({.units = 5, .activation = nn::tanh}), nn::dense({.units = 1})})(x)));
  const Value w = graph.find_variable("dense.weight");
  const Value v = graph.input("v", w.type());
  const Value slope = gradient(loss, {w})[0];
  const Value product = gradient(reduce_sum(slope * v), {w})[0];  // d (g . v) / d w = H v

  Store store;
  store.initialize(graph, 4);
  auto given = store.snapshot();
  Random random(6, "hessian");
  given.emplace("x", normal({4, 3}, random).to(DType::f64));
  given.emplace("v", normal(w.shape(), random).to(DType::f64));
  const auto values = interpret(graph, given);
  constexpr double kStep = 1e-5;
  const auto slope_at = [&](double by) {
    auto there = given;
    Tensor moved = given.at("dense.weight").clone();
    for (std::int64_t i = 0; i < moved.size(); ++i)
      moved.set(i, moved.at(i) + by * given.at("v").at(i));
    there.at("dense.weight") = moved;
    return interpret(graph, there).at(slope);
  };
  const Tensor more = slope_at(kStep), less = slope_at(-kStep);
  for (std::int64_t i = 0; i < more.size(); ++i)
    EXPECT_NEAR(values.at(product).at(i), (more.at(i) - less.at(i)) / (2 * kStep), 1e-8) << i;
}

// A layer of one's own: y = x * weight, one weight for each feature, begun at 1.
struct Scale {
  Value forward(Value x) const {  // x: [N, F] -> [N, F]
    return x * nn::parameter(x, "weight", {x.dim(-1)}, nn::ones());
  }
  std::string kind() const { return "scale"; }
};

TEST(Procedure, ALayerOfOnesOwnLearns) {
  Random random(7, "scale");
  const Tensor x = normal({200, 3}, random);
  Tensor y(DType::f32, {200, 3});
  for (std::int64_t i = 0; i < y.size(); ++i) y.set(i, x.at(i) * (static_cast<double>(i % 3) - 1));
  Store store;
  train::fit(nn::sequential({Scale{}}), data::Dataset(x, y), nullptr, store,
             {.optimizer = optim::adam({.learning_rate = 0.1}), .epochs = 40});
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(store.at("scale.weight").at(i), i - 1, 0.02);
}

// An op of one's own, outside the library: mirrored(x) = x with its last axis turned round.
namespace mirrored {
std::vector<Type> infer(const Call& call) { return {call[0].type()}; }
Values gradient(const Call&, const Values&, const Values& dy);
std::vector<Tensor> kernel(const Node&, const std::vector<Tensor>& in) {
  Tensor y(in[0].dtype(), in[0].shape());
  const Shape& shape = in[0].shape();
  const std::int64_t width = shape[shape.rank() - 1].value();
  for (std::int64_t i = 0; i < y.size(); ++i)
    y.set(i, in[0].at(i - i % width + width - 1 - i % width));
  return {y};
}
const OpDef def{.name = "mirrored",
                .doc = "y[..., i] = x[..., n - 1 - i]. x: [..., n] -> the same shape.",
                .infer = infer,
                .gradient = gradient};
Value apply(Value x) { return x.graph().add(def, {x})[0]; }
Values gradient(const Call&, const Values&, const Values& dy) { return {apply(dy[0])}; }
}  // namespace mirrored

// And one that is made of others: cube(x) = x * x * x.
namespace cube {
std::vector<Type> infer(const Call& call) { return {call[0].type()}; }
Values decompose(const Call& call) { return {call[0] * call[0] * call[0]}; }
Values gradient(const Call& call, const Values&, const Values& dy) {
  return {dy[0] * square(call[0]) * 3.0};
}
const OpDef def{.name = "cube",
                .doc = "x^3. x: [...] -> the same shape.",
                .infer = infer,
                .gradient = gradient,
                .decompose = decompose};
Value apply(Value x) { return x.graph().add(def, {x})[0]; }
}  // namespace cube

TEST(Procedure, OpsOfOnesOwnOutsideTheLibrary) {
  register_reference_kernel(mirrored::def, mirrored::kernel);
  EXPECT_EQ(thrown([] { register_reference_kernel(mirrored::def, mirrored::kernel); }).code,
            "E-REF-04");
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {2, 3}});
  const Value loss = reduce_sum(cube::apply(mirrored::apply(x)) *
                                graph.constant(Tensor::of<float>({3}, {1, 10, 100})));
  graph.output("loss", loss);
  graph.output("slope", gradient(loss, {x})[0]);
  Store store;
  Session session = train::open_session(graph, store);
  const Tensor values = Tensor::of<float>({2, 3}, {1, 2, 3, -1, 0.5, 2});
  session.bind("x", values);
  session.run();
  EXPECT_NEAR(session.output_scalar("loss"), 27 + 80 + 100 + 8 + 1.25 - 100, 1e-4);
  const double expected[] = {300, 120, 27, 300, 7.5, 12};
  const Tensor slope = session.output_tensor("slope");
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(slope.at(i), expected[i], 1e-3) << i;
  // The plan says what runs where: the one on the reference, the other as its decomposition.
  ASSERT_FALSE(session.program().on_reference().empty());
  EXPECT_NE(session.program().on_reference()[0].find("mirrored"), std::string::npos);
  EXPECT_EQ(session.program().text().find("cube"), std::string::npos);
  EXPECT_NE(session.program().text().find("reference"), std::string::npos);
}

// Two parameters a and b, each begun at 2, under the loss a x + b x with x = 1.
struct Line {
  Graph graph;
  Value x = graph.input("x", {DType::f32, {1, 1}}), a = part("a"), b = part("b");
  Value part(const char* name) {
    return reduce_sum(nn::dense({.units = 1, .bias = false, .kernel_initializer = nn::constant(2)})
                          .named(name)(x));
  }
  Values weight(const char* name) const {
    return {graph.find_variable(std::string(name) + ".weight")};
  }
  bool run(Store& store, const Tensor* rate = nullptr) {
    Session session = train::open_session(graph, store);
    const Tensor one = Tensor::of<float>({1, 1}, {1});
    session.bind("x", one);
    if (rate) session.bind("rate", *rate);
    return session.run();
  }
};

TEST(Minimize, UpdatesAParameterOnce) {
  const auto sgd = optim::sgd({.learning_rate = 0.1});
  for (const char* name : {"train", "other"}) {
    Line line;
    train::minimize(line.a, sgd, {.parameters = line.weight("a")});
    const auto again = thrown(
        [&] { train::minimize(line.a, sgd, {.parameters = line.weight("a"), .name = name}); });
    EXPECT_TRUE(again.code == "E-IR-09" && again.says("'a.weight'")) << again.message;
  }
  Line line;
  const Values twice{line.weight("a")[0], line.weight("a")[0]};
  EXPECT_EQ(thrown([&] { train::minimize(line.a, sgd, {.parameters = twice}); }).code, "E-IR-09");
}

TEST(Minimize, TwoOfOneRunAreOneStep) {
  Line line;
  const auto sgd = optim::sgd({.learning_rate = 0.1});
  train::minimize(line.a, sgd, {.parameters = line.weight("a")});
  train::minimize(line.b * 2.0, sgd, {.parameters = line.weight("b")});
  Store store;
  EXPECT_TRUE(line.run(store));
  EXPECT_NEAR(store.at("a.weight").at(0), 1.9, 1e-6);
  EXPECT_NEAR(store.at("b.weight").at(0), 1.8, 1e-6);
  EXPECT_EQ(store.at("train.step").at(0), 1);
}

TEST(Minimize, ALearningRateThatIsNoneChangesNothing) {
  for (const float bad : {NAN, INFINITY}) {
    Line line;
    const Value rate = line.graph.input("rate", {DType::f32, {}});
    train::minimize(line.a, optim::adam(), {.parameters = line.weight("a"), .learning_rate = rate});
    Store store;
    const Tensor given = Tensor::of<float>({}, {bad});
    EXPECT_FALSE(line.run(store, &given));
    EXPECT_EQ(store.at("a.weight").at(0), 2);
    EXPECT_EQ(store.at("train.step").at(0), 0);
  }
  Line line;
  auto optimizer = optim::adam();
  optimizer.learning_rate = NAN;
  EXPECT_EQ(thrown([&] { train::minimize(line.a, optimizer); }).code, "E-TRAIN-02");
}

}  // namespace
}  // namespace glia
