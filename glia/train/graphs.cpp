#include "glia/train/graphs.h"

#include <limits>
#include <map>
#include <tuple>

#include "glia/autodiff/gradient.h"
#include "glia/base/format.h"
#include "glia/ops/ops.h"

namespace glia::train {
namespace {

const std::string kGradient = "gradient:";

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

BatchTypes batch_types(const data::Source& source) {
  const auto inputs = source.inputs(), outputs = source.outputs();
  BatchTypes types{{inputs[0].dtype, batched(inputs[0].row)},
                   {outputs[0].dtype, batched(outputs[0].row)},
                   source.has_weights()};
  types.weight_row = source.weight_shape();
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
      types.weighted ? graph.input("weights", {DType::f32, batched(types.weight_row)}) : Value();
  const Values outputs = outputs_of(model, features, objective);
  const Graph::Scope scope(graph, "loss");
  Value total;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = objective.outputs[i];
    const auto [loss, counts] = output.loss.apply(outputs[i], targets[i], weights);
    if (!output.name.empty()) graph.output(output.port("loss"), loss);
    if (counts) graph.output(output.port("loss_weight"), counts);
    if (const Value mask = graph.mask(outputs[i])) graph.output(output.port("mask"), mask);
    const Value term = output.weight == 1 ? loss : loss * output.weight;
    total = total ? total + term : term;
  }
  graph.output("loss", total);
  return graph;
}

Graph gradient_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                     std::uint64_t seed, const UpdateOptions& options, std::int64_t epoch) {
  Graph graph = loss_graph(model, objective, types, true, seed);
  Value total = graph.find_output("loss");
  {
    const Graph::Scope scope(graph, "loss");
    if (const Value penalty = nn::l2_penalty(graph)) total = total + penalty;
  }
  Values parameters = graph.parameters();
  std::vector<std::string> names;
  for (const Value& p : parameters) names.push_back(graph.variable_of(p).name);
  check_groups(options, names);
  std::erase_if(parameters, [&](const Value& p) {
    const Group* group = group_of(options.groups, graph.variable_of(p).name);
    return group && (group->frozen || (epoch > 0 && group->from_epoch > epoch));
  });
  if (parameters.empty())
    fail("E-TRAIN-01", "the model has no trainable parameter{}: there is nothing to learn",
         epoch > 0 ? fmt::format(" in epoch {}", epoch) : "");
  const Values gradients = gradient(total, parameters);
  Values finite{total};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    graph.output(kGradient + graph.variable_of(parameters[i]).name, gradients[i]);
    finite.push_back(gradients[i]);
  }
  graph.output("loss", total);
  graph.gate(all_finite(finite));
  return graph;
}

Values learned(const Graph& gradients) {
  Values parameters;
  for (const auto& [name, value] : gradients.outputs())
    if (name.starts_with(kGradient))
      parameters.push_back(gradients.find_variable(name.substr(kGradient.size())));
  return parameters;
}

namespace {

Value counter(Graph& graph, std::string_view name) {
  return graph.variable({std::string(name), {DType::i64, {}}, Role::counter, false, nullptr});
}

Value accumulated(Graph& graph, const Value& parameter) {
  return graph.variable({graph.variable_of(parameter).name + ".accumulated", parameter.type(),
                         Role::slot, false, nullptr});
}

Value accumulated_weight(Graph& graph, DType dtype) {
  return graph.variable({"train.accumulated_weight", {dtype, {}}, Role::slot, false, nullptr});
}

}  // namespace

Graph accumulate_graph(const Graph& gradients) {
  Graph graph;
  const Graph::Scope scope(graph, "optimizer");
  Values flows;
  const Values parameters = learned(gradients);
  const DType dtype = parameters[0].dtype();
  const Value weight = graph.input("loss_weight", {dtype, {}});
  const Value carry = graph.input("carry", {dtype, {}});
  for (const Value& p : parameters) {
    const Variable& variable = gradients.variable_of(p);
    const Value sum = accumulated(graph, graph.variable(variable));
    const Value flow = graph.input(kGradient + variable.name, variable.type);
    graph.update(sum, sum * carry + flow * weight);
  }
  const Value total = accumulated_weight(graph, dtype);
  graph.update(total, total * carry + weight);
  const Value step = nn::step_counter(graph);
  graph.update(step, step + 1.0);
  return graph;
}

