// The reference against values of others: PyTorch (tests/golden/make_ops.py), NumPy (make_numpy.py)
// and, with GLIA_DATA, the goldens in conformance/.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/autodiff/gradient.h"
#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "glia/ops/pool.h"
#include "glia/ops/registry.h"

namespace glia {
namespace {

using Json = nlohmann::json;
using Tensors = std::map<std::string, Tensor>;

Json read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

const Json& golden() {
  static const Json json = read(GLIA_SOURCE_DIR "/tests/golden/ops.json");
  return json;
}

// [shape, values]
Tensor tensor(const Json& packed) {
  return Tensor::of<double>(Shape(packed[0].get<std::vector<std::int64_t>>()),
                            packed[1].get<std::vector<double>>());
}

// A JSON value as the type that the op's definition says.
Attribute attribute(const Attribute& like, const Json& json) {
  using Ints = std::vector<std::int64_t>;
  if (std::holds_alternative<std::int64_t>(like)) return json.get<std::int64_t>();
  if (std::holds_alternative<double>(like)) return json.get<double>();
  if (std::holds_alternative<bool>(like)) return json.get<bool>();
  if (std::holds_alternative<Shape>(like)) return Shape(json.get<Ints>());
  return json.get<Ints>();
}

Attributes attributes_of(const OpDef& op, const Json& json) {
  Attributes attributes;
  for (const auto& spec : op.attributes)
    if (json.contains(spec.name)) attributes.set(spec.name, attribute(spec.value, json[spec.name]));
  return attributes;
}

void expect_near(const Tensor& got, const Tensor& expected, double tolerance) {
  ASSERT_EQ(got.shape().text(), expected.shape().text());
  for (std::int64_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got.at(i), expected.at(i), tolerance * (1 + std::fabs(expected.at(i))))
        << "element " << i;
}

bool is_update(const std::string& op) { return op == "sgd_update" || op == "adam_update"; }

// Every op of a case, by itself. Labels and indices are whole numbers. Returns how many cases there
// were.
int check_values(const Json& cases) {
  int checked = 0;
  for (const Json& c : cases) {
    const OpDef* op = find_op(c["op"].get<std::string>());
    if (!op || is_update(c["op"])) continue;
    SCOPED_TRACE(std::string(op->name) + " " + c["name"].get<std::string>());
    Graph graph;
    Values inputs;
    Tensors tensors;
    for (std::size_t i = 0; i < c["inputs"].size(); ++i) {
      const bool whole = i == 1 && (op->name.starts_with("softmax_cross") || op == &gather_def ||
                                    op == &scatter_add_def);
      const std::string name = "in" + std::to_string(i);
      Tensor t = tensor(c["inputs"][i]).to(whole ? DType::i64 : DType::f64);
      inputs.push_back(graph.input(name, {t.dtype(), t.shape()}));
      tensors.emplace(name, std::move(t));
    }
    const Values outputs = graph.add(*op, inputs, attributes_of(*op, c["attributes"]));
    const auto values = interpret(graph, tensors);
    for (std::size_t i = 0; i < c["outputs"].size(); ++i)
      expect_near(values.at(outputs[i]), tensor(c["outputs"][i]), 1e-10);
    ++checked;
  }
  return checked;
}

TEST(PyTorch, ValuesOfSingleOps) { EXPECT_GE(check_values(golden()["cases"]), 40); }

TEST(NumPy, ValuesOfSingleOps) {
  const Json json = read(GLIA_SOURCE_DIR "/tests/golden/numpy.json");
  EXPECT_EQ(check_values(json["cases"]), 33);
}

TEST(PyTorch, GradientOfMaxPool) {
  int checked = 0;
  for (const Json& c : golden()["cases"]) {
    if (c["op"] != "max_pool2d+gradient") continue;
    SCOPED_TRACE(c["name"].get<std::string>());
    Graph graph;
    const Tensor x = tensor(c["inputs"][0]), dy = tensor(c["inputs"][1]);
    const Value in = graph.input("x", {DType::f64, x.shape()});
    const Value seed = graph.input("dy", {DType::f64, dy.shape()});
    const Value y =
        graph.add(max_pool2d_def, {in}, attributes_of(max_pool2d_def, c["attributes"]))[0];
    const Value dx = gradient({y}, {seed}, {in})[0];
    expect_near(interpret(graph, {{"x", x}, {"dy", dy}}).at(dx), tensor(c["outputs"][0]), 1e-12);
    ++checked;
  }
  EXPECT_EQ(checked, 4);
}

// An optimizer over one parameter, step by step.
class Stepper {
 public:
  Stepper(const std::string& op, const Json& options, const Tensor& start) : adam_(op[0] == 'a') {
    const OpDef& def = *find_op(op);
    const Type type{DType::f64, start.shape()};
    const bool velocity = adam_ || options.contains("momentum");
    Values in{graph_.input("learning_rate", {DType::f64, {}})};
    if (adam_) in.push_back(graph_.input("step", {DType::i64, {}}));
    in.push_back(graph_.input("parameter", type));
    in.push_back(graph_.input("gradient", type));
    if (velocity) in.push_back(graph_.input("m", type));
    if (adam_) in.push_back(graph_.input("v", type));
    next_ = graph_.add(def, in, attributes_of(def, options));
    tensors_ = {{"learning_rate", Tensor::scalar(options["learning_rate"].get<double>())},
                {"step", Tensor::scalar(std::int64_t{0})},
                {"parameter", start},
                {"m", Tensor(DType::f64, start.shape())},
                {"v", Tensor(DType::f64, start.shape())}};
  }

