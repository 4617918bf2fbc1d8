// Internal: for tests. Small networks with every kind of layer, and the step that trains them.
#pragma once

#include <string>
#include <vector>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/exec/session.h"
#include "glia/nn/layers.h"
#include "glia/train/graphs.h"
#include "tests/thrown.h"

namespace glia::testing {

struct Network {
  std::string name;
  nn::Module model;
  Shape row;  // of features
  nn::Loss loss;
  std::int64_t classes = 3;
};

inline void PrintTo(const Network& n, std::ostream* out) { *out << n.name; }

inline std::vector<Network> networks() {
  using nn::relu;
  const auto logits = nn::sparse_categorical_crossentropy({.from_logits = true});
  const auto rows = nn::sparse_categorical_crossentropy();
  const nn::Module head = nn::dense({.units = 3, .activation = nn::softmax});
  return {
      {"linear", nn::dense({.units = 3}), {5}, logits},
      {"mlp",
       nn::sequential({nn::dense({.units = 17, .activation = relu, .l2 = 0.01}),
                       nn::dense({.units = 9, .activation = nn::tanh}), head}),
       {7},
       rows},
      {"regularised",
       nn::sequential({nn::dense({.units = 16, .bias = false}), nn::batch_norm(), nn::relu,
                       nn::dropout({.rate = 0.4}), nn::dense({.units = 8}),
                       nn::leaky_relu_with(0.2), nn::batch_norm(), nn::dense({.units = 3})}),
       {6},
       logits},
      {"cnn",
       nn::sequential(
           {nn::conv2d({.filters = 8, .padding = {nn::Padding::Kind::same}, .activation = relu}),
            nn::max_pool2d(), nn::conv2d({.filters = 16, .bias = false}), nn::batch_norm(),
            nn::relu, nn::global_average_pool2d(), head}),
       {2, 8, 8},
       rows},
      {"cnn_flat",
       nn::sequential({nn::conv2d({.filters = 5, .kernel_size = {2, 3}, .stride = {2, 1}}),
                       nn::sigmoid, nn::dropout({.rate = 0.25}), nn::flatten(), head}),
       {1, 6, 7},
       rows},
      {"yes_no",
       nn::sequential({nn::dense({.units = 4, .activation = nn::sigmoid}),
                       nn::dense({.units = 1, .activation = nn::sigmoid})}),
       {3},
       nn::binary_crossentropy(),
       2},
  };
}

inline train::BatchTypes types_of(const Network& n) {
  const bool indices = n.loss.target == nn::Loss::Target::indices;
  return train::batch_types(n.row, indices ? Shape{} : Shape{1}, false);
}

// Gradients, outputs included, and an update by sgd with momentum.
inline Graph step_of(const Network& n, bool keep_gradients = true) {
  const Graph gradients = train::gradient_graph(n.model, n.loss, types_of(n), 11);
  const Graph update = train::update_graph(
      gradients, optim::sgd({.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 1e-3}));
  return keep_gradients ? join(gradients, update) : train::step_graph(gradients, update);
}

// Inputs of a step for `batch` rows, by name.
inline std::map<std::string, Tensor> batch_of(const Network& n, std::int64_t batch,
                                              std::uint64_t seed = 3) {
  Random random(seed, "batch");
  Shape shape{batch};
  for (const Dim d : n.row) shape.push_back(d);
  Tensor x(DType::f32, shape);
  for (float& v : x.data<float>()) v = static_cast<float>(random.normal());
  const bool indices = n.loss.target == nn::Loss::Target::indices;
  Tensor y(indices ? DType::i64 : DType::f32, indices ? Shape{batch} : Shape{batch, 1});
  for (std::int64_t i = 0; i < batch; ++i)
    y.set(i, static_cast<double>(random.below(static_cast<std::uint64_t>(n.classes))));
  return {{"features", x}, {"target", y}, {"learning_rate", Tensor::scalar(0.1f)}};
}

inline void bind_all(Session& session, const std::map<std::string, Tensor>& inputs) {
  for (const auto& [name, tensor] : inputs) session.bind(name, tensor);
}

inline std::shared_ptr<const Program> compiled(const Graph& graph, std::int64_t batch,
                                               std::vector<std::string> disabled = {}) {
  CompileOptions options;
  options.bindings = {{"batch", batch}};
  options.passes.disabled = std::move(disabled);
  return compile(graph, options);
}

inline bool same_store(const std::map<std::string, Tensor>& a,
                       const std::map<std::string, Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a)
    if (!b.contains(name) || !same_bits(tensor, b.at(name))) return false;
  return true;
}

}  // namespace glia::testing
