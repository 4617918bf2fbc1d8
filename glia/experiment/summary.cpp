#include "glia/experiment/summary.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/ops/ops.h"
#include "glia/report/table.h"

namespace glia::experiment {
namespace {

bool is_under(std::string_view name, std::string_view scope) {
  return name == scope || (name.starts_with(scope) && name.substr(scope.size()).starts_with('.'));
}

bool computes(const Node& node) {
  return node.op != &variable_def && node.op != &constant_def && node.op != &input_def;
}

bool is_frozen(const Variable& variable, const std::vector<train::Group>& groups) {
  const auto* group = train::group_of(groups, variable.name);
  return !variable.trainable || (group != nullptr && group->frozen);
}

// As it predicts one row.
Graph trace(const nn::Module& model, const train::BatchTypes& types) {
  Graph graph;
  graph.training = false;
  Values inputs{graph.input("features", types.features)};
  for (const auto& [name, type] : types.more_features) inputs.push_back(graph.input(name, type));
  model(inputs);
  return bind(graph, {{"batch", 1}});
}

LayerSummary summary_of(const Graph& graph, const std::vector<train::Group>& groups,
                        std::string name, std::string kind) {
  LayerSummary row;
  for (const Node& node : graph.nodes()) {
    if (!computes(node) || !is_under(node.scope, name)) continue;
    row.output = node.outputs[0].shape;
    if (node.op->cost) row.operations += node.op->cost(node.call()).operations;
    if (node.op->view) continue;
    for (const Type& type : node.outputs)
      row.activations +=
          static_cast<double>(type.shape.elements()) * static_cast<double>(size_of(type.dtype));
  }
  for (const Variable& variable : graph.variables()) {
    if (variable.role != Role::parameter || !is_under(variable.name, name)) continue;
    const std::int64_t elements = variable.type.shape.elements();
    row.parameters += elements;
    if (is_frozen(variable, groups)) row.frozen += elements;
  }
  row.name = std::move(name);
  row.kind = std::move(kind);
  return row;
}

// Names at the first level of the scopes, in the order in which they come up.
std::vector<std::string> first_level(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes()) {
    const std::string name = node.scope.substr(0, node.scope.find('.'));
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  }
  return names;
}

// Without the batch, which is 1 here.
std::string row_text(const Shape& shape) {
  if (shape.rank() == 0) return "";
  return Shape(std::vector<Dim>(shape.begin() + 1, shape.end())).text();
}

report::Cell count(double number) { return {with_commas(static_cast<long long>(number))}; }

// The columns that say something here: of any model no kinds are known.
struct Columns {
  bool kind = false, frozen = false;
};

std::vector<report::Cell> cells(const LayerSummary& layer, Columns columns) {
  std::vector<report::Cell> cells{{layer.name}};
  if (columns.kind) cells.push_back({layer.kind});
  cells.push_back({row_text(layer.output)});
  cells.emplace_back(with_commas(layer.parameters));
  if (columns.frozen) cells.emplace_back(with_commas(layer.frozen));
  cells.push_back(count(layer.operations));
  cells.emplace_back(human_bytes(layer.activations));
  return cells;
}

}  // namespace

std::vector<LayerSummary> summarize(const nn::Module& model, const std::vector<nn::Module>& layers,
                                    const train::BatchTypes& types,
                                    const std::vector<train::Group>& groups) {
  const Graph bound = trace(model, types);
  std::vector<LayerSummary> rows;
  if (layers.empty())
    for (auto& name : first_level(bound)) rows.push_back(summary_of(bound, groups, name, ""));
  for (const auto& layer : layers) {
    rows.push_back(summary_of(bound, groups, layer.name(), layer.kind()));
    if (rows.back().output.rank() == 0 && rows.size() > 1)
      rows.back().output = rows[rows.size() - 2].output;  // passes its input on
  }
  return rows;
}

std::string undecayed(const nn::Module& model, const train::BatchTypes& types,
                      const optim::Optimizer& optimizer, const std::vector<train::Group>& groups) {
  if (optimizer.weight_decay == 0) return "";
  std::vector<std::string> names;
  std::int64_t learned = 0;
  const Graph graph = trace(model, types);
  for (const Variable& variable : graph.variables()) {
    if (variable.role != Role::parameter || is_frozen(variable, groups)) continue;
    ++learned;
    const auto* group = train::group_of(groups, variable.name);
    if (train::decay_of(optimizer, group, variable.type.shape.rank()) == 0)
      names.push_back(variable.name);
  }
  if (names.empty()) return "";
  constexpr std::size_t kShown = 3;
  const auto count = names.size();
  names.resize(std::min(count, kShown));
  return fmt::format(
      "weight_decay {} leaves out {} of {} learned tensors: {}{} (biases and "
      "normalisations; decay_all: true takes them too)",
      optimizer.weight_decay, count, learned, fmt::join(names, ", "),
      count > kShown ? ", ..." : "");
}

LayerSummary total(const std::vector<LayerSummary>& layers) {
  LayerSummary all{.name = "all"};
  for (const auto& layer : layers) {
    all.parameters += layer.parameters;
    all.frozen += layer.frozen;
    all.operations += layer.operations;
    all.activations += layer.activations;
  }
  return all;
}

std::string summary_text(const std::vector<LayerSummary>& layers, const std::vector<Shape>& rows,
                         const report::Style& style) {
  const auto all = total(layers);
  const Columns columns{.kind = std::any_of(layers.begin(), layers.end(),
                                            [](const auto& layer) { return !layer.kind.empty(); }),
                        .frozen = all.frozen > 0};
  report::Table table;
  table.columns = {{"layer", report::Align::left, true}};
  if (columns.kind) table.columns.emplace_back("kind", report::Align::left, true);
  table.columns.emplace_back("output");
  table.columns.emplace_back("parameters");
  if (columns.frozen) table.columns.emplace_back("frozen");
  table.columns.emplace_back("operations");
  table.columns.emplace_back("memory");
  for (const Shape& row : rows) {
    table.rows.push_back({{"input"}, {row.text()}});
    if (columns.kind) table.rows.back().insert(table.rows.back().begin() + 1, {""});
  }
  for (const auto& layer : layers) table.rows.push_back(cells(layer, columns));
  table.rules = {table.rows.size()};
  table.rows.push_back(cells(all, columns));
  table.rows.back().front() = {"all", report::Paint::bold};
  std::string text = report::render(table, style);
  text += fmt::format(
      "\nparameters: {} trainable, {} frozen; {} as f32\nmemory: of all results of a row, before "
      "ops are fused\n",
      with_commas(all.parameters - all.frozen), with_commas(all.frozen),
      human_bytes(4 * static_cast<double>(all.parameters)));
  return text;
}

std::string summary(const nn::Module& model, const std::vector<Shape>& rows,
                    const std::vector<DType>& dtypes) {
  const auto type = [&](std::size_t i) {
    Type features = train::batch_types(rows.at(i), {}, false).features;
    if (i < dtypes.size()) features.dtype = dtypes[i];
    return features;
  };
  train::BatchTypes types = train::batch_types(rows.at(0), {}, false);
  types.features = type(0);
  for (std::size_t i = 1; i < rows.size(); ++i)
    types.more_features.emplace_back("features:" + std::to_string(i), type(i));
  return summary_text(summarize(model, {}, types), rows);
}

}  // namespace glia::experiment
