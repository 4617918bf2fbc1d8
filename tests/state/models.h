// Internal: for tests. The models of models.py, with PyTorch's names.
#pragma once

#include <map>
#include <string>

#include "glia/nn/layers.h"
#include "glia/ops/ops.h"

namespace glia::testing {

inline nn::Module convolution(std::int64_t filters, std::int64_t size, std::int64_t stride,
                              std::int64_t padding, bool bias, std::string name) {
  return nn::conv2d({.filters = filters,
                     .kernel_size = {size, size},
                     .stride = {stride, stride},
                     .padding = {nn::Padding::Kind::amount, padding},
                     .bias = bias})
      .named(std::move(name));
}

struct Block {
  nn::Module conv1 = convolution(4, 3, 2, 1, false, "conv1");
  nn::Module bn1 = nn::batch_norm().named("bn1");
  nn::Module conv2 = convolution(4, 3, 1, 1, false, "conv2");
  nn::Module bn2 = nn::batch_norm().named("bn2");
  nn::Module downsample = nn::sequential(
      {convolution(4, 1, 2, 0, false, "0"), nn::batch_norm().named("1")}, "downsample");
  Value forward(Value x) const { return relu(bn2(conv2(relu(bn1(conv1(x))))) + downsample(x)); }
  std::string kind() const { return ""; }
};

inline std::map<std::string, nn::Module> state_models() {
  return {
      {"perceptron", nn::sequential({nn::dense({.units = 7}).named("0"), nn::Module(nn::tanh),
                                     nn::dense({.units = 3}).named("2")})},
      {"convolution", nn::sequential({convolution(4, 3, 1, 1, true, "0"), nn::Module(nn::relu)})},
      {"batch_norm", nn::sequential({nn::batch_norm().named("0")})},
      {"block", Block{}},
  };
}

}  // namespace glia::testing
