#include "glia/review/answers.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/train/answers.h"

namespace glia::review {
namespace {

constexpr std::int64_t kMostAnswers = 200000;  // more make no other picture

// Row i of [n, width], of every `step`-th.
std::vector<double> numbers_of(const Tensor& tensor, std::int64_t step) {
  const std::int64_t n = tensor.shape()[0].value(), width = n > 0 ? tensor.size() / n : 1;
  std::vector<double> numbers;
  numbers.reserve(static_cast<std::size_t>(tensor.size() / step + width));
  for (std::int64_t i = 0; i < n; i += step)
    for (std::int64_t c = 0; c < width; ++c) numbers.push_back(tensor.at(i * width + c));
  return numbers;
}

bool whole(double value) { return value == std::floor(value) && std::abs(value) < 1e9; }

// The class of each answer: its number, or the place of the 1. Empty where these are neither.
std::vector<std::int64_t> classes_of(const std::vector<double>& targets, std::size_t count,
                                     std::int64_t classes) {
  const std::size_t width = count > 0 ? targets.size() / count : 1;
  std::vector<std::int64_t> truth;
  for (std::size_t i = 0; i < count; ++i) {
    if (width == 1) {
      const double value = targets[i];
      if (!whole(value) || value < 0 || value >= static_cast<double>(classes)) return {};
      truth.push_back(static_cast<std::int64_t>(value));
      continue;
    }
    const auto row = targets.begin() + static_cast<std::ptrdiff_t>(i * width);
    const auto end = row + static_cast<std::ptrdiff_t>(width);
    if (std::count(row, end, 1.0) != 1 || std::count(row, end, 0.0) != std::distance(row, end) - 1)
      return {};
    truth.push_back(std::find(row, end, 1.0) - row);
  }
  return truth;
}

Answers answers_of_output(const experiment::Experiment& e, const data::Target& target,
                          const nn::Loss& loss, const experiment::Predictions::Output& output,
                          const Tensor& weights) {
  const auto [predictions, targets] =
      train::answers_of(output.predictions, output.targets, loss, output.mask, weights);
  Answers a;
  a.output = output.name;
  a.target = target;
  const std::int64_t n = predictions.shape()[0].value();
  const std::int64_t step = std::max<std::int64_t>(1, n / kMostAnswers);
  a.thinned = step > 1;
  a.in_order = e.data->things() == "windows";
  a.by_row = step == 1 && n == output.predictions.shape()[0].value();
  a.predicted = numbers_of(predictions, step);
  a.count = static_cast<std::size_t>((n + step - 1) / step);
  a.width = a.count > 0 ? a.predicted.size() / a.count : 1;
  if (!std::all_of(a.predicted.begin(), a.predicted.end(),
                   [](double x) { return std::isfinite(x); }))
    fail("E-REPORT-11", "some predictions are no finite numbers, so nothing is judged by them");
  auto values = numbers_of(targets, step);
  if (target.task == data::Task::regression) {
    if (values.size() != a.predicted.size())
      fail("E-REPORT-11", "there are {} predicted numbers and {} true ones", a.predicted.size(),
           values.size());
    a.values = std::move(values);
    return a;
  }
  const auto classes = std::max<std::int64_t>(target.classes(), 2);
  a.truth = classes_of(values, a.count, classes);
  if (a.truth.size() == a.count) {
    a.kind = classes == 2 && a.width <= 2 ? Answers::Kind::binary : Answers::Kind::classes;
    a.threshold = e.fit.threshold.value_or(0.5);
    // More numbers than classes would be said to be classes that there are not.
    if (a.width == 0 ||
        (a.kind == Answers::Kind::classes && a.width != static_cast<std::size_t>(classes)))
      fail("E-REPORT-11", "there are {} classes and {} numbers for each row", classes, a.width);
    return a;
  }
  const bool flags = std::all_of(values.begin(), values.end(),
                                 [](double value) { return value == 0 || value == 1; });
  if (values.size() != a.predicted.size() || !flags)
    fail("E-REPORT-11", "the targets of '{}' are neither classes nor labels", target.column);
  a.kind = Answers::Kind::labels;
  a.truth.assign(values.begin(), values.end());
  return a;
}

}  // namespace

std::int64_t Answers::said(std::size_t i) const {
  if (kind == Kind::binary) return score(i) > threshold ? 1 : 0;
  const auto row = predicted.begin() + static_cast<std::ptrdiff_t>(i * width);
  return std::max_element(row, row + static_cast<std::ptrdiff_t>(width)) - row;
}

double Answers::probability(std::size_t i, std::int64_t c) const {
  if (kind == Kind::binary) return c == 1 ? score(i) : 1 - score(i);
  return predicted[i * width + static_cast<std::size_t>(c)];
}

std::string Answers::label(std::int64_t c) const {
  const auto at = static_cast<std::size_t>(c);
  return at < target.labels.size() ? target.labels[at] : std::to_string(c);
}

std::vector<Answers> answers_of(const experiment::Bundle& bundle,
                                const experiment::Predictions& predictions) {
  const auto& e = bundle.experiment;
  const auto& outputs = bundle.encoding.outputs;
  if (predictions.outputs.size() != std::max<std::size_t>(1, outputs.size()))
    fail("E-REPORT-11", "there are predictions of {} outputs, and the model has {}",
         predictions.outputs.size(), std::max<std::size_t>(1, outputs.size()));
  std::vector<Answers> all;
  if (outputs.empty())
    all.push_back(answers_of_output(e, bundle.encoding.target, e.fit.loss,
                                    predictions.outputs.front(), predictions.weights));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    all.push_back(answers_of_output(e, outputs[i].second, e.fit.outputs.at(i).loss,
                                    predictions.outputs[i], predictions.weights));
    all.back().threshold = 0.5;
  }
  return all;
}

}  // namespace glia::review
