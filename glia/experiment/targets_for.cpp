// Labels as a loss wants them.
#include "glia/base/format.h"
#include "glia/experiment/experiment.h"

namespace glia::experiment {

Tensor targets_for(const nn::Loss& loss, const Tensor& classes, std::int64_t count, bool one_hot) {
  using Kind = nn::Loss::Target;
  const std::int64_t rows = classes.shape()[0].value();
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
    Tensor hot(DType::f32, {rows, count});
    for (std::int64_t i = 0; i < rows; ++i)
      hot.set(i * count + static_cast<std::int64_t>(classes.at(i)), 1);
    return hot;
  }
  if (count != 2)
    fail("E-LOSS-01",
         "[{}] the target has {} classes, expected 2; use sparse_categorical_crossentropy with "
         "softmax over {} units",
         loss.name, count, count);
  return classes.to(DType::f32).reshaped({rows, 1});
}

}  // namespace glia::experiment
