#include "glia/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "glia/base/format.h"

namespace glia::data {
namespace {

Shape row_shape(const Tensor& t) {
  return Shape(std::vector<Dim>(t.shape().begin() + 1, t.shape().end()));
}

Shape with_rows(std::int64_t rows, const Shape& row) {
  Shape shape{Dim(rows)};
  for (const Dim d : row) shape.push_back(d);
  return shape;
}

std::int64_t rows_of(const Tensor& t, const char* what) {
  if (t.shape().rank() == 0)
    fail("E-DATA-70", "dataset: the {} are a scalar; expected one row for each record", what);
  return t.shape()[0].value();
}

std::size_t row_bytes(const Tensor& t) {
  const std::int64_t rows = t.shape()[0].value();
  return rows == 0 ? 0 : t.bytes() / static_cast<std::size_t>(rows);
}

void expect_targets(const Tensor& targets) {
  if (targets.dtype() != DType::i64 && targets.dtype() != DType::f32)
    fail(
        "E-DATA-71",
        "dataset: targets {} of {}; expected class numbers, i64 [N, ...], or values, f32 [N, ...]: "
        "convert with to()",
        targets.shape().text(), name_of(targets.dtype()));
}

bool is_input(DType dtype) { return dtype == DType::f32 || dtype == DType::i64; }

// Weights as they are kept, f32; a mask becomes 1 and 0.
Tensor checked_weights(Tensor weights, std::int64_t rows) {
  if (weights.shape().rank() == 0 || weights.shape()[0] != Dim(rows))
    fail("E-DATA-70",
         "dataset: weights {} for {} rows; expected one for each row, [{}], or for each place of "
         "the targets, [{}, ...]",
         weights.shape().text(), rows, rows, rows);
  if (weights.dtype() == DType::boolean) return weights.to(DType::f32);
  if (weights.dtype() != DType::f32)
    fail("E-DATA-71", "dataset: weights of {}; expected f32, or boolean for a mask",
         name_of(weights.dtype()));
  for (std::int64_t i = 0; i < weights.size(); ++i)
    if (const double w = weights.at(i); !(w >= 0) || !std::isfinite(w))
      fail("E-DATA-71", "dataset: a weight of row {} is {}; expected finite numbers from 0",
           i / (weights.size() / rows), w);
  return weights;
}

void expect_rows(const Named& named, std::int64_t rows, const char* what) {
  if (rows_of(named.tensor, what) != rows)
    fail("E-DATA-70", "dataset: the {} '{}' are {}, the first have {} rows; expected as many", what,
         named.name, named.tensor.shape().text(), rows);
}

// The first of them stands alone, so that the usual case of one is simple.
Tensor first_of(const std::vector<Named>& list, const char* what) {
  if (list.empty()) fail("E-DATA-76", "dataset: there are no {}; expected at least one", what);
  for (std::size_t i = 0; i < list.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (list[i].name == list[k].name)
        fail("E-DATA-76", "dataset: two {} are called '{}'; give each a name of its own", what,
             list[i].name);
  return list.front().tensor;
}

std::vector<Named> without_first(std::vector<Named> list) {
  list.erase(list.begin());
  return list;
}

// Zeroes all rows from `count` on, of `row_bytes` each.
void clear_from(Tensor& t, std::int64_t count, std::size_t row_bytes) {
  const std::size_t used = static_cast<std::size_t>(count) * row_bytes;
  std::memset(t.raw() + used, 0, t.bytes() - used);
}

}  // namespace

std::vector<float> byte_values(const Pixels& pixels, std::int64_t channels) {
  std::vector<float> table;
  const auto at = [](const std::vector<float>& v, std::int64_t c, float otherwise) {
    return v.empty() ? otherwise : v[v.size() == 1 ? 0 : static_cast<std::size_t>(c)];
  };
  for (std::int64_t c = 0; c < channels; ++c) {
    const float mean = at(pixels.mean, c, 0.0f), std = at(pixels.std, c, 1.0f);
    if (!(std > 0) || !std::isfinite(std) || !std::isfinite(mean) || !std::isfinite(pixels.scale))
      fail("E-DATA-72",
           "dataset: scale {}, mean {}, std {}; expected finite numbers and std above 0",
           pixels.scale, mean, std);
    for (int byte = 0; byte < 256; ++byte)
      table.push_back((static_cast<float>(byte) * pixels.scale - mean) / std);
  }
  return table;
}

Dataset::Dataset(Tensor features, Tensor targets, Tensor weights, Pixels pixels)
    : features_(std::move(features)), targets_(std::move(targets)) {
  const std::int64_t rows = rows_of(features_, "features");
  if (rows_of(targets_, "targets") != rows)
    fail("E-DATA-70", "dataset: features {} and targets {}; expected the same number of rows",
         features_.shape().text(), targets_.shape().text());
  if (weights.size() > 0) weights_ = checked_weights(std::move(weights), rows);
  if (!is_input(features_.dtype()) && features_.dtype() != DType::u8)
    fail("E-DATA-71",
         "dataset: features of {}; expected f32, i64 for tokens, or u8 for images: convert with "
         "to()",
         name_of(features_.dtype()));
  expect_targets(targets_);
  feature_size_ = row_shape(features_).elements();
  if (features_.dtype() == DType::u8) make_table(pixels);
}

Dataset::Dataset(std::vector<Named> inputs, std::vector<Named> targets, Tensor weights,
                 Pixels pixels)
    : Dataset(first_of(inputs, "features"), first_of(targets, "targets"), std::move(weights),
              std::move(pixels)) {
  input_name_ = inputs.front().name;
  target_name_ = targets.front().name;
  more_features_ = without_first(std::move(inputs));
  more_targets_ = without_first(std::move(targets));
  for (const auto& input : more_features_) {
    expect_rows(input, size(), "features");
    if (!is_input(input.tensor.dtype()))
      fail("E-DATA-71", "dataset: features '{}' of {}; expected f32 or i64: convert with to()",
           input.name, name_of(input.tensor.dtype()));
  }
  for (const auto& target : more_targets_) {
    expect_rows(target, size(), "targets");
    expect_targets(target.tensor);
  }
}

void Dataset::make_table(const Pixels& pixels) {
  const auto count = static_cast<std::int64_t>(std::max(pixels.mean.size(), pixels.std.size()));
  const auto fits = [&](std::size_t n) { return n <= 1 || static_cast<std::int64_t>(n) == count; };
  if (!fits(pixels.mean.size()) || !fits(pixels.std.size()))
    fail("E-DATA-72",
         "dataset: {} means and {} standard deviations; expected one of each per channel",
         pixels.mean.size(), pixels.std.size());
  if (count > 1) {
    const int axis = pixels.channel_axis;
    const int rank = features_.shape().rank();
    if (axis < 1 || axis >= rank || features_.shape()[axis].value() != count)
      fail("E-DATA-72",
           "dataset: {} means for features {} with channels along axis {}; expected as many as "
           "channels",
           count, features_.shape().text(), axis);
    for (int a = axis + 1; a < rank; ++a) inner_ *= features_.shape()[a].value();
    channels_ = count;
  }
  bytes_ = std::make_shared<const std::vector<float>>(byte_values(pixels, channels_));
}

Dataset Dataset::subset(std::span<const std::int64_t> rows) const {
  auto index = std::make_shared<std::vector<std::int64_t>>();
  index->reserve(rows.size());
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= size())
      fail("E-DATA-73", "dataset: row {} was asked for; expected 0 to {}", row, size() - 1);
    index->push_back(stored(row));
  }
  Dataset part = *this;
  part.index_ = std::move(index);
  return part;
}

