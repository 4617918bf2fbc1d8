#include "glia/train/procedure.h"

#include <limits>

#include "glia/autodiff/gradient.h"
#include "glia/base/format.h"
#include "glia/nn/module.h"
#include "glia/ops/ops.h"
#include "glia/train/graphs.h"

namespace glia::train {

Values parameters_under(const Graph& graph, std::string_view layer) {
  Values found;
  std::vector<std::string> names;
  for (const Value& p : graph.parameters()) {
    const auto& name = names.emplace_back(graph.variable_of(p).name);
    if (name.starts_with(layer) && name.substr(layer.size()).starts_with('.')) found.push_back(p);
  }
  if (found.empty())
    fail("E-TRAIN-08", "there is no learned parameter under '{}'; there are {}", layer,
         fmt::join(names, ", "));
  return found;
}

void minimize(Value loss, const optim::Optimizer& optimizer, const MinimizeOptions& options) {
  Graph& graph = loss.graph();
  const Values parameters = options.parameters.empty() ? graph.parameters() : options.parameters;
  if (parameters.empty())
    fail("E-TRAIN-01", "the loss has no trainable parameter: there is nothing to learn");
  const Values gradients = gradient(loss, parameters);
  const double own = optimizer.learning_rate;
  if (!(own >= 0 && own <= std::numeric_limits<float>::max()))
    fail("E-TRAIN-02", "[minimize] the learning rate is {}, expected a finite number of at least 0",
         own);
  Values finite = gradients;
  finite.push_back(loss);
  if (options.learning_rate) finite.push_back(options.learning_rate);
  const Value good = all_finite(finite);
  graph.gate(graph.gate() ? logical_and(graph.gate(), good) : good);

  const Graph::Scope scope(graph, "optimizer");
  // Layers that draw anew at each step look at the common counter.
  const Value common = graph.find_variable(nn::kStepCounter);
  const Value step =
      graph.variable({options.name + ".step", {DType::i64, {}}, Role::counter, false, nullptr});
  const Value rate =
      options.learning_rate ? options.learning_rate : graph.scalar(optimizer.learning_rate);
  add_updates(graph, optimizer, parameters, gradients, rate, step);
  for (const Value& counter : {step, common})  // once for each run, whatever else counts it
    if (counter && graph.latest(counter) == counter) graph.update(counter, counter + 1.0);
}

Session open_session(const Graph& graph, Store& store, const CompileOptions& options,
                     std::uint64_t seed) {
  store.initialize(graph, seed);
  return Session(compile(graph, options), store);
}

}  // namespace glia::train
