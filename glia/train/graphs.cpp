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

Values feature_inputs(Graph& graph, const BatchTypes& types) {
  Values features{graph.input("features", types.features)};
  for (const auto& [name, type] : types.more_features) features.push_back(graph.input(name, type));
  return features;
}

Values outputs_of(const nn::Module& model, const Values& features, const Objective& objective) {
  Values outputs = model(features);
  if (outputs.size() != objective.outputs.size())
    fail("E-TRAIN-07", "the model gives {} outputs, and there are losses for {}: give each its own",
         outputs.size(), objective.outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = objective.outputs[i];
    features[0].graph().output(output.port("prediction"), probabilities(outputs[i], output.loss));
  }
  return outputs;
}

}  // namespace

BatchTypes batch_types(const Shape& feature_row, const Shape& target_row, bool weighted) {
  const DType target = target_row.rank() == 0 ? DType::i64 : DType::f32;
  return {{DType::f32, batched(feature_row)}, {target, batched(target_row)}, weighted};
}

BatchTypes batch_types(const data::Dataset& dataset) {
  auto types = batch_types(dataset.feature_shape(), dataset.target_shape(), dataset.has_weights());
  const auto inputs = dataset.inputs(), outputs = dataset.outputs();
  for (std::size_t i = 1; i < inputs.size(); ++i)
    types.more_features.push_back(
        {"features:" + inputs[i].name, {inputs[i].dtype, batched(inputs[i].row)}});
  for (std::size_t i = 1; i < outputs.size(); ++i)
    types.more_targets.push_back(
        {"target:" + outputs[i].name, {outputs[i].dtype, batched(outputs[i].row)}});
  return types;
}

Graph loss_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                 bool training, std::uint64_t seed) {
  Graph graph;
  graph.training = training;
  graph.seed = seed;
  const Values features = feature_inputs(graph, types);
  Values targets{graph.input("target", types.target)};
  for (const auto& [name, type] : types.more_targets) targets.push_back(graph.input(name, type));
  if (targets.size() != objective.outputs.size())
    fail("E-TRAIN-07", "the dataset has {} targets, and there are losses for {}: give each its own",
         targets.size(), objective.outputs.size());
  const Value weights =
      types.weighted ? graph.input("weights", {DType::f32, {types.features.shape[0]}}) : Value();
  const Values outputs = outputs_of(model, features, objective);
  const Graph::Scope scope(graph, "loss");
  Value total;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = objective.outputs[i];
    const Value loss = output.loss(outputs[i], targets[i], weights);
    if (!output.name.empty()) graph.output(output.port("loss"), loss);
    const Value term = output.weight == 1 ? loss : loss * output.weight;
    total = total ? total + term : term;
  }
  graph.output("loss", total);
  return graph;
}

Graph gradient_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                     std::uint64_t seed) {
  Graph graph = loss_graph(model, objective, types, true, seed);
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

Graph inference_graph(const nn::Module& model, const Objective& objective,
                      const BatchTypes& types) {
  Graph graph;
  graph.training = false;
  outputs_of(model, feature_inputs(graph, types), objective);
  return graph;
}

Graph inference_graph(const nn::Module& model, const Objective& objective, const Type& features) {
  return inference_graph(model, objective, BatchTypes{features, {}});
}

}  // namespace glia::train
