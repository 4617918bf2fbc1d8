// Every op as a function on values. A function adds a node to its inputs' graph and returns its
// result; shapes are checked there and then. Formulas and shapes stand in each op's own file.
#pragma once

#include <string>
#include <vector>

#include "glia/ir/graph.h"

namespace glia {

// Adds a node; for ops' own use and for ops without a function here.
Values call(const OpDef& op, Values inputs, Attributes attributes = {});

// Elementwise; two operands broadcast as elementwise.h says.
Value neg(Value x);
Value exp(Value x);
Value log(Value x);
Value log1p(Value x);
Value sqrt(Value x);
Value abs(Value x);
Value square(Value x);
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
Value equal(Value a, Value b);          // bool
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

// Linear algebra and images. x: [N, C, H, W].
struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};
Value matmul(Value a, Value b, MatmulOptions options = {});

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

Value all_finite(Values xs);  // scalar bool

extern const OpDef neg_def, exp_def, log_def, log1p_def, sqrt_def, abs_def, square_def, sign_def,
    tanh_def, sigmoid_def, relu_def, leaky_relu_def, softplus_def, add_def, sub_def, mul_def,
    div_def, maximum_def, minimum_def, greater_def, greater_equal_def, equal_def, select_def,
    fused_def, reshape_def, transpose_def, broadcast_to_def, reduce_sum_def, reduce_max_def,
    element_count_def, one_hot_def, cast_def, reorder_def, matmul_def, conv2d_def,
    conv2d_input_gradient_def, conv2d_weight_gradient_def, max_pool2d_def, max_pool2d_gradient_def,
    max_pool2d_gather_def, global_average_pool2d_def, global_average_pool2d_gradient_def,
    batch_norm_def, batch_norm_gradient_def, softmax_def, log_softmax_def, softmax_crossentropy_def,
    softmax_crossentropy_gradient_def, dropout_mask_def, all_finite_def, sgd_update_def,
    adam_update_def;

}  // namespace glia
