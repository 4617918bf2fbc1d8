// Every op as a function on values. A function adds a node to its inputs' graph and returns its
// result; shapes are checked there and then. Formulas and shapes stand in each op's own file.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "glia/ir/graph.h"

namespace glia {

// Adds a node; for ops' own use and for ops without a function here.
Values call(const OpDef& op, Values inputs, Attributes attributes = {});

// Elementwise; two operands broadcast as elementwise.h says.
Value neg(Value x);
Value exp(Value x);
Value expm1(Value x);
Value log(Value x);
Value log1p(Value x);
Value erf(Value x);
Value sin(Value x);
Value cos(Value x);
Value sqrt(Value x);
Value abs(Value x);
Value square(Value x);
Value power(Value x, double exponent);  // negative x with whole exponents only, as std::pow
Value floor(Value x);
Value sign(Value x);
Value tanh(Value x);
Value sigmoid(Value x);
Value relu(Value x);
Value leaky_relu(Value x, double slope = 0.01);
Value softplus(Value x);
Value add(Value a, Value b);
Value sub(Value a, Value b);
Value mul(Value a, Value b);
Value div(Value a, Value b);
Value maximum(Value a, Value b);
Value minimum(Value a, Value b);
Value greater(Value a, Value b);        // bool
Value greater_equal(Value a, Value b);  // bool
Value less(Value a, Value b);           // bool
Value less_equal(Value a, Value b);     // bool
Value equal(Value a, Value b);          // bool
Value logical_and(Value a, Value b);    // of bool, as the next two: E-DTYPE-03
Value logical_or(Value a, Value b);
Value logical_not(Value a);
Value select(Value condition, Value then, Value otherwise);

Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator-(Value x);
Value operator+(Value a, double b);
Value operator-(Value a, double b);
Value operator*(Value a, double b);
Value operator/(Value a, double b);
Value operator+(double a, Value b);
Value operator-(double a, Value b);
Value operator*(double a, Value b);
Value operator/(double a, Value b);
Value maximum(Value a, double b);
Value minimum(Value a, double b);
Value greater(Value a, double b);
Value zero_like(Value x);  // the scalar 0 of x's dtype, to broadcast

// Shape.
Value reshape(Value x, Shape shape);
Value transpose(Value x, std::vector<int> permutation);
Value broadcast_to(Value x, Shape shape);
Value reduce_sum(Value x, std::vector<int> axes, bool keep_dims = false);
Value reduce_max(Value x, std::vector<int> axes, bool keep_dims = false);
Value reduce_mean(Value x, std::vector<int> axes, bool keep_dims = false);
Value reduce_sum(Value x);                                   // over all axes: a scalar
Value reduce_mean(Value x);                                  // likewise
Value element_count(Value x, const std::vector<int>& axes);  // product of dimensions, in x's dtype
Value one_hot(Value labels, std::int64_t depth, DType dtype = DType::f32);
Value cast(Value x, DType dtype);
Value sum_to(Value x, Value like);  // undoes a broadcast: sums x down to like's shape
Value reorder(Value x, Layout layout);
Value concatenate(Values xs, int axis);  // [..., a, ...], [..., b, ...] -> [..., a + b, ...]

// Elements from, from + step, ... below `to` along an axis. Negative from and to count from the
// end, kEnd is the end. E-SHAPE-10 where they lie outside, also when a symbol gets its value.
inline constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
Value slice(Value x, int axis, std::int64_t from, std::int64_t to, std::int64_t step = 1);
Value reverse(Value x, int axis);
// `value` around x: amounts[i] = {before, after} for axis i.
Value pad(Value x, std::vector<std::pair<std::int64_t, std::int64_t>> amounts, double value = 0);
// 0, 1, ..., d - 1 for like's dimension d at the axis: [d]. The values of `like` do not matter.
Value iota(Value like, int axis, DType dtype = DType::i64);
// Rows of a table. table: [V, rest...], indices: i64 [any...] -> [any..., rest...]. An index
// outside 0..V-1 gives NaN (0 for whole numbers).
Value gather(Value table, Value indices);
// The sum of those updates whose index is the row's, in their order. updates: [any..., rest...],
// indices: i64 [any...] -> [rows, rest...]. An index outside has no effect.
Value scatter_add(Value updates, Value indices, Dim rows);

// Linear algebra and images. x: [N, C, H, W].
struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};
// a: [m, k], b: [k, n] -> [m, n]. Without transpose_a, a may be [any..., k]: -> [any..., n].
Value matmul(Value a, Value b, MatmulOptions options = {});
// A product for each item. a: [B, m, k], b: [B, k, n] -> [B, m, n].
Value batch_matmul(Value a, Value b, MatmulOptions options = {});

