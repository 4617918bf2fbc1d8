// Internal: layers from their settings, a list for each family.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "glia/experiment/parts.h"

namespace glia::experiment {

struct LayerMaker {
  std::string name;
  std::function<nn::Module(Settings&)> make;
};
using LayerMakers = std::vector<LayerMaker>;

LayerMakers dense_layers();  // dense, shaping, noise
LayerMakers activation_layers();
LayerMakers image_layers();  // convolutions and pooling
LayerMakers norm_layers();

// Options that many layers have; activations and initialisers as one name, or with options of their
// own: `activation: {elu: {alpha: 0.5}}`.
nn::Activation activation(Settings& s, const std::string& key = "activation",
                          const std::string& otherwise = "linear");
nn::Initializer initializer(Settings& s, const std::string& key,
                            const std::string& otherwise = "fan_in_uniform");
nn::Padding padding(Settings& s);

}  // namespace glia::experiment