  const Tensor& parameter() const { return tensors_.at("parameter"); }

  void step(const Tensor& gradient) {
    tensors_.insert_or_assign("gradient", gradient);
    const auto values = interpret(graph_, tensors_);
    const char* const names[] = {"parameter", "m", "v"};
    for (std::size_t i = 0; i < next_.size(); ++i)
      tensors_.insert_or_assign(names[i], values.at(next_[i]));
    tensors_.insert_or_assign("step",
                              Tensor::scalar(tensors_.at("step").data<std::int64_t>()[0] + 1));
  }

 private:
  bool adam_;
  Graph graph_;
  Values next_;
  Tensors tensors_;
};

TEST(PyTorch, TrajectoriesOfOptimizers) {
  int checked = 0;
  for (const Json& c : golden()["cases"]) {
    if (!is_update(c["op"])) continue;
    SCOPED_TRACE(c["op"].get<std::string>() + " " + c["name"].get<std::string>());
    const Tensor gradients = tensor(c["inputs"][1]), path = tensor(c["outputs"][0]);
    Stepper stepper(c["op"], c["attributes"], tensor(c["inputs"][0]));
    const std::int64_t steps = path.shape()[0].value(), n = path.shape()[1].value();
    for (std::int64_t s = 0; s < steps; ++s) {
      Tensor gradient(DType::f64, {n}), expected(DType::f64, {n});
      for (std::int64_t i = 0; i < n; ++i) {
        gradient.set(i, gradients.at(s * n + i));
        expected.set(i, path.at(s * n + i));
      }
      stepper.step(gradient);
      expect_near(stepper.parameter(), expected, 1e-10);
    }
    ++checked;
  }
  EXPECT_EQ(checked, 6);
}

std::filesystem::path conformance() {
  const char* data = std::getenv("GLIA_DATA");
  return data ? std::filesystem::path(data) / "conformance" / "goldens" : std::filesystem::path();
}

// The network of PyTorch's own optimizer tests: sigmoid(W2 sigmoid(W1 x + b1) + b2), its sum
// minimised over three rows, sampled after steps 0, 100, 200, ...
TEST(Conformance, OptimizersOfPyTorch) {
  if (conformance().empty()) GTEST_SKIP() << "GLIA_DATA is not set";
  Graph graph;
  const auto matrix = [&](const char* name, Shape shape) {
    return graph.input(name, {DType::f64, std::move(shape)});
  };
  const Values parameters{matrix("W1", {3, 2}), matrix("b1", {3}), matrix("W2", {1, 3}),
                          matrix("b2", {1})};
  const Value x = graph.constant(Tensor::of<double>({3, 2}, {.1, .2, .3, .4, .5, .6}));
  const Value hidden = sigmoid(matmul(x, parameters[0], {.transpose_b = true}) + parameters[1]);
  const Value out = sigmoid(matmul(hidden, parameters[2], {.transpose_b = true}) + parameters[3]);
  const Values gradients = gradient(reduce_sum(out), parameters);
  const std::vector<std::string> names{"W1", "b1", "W2", "b2"};
  const std::vector<Tensor> start{
      Tensor::of<double>({3, 2}, {-0.2109, -0.4976, -0.1413, -0.3420, -0.2524, 0.6976}),
      Tensor::of<double>({3}, {-0.1085, -0.2979, 0.6892}),
      Tensor::of<double>({1, 3}, {-0.0508, -0.3941, -0.2843}), Tensor::of<double>({1}, {-0.0711})};
  const std::map<std::string, std::pair<std::string, Json>> optimizers{
      {"Adam", {"adam_update", {{"learning_rate", 1.0}, {"weight_decay", 1e-6}}}},
      {"SGD", {"sgd_update", {{"learning_rate", 0.1}, {"momentum", 0.9}, {"weight_decay", 1e-6}}}}};

  int checked = 0;
  const Json file = read(conformance() / "torch_optim.json");
  for (const Json& c : file["cases"]) {
    const auto it = optimizers.find(c["opt"].get<std::string>());
    if (it == optimizers.end()) continue;
    SCOPED_TRACE(it->first);
    std::vector<Stepper> steppers;
    for (const auto& t : start) steppers.emplace_back(it->second.first, it->second.second, t);
    for (int step = 0; step <= 1000; ++step) {
      Tensors tensors;
      for (std::size_t i = 0; i < names.size(); ++i)
        tensors.emplace(names[i], steppers[i].parameter());
      const auto values = interpret(graph, tensors);
      for (std::size_t i = 0; i < names.size(); ++i) steppers[i].step(values.at(gradients[i]));
      const std::string key = "i" + std::to_string(step);
      if (!c.contains(key)) continue;
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (!c[key].contains(names[i])) continue;
        const auto expected = c[key][names[i]].get<std::vector<double>>();
        for (std::size_t k = 0; k < expected.size(); ++k)
          EXPECT_NEAR(steppers[i].parameter().at(static_cast<std::int64_t>(k)), expected[k],
                      1e-5 + 1e-3 * std::fabs(expected[k]))
              << key << " " << names[i] << " " << k;
        ++checked;
      }
    }
  }
  EXPECT_GE(checked, 12);
}

// Keras's categorical cross-entropy from logits, row by row, and its mean.
TEST(Conformance, CrossentropyOfKeras) {
  if (conformance().empty()) GTEST_SKIP() << "GLIA_DATA is not set";
  const Json file = read(conformance() / "losses.json");
  for (const Json& c : file["cases"]) {
    if (c["loss"] != "cce logits") continue;
    std::vector<double> logits;
    std::vector<std::int64_t> labels;
    for (const auto& row : c["logits"])
      for (const double v : row) logits.push_back(v);
    for (const auto& row : c["t"])
      for (std::size_t k = 0; k < row.size(); ++k)
        if (row[k] == 1) labels.push_back(static_cast<std::int64_t>(k));
    Graph graph;
    const Value loss = softmax_crossentropy(graph.constant(Tensor::of<double>({3, 3}, logits)),
                                            graph.constant(Tensor::of<std::int64_t>({3}, labels)));
    const Value mean = reduce_mean(loss);
    const auto values = interpret(graph, {});
    for (std::int64_t i = 0; i < 3; ++i)
      EXPECT_NEAR(values.at(loss).at(i), c["per_row"][static_cast<std::size_t>(i)].get<double>(),
                  1e-6);
    EXPECT_NEAR(values.at(mean).at(0), c["v"].get<double>(), 1e-4);
    return;
  }
  FAIL() << "losses.json has no case 'cce logits'";
}

}  // namespace
}  // namespace glia
