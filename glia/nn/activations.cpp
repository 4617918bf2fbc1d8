#include "glia/nn/activations.h"

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/ops/ops.h"

namespace glia::nn {

const Activation linear{"linear", [](Value x) { return x; }};
const Activation sigmoid{"sigmoid", [](Value x) { return glia::sigmoid(x); }};
const Activation tanh{"tanh", [](Value x) { return glia::tanh(x); }};
const Activation relu{"relu", [](Value x) { return glia::relu(x); }};
const Activation leaky_relu{"leaky_relu", [](Value x) { return glia::leaky_relu(x); }};
const Activation softmax{"softmax", [](Value x) { return glia::softmax(x, -1); }};

namespace {

const std::vector<const Activation*>& activations() {
  static const std::vector<const Activation*> all{&linear, &sigmoid,    &tanh,
                                                  &relu,   &leaky_relu, &softmax};
  return all;
}

struct LeakyRelu {
  double slope;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const { return glia::leaky_relu(x, slope); }
  std::string kind() const { return "leaky_relu"; }
};

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto* a : activations()) names.push_back(a->name);
  return names;
}

Activation activation(std::string_view name) {
  for (const auto* a : activations())
    if (a->name == name) return *a;
  fail("E-NN-01", "unknown activation '{}'{}", name, suggest(name, activation_names()));
}

Module leaky_relu_with(double slope) { return LeakyRelu{slope}; }

}  // namespace glia::nn
