#include <algorithm>
#include <chrono>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/passes/pass.h"

namespace glia {

const std::vector<Pass>& passes() {
  static const std::vector<Pass> all{
      {"lower", "composites that the target has no kernel for become their decomposition", lower},
      {"fold", "what depends on constants only is computed now", fold},
      {"simplify", "neutral elements, reductions and repetitions that change nothing disappear",
       simplify},
      {"share", "equal ops on equal inputs are computed once", share_subexpressions},
      {"dead_code", "what reaches no output and no update disappears", remove_dead_code},
      {"epilogue", "bias and ReLU become part of the matmul or convolution before them",
       fuse_epilogues},
      {"layout", "images keep the target's layout through chains of convolutions", choose_layouts},
      {"precision", "operands of products become bf16 where mixed precision is asked for",
       mix_precision},
      {"fuse", "chains of elementwise ops become one pass over memory", fuse_elementwise},
      {"sweep", "what the passes before left unused disappears", remove_dead_code},
  };
  return all;
}

Graph run_passes(Graph graph, const PassContext& context, const PassOptions& options,
                 std::vector<PassTime>* times) {
  std::vector<std::string> names;
  for (const Pass& pass : passes()) names.emplace_back(pass.name);
  for (const auto& name : options.disabled)
    if (std::find(names.begin(), names.end(), name) == names.end())
      fail("E-PASS-01", "there is no pass '{}' to turn off{}", name, suggest(name, names));
  if (options.verify) verify(graph);
  for (const Pass& pass : passes()) {
    const bool off = std::find(options.disabled.begin(), options.disabled.end(), pass.name) !=
                     options.disabled.end();
    if (off) continue;
    const auto start = std::chrono::steady_clock::now();
    graph = pass.run(graph, context);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (options.verify) {
      try {
        verify(graph);
      } catch (const Error& error) {
        fail("E-PASS-02", "pass '{}' broke the graph: {}; turn it off by its name", pass.name,
             error.what());
      }
    }
    if (times) times->push_back({std::string(pass.name), took.count(), graph.nodes().size()});
  }
  return graph;
}

std::map<Value, int> count_uses(const Graph& graph) {
  std::map<Value, int> uses;
  for (const auto& node : graph.nodes())
    for (const Value& v : node.inputs) ++uses[v];
  for (const auto& [name, value] : graph.outputs()) ++uses[value];
  for (const auto& [variable, next] : graph.updates()) ++uses[next];
  if (graph.gate()) ++uses[graph.gate()];
  return uses;
}

}  // namespace glia
