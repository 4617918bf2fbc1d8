// Rows of features and targets in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "glia/data/source.h"

namespace glia::data {

// How bytes become numbers: (byte * scale - mean[c]) / std[c], with c along `channel_axis`. One
// mean and std stand for all channels; none: 0 and 1.
struct Pixels {
  float scale = 1.0f / 255.0f;
  std::vector<float> mean = {}, std = {};
  int channel_axis = 1;  // of features [N, C, H, W]
};

// What each byte becomes, [channels, 256]. Error E-DATA-72 where a number is not finite, or a std
// is not above 0. `pixels` has none, one, or `channels` of each.
std::vector<float> byte_values(const Pixels& pixels, std::int64_t channels);

// A tensor of rows, by the name of the model's input or output that it is for.
struct Named {
  std::string name;
  Tensor tensor;
};

// In-memory rows. Copies and subsets share the features.
class Dataset : public Source {
 public:
  // features: f32 [N, ...]; i64 [N, ...], tokens for an embedding; or u8 [N, ...], which stay bytes
  // until they are batched, by `pixels`. targets: i64 [N, ...], class numbers, or f32 [N, ...]: of
  // a row, of each step of a sequence, of each pixel; which shape fits the model is the loss's to
  // say (E-SHAPE-06). weights: f32 [N, ...] from 0: of each row, or of each place, the first axes
  // of the target; a boolean mask of the same shape stands for 1 and 0; no elements for none. Error
  // E-DATA-70 where the first dimensions differ, E-DATA-71 for another dtype or a weight below 0,
  // E-DATA-72 where `pixels` do not fit.
  Dataset(Tensor features, Tensor targets, Tensor weights = {}, Pixels pixels = {});

  // Of a model of several inputs or outputs, in the order in which it takes and gives them. Inputs
  // after the first: f32 or i64 [N, ...]. Errors as above, and E-DATA-76 where there is none, or
  // two of one name.
  Dataset(std::vector<Named> inputs, std::vector<Named> targets, Tensor weights = {},
          Pixels pixels = {});

  // The rows `rows` of this one, in that order. Error E-DATA-73 where there is no such row.
  Dataset subset(std::span<const std::int64_t> rows) const;

  // The same rows with these weights, f32 [size(), ...]; the features are shared. Errors E-DATA-70,
  // -71.
  Dataset with_weights(const Tensor& weights) const;

  std::int64_t size() const override;
  Shape feature_shape() const;  // of one row
  Shape target_shape() const;   // of one row: [] or [k]
  bool has_weights() const override { return weights_.size() > 0; }
  Shape weight_shape() const override;
  std::vector<Field> inputs() const override;   // "features" where one was given alone
  std::vector<Field> outputs() const override;  // likewise "target"
  // The targets of this dataset's rows, in order: i64 or f32 [N, ...]. `output`: of which.
  Tensor targets(std::size_t output = 0) const;

  Tensor weights() const;  // likewise, f32 [N, ...]; no elements where there are none

  std::optional<Tensor> all_targets(std::size_t output) const override { return targets(output); }
  void fill(Batch& batch) const override;

 private:
  Tensor in_order(const Tensor& all) const;
  void make_table(const Pixels& pixels);
  void copy_rows(const Tensor& from, std::span<const std::int64_t> rows, Tensor& to) const;
  void fill_bytes(const std::uint8_t* from, float* to) const;
  std::int64_t stored(std::int64_t row) const {
    return index_ ? (*index_)[static_cast<std::size_t>(row)] : row;
  }

  Tensor features_, targets_, weights_;
  std::string input_name_ = "features", target_name_ = "target";
  std::vector<Named> more_features_, more_targets_;
  std::int64_t feature_size_ = 0;                           // elements of one row
  std::shared_ptr<const std::vector<std::int64_t>> index_;  // null: all rows, in order
  std::shared_ptr<const std::vector<float>> bytes_;         // [C, 256]: what each byte becomes
  std::int64_t channels_ = 1, inner_ = 1;  // a row of bytes is [outer, channels_, inner_]
};

// n / (k * count) for each of the k classes: rare ones weigh more, and the weights of all rows sum
// to n. classes: i64, [0, k). Error E-DATA-74 where one is outside, or a class has no row.
std::vector<double> balanced_class_weights(std::span<const std::int64_t> classes, std::int64_t k);

}  // namespace glia::data
