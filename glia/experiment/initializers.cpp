// Initialisers from their settings.
#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::UniformOptions uniform(Settings& s) {
  const nn::UniformOptions usual;
  const double from = s.real("minval", usual.from, "the smallest value");
  return {from, s.real("maxval", usual.to, "the largest value")};
}

nn::NormalOptions normal(Settings& s) {
  const nn::NormalOptions usual;
  const double mean = s.real("mean", usual.mean, "mean of the values");
  return {mean, s.real("stddev", usual.deviation, "their deviation")};
}

nn::Fan mode(Settings& s) {
  const auto word = s.one_of("mode", "fan_in", {"fan_in", "fan_out"},
                             "whether what flows forward keeps its size, or the gradients");
  return word == "fan_in" ? nn::Fan::in : nn::Fan::out;
}

double gain(Settings& s) { return s.real("gain", 1, "factor of all values"); }

const Makers<nn::Initializer>& makers() {
  using S = Settings;
  static const Makers<nn::Initializer> all{
      {"zeros", "all 0", [](S&) { return nn::zeros(); }},
      {"ones", "all 1", [](S&) { return nn::ones(); }},
      {"constant", "all the same",
       [](S& s) { return nn::constant(s.real("value", 0, "that value")); }},
      {"random_uniform", "evenly between two bounds",
       [](S& s) { return nn::random_uniform(uniform(s)); }},
      {"random_normal", "a normal distribution", [](S& s) { return nn::random_normal(normal(s)); }},
      {"truncated_normal", "a normal distribution within two deviations",
       [](S& s) { return nn::truncated_normal(normal(s)); }},
      {"glorot_uniform", "even, variance 2 / (fan_in + fan_out); for tanh and sigmoid",
       [](S&) { return nn::glorot_uniform(); }},
      {"glorot_normal", "normal, variance 2 / (fan_in + fan_out); for tanh and sigmoid",
       [](S&) { return nn::glorot_normal(); }},
      {"he_uniform", "even, variance 2 / fan; for relu and its kin",
       [](S& s) { return nn::he_uniform(mode(s)); }},
      {"he_normal", "normal, variance 2 / fan; for relu and its kin",
       [](S& s) { return nn::he_normal(mode(s)); }},
      {"lecun_uniform", "even, variance 1 / fan_in", [](S&) { return nn::lecun_uniform(); }},
      {"lecun_normal", "normal, variance 1 / fan_in; for selu",
       [](S&) { return nn::lecun_normal(); }},
      {"fan_in_uniform", "even within 1 / sqrt(fan_in): PyTorch's usual start",
       [](S&) { return nn::fan_in_uniform(); }},
      {"orthogonal", "rows at right angles to each other",
       [](S& s) { return nn::orthogonal(gain(s)); }},
      {"identity", "1 where row and column are equal; for matrices",
       [](S& s) { return nn::identity(gain(s)); }},
  };
  return all;
}

}  // namespace

std::vector<Entry> initializer_entries() { return entries_of(makers()); }

nn::Initializer initializer(Settings& s, const std::string& key, const nn::Initializer& otherwise) {
  auto choice = s.choice(key, otherwise.name, "initializer", "how it begins");
  auto made = make(makers(), "initialiser", choice);
  choice.options.done();
  s.shorten(key);
  return made;
}

}  // namespace glia::experiment
