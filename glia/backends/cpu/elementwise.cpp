// Elementwise ops and chains of them: tiles of a few kilobytes go through a list of SIMD micro-ops,
// so that intermediate values stay in the first-level cache. All decisions are made when the kernel
// is made; a run computes addresses and calls functions.
#include "glia/ops/elementwise.h"

#include <algorithm>

#include "glia/backends/cpu/elementwise_run.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/whole_numbers.h"
#include "glia/ops/ops.h"

namespace glia::cpu {
namespace {

using namespace elementwise;  // NOLINT: this file is about nothing else

constexpr std::int64_t kShortRow = 256;  // rows below this share a tile
constexpr std::int64_t kSlack = 16;      // floats that MicroTable::repeat writes too many

bool reads_one(const Slot& slot) {
  return slot.source == Source::one || slot.source == Source::same || slot.fill == Fill::once;
}

// A rough time, for the choice of threads.
double nanoseconds(Micro micro) {
  switch (micro) {
    case Micro::power:
      return 8;
    case Micro::erf:
    case Micro::sin:
    case Micro::cos:
      return 1;
    case Micro::exp:
    case Micro::expm1:
    case Micro::log:
    case Micro::log1p:
    case Micro::tanh:
    case Micro::sigmoid:
    case Micro::softplus:
      return 0.6;
    case Micro::div:
    case Micro::sqrt:
      return 0.25;
    default:
      return 0.06;
  }
}

class Planner {
 public:
  Planner(const Node& node, int threads)
      : node_(node), micro_(micro_steps(node)), threads_(threads) {}

  std::optional<Kernel> make() {
    if (!fits()) return std::nullopt;
    join_pairs();
    choose_tiles();
    place_inputs();
    place_steps();
    find_last_uses();
    assign_buffers();
    make_steps();
    plan_.threads = choose_threads();
    return kernel();
  }

 private:
  // f32 and booleans only, all in one layout or broadcast.
  bool fits() {
    const Type& out = node_.outputs[0];
    plan_.inputs = node_.inputs.size();
    if (plan_.inputs + micro_.size() + node_.outputs.size() > kMostSlots) return false;
    const auto good = [](const Type& t) {
      return t.dtype == DType::f32 || t.dtype == DType::boolean;
    };
    auto results = micro_results(node_);
    std::sort(results.begin(), results.end());
    if (std::adjacent_find(results.begin(), results.end()) != results.end()) return false;
    std::vector<std::vector<std::int64_t>> strides;
    for (const Value& v : node_.inputs) {
      if (!good(v.type())) return false;
      strides.push_back(memory_strides(v.type(), out));
      if (strides.back().size() != memory_sizes(out).size()) return false;
    }
    for (const Type& t : node_.outputs)
      if (!good(t) || t.shape != out.shape || t.layout != out.layout) return false;
    plan_.elements = out.shape.elements();
    plan_.walk = collapse(memory_sizes(out), std::move(strides));
    return true;
  }

  // select(greater(a, b), c, 0), where nobody else looks at the comparison, is one step.
  void join_pairs() {
    joined_.assign(micro_.size(), false);
    const auto results = micro_results(node_);
    for (std::size_t s = 0; s < micro_.size(); ++s) {
      const int condition = micro_[s].operand[0] - static_cast<int>(plan_.inputs);
      if (micro_[s].micro != Micro::select || condition < 0 || !is_zero(micro_[s].operand[2]))
        continue;
      const MicroStep& greater = micro_[static_cast<std::size_t>(condition)];
      if (greater.micro != Micro::greater || uses_of(micro_[s].operand[0]) != 1 ||
          std::find(results.begin(), results.end(), condition) != results.end())
        continue;
      micro_[s] = {
          Micro::select, {greater.operand[0], greater.operand[1], micro_[s].operand[1]}, 0};
      joined_[s] = true;
      // Nobody reads this step's result any more.
      micro_[static_cast<std::size_t>(condition)] = {Micro::copy, {-1, -1, -1}, 0};
    }
  }

  bool is_zero(int operand) const {
    if (operand < 0 || operand >= static_cast<int>(plan_.inputs)) return false;
    const Node& source = *node_.inputs[static_cast<std::size_t>(operand)].node();
    if (source.op != &constant_def || source.outputs[0].dtype != DType::f32) return false;
    const Tensor& value = source.attributes.tensor("value");
    return value.size() == 1 && value.at(0) == 0;
  }

