// Internal: what the optimizers' formulas share.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "glia/ops/ops.h"
#include "glia/optim/optimizer.h"

namespace glia::optim {

// E-OPTION-01, "[optimizer] what", where it is not good.
void expect(bool good, std::string_view optimizer, std::string_view what);
void expect_at_least_0(double value, std::string_view optimizer, std::string_view option);
void expect_share(double value, std::string_view optimizer, std::string_view option);  // [0, 1)

// A state of the parameter's shape and dtype, or a scalar of its dtype.
Value slot(Graph& graph, Value parameter, std::string_view name, double initial = 0,
           bool scalar = false);

// An update, parameter by parameter, and the numbers that depend on its step.
class Rule {
 public:
  Rule(Graph& graph, const Update& update) : graph_(graph), u_(update) {}

  // The next value of a parameter, from the parameter and its gradient.
  template <class F>
  Values each(F next) const {
    Values values;
    for (std::size_t i = 0; i < u_.parameters.size(); ++i)
      values.push_back(next(u_.parameters[i], u_.gradients[i]));
    return values;
  }
  // For some state: the old value is read through slot(), the new one written here.
  Value keep(Value slot, Value next) const {
    graph_.update(slot, next);
    return next;
  }
  Value slot(Value p, std::string_view name, double initial = 0, bool scalar = false) const {
    return optim::slot(graph_, p, name, initial, scalar);
  }
  // slot = beta * slot + (1 - beta) * x.
  Value average(Value p, std::string_view name, Value x, double beta) const {
    const Value old = slot(p, name);
    return keep(old, old * beta + x * (1 - beta));
  }
  Value decayed(Value p, Value g) const {
    return u_.weight_decay == 0 ? g : g + p * u_.weight_decay;
  }
  Value shrunk(Value p) const {
    return u_.weight_decay == 0 ? p : p * (1.0 - rate() * u_.weight_decay);
  }
  Value rate() const { return u_.learning_rate; }
  Value before() const { return cast(u_.step, rate().dtype()); }  // updates before this one
  Value count() const { return before() + 1.0; }                  // with this one
  // 1 - beta^count, exact also where beta is near 1.
  Value correction(double beta) const {
    if (beta == 0) return graph_.scalar(1, rate().dtype());
    return -expm1(count() * std::log(beta));
  }
  // beta^exponent for a beta above 0.
  static Value power_of(double beta, Value exponent) { return exp(exponent * std::log(beta)); }

 private:
  Graph& graph_;
  const Update& u_;
};

}  // namespace glia::optim
