// sgd and adam: each a node of its own over all parameters, with kernels of one pass over memory.
#include "glia/optim/optimizer.h"

#include <limits>

#include "glia/base/format.h"
#include "glia/optim/rule.h"

namespace glia::optim {

void expect(bool good, std::string_view optimizer, std::string_view what) {
  if (!good) fail("E-OPTION-01", "[{}] {}", optimizer, what);
}

void expect_at_least_0(double value, std::string_view optimizer, std::string_view option) {
  constexpr double kMost = std::numeric_limits<float>::max();  // as a step computes with it
  expect(value >= 0 && value <= kMost, optimizer,
         fmt::format("{} is {}, expected at least 0, and at most {:.1e}", option, value, kMost));
}

void expect_share(double value, std::string_view optimizer, std::string_view option) {
  expect(value >= 0 && value < 1, optimizer,
         fmt::format("{} is {}, expected 0 <= {} < 1", option, value, option));
}

Value slot(Graph& graph, Value parameter, std::string_view name, double initial, bool scalar) {
  Variable variable;
  variable.name = graph.variable_of(parameter).name + "." + std::string(name);
  variable.type = {parameter.dtype(), scalar ? Shape{} : parameter.shape()};
  variable.role = Role::slot;
  variable.trainable = false;
  if (initial != 0)
    variable.initial = [type = variable.type, initial](std::uint64_t) {
      Tensor value(type.dtype, type.shape);
      for (std::int64_t i = 0; i < value.size(); ++i) value.set(i, initial);
      return value;
    };
  return graph.variable(std::move(variable));
}

namespace {

// Adds an op that is an update of all its parameters, with their slots in the op's order.
Values whole_update(Graph& graph, const Update& u, const OpDef& op, Values in,
                    const std::vector<std::string_view>& slots, Attributes attributes) {
  for (std::size_t i = 0; i < u.parameters.size(); ++i) {
    in.insert(in.end(), {u.parameters[i], u.gradients[i]});
    for (const auto name : slots) in.push_back(slot(graph, u.parameters[i], name));
  }
  const Values out = graph.add(op, in, std::move(attributes));
  Values next;
  for (const auto& [written, over] : op.updates(out[0].node()->call())) {
    const Value old = in[static_cast<std::size_t>(over)];
    const Value value = out[static_cast<std::size_t>(written)];
    if (graph.variable_of(old).role == Role::slot)
      graph.update(old, value);
    else
      next.push_back(value);
  }
  return next;
}

// The gradient that starts the velocity is not dampened.
Values dampened(Graph& graph, const Update& u, const SgdOptions& o) {
  const Rule rule(graph, u);
  const Value before = rule.before(), zero = zero_like(before);
  const Value taken = select(greater(before, 0.0), zero + (1 - o.dampening), zero + 1.0);
  return rule.each([&](Value p, Value g) {
    const Value velocity = rule.slot(p, "momentum_buffer");
    return p -
           rule.rate() * rule.keep(velocity, velocity * o.momentum + rule.decayed(p, g) * taken);
  });
}

Values amsgrad(Graph& graph, const Update& u, const AdamOptions& o, bool decoupled) {
  const Rule rule(graph, u);
  const Value step = rule.rate() / rule.correction(o.beta1);
  const Value second = sqrt(rule.correction(o.beta2));
  return rule.each([&](Value p, Value g) {
    if (!decoupled) g = rule.decayed(p, g);
    const Value m = rule.average(p, "exp_avg", g, o.beta1);
    const Value v = rule.average(p, "exp_avg_sq", square(g), o.beta2);
    const Value old = rule.slot(p, "max_exp_avg_sq");
    const Value largest = rule.keep(old, maximum(old, v));
    return (decoupled ? rule.shrunk(p) : p) - step * m / (sqrt(largest) / second + o.epsilon);
  });
}

Optimizer adam_of(std::string_view name, const AdamOptions& o, bool decoupled) {
  expect_at_least_0(o.learning_rate, name, "learning_rate");
  expect_share(o.beta1, name, "beta1");
  expect_share(o.beta2, name, "beta2");
  expect_at_least_0(o.epsilon, name, "epsilon");
  expect_at_least_0(o.weight_decay, name, "weight_decay");
  return {std::string(name), o.learning_rate, o.weight_decay, o.decay_all,
          [o, decoupled](Graph& graph, const Update& u) {
            if (o.amsgrad) return amsgrad(graph, u, o, decoupled);
            return whole_update(graph, u, adam_update_def, {u.learning_rate, u.step},
                                {"exp_avg", "exp_avg_sq"},
                                {{"beta1", o.beta1},
                                 {"beta2", o.beta2},
                                 {"epsilon", o.epsilon},
                                 {"weight_decay", u.weight_decay},
                                 {"decoupled", decoupled}});
          }};
}

}  // namespace

Optimizer sgd(SgdOptions o) {
  expect_at_least_0(o.learning_rate, "sgd", "learning_rate");
  expect_share(o.momentum, "sgd", "momentum");
  expect_at_least_0(o.weight_decay, "sgd", "weight_decay");
  expect(o.dampening >= 0 && o.dampening <= 1, "sgd",
         fmt::format("dampening is {}, expected 0 to 1", o.dampening));
  expect(o.dampening == 0 || o.momentum > 0, "sgd", "dampening needs a momentum above 0");
  expect(!o.nesterov || (o.momentum > 0 && o.dampening == 0), "sgd",
         "nesterov needs a momentum above 0 and no dampening");
  return {
      "sgd", o.learning_rate, o.weight_decay, o.decay_all, [o](Graph& graph, const Update& u) {
        if (o.dampening != 0) return dampened(graph, u, o);
        std::vector<std::string_view> slots;
        if (o.momentum != 0) slots.emplace_back("momentum_buffer");
        return whole_update(
            graph, u, sgd_update_def, {u.learning_rate}, slots,
            {{"momentum", o.momentum}, {"nesterov", o.nesterov}, {"weight_decay", u.weight_decay}});
      }};
}

Optimizer adam(AdamOptions o) { return adam_of("adam", o, false); }
Optimizer adamw(AdamOptions o) { return adam_of("adamw", o, true); }

Optimizer lbfgs(LbfgsOptions o) {
  expect_at_least_0(o.learning_rate, "lbfgs", "learning_rate");
  expect_at_least_0(o.tolerance_gradient, "lbfgs", "tolerance_gradient");
  expect_at_least_0(o.tolerance_change, "lbfgs", "tolerance_change");
  expect(o.max_iterations >= 1, "lbfgs",
         fmt::format("max_iterations is {}, expected at least 1", o.max_iterations));
  expect(o.history >= 1, "lbfgs", fmt::format("history is {}, expected at least 1", o.history));
  expect(o.max_evaluations >= 0, "lbfgs",
         fmt::format("max_evaluations is {}, expected at least 0", o.max_evaluations));
  return {"lbfgs", o.learning_rate, 0, false, nullptr, o};
}

}  // namespace glia::optim
