// Internal: layers from their settings, a list for each family.
#pragma once

#include <vector>

#include "glia/experiment/parts.h"

namespace glia::experiment {

struct LayerMaker {
  const char* name;
  nn::Module (*make)(Settings&);
};
using LayerMakers = std::vector<LayerMaker>;

LayerMakers dense_layers();  // dense, activations, shaping, noise
LayerMakers image_layers();  // convolutions and pooling
LayerMakers norm_layers();
LayerMakers recurrent_layers();  // and embedding
LayerMakers attention_layers();  // transformers, positions

// Options that many layers have.
nn::Activation activation(Settings& s, const std::string& key = "activation",
                          const std::string& otherwise = "linear");
nn::Initializer initializer(Settings& s, const std::string& key,
                            const std::string& otherwise = "fan_in_uniform");
nn::Padding padding(Settings& s);

}  // namespace glia::experiment
