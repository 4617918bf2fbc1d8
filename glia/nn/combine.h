// Layers of several inputs, and layers made of layers or functions.
#pragma once

#include <functional>

#include "glia/nn/activations.h"

namespace glia::nn {

// Element by element, of two or more inputs of one shape (or that broadcast, as ops do). A place of
// a sequence is real where it is in every input.
Module add();
Module subtract();  // of exactly two
Module multiply();
Module average();
Module maximum();
Module minimum();

// Side by side along an axis; without one, along the features: the last axis of [N, F] and [N, T,
// F], axis 1 of images and volumes.
struct ConcatenateOptions {
  std::optional<int> axis = {};
};
Module concatenate(ConcatenateOptions options = {});

// Products summed over one axis of each of two inputs, for each item: [N, a..., k], [N, b..., k] ->
// [N, a..., b...], and [N, 1] where nothing else is left. `normalize`: divided by both lengths
// (cosine).
struct DotOptions {
  std::array<int, 2> axes{-1, -1};
  bool normalize = false;
};
Module dot(DotOptions options = {});

// x -> activation(layers(x) + shortcut(x)); without shortcut layers, x itself. Names:
// "layers.conv2d.weight", "shortcut.conv2d.weight". arXiv 1512.03385.
struct ResidualOptions {
  std::vector<Module> layers;
  std::vector<Module> shortcut = {};
  Activation activation = linear;
};
Module residual(ResidualOptions options);

// A function as a layer, without parameters of its own. It passes no mask.
Module lambda(std::function<Value(Value)> function, std::string name = "lambda");

}  // namespace glia::nn
