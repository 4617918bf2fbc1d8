// Internal: the reference kernels. Each takes a node, of which it reads attributes and output
// types only, and its inputs; it returns its outputs. Formulas stand in the ops' documentation.
#pragma once

#include "glia/backends/reference/array.h"

namespace glia::naive {

using Function = Arrays (*)(const Node& node, const Arrays& in);

Arrays elementwise(const Node& node, const Arrays& in);  // every op with a Micro, and "fused"

Arrays constant(const Node& node, const Arrays& in);
Arrays copy(const Node& node,
            const Arrays& in);  // reshape; reorder: layouts are load's and store's
Arrays transpose(const Node& node, const Arrays& in);
Arrays broadcast_to(const Node& node, const Arrays& in);
Arrays element_count(const Node& node, const Arrays& in);
Arrays one_hot(const Node& node, const Arrays& in);
Arrays cast(const Node& node, const Arrays& in);

Arrays concatenate(const Node& node, const Arrays& in);
Arrays slice(const Node& node, const Arrays& in);
Arrays pad(const Node& node, const Arrays& in);
Arrays iota(const Node& node, const Arrays& in);
Arrays gather(const Node& node, const Arrays& in);
Arrays scatter_add(const Node& node, const Arrays& in);

Arrays reduce_sum(const Node& node, const Arrays& in);
Arrays reduce_max(const Node& node, const Arrays& in);
Arrays all_finite(const Node& node, const Arrays& in);

Arrays matmul(const Node& node, const Arrays& in);
Arrays batch_matmul(const Node& node, const Arrays& in);
Arrays conv2d(const Node& node, const Arrays& in);
Arrays conv2d_input_gradient(const Node& node, const Arrays& in);
Arrays conv2d_weight_gradient(const Node& node, const Arrays& in);

Arrays max_pool2d(const Node& node, const Arrays& in);
Arrays max_pool2d_gradient(const Node& node, const Arrays& in);
Arrays max_pool2d_gather(const Node& node, const Arrays& in);
Arrays average_pool2d(const Node& node, const Arrays& in);
Arrays average_pool2d_gradient(const Node& node, const Arrays& in);
Arrays global_average_pool2d(const Node& node, const Arrays& in);
Arrays global_average_pool2d_gradient(const Node& node, const Arrays& in);

Arrays batch_norm(const Node& node, const Arrays& in);
Arrays batch_norm_gradient(const Node& node, const Arrays& in);

Arrays rnn_sequence(const Node& node, const Arrays& in);
Arrays rnn_sequence_gradient(const Node& node, const Arrays& in);
Arrays lstm_sequence(const Node& node, const Arrays& in);
Arrays lstm_sequence_gradient(const Node& node, const Arrays& in);
Arrays gru_sequence(const Node& node, const Arrays& in);
Arrays gru_sequence_gradient(const Node& node, const Arrays& in);

Arrays softmax(const Node& node, const Arrays& in);
Arrays log_softmax(const Node& node, const Arrays& in);
Arrays softmax_crossentropy(const Node& node, const Arrays& in);
Arrays softmax_crossentropy_gradient(const Node& node, const Arrays& in);
Arrays ctc_loss(const Node& node, const Arrays& in);
Arrays ctc_loss_gradient(const Node& node, const Arrays& in);

Arrays dropout_mask(const Node& node, const Arrays& in);
Arrays random_uniform(const Node& node, const Arrays& in);

Arrays sgd_update(const Node& node, const Arrays& in);
Arrays adam_update(const Node& node, const Arrays& in);

// What the fused forms of conv2d and matmul end with: attribute "activation", "none" or "relu".
double activate(const Node& node, double v);

// Element numbers of an operand that broadcasts to an output, by the output's element numbers:
// dimensions of 1, and missing leading ones, are repeated.
class Broadcast {
 public:
  Broadcast(const std::vector<std::int64_t>& from, std::vector<std::int64_t> to);
  std::int64_t operator()(std::int64_t i) const;

 private:
  std::vector<std::int64_t> sizes_, strides_;
};

}  // namespace glia::naive
