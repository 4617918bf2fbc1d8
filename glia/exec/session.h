// The buffers with which a program runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "glia/exec/program.h"

namespace glia {

// Time spent on one instruction, for profiles.
struct InstructionTime {
  std::string op, layer, kernel, shape;
  double seconds = 0;  // over all runs so far
  long runs = 0;
  double operations = 0, bytes = 0;  // of one run
};

// The first op whose result is not finite.
struct NonFinite {
  std::string op, layer;
  Type type;
  struct Outside {
    std::int64_t index, rows;
  };
  std::optional<Outside> outside = {};  // of gather: an index that its table does not have
};

// One for each thread. A run allocates nothing.
class Session {
 public:
  // Every variable of the program must be in the store (Store::initialize): E-STORE-02, E-STORE-01.
  // E-SESSION-04 where the values of a run need more memory than is available.
  Session(std::shared_ptr<const Program> program, Store& store);

  // Points an input at memory that must stay valid during run(). E-SESSION-01: an unknown name.
  // Elements lie as the input's type says; the caller sees to dtype and shape.
  void bind(std::string_view input, const void* data);
  // The same with a check of dtype and shape: E-SESSION-02.
  void bind(std::string_view input, const Tensor& data);
  void bind(std::string_view input, Tensor&& data) = delete;  // its memory would be gone at run()

  // Computes the outputs and, where the gate is open, the updates. Returns whether it was open.
  // E-SESSION-03 where an input was never bound.
  bool run();

  const void* output(std::string_view name) const;    // valid until the next run
  Tensor output_tensor(std::string_view name) const;  // a copy
  double output_scalar(std::string_view name) const;

  // Runs the part before the gate, and looks at each result: for finding out why a step failed.
  // Compile the program without its passes first, so that every op is there to be named.
  std::optional<NonFinite> first_non_finite();

  void profile(bool on) { profiling_ = on; }
  std::vector<InstructionTime> times() const;
  const Program& program() const { return *program_; }

 private:
  struct Step {
    std::function<void(const Args&)> run;
    Args args;
  };
  void run_steps(std::size_t first, std::size_t last);
  void* address(const Slot& slot);
  void copy_slot(int to, int from);
  void expect_bound() const;
  static const Program& expect_room(const Program& program);
  int output_slot(std::string_view name) const;

  std::shared_ptr<const Program> program_;
  std::vector<Tensor> variables_, constants_;
  Buffer arena_, scratch_;
  std::vector<void*> pointers_;  // of every operand of every step, in order
  std::vector<Step> steps_;
  std::vector<std::vector<std::size_t>> input_uses_;  // positions in pointers_
  std::vector<const void*> bound_;
  bool ready_ = false, profiling_ = false;
  std::vector<double> seconds_;
  std::vector<long> runs_;
};

}  // namespace glia