struct Conv2dOptions {
  std::vector<std::int64_t> stride{1, 1};
  std::vector<std::int64_t> padding{0, 0, 0, 0};  // top, bottom, left, right
  std::vector<std::int64_t> dilation{1, 1};
  std::int64_t groups = 1;
};
Value conv2d(Value x, Value weight, const Conv2dOptions& options = {});
struct Pool2dOptions {
  std::vector<std::int64_t> window{2, 2};
  std::vector<std::int64_t> stride{2, 2};
  std::vector<std::int64_t> padding{0, 0, 0, 0};
};
Value max_pool2d(Value x, const Pool2dOptions& options = {});
// The mean of each window; padding counts as zeros, or (`count_padding` false) not at all.
Value average_pool2d(Value x, const Pool2dOptions& options = {}, bool count_padding = true);
Value global_average_pool2d(Value x);  // [N, C, H, W] -> [N, C]

// Normalisation over the batch: y, and the mean and the biased variance that were used, [C] each.
struct BatchNormResult {
  Value y, mean, variance;
};
BatchNormResult batch_norm(Value x, Value weight, Value bias, double epsilon);

Value softmax(Value x, int axis = -1);
Value log_softmax(Value x, int axis = -1);
// -log softmax(logits)[label] for each row. logits: [N, K], labels: [N] i64 -> [N].
Value softmax_crossentropy(Value logits, Value labels);

// 0 with probability `rate`, 1 / (1 - rate) otherwise; the same for the same seed, stream and step.
// like: gives the shape; step: scalar i64.
Value dropout_mask(Value like, Value step, double rate, std::uint64_t seed, std::uint32_t stream);
Value dropout_mask(Shape shape, DType dtype, Value step, double rate, std::uint64_t seed,
                   std::uint32_t stream);
// Uniform in [0, 1), of 24 bits; likewise the same for the same seed, stream and step.
Value random_uniform(Shape shape, DType dtype, Value step, std::uint64_t seed,
                     std::uint32_t stream);

Value all_finite(Values xs);  // scalar bool

extern const OpDef neg_def, exp_def, expm1_def, log_def, log1p_def, erf_def, sin_def, cos_def,
    sqrt_def, abs_def, square_def, power_def, floor_def, sign_def, concatenate_def, slice_def,
    pad_def, iota_def, gather_def, scatter_add_def, batch_matmul_def, tanh_def, sigmoid_def,
    relu_def, leaky_relu_def, softplus_def, add_def, sub_def, mul_def, div_def, maximum_def,
    minimum_def, greater_def, greater_equal_def, equal_def, select_def, fused_def, reshape_def,
    transpose_def, broadcast_to_def, reduce_sum_def, reduce_max_def, element_count_def, one_hot_def,
    cast_def, reorder_def, matmul_def, conv2d_def, conv2d_input_gradient_def,
    conv2d_weight_gradient_def, max_pool2d_def, max_pool2d_gradient_def, max_pool2d_gather_def,
    average_pool2d_def, average_pool2d_gradient_def, random_uniform_def, global_average_pool2d_def,
    global_average_pool2d_gradient_def, batch_norm_def, batch_norm_gradient_def, softmax_def,
    log_softmax_def, softmax_crossentropy_def, softmax_crossentropy_gradient_def, dropout_mask_def,
    all_finite_def, sgd_update_def, adam_update_def;

}  // namespace glia
