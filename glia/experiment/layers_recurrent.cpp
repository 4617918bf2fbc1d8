#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module embedding(Settings& s) {
  nn::EmbeddingOptions o;
  o.input_dim = s.required_integer("input_dim", "rows of the table: numbers go from 0 to below it");
  o.output_dim = s.required_integer("output_dim", "length of the vector for each number");
  o.mask_zero = s.flag("mask_zero", o.mask_zero, "0 is padding, which later layers leave out");
  o.padding_index = s.integer("padding_index", "this number gives zeros; unless given none");
  s.describe("embeddings_initializer", "initializer", "",
             "start of the table; usually normal(0, 1)");
  if (s.has("embeddings_initializer"))
    o.embeddings_initializer = initializer(s, "embeddings_initializer", o.embeddings_initializer);
  return nn::embedding(std::move(o));
}

nn::RecurrentOptions recurrent(Settings& s) {
  nn::RecurrentOptions o;
  o.units = s.required_integer("units", "length of the state");
  o.num_layers = s.integer("num_layers", o.num_layers, "layers on top of each other");
  o.bidirectional =
      s.flag("bidirectional", o.bidirectional, "also from the end to the beginning, side by side");
  o.return_sequences = s.flag("return_sequences", o.return_sequences,
                              "the state after each step instead of after the last");
  o.return_state = s.flag("return_state", o.return_state,
                          "the last state as further outputs; in C++ programs only");
  o.stateful = s.flag("stateful", o.stateful,
                      "a batch goes on with the state of the one before; in C++ programs only");
  o.bias = s.flag("bias", o.bias, "biases");
  o.dropout = s.real("dropout", o.dropout, "dropout between the layers");
  return o;
}

// Statements, for the order of a call's arguments is the compiler's, and options stand in that
// order.
nn::Module simple_rnn(Settings& s) {
  auto o = recurrent(s);
  return nn::simple_rnn(o, activation(s, nn::tanh));
}
nn::Module gru(Settings& s) {
  auto o = recurrent(s);
  return nn::gru(
      o, s.flag("reset_after", true, "the reset gate after the product (false: the paper's)"));
}

}  // namespace

LayerMakers recurrent_layers() {
  return {
      {"embedding",
       "a learned vector for each token (data.text, data.language_model) or other whole number",
       embedding},
      {"simple_rnn", "recurrent: activation(x W + h U + b), step by step", simple_rnn},
      {"lstm", "recurrent with a memory cell and three gates",
       [](Settings& s) { return nn::lstm(recurrent(s)); }},
      {"gru", "recurrent with two gates", gru},
  };
}

}  // namespace glia::experiment
