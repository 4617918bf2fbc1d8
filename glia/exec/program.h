// A compiled graph: immutable, shareable between threads.
#pragma once

#include <memory>

#include "glia/exec/store.h"
#include "glia/passes/pass.h"

namespace glia {

struct CompileOptions {
  const Target* target = nullptr;  // null: the CPU
  int threads = 1;                 // at most; a small program takes one
  Bindings bindings = {};          // every symbol of the graph
  Precision precision = Precision::f32;
  PassOptions passes = {};
};

// Where a value lies while a session runs.
struct Slot {
  enum class Kind : std::uint8_t { arena, input, variable, constant } kind = Kind::arena;
  std::size_t offset =
      0;  // arena: bytes from its start; otherwise an index into the list of its kind
  Type type;
};

struct Instruction {
  const Node* node = nullptr;
  Kernel kernel;
  std::vector<int> in, out;  // slots
};

// What runs, in order, and where everything lies. Instructions before `commit_at` compute outputs
// and the gate; those after it, and then `copies`, change variables: they run only if the gate is
// open.
class Program {
 public:
  const Graph& graph() const { return graph_; }
  const std::vector<Instruction>& instructions() const { return instructions_; }
  std::size_t commit_at() const { return commit_at_; }
  std::size_t arena_bytes() const { return arena_bytes_; }
  std::size_t scratch_bytes() const { return scratch_bytes_; }
  int threads() const { return threads_; }
  const std::vector<PassTime>& pass_times() const { return pass_times_; }
  std::string fingerprint() const { return fingerprint_; }
  // Ops for which the target had no kernel, so that the reference runs them: slow, and said.
  std::vector<std::string> on_reference() const;
  // Products of bf16 for which the machine has no instructions: their operands are widened to f32,
  // which is right, and slower than f32 from the start.
  std::vector<std::string> widened() const;
  std::string text() const;  // the plan, a line for each instruction

 private:
  friend class Planner;
  friend class Session;
  Graph graph_;
  std::vector<Instruction> instructions_;
  std::vector<Slot> slots_;
  std::vector<std::string> inputs_, variables_;
  std::vector<Tensor> constants_;
  std::vector<std::pair<std::string, int>> outputs_;  // name, slot
  std::vector<std::pair<int, int>> copies_;           // variable slot, value slot
  std::vector<std::pair<int, int>> saves_;            // arena slot, variable slot: old values
  int gate_ = -1;
  std::size_t commit_at_ = 0, arena_bytes_ = 0, scratch_bytes_ = 0;
  int threads_ = 1;
  std::vector<PassTime> pass_times_;
  std::string fingerprint_;
};

// Binds symbols, runs the passes, chooses kernels and plans memory. E-COMPILE-01 where a symbol has
// no value, E-COMPILE-03 where the gate is no truth value. Cost: milliseconds, growing with the
// number of nodes.
std::shared_ptr<const Program> compile(const Graph& graph, const CompileOptions& options);

}  // namespace glia