void add_updates(Graph& graph, const optim::Optimizer& optimizer, const Values& parameters,
                 const Values& gradients, Value rate, Value step, const UpdateOptions& o) {
  if (!optimizer.update)
    fail("E-TRAIN-02", "[{}] is a procedure over whole runs of a program, no update of a graph",
         optimizer.name);
  // By factor of the rate, decay, and the epoch from which they are learned.
  std::map<std::tuple<double, double, std::int64_t>, optim::Update> together;
  std::map<std::int64_t, Value> counters;
  for (const Value& p : parameters)
    if (const Group* group = group_of(o.groups, graph.variable_of(p).name);
        group && group->from_epoch > 1 && !counters.contains(group->from_epoch))
      counters[group->from_epoch] =
          counter(graph, fmt::format("train.updates_from_epoch_{}", group->from_epoch));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Group* group = group_of(o.groups, graph.variable_of(parameters[i]).name);
    const double factor = group ? group->learning_rate_factor : 1;
    const double decay = decay_of(optimizer, group, parameters[i].rank());
    const std::int64_t from = group ? group->from_epoch : 1;
    optim::Update& update = together[{factor, decay, from}];
    if (update.parameters.empty()) {
      update.learning_rate = factor == 1 ? rate : rate * factor;
      update.step = from == 1 ? step : counters.at(from);
      update.weight_decay = decay;
    }
    update.parameters.push_back(parameters[i]);
    update.gradients.push_back(gradients[i]);
  }
  for (const auto& [key, update] : together) {
    Values next = optimizer.update(graph, update);
    for (std::size_t i = 0; i < next.size(); ++i) {
      const Value p = update.parameters[i];
      for (const auto& on : o.constraints)
        if (matches(on.match, graph.variable_of(p).name)) {
          const Graph::Scope scope(graph, graph.variable_of(p).name);
          next[i] = on.constraint.apply(next[i]);
        }
      graph.update(p, next[i]);
    }
  }
  for (const auto& [epoch, count] : counters) graph.update(count, count + 1.0);
}

Graph update_graph(const Graph& gradients, const optim::Optimizer& optimizer,
                   const UpdateOptions& o) {
  Graph graph;
  const Graph::Scope scope(graph, "optimizer");
  Values parameters, flows;
  for (const Value& p : learned(gradients)) {
    const Variable& variable = gradients.variable_of(p);
    parameters.push_back(graph.variable(variable));
    flows.push_back(o.accumulate == 1 ? graph.input(kGradient + variable.name, variable.type)
                                      : accumulated(graph, parameters.back()) /
                                            maximum(accumulated_weight(graph, p.dtype()),
                                                    std::numeric_limits<float>::min()));
  }
  flows = optim::clipped(std::move(flows), o.clip);
  const Value rate = graph.input("learning_rate", {parameters[0].dtype(), {}});
  const Value step = o.accumulate == 1 ? nn::step_counter(graph) : counter(graph, "train.updates");
  add_updates(graph, optimizer, parameters, flows, rate, step, o);
  graph.update(step, step + 1.0);
  return graph;
}

std::string decay_note(const Graph& gradients, const optim::Optimizer& optimizer,
                       const UpdateOptions& o) {
  std::vector<std::string> out;
  const Values all = learned(gradients);
  for (const Value& p : all) {
    const auto& name = gradients.variable_of(p).name;
    const Group* group = group_of(o.groups, name);
    if (optimizer.weight_decay > 0 && !(group && group->weight_decay) &&
        decay_of(optimizer, group, p.rank()) == 0)
      out.push_back(name);
  }
  if (out.empty()) return "";
  constexpr std::size_t kShown = 3;
  const bool more = out.size() > kShown;
  const auto count = out.size();
  out.resize(std::min(count, kShown));
  return fmt::format(
      "weight_decay {} holds for {} of {} parameters: biases and normalisations are left out "
      "({}{}); "
      "decay_all takes them too",
      optimizer.weight_decay, all.size() - count, all.size(), fmt::join(out, ", "),
      more ? ", ..." : "");
}

Graph step_graph(const Graph& gradients, const Graph& update) {
  Graph joined = join(gradients, update);
  joined.drop_outputs([](std::string_view name) { return name.starts_with(kGradient); });
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
