// From a graph to instructions and places in memory.
#include <algorithm>
#include <set>

#include "glia/backends/cpu.h"
#include "glia/backends/reference.h"
#include "glia/base/format.h"
#include "glia/exec/program.h"
#include "glia/ops/ops.h"

namespace glia {
namespace {

// Below this many operations a second thread costs more than it brings: a fork and join takes
// about a microsecond when the threads are awake, tens when they sleep (docs/performance.md).
constexpr double kOperationsWorthThreads = 4e6;

double operations(const Graph& graph) {
  double sum = 0;
  for (const auto& node : graph.nodes()) {
    if (node.op->cost)
      sum += node.op->cost(node.call()).operations;
    else
      for (const auto& t : node.outputs) sum += static_cast<double>(t.shape.elements());
  }
  return sum;
}

bool is_source(const Node& node) {
  return node.op == &input_def || node.op == &variable_def || node.op == &constant_def;
}

// Memory that several values may share over time, alive from `first` to `last` instruction.
struct Block {
  std::size_t bytes = 0;
  int first = 0, last = 0;
  std::size_t offset = 0;
};

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// Offsets so that blocks alive together do not overlap: the largest first, each as low as it fits.
std::size_t place(std::vector<Block>& blocks) {
  std::vector<std::size_t> by_size(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) by_size[i] = i;
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  std::size_t total = 0;
  std::vector<std::size_t> placed;  // sorted by offset
  for (const std::size_t i : by_size) {
    Block& block = blocks[i];
    std::size_t offset = 0;
    for (const std::size_t j : placed) {
      const Block& other = blocks[j];
      if (other.last < block.first || block.last < other.first) continue;
      if (offset + block.bytes <= other.offset) break;
      offset = std::max(offset, other.offset + other.bytes);
    }
    block.offset = offset;
    total = std::max(total, offset + block.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](std::size_t a, std::size_t b) {
                                     return blocks[a].offset < blocks[b].offset;
                                   }),
                  i);
  }
  return total;
}

}  // namespace

class Planner {
 public:
  Planner(Program& program, const Target& target) : p_(program), target_(target) {}

  void plan() {
    schedule();
    make_sources();
    make_instructions();
    save_old_values();
    find_last_uses();
    assign_updates();
    assign_arena();
  }

 private:
  // Nodes that outputs or the gate need come first, in graph order; what only updates need follows.
  void schedule() {
    const auto& nodes = p_.graph_.nodes();
    std::vector<bool> early(nodes.size(), false);
    for (const auto& [name, value] : p_.graph_.outputs()) early[id(value)] = true;
    if (p_.graph_.gate()) early[id(p_.graph_.gate())] = true;
    // Without a gate there is nothing to wait for; in-place updates still belong at the end.
    for (std::size_t i = nodes.size(); i-- > 0;)
      if (early[i])
        for (const Value& v : nodes[i].inputs) early[id(v)] = true;
    for (const bool now : {true, false})
      for (const auto& node : nodes)
        if (!is_source(node) && early[static_cast<std::size_t>(node.id)] == now)
          order_.push_back(&node);
    compute_count_ =
        static_cast<std::size_t>(std::count_if(order_.begin(), order_.end(), [&](const Node* n) {
          return early[static_cast<std::size_t>(n->id)];
        }));
  }

  static std::size_t id(const Value& v) { return static_cast<std::size_t>(v.node()->id); }

  int add_slot(const Value& v, Slot slot) {
    slot.type = v.type();
    const int index = static_cast<int>(p_.slots_.size());
    p_.slots_.push_back(slot);
    block_of_.push_back(-1);
    slot_of_[v] = index;
    return index;
  }

