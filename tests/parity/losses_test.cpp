// Every loss against PyTorch: the value and the gradient of the prediction, in f32 and f64.
#include <yaml-cpp/yaml.h>

#include "glia/autodiff/gradient.h"
#include "glia/base/random.h"
#include "glia/exec/session.h"
#include "glia/experiment/parts.h"
#include "tests/parity/parity_file.h"

namespace glia {
namespace {

using testing::expect_close;
using testing::ParityCase;

nn::Loss make(const ParityCase& c) {
  auto choice = experiment::Settings::choice_of(YAML::Load(c.setting()), "loss", "case", {});
  return experiment::make_loss(choice);
}

struct Outcome {
  Tensor loss, gradient;
};

// With the prediction moved by `step` along `direction`, where there is one.
Outcome run(const ParityCase& c, DType dtype, const Tensor* direction = nullptr, double step = 0) {
  Graph graph;
  graph.dtype = dtype;
  std::map<std::string, Tensor> given;
  const auto input = [&](const std::string& name) {
    if (!c.has(name)) return Value();
    const Tensor& t = c.at(name);
    given[name] = is_floating(t.dtype()) ? t.to(dtype) : t.clone();
    if (direction && name == "prediction")
      for (std::int64_t i = 0; i < t.size(); ++i)
        given[name].set(i, t.at(i) + step * direction->at(i));
    return graph.input(name, {given[name].dtype(), t.shape()});
  };
  const Value prediction = input("prediction"), target = input("target");
  const Value loss = make(c)(prediction, target, input("weights"));
  graph.output("loss", loss);
  graph.output("dprediction", gradient(loss, {prediction})[0]);
  Store store;
  Session session(compile(graph, {}), store);
  for (const auto& [name, tensor] : given) session.bind(name, tensor);
  session.run();
  return {session.output_tensor("loss"), session.output_tensor("dprediction")};
}

// A loss whose terms cancel loses digits already where its inputs are rounded: to `condition` (the
// case's, of PyTorch's gradients) times half a unit in the last place, however it is computed.
void expect_parity(const ParityCase& c, DType dtype, double tolerance) {
  const Outcome outcome = run(c, dtype);
  const double unit = dtype == DType::f32 ? 0x1p-24 : 0x1p-53;
  expect_close(outcome.loss, c.at("loss"),
               std::max(tolerance, unit * c.about.value("condition", 0.0)), "loss");
  expect_close(outcome.gradient, c.at("dprediction"), tolerance, "dprediction");
}

class LossParity : public ::testing::TestWithParam<ParityCase> {};

TEST_P(LossParity, SingleAndDoublePrecision) {
  const ParityCase& c = GetParam();
  expect_parity(c, DType::f32, c.about.value("tolerance", 1e-5));
  expect_parity(c, DType::f64, 1e-10);
}

// The gradient in f64 against central differences along a random direction.
TEST_P(LossParity, GradientAgainstDifferences) {
  const ParityCase& c = GetParam();
  const Tensor& gradient = c.at("dprediction");
  Tensor direction(DType::f64, gradient.shape());
  Random random(1, "direction");
  double slope = 0;
  for (std::int64_t i = 0; i < direction.size(); ++i) {
    direction.set(i, random.normal());
    slope += direction.at(i) * gradient.at(i);
  }
  const auto value = [&](double step) { return run(c, DType::f64, &direction, step).loss.at(0); };
  const double step = 1e-6, difference = (value(step) - value(-step)) / (2 * step);
  EXPECT_NEAR(slope, difference, 1e-6 * (1 + std::fabs(slope)));
}

INSTANTIATE_TEST_SUITE_P(All, LossParity, ::testing::ValuesIn(testing::parity_cases("loss")),
                         [](const auto& info) { return testing::name_of_case(info.param); });

TEST(LossParityTest, EveryLossHasFiveCases) {
  std::map<std::string, int> count;
  for (const auto& c : testing::parity_cases("loss"))
    ++count[c.setting().substr(0, c.setting().find(':'))];
  for (const auto& name : nn::loss_names()) EXPECT_GE(count[name], 5) << name;
}

}  // namespace
}  // namespace glia
