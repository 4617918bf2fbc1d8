// Every loss against PyTorch: the value and the gradient of the prediction, in f32 and f64.
#include <yaml-cpp/yaml.h>

#include "glia/autodiff/gradient.h"
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

void run(const ParityCase& c, DType dtype, double tolerance) {
  Graph graph;
  graph.dtype = dtype;
  std::map<std::string, Tensor> given;
  const auto input = [&](const std::string& name) {
    if (!c.has(name)) return Value();
    const Tensor& t = c.at(name);
    given[name] = is_floating(t.dtype()) ? t.to(dtype) : t.clone();
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
  for (const auto* name : {"loss", "dprediction"})
    expect_close(session.output_tensor(name), c.at(name), tolerance, name);
}

class LossParity : public ::testing::TestWithParam<ParityCase> {};

TEST_P(LossParity, SingleAndDoublePrecision) {
  const ParityCase& c = GetParam();
  run(c, DType::f32, c.about.value("tolerance", 1e-5));
  run(c, DType::f64, 1e-10);
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
