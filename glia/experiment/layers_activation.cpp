// Activations from their settings: as layers, and as options of layers.
#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

int axis(Settings& s) { return s.integer("axis", -1, "the axis; negative from the end"); }

// One without options.
Maker<nn::Activation> plain(const char* name, const char* meaning) {
  return {name, meaning, [name](Settings&) { return nn::activation(name); }};
}

nn::Activation softplus(Settings& s) {
  nn::SoftplusOptions o;
  o.beta = s.real("beta", o.beta, "how sharp the bend is");
  o.threshold = s.real("threshold", o.threshold, "x itself where beta x is above it");
  return nn::softplus_with(o);
}
nn::Activation hard_tanh(Settings& s) {
  const double min = s.real("min", -1, "the lower bound");
  return nn::hard_tanh_with(min, s.real("max", 1, "the upper bound"));
}
nn::Activation threshold(Settings& s) {
  const double bound = s.real("threshold", 1, "x above it stays");
  return nn::threshold_with(bound, s.real("value", 0, "what all other x become"));
}
double alpha(Settings& s) { return s.real("alpha", 1, "how far below 0 it goes"); }
double lambda(Settings& s) { return s.real("lambda", 0.5, "the bound around 0"); }

const Makers<nn::Activation>& makers() {
  using S = Settings;
  static const Makers<nn::Activation> all{
      plain("linear", "x"),
      plain("sigmoid", "1 / (1 + e^-x): between 0 and 1"),
      plain("tanh", "between -1 and 1"),
      plain("relu", "max(x, 0)"),
      plain("relu6", "x held between 0 and 6"),
      {"leaky_relu", "x above 0, slope x below",
       [](S& s) { return nn::leaky_relu_with(s.real("slope", 0.01, "the slope below 0")); }},
      {"elu", "x above 0, alpha (e^x - 1) below", [](S& s) { return nn::elu_with(alpha(s)); }},
      plain("selu", "elu scaled so that mean and variance keep themselves"),
      {"celu", "x above 0, alpha (e^(x / alpha) - 1) below",
       [](S& s) { return nn::celu_with(alpha(s)); }},
      {"gelu", "x Phi(x), with the normal distribution's function",
       [](S& s) {
         return nn::gelu_with({.approximate = s.flag("approximate", false, "by a tanh")});
       }},
      plain("gelu_tanh", "gelu by a tanh"),
      plain("silu", "x sigmoid(x)"),
      plain("swish", "another name of silu"),
      plain("mish", "x tanh(softplus(x))"),
      {"softplus", "ln(1 + e^(beta x)) / beta", softplus},
      plain("softsign", "x / (1 + |x|)"),
      plain("hard_sigmoid", "sigmoid by straight lines"),
      plain("hard_swish", "swish by straight lines"),
      {"hard_tanh", "x held between two bounds", hard_tanh},
      plain("exponential", "e^x"),
      plain("log_sigmoid", "ln(sigmoid(x))"),
      plain("tanhshrink", "x - tanh(x)"),
      {"softshrink", "towards 0 by lambda, at most to 0",
       [](S& s) { return nn::softshrink_with(lambda(s)); }},
      {"hardshrink", "0 within lambda of 0, x elsewhere",
       [](S& s) { return nn::hardshrink_with(lambda(s)); }},
      {"threshold", "x above a bound, one value below", threshold},
      {"softmax", "positive and summing to 1: probabilities of classes",
       [](S& s) { return nn::softmax_along(axis(s)); }},
      {"softmin", "softmax of -x", [](S& s) { return nn::softmin_along(axis(s)); }},
      {"log_softmax", "the logarithm of softmax",
       [](S& s) { return nn::log_softmax_along(axis(s)); }},
      {"glu", "one half times the sigmoid of the other",
       [](S& s) { return nn::glu_along(axis(s)); }},
  };
  return all;
}

nn::Module prelu(Settings& s) {
  nn::PreluOptions o;
  o.per_channel = s.flag("per_channel", o.per_channel, "a slope for each channel, not one for all");
  o.initial = s.real("initial", o.initial, "the slope's start");
  return nn::prelu(o);
}

}  // namespace

std::vector<Entry> activation_entries() { return entries_of(makers()); }

nn::Activation activation(Settings& s, const nn::Activation& otherwise) {
  constexpr auto kKey = "activation";
  auto choice = s.choice(kKey, otherwise.name, "activation", "what is applied to the result");
  auto made = make(makers(), "activation", choice);
  choice.options.done();
  s.shorten(kKey);
  return made;
}

LayerMakers activation_layers() {
  LayerMakers layers{{"prelu", "x above 0, a learned slope below", prelu}};
  for (const auto& maker : makers())
    layers.push_back(
        {maker.name, maker.meaning, [&maker](Settings& s) { return nn::Module(maker.make(s)); }});
  return layers;
}

}  // namespace glia::experiment
