// Internal: what the ops over the steps of a sequence share. Their decompositions are unrolled, so
// they need a known number of steps.
#pragma once

#include "glia/ops/recurrent.h"
#include "glia/ops/shapes.h"

namespace glia {

// The steps of x: [N, T, ...] in the order in which they run, and what belongs to each.
class Steps {
 public:
  // mask may be empty. E-SHAPE-09 where T is not known.
  Steps(Value x, Value mask, bool reverse)
      : count_(x.dim(1).value()), mask_(mask), reverse_(reverse) {}

  std::int64_t count() const { return count_; }
  std::int64_t place(std::int64_t i) const { return reverse_ ? count_ - 1 - i : i; }
  Value at(Value x, std::int64_t i) const;  // [N, T, F] -> [N, F]
  // `then` where the step is real, `otherwise` (which may be a scalar) where it is padding.
  Value real(std::int64_t i, Value then, Value otherwise) const;
  // Values [N, F], one for each step, in the order in which they run -> [N, T, F].
  Value stacked(const Values& steps) const;
  // The value after the step that ran before step i, or `first`.
  Value before(Value x, std::int64_t i, Value first) const { return i > 0 ? at(x, i - 1) : first; }

 private:
  std::int64_t count_;
  Value mask_;
  bool reverse_;
};

// Block `index` of the last axis, `size` wide.
Value block(Value x, std::int64_t index, std::int64_t size);

// The state before each step. states: [N, T, H], first: [N, H] -> [N, T, H].
Value states_before(Value states, Value first, bool reverse);
// d: [N, T, G], what came in: [N, T, H] -> [G, H].
Value weight_gradient(Value d, Value input);

// x: [N, T, gates * H], weight: [gates * H, H], at inputs 0 and 1: E-SHAPE-01, E-SHAPE-03. Gives
// [N, H].
Shape expect_sequence(const Call& call, std::int64_t gates);
// The one dtype of inputs `others`, and of `weight`, which may be bf16 where they are f32:
// E-DTYPE-03.
DType expect_weight_dtype(const Call& call, int weight, std::initializer_list<int> others);
// The product of a step with the weight, in the weight's dtype: the state, or what comes back, is
// rounded where that is bf16.
Value times_weight(Value x, Value weight, bool transpose_weight = false);
// Input i is a boolean mask of a sequence [N, T, ...]: E-DTYPE-03, E-SHAPE-03.
void expect_mask(const Call& call, int i, const Shape& sequence);
// Input i is [N, T, width] like `sequence`, whatever its own width.
void expect_steps(const Call& call, int i, const Shape& sequence, Dim width, std::string_view what);

// dy, or zeros like y where nothing arrived.
Value or_zeros(Value dy, Value y);

// Multiplications with the weight, and `functions` operations for each number of the state.
Cost cost_of_steps(const Call& call, Value states, Value weight, double functions);

// Gradients of the ops above; `d_x` is also what each step's gates got, before their activations.
struct RnnGradient {
  Value d_x, d_h0;
};
RnnGradient rnn_sequence_gradient(Value weight, Value states, Value d_states,
                                  const std::string& activation, const SequenceOptions& options);
struct LstmGradient {
  Value d_x, d_h0, d_c0;
};
// d_cells and d_gates may be empty.
LstmGradient lstm_sequence_gradient(Value weight, Value c0, const LstmResult& y,
                                    const LstmResult& d, const SequenceOptions& options);
// d_recurrent: [N, T, 3H], what the products with the state got.
struct GruGradient {
  Value d_x, d_recurrent, d_h0;
};
GruGradient gru_sequence_gradient(Value weight, Value h0, const GruResult& y, const GruResult& d,
                                  bool reset_after, const SequenceOptions& options);

}  // namespace glia