  void make_sources() {
    for (const auto& node : p_.graph_.nodes()) {
      const Value v(&node, 0);
      if (node.op == &input_def) {
        add_slot(v, {Slot::Kind::input, p_.inputs_.size(), {}});
        p_.inputs_.push_back(node.attributes.text("name"));
      } else if (node.op == &variable_def) {
        add_slot(v, {Slot::Kind::variable, p_.variables_.size(), {}});
        p_.variables_.push_back(node.attributes.text("name"));
      } else if (node.op == &constant_def) {
        add_slot(v, {Slot::Kind::constant, p_.constants_.size(), {}});
        p_.constants_.push_back(node.attributes.tensor("value"));
      }
    }
  }

  // A reorder between layouts that are the same walk over memory, or a reshape: no instruction.
  static bool is_view(const Node& node) {
    if (node.op->view) return true;
    if (node.op != &reorder_def) return false;
    const auto trivial = [&](Layout layout) { return layout != Layout::blocked8; };
    const Shape& s = node.outputs[0].shape;
    return trivial(node.outputs[0].layout) && trivial(node.inputs[0].type().layout) &&
           (s[1] == Dim(1) || (s[2] == Dim(1) && s[3] == Dim(1)));
  }

  void make_instructions() {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const Node& node = *order_[i];
      if (i == compute_count_) p_.commit_at_ = p_.instructions_.size();
      if (is_view(node)) {
        const int base = slot_of_.at(node.inputs[0]);
        const int slot = add_slot(Value(&node, 0), p_.slots_[static_cast<std::size_t>(base)]);
        view_of_[slot] = base;
        continue;
      }
      Instruction instruction;
      instruction.node = &node;
      instruction.kernel = kernel_for(node);
      for (const Value& v : node.inputs) instruction.in.push_back(slot_of_.at(v));
      for (const Value& v : node.values()) instruction.out.push_back(add_slot(v, {}));
      p_.scratch_bytes_ = std::max(p_.scratch_bytes_, instruction.kernel.scratch_bytes);
      p_.instructions_.push_back(std::move(instruction));
    }
    if (compute_count_ == order_.size()) p_.commit_at_ = p_.instructions_.size();
    for (const auto& [name, value] : p_.graph_.outputs())
      p_.outputs_.emplace_back(name, slot_of_.at(value));
    if (p_.graph_.gate()) p_.gate_ = slot_of_.at(p_.graph_.gate());
  }

  // Outputs and updates mean the values that variables had before the run. Where one of them is
  // such a variable itself, and the variable changes, its value is copied aside before the commit.
  void save_old_values() {
    std::set<int> changing;
    for (const auto& [variable, next] : p_.graph_.updates())
      if (base(slot_of_.at(next)) != slot_of_.at(variable)) changing.insert(slot_of_.at(variable));
    for (auto& [name, output] : p_.outputs_)
      if (changing.contains(base(output))) output = saved(output);
    for (const auto& [variable, next] : p_.graph_.updates()) {
      const int source = slot_of_.at(next);
      if (changing.contains(base(source)) && base(source) != slot_of_.at(variable)) saved(source);
    }
  }

  int saved(int original) {
    if (const auto it = saved_.find(original); it != saved_.end()) return it->second;
    const int copy = static_cast<int>(p_.slots_.size());
    p_.slots_.push_back({Slot::Kind::arena, 0, slot(original).type});
    block_of_.push_back(-1);
    p_.saves_.emplace_back(copy, original);
    return saved_[original] = copy;
  }

  Kernel kernel_for(const Node& node) {
    if (auto kernel = target_.kernel(node, p_.threads_)) return std::move(*kernel);
    if (auto kernel = reference_target().kernel(node, 1)) return std::move(*kernel);
    fail("E-COMPILE-02", "{}: no backend has a kernel for it", node.call().where());
  }

  int base(int slot) const {
    const auto it = view_of_.find(slot);
    return it == view_of_.end() ? slot : base(it->second);
  }

  void find_last_uses() {
    last_use_.assign(p_.slots_.size(), -1);
    const int end = static_cast<int>(p_.instructions_.size());
    for (int i = 0; i < end; ++i) {
      const auto& instruction = p_.instructions_[static_cast<std::size_t>(i)];
      for (const int s : instruction.in) use(s, i);
      for (const int s : instruction.out) use(s, i);
    }
    for (const auto& [name, slot] : p_.outputs_) use(slot, end);
    if (p_.gate_ >= 0) use(p_.gate_, end);
  }
  void use(int slot, int at) {
    int& last = last_use_[static_cast<std::size_t>(base(slot))];
    last = std::max(last, at);
  }

  Slot& slot(int i) { return p_.slots_[static_cast<std::size_t>(i)]; }

  // An update lands in its variable at once where the kernel may write over that input and nobody
  // reads the variable afterwards; otherwise it is copied at the end.
  void assign_updates() {
    const int end = static_cast<int>(p_.instructions_.size());
    for (const auto& [variable, next] : p_.graph_.updates()) {
      const int target = slot_of_.at(variable);
      int source = slot_of_.at(next);
      if (base(source) == target) continue;  // it stays as it is
      if (const auto it = saved_.find(source); it != saved_.end()) source = it->second;
      if (!writes_in_place(source, target)) {
        use(source, end);
        p_.copies_.emplace_back(target, source);
      }
    }
  }

  bool writes_in_place(int source, int variable) {
    if (view_of_.contains(source) || slot(source).kind != Slot::Kind::arena) return false;
    for (std::size_t i = p_.commit_at_; i < p_.instructions_.size(); ++i) {
      const auto& instruction = p_.instructions_[i];
      const auto out = std::find(instruction.out.begin(), instruction.out.end(), source);
      if (out == instruction.out.end()) continue;
      if (last_use_[static_cast<std::size_t>(variable)] > static_cast<int>(i)) return false;
      auto pairs = instruction.kernel.in_place;
      if (instruction.node->op->updates) {
        const auto more = instruction.node->op->updates(instruction.node->call());
        pairs.insert(pairs.end(), more.begin(), more.end());
      }
      const int position = static_cast<int>(out - instruction.out.begin());
      for (const auto& [written, over] : pairs)
        if (written == position && instruction.in[static_cast<std::size_t>(over)] == variable) {
          slot(source).kind = Slot::Kind::variable;
          slot(source).offset = slot(variable).offset;
          return true;
        }
    }
    return false;
  }

  void assign_arena() {
    std::vector<Block> blocks;
    const int end = static_cast<int>(p_.instructions_.size());
    for (const auto& [copy, original] : p_.saves_) {  // made just before the first late instruction
      block_of_[static_cast<std::size_t>(copy)] = static_cast<int>(blocks.size());
      blocks.push_back(
          {aligned(slot(copy).type.bytes() + kAlignment), static_cast<int>(p_.commit_at_), end, 0});
    }
    for (int i = 0; i < end; ++i) {
      const auto& instruction = p_.instructions_[static_cast<std::size_t>(i)];
      for (std::size_t k = 0; k < instruction.out.size(); ++k) {
        const int out = instruction.out[k];
        if (slot(out).kind != Slot::Kind::arena) continue;
        const int last = std::max(last_use_[static_cast<std::size_t>(out)], i);
        int block = reusable(instruction, static_cast<int>(k), i, blocks);
        if (block < 0) {
          block = static_cast<int>(blocks.size());
          blocks.push_back({aligned(slot(out).type.bytes() + kAlignment), i, last, 0});
        }
        blocks[static_cast<std::size_t>(block)].last =
            std::max(blocks[static_cast<std::size_t>(block)].last, last);
        block_of_[static_cast<std::size_t>(out)] = block;
      }
    }
    p_.arena_bytes_ = place(blocks);
    for (std::size_t s = 0; s < p_.slots_.size(); ++s) {
      const int root = base(static_cast<int>(s));
      if (p_.slots_[s].kind != Slot::Kind::arena && root == static_cast<int>(s)) continue;
      p_.slots_[s].kind = slot(root).kind;
      const int block = block_of_[static_cast<std::size_t>(root)];
      p_.slots_[s].offset = slot(root).kind == Slot::Kind::arena
                                ? blocks[static_cast<std::size_t>(block)].offset
                                : slot(root).offset;
    }
  }

  // The block of an input that dies here and that output k may be written over.
  int reusable(const Instruction& instruction, int k, int at, const std::vector<Block>& blocks) {
    for (const auto& [out, in] : instruction.kernel.in_place) {
      if (out != k) continue;
      const int source = base(instruction.in[static_cast<std::size_t>(in)]);
      const int block = block_of_[static_cast<std::size_t>(source)];
      if (block < 0 || blocks[static_cast<std::size_t>(block)].last > at) continue;
      if (last_use_[static_cast<std::size_t>(source)] != at) continue;
      if (std::count_if(instruction.in.begin(), instruction.in.end(),
                        [&](int s) { return base(s) == source; }) > 1)
        continue;
      const int target = instruction.out[static_cast<std::size_t>(k)];
      if (slot(source).type.bytes() != slot(target).type.bytes()) continue;
      const bool taken = std::any_of(instruction.out.begin(), instruction.out.end(), [&](int s) {
        return block_of_[static_cast<std::size_t>(s)] == block;
      });
      if (!taken) return block;
    }
    return -1;
  }

  Program& p_;
  const Target& target_;
  std::vector<const Node*> order_;
  std::size_t compute_count_ = 0;
  std::map<Value, int> slot_of_;
  std::map<int, int> view_of_, saved_;
  std::vector<int> last_use_, block_of_;

 public:
  static std::shared_ptr<const Program> compile(const Graph& graph, const CompileOptions& options) {
    auto program = std::make_shared<Program>();
    const Target& target = options.target ? *options.target : cpu_target();
    Graph bound = bind(graph, options.bindings);
    for (const auto& node : bound.nodes())
      for (const auto& t : node.outputs)
        if (!t.shape.known())
          fail("E-COMPILE-01", "{}: shape {} still has symbols; give each a value in `bindings`",
               node.call().where(), t.shape.text());
    program->threads_ =
        operations(bound) < kOperationsWorthThreads ? 1 : std::max(1, options.threads);
    if (const Value gate = bound.gate();
        gate && (gate.dtype() != DType::boolean || gate.rank() != 0))
      fail("E-COMPILE-03", "the graph's gate is {}, expected one truth value, bool[]",
           gate.type().text());
    const PassContext context{target, [](const Node& node) { return evaluate_constant(node); },
                              options.precision};
    program->graph_ = run_passes(std::move(bound), context, options.passes, &program->pass_times_);
    Planner(*program, target).plan();
    std::set<std::string_view> kernels;
    for (const Instruction& i : program->instructions_) kernels.insert(i.kernel.name);
    program->fingerprint_ = fmt::format("{} threads={} kernels={}", target.fingerprint(),
                                        program->threads_, fmt::join(kernels, ","));
    if (options.precision != Precision::f32)
      program->fingerprint_ += fmt::format(" precision={}", name_of(options.precision));
    return program;
  }

 private:
  static std::vector<Tensor> evaluate_constant(const Node& node) {
    const auto kernel = reference_target().kernel(node, 1);
    std::vector<Tensor> in, out;
    for (const Value& v : node.inputs) in.push_back(v.node()->attributes.tensor("value"));
    for (const Type& t : node.outputs) out.emplace_back(t.dtype, t.shape);
    std::vector<void*> in_pointers, out_pointers;
    for (Tensor& t : in) in_pointers.push_back(t.raw());
    for (Tensor& t : out) out_pointers.push_back(t.raw());
    const Buffer scratch(kernel->scratch_bytes);
    kernel->run({in_pointers.data(), out_pointers.data(), const_cast<std::byte*>(scratch.data())});
    return out;
  }
};

std::shared_ptr<const Program> compile(const Graph& graph, const CompileOptions& options) {
  return Planner::compile(graph, options);
}

}  // namespace glia
