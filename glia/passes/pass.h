// Passes: functions from a graph to one that means the same.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "glia/ir/target.h"

namespace glia {

// In which numbers a program computes. mixed_bf16: products of matrices and images, of their
// gradients too, round their f32 operands to bf16 and add up in f32; all else, and what is kept, is
// f32 as before (docs/precision.md).
enum class Precision : std::uint8_t { f32, mixed_bf16 };
std::string_view name_of(Precision precision);    // "f32", "mixed_bf16"
Precision precision_from(std::string_view name);  // E-PASS-03 where the name is unknown

struct PassContext {
  const Target& target;  // the graph's shapes are known by now
  // The values of a node whose inputs are all constants.
  std::function<std::vector<Tensor>(const Node&)> evaluate;
  Precision precision = Precision::f32;
};

struct Pass {
  std::string_view name;
  std::string_view doc;
  Graph (*run)(const Graph&, const PassContext&);
};

// In the order in which they run.
const std::vector<Pass>& passes();

struct PassOptions {
  std::vector<std::string> disabled;  // by name; E-PASS-01 for one that does not exist
  bool verify = true;                 // the graph before the first and after each
};

struct PassTime {
  std::string name;
  double seconds;
  std::size_t nodes;  // after it
};

Graph run_passes(Graph graph, const PassContext& context, const PassOptions& options = {},
                 std::vector<PassTime>* times = nullptr);

// Each of them; passes.cpp says in which order.
Graph lower(const Graph& graph, const PassContext& context);
Graph fold(const Graph& graph, const PassContext& context);
Graph simplify(const Graph& graph, const PassContext& context);
Graph share_subexpressions(const Graph& graph, const PassContext& context);
Graph remove_dead_code(const Graph& graph, const PassContext& context);
Graph fuse_epilogues(const Graph& graph, const PassContext& context);
Graph choose_layouts(const Graph& graph, const PassContext& context);
Graph mix_precision(const Graph& graph, const PassContext& context);
Graph fuse_elementwise(const Graph& graph, const PassContext& context);

// How often each value is used: by nodes, outputs, updates and the gate.
std::map<Value, int> count_uses(const Graph& graph);

}  // namespace glia