Dataset Dataset::with_weights(const Tensor& weights) const {
  const Tensor own = checked_weights(weights, size());
  Dataset copy = *this;
  copy.weights_ = Tensor(DType::f32, with_rows(features_.shape()[0].value(), row_shape(own)));
  const std::size_t bytes = row_bytes(own);
  for (std::int64_t i = 0; i < size(); ++i)
    std::memcpy(copy.weights_.raw() + static_cast<std::size_t>(stored(i)) * bytes,
                own.raw() + static_cast<std::size_t>(i) * bytes, bytes);
  return copy;
}

std::int64_t Dataset::size() const {
  return index_ ? static_cast<std::int64_t>(index_->size()) : features_.shape()[0].value();
}

Shape Dataset::feature_shape() const { return row_shape(features_); }
Shape Dataset::target_shape() const { return row_shape(targets_); }
Shape Dataset::weight_shape() const { return has_weights() ? row_shape(weights_) : Shape{}; }

std::vector<Field> Dataset::inputs() const {
  std::vector<Field> fields{
      {input_name_, bytes_ ? DType::f32 : features_.dtype(), feature_shape()}};
  for (const auto& [name, tensor] : more_features_)
    fields.push_back({name, tensor.dtype(), row_shape(tensor)});
  return fields;
}

