// evaluate.h on tensors: shapes and dtypes are settled here.
#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/evaluate.h"
#include "glia/tensor/tensor.h"

namespace glia::metrics {
namespace {

// The elements as numbers: a view where the dtype is floating, else through `copy`.
Numbers numbers(const Tensor& tensor, std::vector<double>& copy) {
  if (tensor.dtype() == DType::f32) return tensor.data<float>();
  if (tensor.dtype() == DType::f64) return tensor.data<double>();
  copy.resize(static_cast<std::size_t>(tensor.size()));
  for (std::int64_t i = 0; i < tensor.size(); ++i) copy[static_cast<std::size_t>(i)] = tensor.at(i);
  return copy;
}

bool one_column(const Tensor& tensor) {
  const auto& shape = tensor.shape();
  return shape.rank() == 1 || (shape.rank() == 2 && shape[1] == Dim(1));
}

std::int64_t one_hot_label(const Tensor& labels, std::int64_t row, std::int64_t k) {
  std::int64_t label = -1;
  for (std::int64_t c = 0; c < k; ++c) {
    const double x = labels.at(row * k + c);
    if (x != 0 && (x != 1 || label >= 0))
      label = k;
    else if (x == 1)
      label = c;
  }
  if (label < 0 || label >= k)
    fail("E-METRIC-03",
         "evaluate_classification: row {} of the labels {} is not one-hot; expected "
         "one 1 among zeros, or class numbers of shape [N]",
         row, labels.shape().text());
  return label;
}

std::vector<std::int64_t> class_numbers(const Tensor& labels, std::int64_t classes) {
  const auto& shape = labels.shape();
  const bool one_hot = !one_column(labels) && shape.rank() == 2 && shape[1] == Dim(classes);
  if (!one_hot && !one_column(labels))
    fail("E-METRIC-02",
         "evaluate_classification: got labels of shape {}; expected [N], [N, 1] or "
         "one-hot [N, {}]",
         shape.text(), classes);
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(shape[0].value()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    if (one_hot) {
      numbers[i] = one_hot_label(labels, row, classes);
      continue;
    }
    const double x = labels.at(row);
    if (!(std::abs(x) < 0x1p53) || x != std::floor(x))
      fail("E-METRIC-03",
           "evaluate_classification: the label of row {} is {}; expected a class "
           "number",
           row, x);
    numbers[i] = static_cast<std::int64_t>(x);
  }
  return numbers;
}

}  // namespace

ClassificationResult evaluate_classification(const Tensor& probabilities, const Tensor& labels,
                                             const ClassificationOptions& options) {
  const auto& shape = probabilities.shape();
  if (shape.rank() != 1 && shape.rank() != 2)
    fail("E-METRIC-02",
         "evaluate_classification: got probabilities of shape {}; expected [N] or "
         "[N, k]",
         shape.text());
  const auto truth = class_numbers(labels, one_column(probabilities) ? 2 : shape[1].value());
  std::vector<double> copy;
  return evaluate_classification(numbers(probabilities, copy), truth, options);
}

std::vector<Metric> evaluate_regression(const Tensor& predictions, const Tensor& targets,
                                        const RegressionOptions& options) {
  if (!one_column(predictions) || !one_column(targets))
    fail("E-METRIC-02",
         "evaluate_regression: got predictions {} and targets {}; expected [N] or "
         "[N, 1] for both: one target column",
         predictions.shape().text(), targets.shape().text());
  std::vector<double> copy_predictions, copy_targets;
  return evaluate_regression(numbers(predictions, copy_predictions), numbers(targets, copy_targets),
                             options);
}

}  // namespace glia::metrics