  long uses_of(int operand) const {
    long uses = 0;
    for (const MicroStep& step : micro_)
      uses += std::count(std::begin(step.operand), std::end(step.operand), operand);
    return uses;
  }

  void choose_tiles() {
    plan_.table = &micro_table();
    plan_.rows = plan_.walk.rows();
    plan_.columns = plan_.walk.columns();
    if (plan_.elements == 0) return;
    if (plan_.rows > 1 && plan_.columns < kShortRow) {
      plan_.rows_per_tile = kTile / plan_.columns;
      plan_.tiles = (plan_.rows + plan_.rows_per_tile - 1) / plan_.rows_per_tile;
    } else {
      plan_.tiles_per_row = (plan_.columns + kTile - 1) / kTile;
      plan_.tiles = plan_.rows * plan_.tiles_per_row;
    }
    const std::int64_t longest = plan_.rows_per_tile ? plan_.rows_per_tile * plan_.columns : kTile;
    plan_.buffer_floats = (std::min(longest, plan_.elements) + 2 * kSlack - 1) / kSlack * kSlack;
  }

  void place_inputs() {
    for (std::size_t i = 0; i < plan_.inputs; ++i) {
      Slot slot;
      slot.boolean = node_.inputs[i].dtype() == DType::boolean;
      const auto& strides = plan_.walk.strides[i];
      // A result of one number has whole operands: there is no step from numbers alone.
      const bool one = node_.inputs[i].shape().elements() == 1 && plan_.elements > 1;
      const bool rows = plan_.rows_per_tile != 0;
      const std::int64_t step = plan_.walk.step(i);
      const bool repeated =
          std::all_of(strides.begin(), strides.end() - 1, [](std::int64_t s) { return s == 0; });
      if (one && !slot.boolean)
        slot.source = Source::one;
      else if (one)
        slot.fill = Fill::once;
      else if (plan_.walk.whole(i) && !slot.boolean)
        slot.source = Source::whole;
      else if (plan_.walk.whole(i))
        slot.fill = Fill::booleans;
      else if (slot.boolean || step > 1)
        slot.fill = Fill::gathered;
      else if (!rows)
        slot.source = step == 1 ? Source::line : Source::same;
      else if (step == 0)
        slot.fill = Fill::numbers;
      else
        slot.fill = repeated ? Fill::periodic : Fill::lines;
      plan_.slots.push_back(slot);
    }
  }

  // Results go to where the output lies, booleans to a buffer first.
  void place_steps() {
    plan_.slots.resize(plan_.inputs + micro_.size());
    const auto results = micro_results(node_);
    boolean_output_.assign(micro_.size(), kNone);
    for (std::size_t k = 0; k < results.size(); ++k) {
      const auto step = static_cast<std::size_t>(results[k]);
      Slot& slot = plan_.slots[plan_.inputs + step];
      if (node_.outputs[k].dtype == DType::boolean) {
        boolean_output_[step] = static_cast<int>(k);
      } else {
        slot.source = Source::output;
        slot.output = static_cast<int>(k);
      }
    }
  }

  void find_last_uses() {
    last_use_.assign(plan_.slots.size(), -1);
    for (std::size_t s = 0; s < micro_.size(); ++s)
      for (const int operand : micro_[s].operand)
        if (operand >= 0) last_use_[static_cast<std::size_t>(operand)] = static_cast<int>(s);
  }

  int take_buffer() {
    if (free_.empty()) return static_cast<int>(plan_.buffers++);
    const int buffer = free_.back();
    free_.pop_back();
    return buffer;
  }

  // A step may write over an operand that nobody reads afterwards.
  void assign_buffers() {
    for (std::size_t i = 0; i < plan_.inputs; ++i)
      if (plan_.slots[i].source == Source::buffer) plan_.slots[i].buffer = take_buffer();
    for (std::size_t s = 0; s < micro_.size(); ++s) {
      for (std::size_t k = 0; k < 3; ++k) {
        const int operand = micro_[s].operand[k];
        const auto* first = std::begin(micro_[s].operand);
        if (operand < 0 || std::find(first, first + k, operand) != first + k) continue;
        const Slot& slot = plan_.slots[static_cast<std::size_t>(operand)];
        const bool kept = slot.fill == Fill::periodic || slot.fill == Fill::once;
        if (slot.source == Source::buffer && !kept &&
            last_use_[static_cast<std::size_t>(operand)] == static_cast<int>(s))
          free_.push_back(slot.buffer);
      }
      Slot& to = plan_.slots[plan_.inputs + s];
      if (to.source != Source::buffer) continue;
      to.buffer = take_buffer();
      // A boolean result that no step reads, or no result at all.
      if (last_use_[plan_.inputs + s] < 0) free_.push_back(to.buffer);
    }
  }

