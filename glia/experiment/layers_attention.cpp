#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

constexpr auto kCausal = "no position looks at later ones";

nn::Module attention(Settings& s) {
  nn::AttentionOptions o;
  o.causal = s.flag("causal", o.causal, kCausal);
  o.dropout = s.real("dropout", o.dropout, "dropout of the attention's weights");
  o.scale = s.real("scale", o.scale, "factor of the scores; 0: 1 / sqrt(features)");
  return nn::attention(o);
}

nn::Module multi_head_attention(Settings& s) {
  nn::MultiHeadAttentionOptions o;
  o.num_heads = s.required_integer("num_heads", "attentions side by side");
  o.key_dim =
      s.integer("key_dim", o.key_dim, "features of each head; 0: the query's features / num_heads");
  o.causal = s.flag("causal", o.causal, kCausal);
  o.dropout = s.real("dropout", o.dropout, "dropout of the attention's weights");
  o.bias = s.flag("bias", o.bias, "biases");
  o.rotary = s.flag("rotary", o.rotary, "turn queries and keys by their positions");
  o.rotary_wavelength =
      s.real("rotary_wavelength", o.rotary_wavelength, "of the slowest turning feature");
  return nn::multi_head_attention(o);
}

nn::TransformerOptions transformer(Settings& s) {
  nn::TransformerOptions o;
  o.num_heads = s.required_integer("num_heads", "attentions side by side");
  o.dim_feedforward = s.integer("dim_feedforward", o.dim_feedforward,
                                "units of the layer between the two dense ones");
  o.activation = activation(s, o.activation);
  o.dropout =
      s.real("dropout", o.dropout, "dropout after each part and of the attention's weights");
  o.epsilon = s.real("epsilon", o.epsilon, "of the normalisations");
  o.norm_first =
      s.flag("norm_first", o.norm_first, "normalise before each part instead of after it");
  o.bias = s.flag("bias", o.bias, "biases");
  o.causal = s.flag("causal", o.causal, kCausal);
  o.rotary = s.flag("rotary", o.rotary, "turn queries and keys by their positions");
  return o;
}

nn::TransformerStackOptions stack(Settings& s) {
  nn::TransformerStackOptions o{.layer = transformer(s)};
  o.num_layers = s.required_integer("num_layers", "layers on top of each other");
  o.final_norm = s.flag("final_norm", o.final_norm, "normalise the last result");
  return o;
}

nn::Module sine_position_encoding(Settings& s) {
  const nn::SinePositionOptions usual;
  return nn::sine_position_encoding(
      {.max_wavelength = s.real("max_wavelength", usual.max_wavelength, "of the slowest feature")});
}
nn::Module position_embedding(Settings& s) {
  return nn::position_embedding(
      {.sequence_length = s.required_integer("sequence_length", "positions that there are")});
}
nn::Module rotary_embedding(Settings& s) {
  const nn::RotaryEmbeddingOptions usual;
  return nn::rotary_embedding(
      {.max_wavelength = s.real("max_wavelength", usual.max_wavelength, "of the slowest feature")});
}

}  // namespace

LayerMakers attention_layers() {
  return {
      {"attention", "a mean of the values, weighted by query against keys", attention},
      {"multi_head_attention", "several attentions side by side, between learned projections",
       multi_head_attention},
      {"transformer_encoder_layer", "self-attention and two dense layers, each added to its input",
       [](Settings& s) { return nn::transformer_encoder_layer(transformer(s)); }},
      {"transformer_decoder_layer", "the same with attention to a second sequence between them",
       [](Settings& s) { return nn::transformer_decoder_layer(transformer(s)); }},
      {"transformer_encoder", "encoder layers on top of each other",
       [](Settings& s) { return nn::transformer_encoder(stack(s)); }},
      {"transformer_decoder", "decoder layers on top of each other",
       [](Settings& s) { return nn::transformer_decoder(stack(s)); }},
      {"sine_position_encoding", "adds sines and cosines of the position", sine_position_encoding},
      {"position_embedding", "adds a learned vector for each position", position_embedding},
      {"rotary_embedding", "turns pairs of features by their position", rotary_embedding},
  };
}

}  // namespace glia::experiment
