#include "glia/nn/transformer.h"

#include <cmath>

#include "glia/base/format.h"
#include "glia/nn/attention.h"
#include "glia/nn/dense.h"
#include "glia/nn/noise.h"
#include "glia/nn/norm.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

Value normalised(Value x, const std::string& name, const TransformerOptions& o) {
  return layer_norm({.epsilon = o.epsilon, .center = o.bias}).named(name)(x);
}

Value projected(Value x, const std::string& name, std::int64_t units, bool bias) {
  return dense({.units = units, .bias = bias}).named(name)(x);
}

Module attention_of(const TransformerOptions& o, const char* name, bool causal, bool rotary) {
  return multi_head_attention({.num_heads = o.num_heads,
                               .causal = causal,
                               .dropout = o.dropout,
                               .bias = o.bias,
                               .rotary = rotary})
      .named(name);
}

// The blocks of a layer; around each of them the input goes on unchanged.
struct TransformerLayer {
  TransformerOptions o;
  bool decoder;
  Module self_attention, cross_attention;
  static constexpr Masks masks = Masks::own;

  TransformerLayer(const TransformerOptions& options, bool is_decoder)
      : o(options),
        decoder(is_decoder),
        self_attention(attention_of(o, "self_attn", o.causal, o.rotary)),
        cross_attention(attention_of(o, "multihead_attn", false, false)) {}

  Values forward(const Values& in) const {
    expect_inputs(in);
    Graph& graph = in[0].graph();
    const Value mask = graph.mask(in[0]);
    int blocks = 0;
    Value x = around(in[0], ++blocks, [&](Value v) {
      if (mask) graph.set_mask(v, mask);
      return self_attention(v);
    });
    if (decoder) x = around(x, ++blocks, [&](Value v) { return cross_attention(v, in[1]); });
    x = around(x, ++blocks, [&](Value v) {
      const Value hidden = o.activation.forward(projected(v, "linear1", o.dim_feedforward, o.bias));
      return projected(dropped(hidden, "dropout"), "linear2", v.dim(-1).value(), o.bias);
    });
    if (mask) graph.set_mask(x, mask);
    return {x};
  }
  std::string kind() const {
    return decoder ? "transformer_decoder_layer" : "transformer_encoder_layer";
  }

 private:
  void expect_inputs(const Values& in) const {
    const std::string where = fmt::format("[{}] layer '{}'", kind(), in[0].graph().scope());
    if (in.size() != (decoder ? 2 : 1))
      fail("E-NN-02", "{}: got {} inputs, expected {}", where, in.size(),
           decoder ? "target and memory" : "one sequence");
    if (in[0].rank() != 3 || !is_floating(in[0].dtype()))
      fail("E-SHAPE-01", "{}: got {}, expected a sequence [N, T, features]", where,
           in[0].type().text());
  }
  Value dropped(Value x, const std::string& name) const {
    return o.dropout == 0 ? x : dropout({.rate = o.dropout}).named(name)(x);
  }
  template <class F>
  Value around(Value x, int number, const F& block) const {
    const std::string norm = fmt::format("norm{}", number), drop = fmt::format("dropout{}", number);
    if (o.norm_first) return x + dropped(block(normalised(x, norm, o)), drop);
    return normalised(x + dropped(block(x), drop), norm, o);
  }
};

struct Stack {
  TransformerStackOptions o;
  bool decoder;
  std::vector<Module> layers;
  static constexpr Masks masks = Masks::own;

  Stack(const TransformerStackOptions& options, bool is_decoder) : o(options), decoder(is_decoder) {
    for (std::int64_t i = 0; i < o.num_layers; ++i)
      layers.push_back(Module(TransformerLayer(o.layer, decoder)).named(std::to_string(i)));
  }
  Values forward(const Values& in) const {
    Graph& graph = in[0].graph();
    const Value mask = graph.mask(in[0]);
    Values x = in;
    for (const Module& layer : layers) {
      const Graph::Scope scope(graph, "layers");
      x[0] = layer(x)[0];
    }
    if (!o.final_norm) return {x[0]};
    const Value y = normalised(x[0], "norm", o.layer);
    if (mask) graph.set_mask(y, mask);
    return {y};
  }
  std::string kind() const { return decoder ? "transformer_decoder" : "transformer_encoder"; }
};

const TransformerOptions& checked(const TransformerOptions& o, std::string_view layer) {
  expect_in_range({o.num_heads}, 1, layer, "num_heads", kMostFeatures);
  expect_in_range({o.dim_feedforward}, 1, layer, "dim_feedforward", kMostFeatures);
  expect(o.dropout >= 0 && o.dropout < 1, layer,
         fmt::format("dropout is {}, expected 0 <= dropout < 1", o.dropout));
  expect(std::isfinite(o.epsilon) && o.epsilon > 0, layer,
         fmt::format("epsilon is {}, expected more than 0", o.epsilon));
  return o;
}
const TransformerStackOptions& checked(const TransformerStackOptions& o, std::string_view layer) {
  checked(o.layer, layer);
  expect_in_range({o.num_layers}, 1, layer, "num_layers", kMostLayers);
  return o;
}

}  // namespace

Module transformer_encoder_layer(TransformerOptions o) {
  return TransformerLayer(checked(o, "transformer_encoder_layer"), false);
}
Module transformer_decoder_layer(TransformerOptions o) {
  return TransformerLayer(checked(o, "transformer_decoder_layer"), true);
}
Module transformer_encoder(TransformerStackOptions o) {
  return Stack(checked(o, "transformer_encoder"), false);
}
Module transformer_decoder(TransformerStackOptions o) {
  return Stack(checked(o, "transformer_decoder"), true);
}

}  // namespace glia::nn
