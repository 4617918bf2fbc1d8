#include "glia/train/graphs.h"

#include "glia/autodiff/gradient.h"
#include "glia/base/format.h"
#include "glia/ops/ops.h"

namespace glia::train {
namespace {

Shape batched(const Shape& row) {
  Shape shape{Dim::symbol("batch")};
  for (const Dim d : row) shape.push_back(d);
  return shape;
}

// What a person means by the model's prediction: probabilities, not logits.
Value probabilities(Value output, const nn::Loss& loss) {
  return loss.to_prediction ? loss.to_prediction(output) : output;
}

}  // namespace

BatchTypes batch_types(const Shape& feature_row, const Shape& target_row, bool weighted) {
  const DType target = target_row.rank() == 0 ? DType::i64 : DType::f32;
  return {{DType::f32, batched(feature_row)}, {target, batched(target_row)}, weighted};
}

Graph loss_graph(const nn::Module& model, const nn::Loss& loss, const BatchTypes& types,
                 bool training, std::uint64_t seed) {
  Graph graph;
  graph.training = training;
  graph.seed = seed;
  const Value features = graph.input("features", types.features);
  const Value target = graph.input("target", types.target);
  const Value weights =
      types.weighted ? graph.input("weights", {DType::f32, {types.features.shape[0]}}) : Value();
  const Value output = model(features);
  graph.output("prediction", probabilities(output, loss));
  const Graph::Scope scope(graph, "loss");
  graph.output("loss", loss(output, target, weights));
  return graph;
}

Graph gradient_graph(const nn::Module& model, const nn::Loss& loss, const BatchTypes& types,
                     std::uint64_t seed) {
  Graph graph = loss_graph(model, loss, types, true, seed);
  Value total = graph.find_output("loss");
  {
    const Graph::Scope scope(graph, "loss");
    if (const Value penalty = nn::l2_penalty(graph)) total = total + penalty;
  }
  const Values parameters = graph.parameters();
  if (parameters.empty())
    fail("E-TRAIN-01", "the model has no trainable parameter: there is nothing to learn");
  const Values gradients = gradient(total, parameters);
  Values finite{total};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    graph.output("gradient:" + graph.variable_of(parameters[i]).name, gradients[i]);
    finite.push_back(gradients[i]);
  }
  graph.output("loss", total);
  graph.gate(all_finite(finite));
  return graph;
}

Graph update_graph(const Graph& gradients, const optim::Optimizer& optimizer) {
  Graph graph;
  const Graph::Scope scope(graph, "optimizer");
  Values parameters, flows;
  for (const Value& p : gradients.parameters()) {
    const Variable& variable = gradients.variable_of(p);
    parameters.push_back(graph.variable(variable));
    flows.push_back(graph.input("gradient:" + variable.name, variable.type));
  }
  const Value rate = graph.input("learning_rate", {DType::f32, {}});
  const Value step = nn::step_counter(graph);
  optimizer.update(graph, parameters, flows, rate, step);
  graph.update(step, step + 1.0);
  return graph;
}

Graph step_graph(const Graph& gradients, const Graph& update) {
  Graph joined = join(gradients, update);
  joined.drop_outputs([](std::string_view name) { return name.starts_with("gradient:"); });
  return joined;
}

Graph inference_graph(const nn::Module& model, const nn::Loss& loss, const Type& features) {
  Graph graph;
  graph.training = false;
  graph.output("prediction", probabilities(model(graph.input("features", features)), loss));
  return graph;
}

}  // namespace glia::train
