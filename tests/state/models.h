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

// Names come from the user's model, as in PyTorch: self.rnn, self.head.
inline nn::Module recurrent(const nn::Module& layer) {
  return nn::sequential({layer.named("rnn"), nn::dense({.units = 2}).named("head")});
}

inline nn::TransformerStackOptions stack(bool norm_first) {
  return {.layer = {.num_heads = 2, .dim_feedforward = 12, .norm_first = norm_first},
          .num_layers = 2,
          .final_norm = norm_first};
}

struct Decoded {
  nn::Module embedding = nn::dense({.units = 8}).named("embedding");
  nn::Module encoder = nn::transformer_encoder(stack(false)).named("encoder");
  nn::Module decoder = nn::transformer_decoder(stack(false)).named("decoder");
  nn::Module head = nn::dense({.units = 2}).named("head");
  Value forward(Value x) const {
    const Value embedded = embedding(x);
    return head(decoder({embedded, encoder(embedded)})[0]);
  }
  std::string kind() const { return ""; }
};

inline std::map<std::string, nn::Module> state_models() {
  const auto layers = [](std::int64_t count, bool both) {
    return nn::RecurrentOptions{
        .units = 4, .num_layers = count, .bidirectional = both, .return_sequences = true};
  };
  return {
      {"perceptron", nn::sequential({nn::dense({.units = 7}).named("0"), nn::Module(nn::tanh),
                                     nn::dense({.units = 3}).named("2")})},
      {"convolution", nn::sequential({convolution(4, 3, 1, 1, true, "0"), nn::Module(nn::relu)})},
      {"batch_norm", nn::sequential({nn::batch_norm().named("0")})},
      {"block", Block{}},
      {"lstm", recurrent(nn::lstm(layers(2, false)))},
      {"lstm_bidirectional", recurrent(nn::lstm(layers(2, true)))},
      {"gru", recurrent(nn::gru(layers(2, false)))},
      {"gru_bidirectional", recurrent(nn::gru(layers(1, true)))},
      {"rnn", recurrent(nn::simple_rnn(layers(1, false)))},
      {"encoder", nn::transformer_encoder(stack(false)).named("")},
      {"encoder_norm_first", nn::transformer_encoder(stack(true)).named("")},
      {"transformer", Decoded{}},
  };
}

}  // namespace glia::testing
