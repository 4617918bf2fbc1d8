// Activation functions: layers by themselves, and options of others.
#pragma once

#include <string>
#include <vector>

#include "glia/nn/module.h"

namespace glia::nn {

// An elementwise function, and softmax over the last axis. A layer by itself, and an option of
// others.
struct Activation {
  std::string name;
  Value (*apply)(Value x) = nullptr;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const { return apply(x); }
  std::string kind() const { return name; }
};
extern const Activation linear, sigmoid, tanh, relu, leaky_relu, softmax;
Activation activation(std::string_view name);  // E-NN-01 with the nearest name
std::vector<std::string> activation_names();
Module leaky_relu_with(double slope);

}  // namespace glia::nn
