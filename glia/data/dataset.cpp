#include "glia/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstring>

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
  return static_cast<std::size_t>(row_shape(t).elements()) * size_of(t.dtype());
}

void expect_targets(const Tensor& targets) {
  const bool classes = targets.dtype() == DType::i64 && targets.shape().rank() == 1;
  const bool numbers = targets.dtype() == DType::f32 && targets.shape().rank() == 2;
  if (!classes && !numbers)
    fail("E-DATA-71",
         "dataset: targets {} of {}; expected class numbers, i64 [N], or values, f32 [N, k]",
         targets.shape().text(), name_of(targets.dtype()));
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

std::vector<Tensor> rooms(const std::vector<Named>& list, std::int64_t capacity) {
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : list)
    tensors.emplace_back(tensor.dtype(), with_rows(capacity, row_shape(tensor)));
  return tensors;
}

// Zeroes all rows from `count` on, of `row_bytes` each.
void clear_from(Tensor& t, std::int64_t count, std::size_t row_bytes) {
  const std::size_t used = static_cast<std::size_t>(count) * row_bytes;
  std::memset(t.raw() + used, 0, t.bytes() - used);
}

}  // namespace

Dataset::Dataset(Tensor features, Tensor targets, Tensor weights, Pixels pixels)
    : features_(std::move(features)), targets_(std::move(targets)), weights_(std::move(weights)) {
  const std::int64_t rows = rows_of(features_, "features");
  if (rows_of(targets_, "targets") != rows)
    fail("E-DATA-70", "dataset: features {} and targets {}; expected the same number of rows",
         features_.shape().text(), targets_.shape().text());
  if (has_weights() && weights_.shape() != Shape{rows})
    fail("E-DATA-70", "dataset: weights {} for {} rows; expected one for each row: [{}]",
         weights_.shape().text(), rows, rows);
  if (has_weights() && weights_.dtype() != DType::f32)
    fail("E-DATA-71", "dataset: weights of {}; expected f32", name_of(weights_.dtype()));
  if (features_.dtype() != DType::f32 && features_.dtype() != DType::u8)
    fail("E-DATA-71", "dataset: features of {}; expected f32, or u8 for images: convert with to()",
         name_of(features_.dtype()));
  expect_targets(targets_);
  feature_size_ = row_shape(features_).elements();
  target_size_ = row_shape(targets_).elements();
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
    if (input.tensor.dtype() != DType::f32 && input.tensor.dtype() != DType::i64)
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
  auto table = std::make_shared<std::vector<float>>();
  const auto at = [](const std::vector<float>& v, std::int64_t c, float otherwise) {
    return v.empty() ? otherwise : v[v.size() == 1 ? 0 : static_cast<std::size_t>(c)];
  };
  for (std::int64_t c = 0; c < channels_; ++c) {
    const float mean = at(pixels.mean, c, 0.0f), std = at(pixels.std, c, 1.0f);
    if (!(std > 0) || !std::isfinite(std) || !std::isfinite(mean) || !std::isfinite(pixels.scale))
      fail("E-DATA-72",
           "dataset: scale {}, mean {}, std {}; expected finite numbers and std above 0",
           pixels.scale, mean, std);
    for (int byte = 0; byte < 256; ++byte)
      table->push_back((static_cast<float>(byte) * pixels.scale - mean) / std);
  }
  bytes_ = std::move(table);
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
  if (weights.dtype() != DType::f32 || !(weights.shape() == Shape{size()}))
    fail("E-DATA-70", "dataset: weights are {}{}; expected f32[{}]", name_of(weights.dtype()),
         weights.shape().text(), size());
  Dataset copy = *this;
  copy.weights_ = Tensor(DType::f32, {features_.shape()[0]});
  for (std::int64_t i = 0; i < size(); ++i) copy.weights_.set(stored(i), weights.at(i));
  return copy;
}

std::int64_t Dataset::size() const {
  return index_ ? static_cast<std::int64_t>(index_->size()) : features_.shape()[0].value();
}

Shape Dataset::feature_shape() const { return row_shape(features_); }
Shape Dataset::target_shape() const { return row_shape(targets_); }

std::vector<Field> Dataset::inputs() const {
  std::vector<Field> fields{{input_name_, DType::f32, feature_shape()}};
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
  const Tensor& all = output == 0 ? targets_ : more_targets_[output - 1].tensor;
  Tensor picked(all.dtype(), with_rows(size(), row_shape(all)));
  const std::size_t row = row_bytes(all);
  for (std::int64_t i = 0; i < size(); ++i)
    std::memcpy(picked.raw() + static_cast<std::size_t>(i) * row,
                all.raw() + static_cast<std::size_t>(stored(i)) * row, row);
  return picked;
}

Batch Dataset::allocate(std::int64_t capacity) const {
  Batch batch;
  batch.features = Tensor(DType::f32, with_rows(capacity, feature_shape()));
  batch.targets = Tensor(targets_.dtype(), with_rows(capacity, target_shape()));
  batch.weights = Tensor(DType::f32, Shape{capacity});
  batch.more_features = rooms(more_features_, capacity);
  batch.more_targets = rooms(more_targets_, capacity);
  return batch;
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
  const auto feature_size = static_cast<std::size_t>(feature_size_);
  const std::size_t target_bytes =
      static_cast<std::size_t>(target_size_) * size_of(targets_.dtype());
  auto* features = reinterpret_cast<float*>(batch.features.raw());
  std::byte* targets = batch.targets.raw();
  auto* weights = reinterpret_cast<float*>(batch.weights.raw());
  const auto* own_weights =
      has_weights() ? reinterpret_cast<const float*>(weights_.raw()) : nullptr;
  std::int64_t i = 0;
  for (const std::int64_t asked : batch.rows) {
    const auto row = static_cast<std::size_t>(stored(asked)), at = static_cast<std::size_t>(i++);
    if (bytes_) {
      fill_bytes(reinterpret_cast<const std::uint8_t*>(features_.raw()) + row * feature_size,
                 features + at * feature_size);
    } else {
      std::memcpy(features + at * feature_size,
                  reinterpret_cast<const float*>(features_.raw()) + row * feature_size,
                  feature_size * sizeof(float));
    }
    std::memcpy(targets + at * target_bytes, targets_.raw() + row * target_bytes, target_bytes);
    weights[at] = own_weights ? own_weights[row] : 1.0f;
  }
  clear_from(batch.features, i, feature_size * sizeof(float));
  clear_from(batch.targets, i, target_bytes);
  clear_from(batch.weights, i, sizeof(float));
  for (std::size_t k = 0; k < more_features_.size(); ++k)
    fill_more(more_features_[k].tensor, batch.rows, batch.more_features[k]);
  for (std::size_t k = 0; k < more_targets_.size(); ++k)
    fill_more(more_targets_[k].tensor, batch.rows, batch.more_targets[k]);
}

void Dataset::fill_more(const Tensor& from, std::span<const std::int64_t> rows, Tensor& to) const {
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
