// Optimizers and schedules against PyTorch (lion and lamb: against their papers in numpy): 200
// steps of a small network, from the settings that an experiment has, through the graphs that a
// training runs.
#include <yaml-cpp/yaml.h>

#include "glia/autodiff/gradient.h"
#include "glia/exec/session.h"
#include "glia/experiment/parts.h"
#include "glia/ops/ops.h"
#include "glia/train/graphs.h"
#include "glia/train/lbfgs_state.h"
#include "tests/parity/parity_file.h"

namespace glia {
namespace {

using testing::ParityCase;

experiment::Settings::Choice choice(const ParityCase& c) {
  return experiment::Settings::choice_of(YAML::Load(c.setting()), "setting", "case", {});
}
optim::Optimizer optimizer_of(const ParityCase& c) {
  auto settings = choice(c);
  return experiment::make_optimizer(settings);
}
optim::Schedule schedule_of(const ParityCase& c) {
  auto settings = choice(c);
  return experiment::make_schedule(settings);
}

// mean((tanh(x W' + b) V' + c - t)^2), with its gradients.
Graph gradients_of(const ParityCase& c, DType dtype) {
  Graph graph;
  const auto parameter = [&](const std::string& name) {
    Variable variable;
    variable.name = name;
    variable.type = {dtype, c.at("p/" + name).shape()};
    return graph.variable(variable);
  };
  const Values p{parameter("hidden.weight"), parameter("hidden.bias"), parameter("out.weight"),
                 parameter("out.bias")};
  const Value x = graph.constant(c.at("x").to(dtype)), t = graph.constant(c.at("t").to(dtype));
  const Value hidden = tanh(matmul(x, p[0], {.transpose_b = true}) + p[1]);
  const Value y = matmul(hidden, p[2], {.transpose_b = true}) + p[3];
  const Value loss = reduce_mean(square(reshape(y, t.shape()) - t));
  const Values gradients = gradient(loss, p);
  for (std::size_t i = 0; i < p.size(); ++i)
    graph.output("gradient:" + graph.variable_of(p[i]).name, gradients[i]);
  graph.output("loss", loss);
  return graph;
}

// All parameters as one vector, as optimizers.py measures what rounding does to it.
void expect_after(const ParityCase& c, const Store& store, int step, double tolerance) {
  const std::string after = "after/" + std::to_string(step) + "/";
  double difference = 0, norm = 0;
  for (const auto& name : c.names(after)) {
    const Tensor &got = store.at(name), &expected = c.at(after + name);
    for (std::int64_t i = 0; i < expected.size(); ++i) {
      difference += std::pow(got.at(i) - expected.at(i), 2);
      norm += std::pow(expected.at(i), 2);
    }
  }
  EXPECT_LE(std::sqrt(difference), tolerance * std::sqrt(norm))
      << "after " << step << " of " << c.setting();
}

void start(const ParityCase& c, Store& store, DType dtype) {
  for (const auto& name : c.names("p/")) store.assign(name, c.at("p/" + name).to(dtype));
}

void run_lbfgs(const ParityCase& c, const optim::Optimizer& optimizer, double tolerance) {
  const Graph graph = gradients_of(c, DType::f64);
  Store store;
  store.initialize(join(graph, train::lbfgs_graph(graph, *optimizer.lbfgs)), 1);
  start(c, store, DType::f64);
  Session session(compile(graph, {}), store);
  std::vector<std::string> names;
  for (const Value& p : train::learned(graph)) names.push_back(graph.variable_of(p).name);
  for (int i = 1; i <= c.about.at("steps").get<int>(); ++i) {
    train::lbfgs_step(*optimizer.lbfgs, optimizer.learning_rate, names, store,
                      [&](double& loss, optim::Vector& gradient) {
                        session.run();
                        loss = session.output_scalar("loss");
                        std::size_t at = 0;
                        for (const auto& name : names) {
                          const Tensor g = session.output_tensor("gradient:" + name);
                          for (std::int64_t k = 0; k < g.size(); ++k) gradient[at++] = g.at(k);
                        }
                        return true;
                      });
    expect_after(c, store, i, tolerance);
  }
}

// steps: compared so far.
void run(const ParityCase& c, DType dtype, int steps, double tolerance) {
  const auto optimizer = optimizer_of(c);
  if (optimizer.lbfgs) {
    if (dtype == DType::f64) run_lbfgs(c, optimizer, tolerance);
    return;
  }
  const Graph gradients = gradients_of(c, dtype);
  const Graph step = train::step_graph(gradients, train::update_graph(gradients, optimizer));
  Store store;
  store.initialize(step, 1);
  start(c, store, dtype);
  Session session(compile(step, {}), store);
  const Tensor rate = Tensor::scalar(optimizer.learning_rate).to(dtype);
  session.bind("learning_rate", rate);
  for (int i = 1; i <= std::min(steps, c.about.at("steps").get<int>()); ++i) {
    session.run();
    expect_after(c, store, i, tolerance);
  }
}

class OptimizerParity : public ::testing::TestWithParam<ParityCase> {};

TEST_P(OptimizerParity, TwoHundredStepsInDoublePrecision) {
  run(GetParam(), DType::f64, 200, 1e-9);
}
// As long as rounding to f32 alone moves PyTorch's trajectory by less than a tenth of it.
TEST_P(OptimizerParity, SinglePrecision) {
  run(GetParam(), DType::f32, GetParam().about.value("steps_f32", 0), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerParity,
                         ::testing::ValuesIn(testing::parity_cases("optimizer")),
                         [](const auto& info) { return testing::name_of_case(info.param); });

class ScheduleParity : public ::testing::TestWithParam<ParityCase> {};

TEST_P(ScheduleParity, EveryRate) {
  const ParityCase& c = GetParam();
  const auto schedule = schedule_of(c);
  const Tensor& rates = c.at("rates");
  const std::int64_t steps = c.about.at("steps").get<std::int64_t>();
  for (std::int64_t i = 0; i < rates.size(); ++i)
    EXPECT_NEAR(c.about.at("rate").get<double>() * schedule.factor({i, steps, rates.size()}),
                rates.at(i), 1e-12)
        << "step " << i;
}

INSTANTIATE_TEST_SUITE_P(All, ScheduleParity,
                         ::testing::ValuesIn(testing::parity_cases("schedule")),
                         [](const auto& info) { return testing::name_of_case(info.param); });

class PlateauParity : public ::testing::TestWithParam<ParityCase> {};

TEST_P(PlateauParity, TheRateAfterEveryValue) {
  const ParityCase& c = GetParam();
  const double rate = c.about.at("rate").get<double>();
  const auto schedule = schedule_of(c);
  optim::Plateau plateau(*schedule.plateau, rate, schedule.plateau->monitor == "val_accuracy");
  for (std::int64_t i = 0; i < c.at("values").size(); ++i) {
    plateau.see(c.at("values").at(i));
    EXPECT_NEAR(rate * plateau.factor(), c.at("rates").at(i), 1e-12) << "value " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlateauParity, ::testing::ValuesIn(testing::parity_cases("plateau")),
                         [](const auto& info) { return testing::name_of_case(info.param); });

TEST(OptimizerParityTest, EachHasFiveCases) {
  std::map<std::string, int> count;
  for (const auto* kind : {"optimizer", "schedule", "plateau"})
    for (const auto& c : testing::parity_cases(kind))
      ++count[c.setting().substr(0, c.setting().find(':'))];
  for (const auto& name : experiment::optimizer_names()) EXPECT_GE(count[name], 5) << name;
  for (const auto& name : experiment::schedule_names()) EXPECT_GE(count[name], 5) << name;
}

}  // namespace
}  // namespace glia