std::vector<Field> Dataset::outputs() const {
  std::vector<Field> fields{{target_name_, targets_.dtype(), target_shape()}};
  for (const auto& [name, tensor] : more_targets_)
    fields.push_back({name, tensor.dtype(), row_shape(tensor)});
  return fields;
}

Tensor Dataset::targets(std::size_t output) const {
  if (output > more_targets_.size())
    fail("E-DATA-76", "dataset: the targets of output {} were asked for, and there are {}", output,
         more_targets_.size() + 1);
  return in_order(output == 0 ? targets_ : more_targets_[output - 1].tensor);
}

Tensor Dataset::weights() const { return has_weights() ? in_order(weights_) : Tensor(); }

Tensor Dataset::in_order(const Tensor& all) const {
  Tensor picked(all.dtype(), with_rows(size(), row_shape(all)));
  std::vector<std::int64_t> rows(static_cast<std::size_t>(size()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  copy_rows(all, rows, picked);
  return picked;
}

void Dataset::fill_bytes(const std::uint8_t* from, float* to) const {
  const float* const table = bytes_->data();
  if (channels_ == 1) {
    for (std::int64_t i = 0; i < feature_size_; ++i) to[i] = table[from[i]];
    return;
  }
  for (std::int64_t i = 0; i < feature_size_;) {
    for (std::int64_t c = 0; c < channels_; ++c)
      for (const std::int64_t end = i + inner_; i < end; ++i) to[i] = table[c * 256 + from[i]];
  }
}

void Dataset::fill(Batch& batch) const {
  if (bytes_) {
    const auto each = static_cast<std::size_t>(feature_size_);
    const auto* from = reinterpret_cast<const std::uint8_t*>(features_.raw());
    auto* to = reinterpret_cast<float*>(batch.features.raw());
    for (const std::int64_t row : batch.rows) {
      fill_bytes(from + static_cast<std::size_t>(stored(row)) * each, to);
      to += each;
    }
    clear_from(batch.features, batch.count, each * sizeof(float));
  } else {
    copy_rows(features_, batch.rows, batch.features);
  }
  copy_rows(targets_, batch.rows, batch.targets);
  if (has_weights()) {
    copy_rows(weights_, batch.rows, batch.weights);
  } else {
    std::fill_n(reinterpret_cast<float*>(batch.weights.raw()), batch.count, 1.0f);
    clear_from(batch.weights, batch.count, sizeof(float));
  }
  for (std::size_t k = 0; k < more_features_.size(); ++k)
    copy_rows(more_features_[k].tensor, batch.rows, batch.more_features[k]);
  for (std::size_t k = 0; k < more_targets_.size(); ++k)
    copy_rows(more_targets_[k].tensor, batch.rows, batch.more_targets[k]);
}

// Rows of a stored tensor, zeros behind them.
void Dataset::copy_rows(const Tensor& from, std::span<const std::int64_t> rows, Tensor& to) const {
  const std::size_t bytes = row_bytes(from);
  std::size_t at = 0;
  for (const std::int64_t row : rows)
    std::memcpy(to.raw() + at++ * bytes, from.raw() + static_cast<std::size_t>(stored(row)) * bytes,
                bytes);
  clear_from(to, static_cast<std::int64_t>(at), bytes);
}

std::vector<double> balanced_class_weights(std::span<const std::int64_t> classes, std::int64_t k) {
  std::vector<double> counts(static_cast<std::size_t>(std::max<std::int64_t>(k, 0)), 0.0);
  for (const std::int64_t c : classes) {
    if (c < 0 || c >= k)
      fail("E-DATA-74", "class weights: a row has class {}; expected 0 to {}", c, k - 1);
    ++counts[static_cast<std::size_t>(c)];
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0)
      fail("E-DATA-74", "class weights: class {} has no row, so no weight can balance it", c);
    counts[c] = static_cast<double>(classes.size()) / (static_cast<double>(k) * counts[c]);
  }
  return counts;
}

}  // namespace glia::data
