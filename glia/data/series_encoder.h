// What a network gets of time series, and what its answers mean in their unit.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/series.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

// (value - center) / scale.
struct LinearScale {
  double center = 0, scale = 1;
  friend bool operator==(const LinearScale&, const LinearScale&) = default;
};

// Fitted on the training rows, applied to all.
class SeriesEncoder {
 public:
  // Fits the time axis, and the scale of each target (after logarithm and differences) and column:
  // of the rows before train_end of their series (SeriesSplit) and of no others. Errors:
  // E-DATA-155; E-DATA-156 where no training row has all the rows before it that `differences`
  // need.
  static SeriesEncoder fit(const Series& series, std::span<const std::int64_t> train_end,
                           const SeriesOptions& options);

  const SeriesOptions& options() const { return options_; }
  const TimeAxis& axis() const { return axis_; }
  const std::vector<LinearScale>& scales() const {
    return scales_;
  }  // of the targets, then columns
  // Of a row: the targets, the columns, the targets' lags, their rolling means, the seasons.
  const std::vector<std::string>& features() const { return features_; }
  std::int64_t width() const { return std::ssize(features_); }

  // f32 [rows, width()], and the targets alone, f32 [rows, targets]; rows without enough rows
  // before them (SeriesOptions::history) have NaN. Memory is that of the rows, whatever the window.
  // Error E-DATA-157 where times are of another kind than in training.
  struct Encoded {
    Tensor features, targets;
  };
  Encoded encode(const Series& series) const;

  // What `horizon` scaled values of target k, those after row `last`, are in the target's unit.
  void restore(const Series& series, std::int64_t last, std::size_t k,
               std::span<double> values) const;

  // "12 of 3,649 steps are not 1 day long", where that is so.
  std::vector<std::string> notes(const Series& series) const;

  // The whole as JSON, and back to the same bits. Error E-DATA-154 for text that is not such JSON.
  std::string to_json() const;
  static SeriesEncoder from_json(std::string_view text);

 private:
  SeriesEncoder(const SeriesOptions& options, const TimeAxis& axis);
  std::vector<double> transformed(const Series& series, std::size_t target) const;

  SeriesOptions options_;
  TimeAxis axis_;
  std::vector<LinearScale> scales_;
  std::vector<std::string> features_;
};

}  // namespace glia::data
