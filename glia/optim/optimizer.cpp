#include "glia/optim/optimizer.h"

#include "glia/base/format.h"
#include "glia/ops/ops.h"

namespace glia::optim {
namespace {

Value slot(Graph& graph, Value parameter, std::string_view name) {
  const auto& owner = graph.variable_of(parameter);
  return graph.variable(
      {owner.name + "." + std::string(name), parameter.type(), Role::slot, false, nullptr});
}

void expect(bool good, std::string_view optimizer, std::string_view what) {
  if (!good) fail("E-OPTION-01", "[{}] {}", optimizer, what);
}

}  // namespace

Optimizer sgd(SgdOptions o) {
  expect(o.learning_rate >= 0, "sgd",
         fmt::format("learning_rate is {}, expected at least 0", o.learning_rate));
  expect(o.momentum >= 0 && o.momentum < 1, "sgd",
         fmt::format("momentum is {}, expected 0 <= momentum < 1", o.momentum));
  expect(!o.nesterov || o.momentum > 0, "sgd", "nesterov needs a momentum above 0");
  expect(o.weight_decay >= 0, "sgd",
         fmt::format("weight_decay is {}, expected at least 0", o.weight_decay));
  return {
      "sgd", o.learning_rate,
      [o](Graph& graph, const Values& parameters, const Values& gradients, Value rate, Value) {
        Values in{rate};
        for (std::size_t i = 0; i < parameters.size(); ++i) {
          in.insert(in.end(), {parameters[i], gradients[i]});
          if (o.momentum != 0) in.push_back(slot(graph, parameters[i], "momentum"));
        }
        const Values out = graph.add(
            sgd_update_def, in,
            {{"momentum", o.momentum}, {"nesterov", o.nesterov}, {"weight_decay", o.weight_decay}});
        for (const auto& [written, over] : sgd_update_def.updates(out[0].node()->call()))
          graph.update(in[static_cast<std::size_t>(over)], out[static_cast<std::size_t>(written)]);
      }};
}

Optimizer adam(AdamOptions o) {
  expect(o.learning_rate >= 0, "adam",
         fmt::format("learning_rate is {}, expected at least 0", o.learning_rate));
  for (const double beta : {o.beta1, o.beta2})
    expect(beta >= 0 && beta < 1, "adam",
           fmt::format("a beta is {}, expected 0 <= beta < 1", beta));
  expect(o.epsilon >= 0, "adam", fmt::format("epsilon is {}, expected at least 0", o.epsilon));
  expect(o.weight_decay >= 0, "adam",
         fmt::format("weight_decay is {}, expected at least 0", o.weight_decay));
  return {
      "adam", o.learning_rate,
      [o](Graph& graph, const Values& parameters, const Values& gradients, Value rate, Value step) {
        Values in{rate, step};
        for (std::size_t i = 0; i < parameters.size(); ++i)
          in.insert(in.end(), {parameters[i], gradients[i], slot(graph, parameters[i], "exp_avg"),
                               slot(graph, parameters[i], "exp_avg_sq")});
        const Values out = graph.add(adam_update_def, in,
                                     {{"beta1", o.beta1},
                                      {"beta2", o.beta2},
                                      {"epsilon", o.epsilon},
                                      {"weight_decay", o.weight_decay}});
        for (const auto& [written, over] : adam_update_def.updates(out[0].node()->call()))
          graph.update(in[static_cast<std::size_t>(over)], out[static_cast<std::size_t>(written)]);
      }};
}

}  // namespace glia::optim
