// Internal: layers from their settings, a list for each family.
#pragma once

#include <algorithm>
#include <array>

#include "glia/experiment/makers.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {

using LayerMakers = Makers<nn::Module>;

LayerMakers dense_layers();
LayerMakers activation_layers();
LayerMakers conv_layers();
LayerMakers pool_layers();  // pooling and upsampling
LayerMakers norm_layers();
LayerMakers noise_layers();
LayerMakers shaping_layers();    // shaping, merges, residual
LayerMakers recurrent_layers();  // and embedding
LayerMakers attention_layers();  // transformers, positions

// Options that many layers have; activations and initialisers as one name, or with options of their
// own: `activation: {elu: {alpha: 0.5}}`.
nn::Activation activation(Settings& s, const std::string& key = "activation",
                          const std::string& otherwise = "linear");
nn::Initializer initializer(Settings& s, const std::string& key,
                            const std::string& otherwise = "fan_in_uniform");
nn::Padding padding(Settings& s);  // a word, a number, or one for each axis or side
template <std::size_t Rank>
nn::Sizes<Rank> sizes(Settings& s, const std::string& key, const nn::Sizes<Rank>& otherwise,
                      std::string_view meaning) {
  const auto given = s.integers(key, otherwise.list(), meaning, Rank);
  std::array<std::int64_t, Rank> each{};
  std::copy(given.begin(), given.end(), each.begin());
  return each;
}

}  // namespace glia::experiment
