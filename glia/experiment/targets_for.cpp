// Labels as a loss wants them.
#include "glia/base/format.h"
#include "glia/experiment/experiment.h"

namespace glia::experiment {

namespace {

// The shape of labels [N, ...] with an axis of classes where the loss wants it, and how many places
// lie behind that axis.
struct WithClasses {
  Shape shape;
  std::int64_t stride = 1;
};
WithClasses with_classes(const Shape& labels, std::int64_t count, const nn::Loss& loss) {
  const int rank = labels.rank() + 1, axis = normal_axis(loss.axis_of_classes(rank), rank);
  WithClasses result;
  for (int i = 0, from = 0; i < rank; ++i) {
    result.shape.push_back(i == axis ? Dim(count) : labels[from++]);
    if (i > axis) result.stride *= result.shape[i].value();
  }
  return result;
}

}  // namespace

Tensor targets_for(const nn::Loss& loss, const Tensor& classes, std::int64_t count, bool one_hot) {
  using Kind = nn::Loss::Target;
  if (!loss.of_numbers() && !loss.of_classes())
    fail("E-LOSS-01",
         "[{}] an experiment's target is one number or class for each row, and this loss takes {}; "
         "train with it in a C++ program, or take a loss of numbers or classes",
         loss.name,
         loss.target == Kind::sequences ? "a sequence of labels"
         : loss.target == Kind::pairs   ? "pairs of rows"
                                        : "rows without a target");
  if (classes.dtype() != DType::i64) {  // regression
    if (!loss.of_numbers())
      fail("E-LOSS-01",
           "[{}] the target column holds numbers, not classes; use mean_squared_error, or say "
           "target: {{task: multiclass}}",
           loss.name);
    return classes;
  }
  if (!loss.of_classes())
    fail("E-LOSS-01",
         "[{}] the target column holds {} classes; use {}, or say target: {{task: regression}}",
         loss.name, count, count == 2 ? "binary_crossentropy" : "sparse_categorical_crossentropy");
  if (loss.target == Kind::indices) {
    if (one_hot)
      fail("E-LOSS-01",
           "[{}] takes numbers of classes, and target: {{one_hot: true}} makes rows; use "
           "categorical_crossentropy",
           loss.name);
    return classes;
  }
  if (loss.target == Kind::one_hot) {
    if (!one_hot)
      fail("E-LOSS-01",
           "[{}] the targets are numbers of classes, expected one-hot rows; use "
           "sparse_categorical_crossentropy, "
           "or ask for rows with target: {{one_hot: true}}",
           loss.name);
    const auto [shape, stride] = with_classes(classes.shape(), count, loss);
    Tensor hot(DType::f32, shape);
    for (std::int64_t i = 0; i < classes.size(); ++i) {
      const auto label = static_cast<std::int64_t>(classes.at(i));
      hot.set((i / stride * count + label) * stride + i % stride, 1);
    }
    return hot;
  }
  if (count != 2)
    fail("E-LOSS-01",
         "[{}] the target has {} classes, expected 2; use sparse_categorical_crossentropy with "
         "softmax over {} units",
         loss.name, count, count);
  return classes.to(DType::f32).reshaped(with_classes(classes.shape(), 1, loss).shape);
}

}  // namespace glia::experiment
