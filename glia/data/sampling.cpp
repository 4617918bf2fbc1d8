#include "glia/data/sampling.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/table.h"

namespace glia::data {
namespace {

using RowNumbers = std::vector<std::int64_t>;

void check_ratio(double ratio) {
  if (!(ratio > 0 && ratio <= 1))
    fail("E-DATA-178",
         "sampling: ratio is {}; expected the rows of a smaller class to those of the largest, "
         "above 0 and up to 1",
         ratio);
}

// The rows of each class that has any.
std::vector<RowNumbers> by_class(std::span<const std::int64_t> classes) {
  std::map<std::int64_t, RowNumbers> of;
  for (std::size_t row = 0; row < classes.size(); ++row) {
    if (classes[row] < 0)
      fail("E-DATA-74", "sampling: row {} has class {}; expected numbers from 0", row,
           classes[row]);
    of[classes[row]].push_back(static_cast<std::int64_t>(row));
  }
  if (of.size() < 2)
    fail("E-DATA-178", "sampling: {} rows of {}; expected two classes at least", classes.size(),
         of.empty() ? "no class" : "one class");
  std::vector<RowNumbers> rows;
  for (auto& [number, list] : of) rows.push_back(std::move(list));
  return rows;
}

bool fewer(const RowNumbers& a, const RowNumbers& b) { return a.size() < b.size(); }

// How many rows each class lacks.
std::vector<std::int64_t> lacking(const std::vector<RowNumbers>& classes, double ratio) {
  const auto largest = std::max_element(classes.begin(), classes.end(), fewer)->size();
  const std::int64_t wanted = std::llround(ratio * static_cast<double>(largest));
  std::vector<std::int64_t> counts;
  for (const auto& rows : classes)
    counts.push_back(std::max<std::int64_t>(0, wanted - std::ssize(rows)));
  return counts;
}

// Finds the nearest rows of a class.
class Neighbors {
 public:
  Neighbors(const float* features, std::int64_t width, const RowNumbers& rows, std::int64_t k)
      : features_(features), width_(static_cast<std::size_t>(width)), rows_(rows), k_(k) {}

  // The k nearest of row `at` of the class, as places in the class; equally near ones by place.
  const RowNumbers& of(std::size_t at) {
    auto& found = found_[at];
    if (!found.empty()) return found;
    std::vector<std::pair<double, std::int64_t>> all;
    for (std::size_t other = 0; other < rows_.size(); ++other)
      if (other != at)
        all.emplace_back(distance(rows_[at], rows_[other]), static_cast<std::int64_t>(other));
    std::partial_sort(all.begin(), all.begin() + k_, all.end());
    for (std::int64_t i = 0; i < k_; ++i) found.push_back(all[static_cast<std::size_t>(i)].second);
    return found;
  }

 private:
  double distance(std::int64_t a, std::int64_t b) const {
    const float* x = features_ + static_cast<std::size_t>(a) * width_;
    const float* y = features_ + static_cast<std::size_t>(b) * width_;
    double sum = 0;
    for (std::size_t i = 0; i < width_; ++i) {
      const double d = static_cast<double>(x[i]) - static_cast<double>(y[i]);
      sum += d * d;
    }
    return sum;
  }

