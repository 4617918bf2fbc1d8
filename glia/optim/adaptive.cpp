// The less used optimizers, as elementwise ops that the fusion pass makes one pass of.
#include "glia/base/format.h"
#include "glia/optim/rule.h"

namespace glia::optim {
namespace {

void expect_adam_like(std::string_view name, double learning_rate, double beta1, double beta2,
                      double epsilon, double weight_decay) {
  expect_at_least_0(learning_rate, name, "learning_rate");
  expect_share(beta1, name, "beta1");
  expect_share(beta2, name, "beta2");
  expect_at_least_0(epsilon, name, "epsilon");
  expect_at_least_0(weight_decay, name, "weight_decay");
}

Value norm(Value x) { return sqrt(reduce_sum(square(x))); }

}  // namespace

Optimizer adagrad(AdagradOptions o) {
  expect_at_least_0(o.learning_rate, "adagrad", "learning_rate");
  expect_at_least_0(o.learning_rate_decay, "adagrad", "learning_rate_decay");
  expect_at_least_0(o.initial_accumulator_value, "adagrad", "initial_accumulator_value");
  expect_at_least_0(o.epsilon, "adagrad", "epsilon");
  expect_at_least_0(o.weight_decay, "adagrad", "weight_decay");
  return {"adagrad", o.learning_rate, o.weight_decay, o.decay_all,
          [o](Graph& graph, const Update& u) {
            const Rule rule(graph, u);
            const Value rate = o.learning_rate_decay == 0
                                   ? rule.rate()
                                   : rule.rate() / (1.0 + rule.before() * o.learning_rate_decay);
            return rule.each([&](Value p, Value g) {
              g = rule.decayed(p, g);
              const Value old = rule.slot(p, "sum", o.initial_accumulator_value);
              return p - rate * g / (sqrt(rule.keep(old, old + square(g))) + o.epsilon);
            });
          }};
}

Optimizer adadelta(AdadeltaOptions o) {
  expect_at_least_0(o.learning_rate, "adadelta", "learning_rate");
  expect(o.rho >= 0 && o.rho <= 1, "adadelta", fmt::format("rho is {}, expected 0 to 1", o.rho));
  expect_at_least_0(o.epsilon, "adadelta", "epsilon");
  expect_at_least_0(o.weight_decay, "adadelta", "weight_decay");
  return {"adadelta", o.learning_rate, o.weight_decay, o.decay_all,
          [o](Graph& graph, const Update& u) {
            const Rule rule(graph, u);
            return rule.each([&](Value p, Value g) {
              g = rule.decayed(p, g);
              const Value squares = rule.average(p, "square_avg", square(g), o.rho);
              const Value moved = rule.slot(p, "acc_delta");
              const Value delta = sqrt(moved + o.epsilon) / sqrt(squares + o.epsilon) * g;
              rule.keep(moved, moved * o.rho + square(delta) * (1 - o.rho));
              return p - rule.rate() * delta;
            });
          }};
}

Optimizer rmsprop(RmspropOptions o) {
  expect_at_least_0(o.learning_rate, "rmsprop", "learning_rate");
  expect_share(o.alpha, "rmsprop", "alpha");
  expect_at_least_0(o.momentum, "rmsprop", "momentum");
  expect_at_least_0(o.epsilon, "rmsprop", "epsilon");
  expect_at_least_0(o.weight_decay, "rmsprop", "weight_decay");
  return {"rmsprop", o.learning_rate, o.weight_decay, o.decay_all,
          [o](Graph& graph, const Update& u) {
            const Rule rule(graph, u);
            return rule.each([&](Value p, Value g) {
              g = rule.decayed(p, g);
              Value squares = rule.average(p, "square_avg", square(g), o.alpha);
              // Rounding may leave a variance a little below 0.
              if (o.centered)
                squares = maximum(squares - square(rule.average(p, "grad_avg", g, o.alpha)), 0.0);
              Value direction = g / (sqrt(squares) + o.epsilon);
              if (o.momentum != 0) {
                const Value buffer = rule.slot(p, "momentum_buffer");
                direction = rule.keep(buffer, buffer * o.momentum + direction);
              }
              return p - rule.rate() * direction;
            });
          }};
}

Optimizer adamax(AdamaxOptions o) {
  expect_adam_like("adamax", o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay);
  return {"adamax", o.learning_rate, o.weight_decay, o.decay_all,
          [o](Graph& graph, const Update& u) {
            const Rule rule(graph, u);
            const Value rate = rule.rate() / rule.correction(o.beta1);
            return rule.each([&](Value p, Value g) {
              g = rule.decayed(p, g);
              const Value m = rule.average(p, "exp_avg", g, o.beta1);
              const Value old = rule.slot(p, "exp_inf");
              return p - rate * m / rule.keep(old, maximum(old * o.beta2, abs(g) + o.epsilon));
            });
          }};
}

Optimizer nadam(NadamOptions o) {
  expect_adam_like("nadam", o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay);
  expect_at_least_0(o.momentum_decay, "nadam", "momentum_decay");
  return {"nadam", o.learning_rate, o.weight_decay, o.decay_all,
          [o](Graph& graph, const Update& u) {
            const Rule rule(graph, u);
            const auto momentum = [&](const Value& at) {
              return o.beta1 * (1.0 - 0.5 * Rule::power_of(0.96, at * o.momentum_decay));
            };
            const Value now = momentum(rule.count()), next = momentum(rule.count() + 1.0);
            const Value second = rule.correction(o.beta2);
            return rule.each([&](Value p, Value g) {
              if (!o.decoupled) g = rule.decayed(p, g);
              const Value old = rule.slot(p, "mu_product", 1, true);
              const Value product = rule.keep(old, old * now);
              const Value m = rule.average(p, "exp_avg", g, o.beta1);
              const Value v = rule.average(p, "exp_avg_sq", square(g), o.beta2);
              const Value of_gradient = rule.rate() * (1.0 - now) / (1.0 - product);
              const Value of_momentum = rule.rate() * next / (1.0 - product * next);
              return (o.decoupled ? rule.shrunk(p) : p) -
                     (of_gradient * g + of_momentum * m) / (sqrt(v / second) + o.epsilon);
            });
          }};
}

Optimizer radam(RadamOptions o) {
  expect_adam_like("radam", o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay);
  return {
      "radam", o.learning_rate, o.weight_decay, o.decay_all, [o](Graph& graph, const Update& u) {
        const Rule rule(graph, u);
        const Value first = rule.correction(o.beta1), second = rule.correction(o.beta2);
        // Degrees of freedom of the second moment: in the limit, and now.
        const double limit = 2 / (1 - o.beta2) - 1;
        const Value now = limit - 2.0 * rule.count() * (1.0 - second) / second;
        const Value trusted = greater(now, 5.0);
        const Value safe = maximum(now, 5.0);  // of what is not trusted there is no root
        const Value rectified =
            sqrt((safe - 4.0) * (safe - 2.0) * limit / ((limit - 4) * (limit - 2) * safe) * second);
        return rule.each([&](Value p, Value g) {
          if (!o.decoupled) g = rule.decayed(p, g);
          const Value m = rule.average(p, "exp_avg", g, o.beta1);
          const Value v = rule.average(p, "exp_avg_sq", square(g), o.beta2);
          const Value scale =
              select(trusted, rectified / (sqrt(v) + o.epsilon), zero_like(v) + 1.0);
          return (o.decoupled ? rule.shrunk(p) : p) - rule.rate() / first * m * scale;
        });
      }};
}

Optimizer lion(LionOptions o) {
  expect_adam_like("lion", o.learning_rate, o.beta1, o.beta2, 0, o.weight_decay);
  return {"lion", o.learning_rate, o.weight_decay, o.decay_all, [o](Graph& graph, const Update& u) {
            const Rule rule(graph, u);
            return rule.each([&](Value p, Value g) {
              const Value m = rule.slot(p, "exp_avg");
              rule.keep(m, m * o.beta2 + g * (1 - o.beta2));
              return rule.shrunk(p) - rule.rate() * sign(m * o.beta1 + g * (1 - o.beta1));
            });
          }};
}

Optimizer lamb(LambOptions o) {
  expect_adam_like("lamb", o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay);
  return {"lamb", o.learning_rate, o.weight_decay, o.decay_all, [o](Graph& graph, const Update& u) {
            const Rule rule(graph, u);
            const Value first = rule.correction(o.beta1), second = rule.correction(o.beta2);
            return rule.each([&](Value p, Value g) {
              const Value m = rule.average(p, "exp_avg", g, o.beta1);
              const Value v = rule.average(p, "exp_avg_sq", square(g), o.beta2);
              const Value direction = rule.decayed(p, m / first / (sqrt(v / second) + o.epsilon));
              const Value length = norm(p), other = norm(direction), one = zero_like(p) + 1.0;
              const Value there = logical_and(greater(length, 0.0), greater(other, 0.0));
              const Value trust = select(there, length / select(there, other, one), one);
              return p - rule.rate() * trust * direction;
            });
          }};
}

}  // namespace glia::optim
