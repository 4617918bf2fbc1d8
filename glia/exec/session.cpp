#include "glia/exec/session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/exec/room.h"
#include "glia/ops/ops.h"

namespace glia {

const Program& Session::expect_room(const Program& p) {
  const auto needed = static_cast<double>(p.arena_bytes_) + static_cast<double>(p.scratch_bytes_);
  const auto available = lacking_room(needed);
  if (!available) return p;
  const Node* largest = nullptr;
  std::size_t most = 0;
  for (const auto& instruction : p.instructions_)
    for (const Type& type : instruction.node->outputs)
      if (type.bytes() > most) most = type.bytes(), largest = instruction.node;
  fail(
      "E-SESSION-04",
      "the values of one run need {} of memory, and {} are available{}: take a smaller batch_size, "
      "or smaller layers",
      human_bytes(needed), human_bytes(*available),
      largest ? fmt::format("; the largest is {}, {} with {}", largest->call().where(),
                            largest->outputs[0].text(), human_bytes(static_cast<double>(most)))
              : "");
}

Session::Session(std::shared_ptr<const Program> program, Store& store)
    : program_(std::move(program)),
      constants_(program_->constants_),
      arena_(expect_room(*program_).arena_bytes_),
      scratch_(program_->scratch_bytes_),
      input_uses_(program_->inputs_.size()),
      bound_(program_->inputs_.size(), nullptr),
      seconds_(program_->instructions_.size(), 0),
      runs_(program_->instructions_.size(), 0) {
  const Program& p = *program_;
  store.initialize(p.graph_, 0);  // checks the types of those that are there
  for (const auto& name : p.variables_) variables_.push_back(store.at(name));

  std::size_t operands = 0;
  for (const auto& i : p.instructions_) operands += i.in.size() + i.out.size();
  pointers_.reserve(operands);
  steps_.reserve(p.instructions_.size());
  for (const auto& instruction : p.instructions_) {
    Step step{instruction.kernel.run, {}};
    const auto add = [&](const std::vector<int>& slots) {
      void** first = pointers_.data() + pointers_.size();
      for (const int s : slots) {
        const Slot& slot = p.slots_[static_cast<std::size_t>(s)];
        if (slot.kind == Slot::Kind::input) input_uses_[slot.offset].push_back(pointers_.size());
        pointers_.push_back(address(slot));
      }
      return first;
    };
    step.args.in = add(instruction.in);
    step.args.out = add(instruction.out);
    step.args.scratch = scratch_.data();
    steps_.push_back(std::move(step));
  }
}

void* Session::address(const Slot& slot) {
  switch (slot.kind) {
    case Slot::Kind::arena:
      return arena_.data() + slot.offset;
    case Slot::Kind::variable:
      return variables_[slot.offset].raw();
    case Slot::Kind::constant:
      return constants_[slot.offset].raw();
    case Slot::Kind::input:
      break;
  }
  return const_cast<void*>(bound_[slot.offset]);
}

void Session::bind(std::string_view input, const void* data) {
  const auto& names = program_->inputs_;
  const auto it = std::find(names.begin(), names.end(), input);
  if (it == names.end())
    fail("E-SESSION-01", "the program has no input '{}'{}", input, suggest(input, names));
  const auto index = static_cast<std::size_t>(it - names.begin());
  if (bound_[index] == data) return;
  bound_[index] = data;
  for (const std::size_t position : input_uses_[index])
    pointers_[position] = const_cast<void*>(data);
  ready_ = std::all_of(bound_.begin(), bound_.end(), [](const void* p) { return p != nullptr; });
}

void Session::bind(std::string_view input, const Tensor& data) {
  for (const Slot& slot : program_->slots_) {
    if (slot.kind != Slot::Kind::input || program_->inputs_[slot.offset] != input) continue;
    // The input's own slot comes before those of its views, which have other shapes.
    if (slot.type.dtype == data.dtype() && slot.type.shape == data.shape()) break;
    fail("E-SESSION-02", "input '{}' is {}{}, expected {}", input, name_of(data.dtype()),
         data.shape().text(), slot.type.text());
  }
  bind(input, static_cast<const void*>(data.raw()));
}

void Session::run_steps(std::size_t first, std::size_t last) {
  if (!profiling_) {
    for (std::size_t i = first; i < last; ++i) steps_[i].run(steps_[i].args);
    return;
  }
  for (std::size_t i = first; i < last; ++i) {
    const auto start = std::chrono::steady_clock::now();
    steps_[i].run(steps_[i].args);
    seconds_[i] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++runs_[i];
  }
}

bool Session::run() {
  const Program& p = *program_;
  if (!ready_) expect_bound();
  run_steps(0, p.commit_at_);
  for (const auto& [copy, original] : p.saves_) copy_slot(copy, original);
  if (p.gate_ >= 0 &&
      !*static_cast<const bool*>(address(p.slots_[static_cast<std::size_t>(p.gate_)])))
    return false;
  run_steps(p.commit_at_, steps_.size());
  for (const auto& [variable, value] : p.copies_) copy_slot(variable, value);
  return true;
}

void Session::copy_slot(int to, int from) {
  const Slot& slot = program_->slots_[static_cast<std::size_t>(to)];
  std::memcpy(address(slot), address(program_->slots_[static_cast<std::size_t>(from)]),
              slot.type.bytes());
}

// An input that nothing reads need not be bound.
void Session::expect_bound() const {
  const Program& p = *program_;
  const auto reads = [&](int s, std::size_t input) {
    const Slot& slot = p.slots_[static_cast<std::size_t>(s)];
    return slot.kind == Slot::Kind::input && slot.offset == input;
  };
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    if (bound_[i]) continue;
    bool read = !input_uses_[i].empty();
    for (const auto& [name, slot] : p.outputs_) read = read || reads(slot, i);
    for (const auto& [variable, value] : p.copies_) read = read || reads(value, i);
    if (read) fail("E-SESSION-03", "input '{}' was never bound", p.inputs_[i]);
  }
}

