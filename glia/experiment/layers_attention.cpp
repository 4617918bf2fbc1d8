#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module attention(Settings& s) {
  nn::AttentionOptions o;
  o.causal = s.flag("causal", false);
  o.dropout = s.real("dropout", 0);
  o.scale = s.real("scale", 0);
  return nn::attention(o);
}

nn::Module multi_head_attention(Settings& s) {
  nn::MultiHeadAttentionOptions o;
  o.num_heads = s.required_integer("num_heads");
  o.key_dim = s.integer("key_dim", 0);
  o.causal = s.flag("causal", false);
  o.dropout = s.real("dropout", 0);
  o.bias = s.flag("bias", true);
  o.rotary = s.flag("rotary", false);
  o.rotary_wavelength = s.real("rotary_wavelength", 10000);
  return nn::multi_head_attention(o);
}

nn::TransformerOptions transformer(Settings& s) {
  nn::TransformerOptions o;
  o.num_heads = s.required_integer("num_heads");
  o.dim_feedforward = s.integer("dim_feedforward", 2048);
  o.activation = activation(s, "activation", "relu");
  o.dropout = s.real("dropout", 0.1);
  o.epsilon = s.real("epsilon", 1e-5);
  o.norm_first = s.flag("norm_first", false);
  o.bias = s.flag("bias", true);
  o.causal = s.flag("causal", false);
  o.rotary = s.flag("rotary", false);
  return o;
}

nn::TransformerStackOptions stack(Settings& s) {
  nn::TransformerStackOptions o{.layer = transformer(s)};
  o.num_layers = s.required_integer("num_layers");
  o.final_norm = s.flag("final_norm", false);
  return o;
}

nn::Module sine_position_encoding(Settings& s) {
  return nn::sine_position_encoding({.max_wavelength = s.real("max_wavelength", 10000)});
}
nn::Module position_embedding(Settings& s) {
  return nn::position_embedding({.sequence_length = s.required_integer("sequence_length")});
}
nn::Module rotary_embedding(Settings& s) {
  return nn::rotary_embedding({.max_wavelength = s.real("max_wavelength", 10000)});
}

}  // namespace

LayerMakers attention_layers() {
  return {
      {"attention", attention},
      {"multi_head_attention", multi_head_attention},
      {"transformer_encoder_layer",
       [](Settings& s) { return nn::transformer_encoder_layer(transformer(s)); }},
      {"transformer_decoder_layer",
       [](Settings& s) { return nn::transformer_decoder_layer(transformer(s)); }},
      {"transformer_encoder", [](Settings& s) { return nn::transformer_encoder(stack(s)); }},
      {"transformer_decoder", [](Settings& s) { return nn::transformer_decoder(stack(s)); }},
      {"sine_position_encoding", sine_position_encoding},
      {"position_embedding", position_embedding},
      {"rotary_embedding", rotary_embedding},
  };
}

}  // namespace glia::experiment
