// Initialisers from their settings.
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::UniformOptions uniform(Settings& s) {
  const nn::UniformOptions usual;
  const double from = s.real("minval", usual.from);
  return {from, s.real("maxval", usual.to)};
}

nn::NormalOptions normal(Settings& s) {
  const nn::NormalOptions usual;
  const double mean = s.real("mean", usual.mean);
  return {mean, s.real("stddev", usual.deviation)};
}

nn::Fan mode(Settings& s) {
  const std::string word = s.text("mode", "fan_in");
  if (word == "fan_in") return nn::Fan::in;
  if (word == "fan_out") return nn::Fan::out;
  fail("E-EXP-05", "{}: mode is '{}', expected fan_in or fan_out", s.where("mode"), word);
}

// Those with options; all others are known by their name.
nn::Initializer make_initializer(const std::string& name, Settings& s) {
  if (name == "constant") return nn::constant(s.real("value", 0));
  if (name == "random_uniform") return nn::random_uniform(uniform(s));
  if (name == "random_normal") return nn::random_normal(normal(s));
  if (name == "truncated_normal") return nn::truncated_normal(normal(s));
  if (name == "he_uniform") return nn::he_uniform(mode(s));
  if (name == "he_normal") return nn::he_normal(mode(s));
  if (name == "orthogonal") return nn::orthogonal(s.real("gain", 1));
  if (name == "identity") return nn::identity(s.real("gain", 1));
  return nn::initializer(name);
}

}  // namespace

nn::Initializer initializer(Settings& s, const std::string& key, const std::string& otherwise) {
  if (!s.is_map(key)) return s.placed(key, [&] { return nn::initializer(s.text(key, otherwise)); });
  auto choice = *s.choice(key);
  auto made =
      choice.options.placed("", [&] { return make_initializer(choice.name, choice.options); });
  choice.options.done();
  return made;
}

}  // namespace glia::experiment
