#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module embedding(Settings& s) {
  nn::EmbeddingOptions o;
  o.input_dim = s.required_integer("input_dim");
  o.output_dim = s.required_integer("output_dim");
  o.mask_zero = s.flag("mask_zero", false);
  if (s.has("padding_index")) o.padding_index = s.integer("padding_index", 0);
  if (s.has("embeddings_initializer"))
    o.embeddings_initializer = initializer(s, "embeddings_initializer");
  return nn::embedding(std::move(o));
}

nn::RecurrentOptions recurrent(Settings& s) {
  nn::RecurrentOptions o;
  o.units = s.required_integer("units");
  o.num_layers = s.integer("num_layers", 1);
  o.bidirectional = s.flag("bidirectional", false);
  o.return_sequences = s.flag("return_sequences", false);
  o.return_state = s.flag("return_state", false);
  o.stateful = s.flag("stateful", false);
  o.bias = s.flag("bias", true);
  o.dropout = s.real("dropout", 0);
  return o;
}

nn::Module simple_rnn(Settings& s) {
  return nn::simple_rnn(recurrent(s), activation(s, "activation", "tanh"));
}
nn::Module gru(Settings& s) { return nn::gru(recurrent(s), s.flag("reset_after", true)); }

}  // namespace

LayerMakers recurrent_layers() {
  return {
      {"embedding", embedding},
      {"simple_rnn", simple_rnn},
      {"lstm", [](Settings& s) { return nn::lstm(recurrent(s)); }},
      {"gru", gru},
  };
}

}  // namespace glia::experiment
