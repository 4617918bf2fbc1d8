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

// Options that many layers have; `otherwise` is what the layer's own options begin with.
// Activations and initialisers as one name, or with options of their own: `activation: {elu:
// {alpha: 0.5}}`.
nn::Activation activation(Settings& s, const nn::Activation& otherwise);
nn::Initializer initializer(Settings& s, const std::string& key, const nn::Initializer& otherwise);
nn::Padding padding(Settings& s);  // a word, a number, or one for each axis or side
// Activation, bias, initialisers and l2 of a layer with a kernel.
template <class Options>
void read_kernel(Settings& s, Options& o, std::string_view bias) {
  o.activation = activation(s, o.activation);
  o.bias = s.flag("bias", o.bias, bias);
  o.kernel_initializer = initializer(s, "kernel_initializer", o.kernel_initializer);
  o.bias_initializer = initializer(s, "bias_initializer", o.bias_initializer);
  o.l2 = s.real("l2", o.l2, "times the sum of squared weights is added to the loss");
}
template <std::size_t Rank>
nn::Sizes<Rank> sizes(Settings& s, const std::string& key, const nn::Sizes<Rank>& otherwise,
                      std::string_view meaning) {
  const auto given = s.integers(key, otherwise.list(), meaning, Rank);
  std::array<std::int64_t, Rank> each{};
  std::copy(given.begin(), given.end(), each.begin());
  return each;
}

}  // namespace glia::experiment