  const float* features_;
  std::size_t width_;
  const RowNumbers& rows_;
  std::int64_t k_;
  std::map<std::size_t, RowNumbers> found_;
};

// `extra` rows behind those of `from`: copies of the rows `bases`.
Tensor with_copies(const Tensor& from, const RowNumbers& bases) {
  Shape shape{from.shape()[0].value() + std::ssize(bases)};
  for (int axis = 1; axis < from.shape().rank(); ++axis) shape.push_back(from.shape()[axis]);
  Tensor all(from.dtype(), shape);
  std::memcpy(all.raw(), from.raw(), from.bytes());
  const std::size_t each = from.bytes() / static_cast<std::size_t>(from.shape()[0].value());
  auto* to = all.raw() + from.bytes();
  for (const auto row : bases) {
    std::memcpy(to, from.raw() + static_cast<std::size_t>(row) * each, each);
    to += each;
  }
  return all;
}

Tensor features_of(const Dataset& rows) {
  const auto inputs = rows.inputs();
  if (inputs.size() != 1 || rows.outputs().size() != 1 || inputs[0].dtype != DType::f32 ||
      inputs[0].row.rank() != 1)
    fail("E-DATA-179",
         "smote: rows of {} input{} of {} {}, with {} target{}; expected numbers, f32 [N, F], and "
         "one target: new rows lie between rows. Take oversample for others",
         inputs.size(), inputs.size() == 1 ? "" : "s", glia::name_of(inputs[0].dtype),
         inputs[0].row.text(), rows.outputs().size(), rows.outputs().size() == 1 ? "" : "s");
  Batch batch = rows.allocate(rows.size());
  const auto every = all_rows(rows.size());
  batch.count = rows.size();
  batch.rows = every;
  rows.fill(batch);
  return batch.features;
}

}  // namespace

std::vector<std::int64_t> oversample(std::span<const std::int64_t> classes,
                                     const SamplingOptions& options) {
  check_ratio(options.ratio);
  const auto of = by_class(classes);
  const auto missing = lacking(of, options.ratio);
  auto rows = all_rows(std::ssize(classes));
  for (std::size_t c = 0; c < of.size(); ++c) {
    Random random(options.seed, "oversample", c);
    for (std::int64_t i = 0; i < missing[c]; ++i) rows.push_back(of[c][random.below(of[c].size())]);
  }
  return rows;
}

std::vector<std::int64_t> undersample(std::span<const std::int64_t> classes,
                                      const SamplingOptions& options) {
  check_ratio(options.ratio);
  const auto of = by_class(classes);
  const auto smallest = std::min_element(of.begin(), of.end(), fewer)->size();
  const std::int64_t most = std::llround(static_cast<double>(smallest) / options.ratio);
  RowNumbers kept;
  for (std::size_t c = 0; c < of.size(); ++c) {
    const auto order = Random(options.seed, "undersample", c).permutation(std::ssize(of[c]));
    for (std::int64_t i = 0; i < std::min(most, std::ssize(of[c])); ++i)
      kept.push_back(of[c][static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::vector<std::int64_t> classes_of(const Tensor& targets) {
  const std::int64_t rows = targets.shape()[0].value();
  const std::int64_t each = rows == 0 ? 0 : targets.size() / rows;
  std::map<std::vector<double>, std::int64_t> numbers;
  std::vector<decltype(numbers)::const_iterator> of;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::vector<double> target;
    for (std::int64_t i = 0; i < each; ++i) target.push_back(targets.at(row * each + i));
    of.push_back(numbers.emplace(std::move(target), 0).first);
  }
  std::int64_t next = 0;
  for (auto& [target, number] : numbers) number = next++;
  RowNumbers classes;
  for (const auto& found : of) classes.push_back(found->second);
  return classes;
}

Dataset smote(const Dataset& rows, const SmoteOptions& options) {
  check_ratio(options.ratio);
  const Tensor features = features_of(rows), targets = rows.targets();
  const auto classes = by_class(classes_of(targets));
  const auto missing = lacking(classes, options.ratio);
  const std::int64_t width = features.shape()[1].value(), k = options.k_neighbors;
  RowNumbers bases;
  std::vector<float> made;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (missing[c] == 0) continue;
    if (k < 1 || k >= std::ssize(classes[c]))
      fail(
          "E-DATA-178",
          "smote: a class has {} rows, and k_neighbors is {}; expected 1 to {}, or take oversample",
          classes[c].size(), k, classes[c].size() - 1);
    const float* const from = features.data<float>().data();
    Neighbors neighbors(from, width, classes[c], k);
    Random random(options.seed, "smote", c);
    for (std::int64_t i = 0; i < missing[c]; ++i) {
      const std::size_t at = random.below(classes[c].size());
      const auto other = neighbors.of(at)[random.below(static_cast<std::uint64_t>(k))];
      const double step = random.uniform();
      const float* const a = from + classes[c][at] * width;
      const float* const b = from + classes[c][static_cast<std::size_t>(other)] * width;
      for (std::int64_t f = 0; f < width; ++f)
        made.push_back(
            static_cast<float>(static_cast<double>(a[f]) +
                               step * (static_cast<double>(b[f]) - static_cast<double>(a[f]))));
      bases.push_back(classes[c][at]);
    }
  }
  Tensor all = with_copies(features, bases);
  std::copy(made.begin(), made.end(), all.data<float>().begin() + features.size());
  return {{{rows.inputs()[0].name, all}},
          {{rows.outputs()[0].name, with_copies(targets, bases)}},
          rows.has_weights() ? with_copies(rows.weights(), bases) : Tensor()};
}

}  // namespace glia::data