  void make_steps() {
    for (std::size_t s = 0; s < micro_.size(); ++s) {
      const MicroStep& micro = micro_[s];
      unsigned ones = 0;
      for (unsigned k = 0; k < 3; ++k)
        if (micro.operand[k] >= 0 &&
            reads_one(plan_.slots[static_cast<std::size_t>(micro.operand[k])]))
          ones |= 1u << k;
      // A missing operand is never read; any slot will do for it.
      const auto slot = [&](int k) { return std::max(micro.operand[k], 0); };
      if (micro.operand[0] < 0) continue;  // joined with another
      const MicroFunction* row =
          joined_[s] ? plan_.table->keep_greater : plan_.table->of[static_cast<int>(micro.micro)];
      plan_.steps.push_back({row[ones], static_cast<int>(plan_.inputs + s), slot(0), slot(1),
                             slot(2), static_cast<float>(micro.parameter), boolean_output_[s]});
    }
  }

  int choose_threads() const {
    double time = 0.1 * static_cast<double>(node_.inputs.size() + node_.outputs.size());
    for (const MicroStep& step : micro_) time += nanoseconds(step.micro);
    return std::min(worth_threads(threads_, time * static_cast<double>(plan_.elements)),
                    static_cast<int>(std::max<std::int64_t>(plan_.tiles, 1)));
  }

  // An output may lie where an input lies if no later step reads that input: a step reads each of
  // its operands' elements before it writes the result there, and tiles do not overlap. Booleans
  // are read before the first step.
  std::vector<std::pair<int, int>> in_place() const {
    std::vector<std::pair<int, int>> pairs;
    const auto results = micro_results(node_);
    for (std::size_t k = 0; k < results.size(); ++k)
      for (std::size_t i = 0; i < plan_.inputs; ++i) {
        if (node_.inputs[i].dtype() != node_.outputs[k].dtype || !plan_.walk.whole(i)) continue;
        const Slot& slot = plan_.slots[i];
        if (slot.fill == Fill::booleans ||
            (slot.source == Source::whole && last_use_[i] <= results[k]))
          pairs.emplace_back(static_cast<int>(k), static_cast<int>(i));
      }
    return pairs;
  }

  // One step from whole inputs or numbers to an output: no tiles at all.
  bool is_direct() const {
    return plan_.steps.size() == 1 && plan_.rows == 1 && plan_.threads == 1 &&
           plan_.steps[0].boolean_output == kNone &&
           std::all_of(
               plan_.slots.begin(), plan_.slots.begin() + std::ssize(node_.inputs),
               [](const Slot& s) { return s.source == Source::whole || s.source == Source::one; });
  }

  Kernel kernel() {
    Kernel kernel{.name = "simd"};
    if (plan_.elements == 0) {
      kernel.run = [](const Args&) {};
      return kernel;
    }
    kernel.in_place = in_place();
    if (is_direct()) {
      const Step step = plan_.steps[0];
      kernel.run = [step, n = plan_.elements](const Args& args) {
        step.function(args.output<float>(0), args.input<float>(step.a), args.input<float>(step.b),
                      args.input<float>(step.c), step.parameter, n);
      };
      return kernel;
    }
    const std::int64_t per_thread = plan_.buffers * plan_.buffer_floats;
    kernel.scratch_bytes = static_cast<std::size_t>(per_thread * plan_.threads) * sizeof(float);
    kernel.run = [plan = std::move(plan_), per_thread](const Args& args) {
      auto* scratch = reinterpret_cast<float*>(args.scratch);
      split(plan.threads, plan.tiles, [&](std::int64_t first, std::int64_t last) {
        const int self = plan.threads > 1 ? omp_get_thread_num() : 0;
        run_tiles(plan, args, scratch + self * per_thread, first, last);
      });
    };
    return kernel;
  }

  const Node& node_;
  std::vector<MicroStep> micro_;
  int threads_;
  Plan plan_;
  std::vector<bool> joined_;  // steps that are keep_greater
  std::vector<int> boolean_output_, last_use_, free_;
};

}  // namespace

std::optional<Kernel> elementwise_kernel(const Node& node, int threads) {
  if (auto kernel = whole_numbers_kernel(node)) return kernel;
  return Planner(node, threads).make();
}

}  // namespace glia::cpu
