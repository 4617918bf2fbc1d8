// Activations from their settings: as layers, and as options of layers.
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

struct ActivationMaker {
  const char* name;
  nn::Activation (*make)(Settings&);
};

int axis(Settings& s) { return static_cast<int>(s.integer("axis", -1)); }

// Those with options; all others are known by their name.
const std::vector<ActivationMaker>& with_options() {
  static const std::vector<ActivationMaker> makers{
      {"leaky_relu", [](Settings& s) { return nn::leaky_relu_with(s.real("slope", 0.01)); }},
      {"elu", [](Settings& s) { return nn::elu_with(s.real("alpha", 1)); }},
      {"celu", [](Settings& s) { return nn::celu_with(s.real("alpha", 1)); }},
      {"gelu",
       [](Settings& s) { return nn::gelu_with({.approximate = s.flag("approximate", false)}); }},
      {"softplus",
       [](Settings& s) {
         const double beta = s.real("beta", 1);
         return nn::softplus_with({.beta = beta, .threshold = s.real("threshold", 20)});
       }},
      {"hard_tanh",
       [](Settings& s) {
         const double min = s.real("min", -1);
         return nn::hard_tanh_with(min, s.real("max", 1));
       }},
      {"softshrink", [](Settings& s) { return nn::softshrink_with(s.real("lambda", 0.5)); }},
      {"hardshrink", [](Settings& s) { return nn::hardshrink_with(s.real("lambda", 0.5)); }},
      {"threshold",
       [](Settings& s) {
         const double threshold = s.real("threshold", 1);
         return nn::threshold_with(threshold, s.real("value", 0));
       }},
      {"softmax", [](Settings& s) { return nn::softmax_along(axis(s)); }},
      {"softmin", [](Settings& s) { return nn::softmin_along(axis(s)); }},
      {"log_softmax", [](Settings& s) { return nn::log_softmax_along(axis(s)); }},
      {"glu", [](Settings& s) { return nn::glu_along(axis(s)); }},
  };
  return makers;
}

nn::Activation make_activation(const std::string& name, Settings& options) {
  for (const auto& maker : with_options())
    if (name == maker.name) return maker.make(options);
  return nn::activation(name);
}

nn::Module prelu(Settings& s) {
  nn::PreluOptions o;
  o.per_channel = s.flag("per_channel", o.per_channel);
  o.initial = s.real("initial", o.initial);
  return nn::prelu(o);
}

}  // namespace

nn::Activation activation(Settings& s, const std::string& key, const std::string& otherwise) {
  if (!s.is_map(key)) return s.placed(key, [&] { return nn::activation(s.text(key, otherwise)); });
  auto choice = *s.choice(key);
  const auto made =
      choice.options.placed("", [&] { return make_activation(choice.name, choice.options); });
  choice.options.done();
  return made;
}

LayerMakers activation_layers() {
  LayerMakers makers{{"prelu", prelu}, {"swish", [](Settings&) { return nn::Module(nn::silu); }}};
  for (const auto& name : nn::activation_names())
    makers.push_back({name, [name](Settings& s) { return nn::Module(make_activation(name, s)); }});
  return makers;
}

}  // namespace glia::experiment