int Session::output_slot(std::string_view name) const {
  for (const auto& [output, slot] : program_->outputs_)
    if (output == name) return slot;
  std::vector<std::string> known;
  for (const auto& [output, slot] : program_->outputs_) known.push_back(output);
  fail("E-IR-06", "the program has no output '{}'{}", name, suggest(name, known));
}

const void* Session::output(std::string_view name) const {
  return const_cast<Session*>(this)->address(
      program_->slots_[static_cast<std::size_t>(output_slot(name))]);
}

Tensor Session::output_tensor(std::string_view name) const {
  const Type& type = program_->slots_[static_cast<std::size_t>(output_slot(name))].type;
  Tensor copy(type.dtype, type.shape);
  std::memcpy(copy.raw(), output(name), copy.bytes());
  return copy;
}

double Session::output_scalar(std::string_view name) const { return output_tensor(name).at(0); }

namespace {

std::optional<NonFinite::Outside> index_outside(const Node& node, const Args& args) {
  if (node.op != &gather_def) return std::nullopt;
  const std::int64_t rows = node.inputs[0].shape()[0].value();
  const auto* indices = args.input<std::int64_t>(1);
  for (std::int64_t i = 0; i < node.inputs[1].shape().elements(); ++i)
    if (indices[i] < 0 || indices[i] >= rows) return NonFinite::Outside{indices[i], rows};
  return std::nullopt;
}

}  // namespace

std::optional<NonFinite> Session::first_non_finite() {
  const Program& p = *program_;
  for (std::size_t i = 0; i < p.commit_at_; ++i) {
    steps_[i].run(steps_[i].args);
    const Node& node = *p.instructions_[i].node;
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      const Type& type = node.outputs[k];
      if (!is_floating(type.dtype)) continue;
      const bool finite = dispatch(type.dtype, [&](auto zero) {
        const auto* data = static_cast<const decltype(zero)*>(steps_[i].args.out[k]);
        return std::all_of(data, data + type.shape.elements(),
                           [](auto x) { return std::isfinite(static_cast<double>(x)); });
      });
      if (!finite)
        return NonFinite{std::string(node.op->name), node.scope, type,
                         index_outside(node, steps_[i].args)};
    }
  }
  return std::nullopt;
}

std::vector<InstructionTime> Session::times() const {
  std::vector<InstructionTime> times;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& instruction = program_->instructions_[i];
    const Node& node = *instruction.node;
    InstructionTime time{std::string(node.op->name), node.scope,  instruction.kernel.name,
                         node.outputs[0].text(),     seconds_[i], runs_[i]};
    if (node.op->cost)
      time.operations = node.op->cost(node.call()).operations;
    else
      for (const Type& t : node.outputs) time.operations += static_cast<double>(t.shape.elements());
    for (const Value& v : node.inputs) time.bytes += static_cast<double>(v.type().bytes());
    for (const Type& t : node.outputs) time.bytes += static_cast<double>(t.bytes());
    times.push_back(std::move(time));
  }
  return times;
}

}  // namespace glia
