// Batches of windows over time series.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "glia/data/series_encoder.h"
#include "glia/data/source.h"

namespace glia::data {

// Series with what their encoder made of them: shared by all windows, which are views of it.
struct EncodedSeries {
  EncodedSeries(Series series, const SeriesEncoder& encoder)
      : series(std::move(series)), encoder(encoder), encoded(encoder.encode(this->series)) {}
  Series series;
  SeriesEncoder encoder;
  SeriesEncoder::Encoded encoded;
};

// `features`: f32 [window, width], rows that follow each other; `target`: f32 [horizon * targets],
// the targets of the rows after them, step by step. Eight bytes for each window, beside the rows.
class SeriesSource : public Source {
 public:
  // The windows whose targets all lie in rows [from[i], to[i]) of series i, one every `stride`
  // rows. What a window sees may lie before `from`: at that time it was known. Error E-DATA-156
  // where there is none.
  SeriesSource(std::shared_ptr<const EncodedSeries> rows, std::span<const std::int64_t> from,
               std::span<const std::int64_t> to, std::int64_t stride = 1);
  // The last window of each series, whose targets nobody knows (zeros). Error E-DATA-156 where a
  // series is too short.
  static std::shared_ptr<const SeriesSource> last(std::shared_ptr<const EncodedSeries> rows);

  std::int64_t size() const override { return std::ssize(ends_); }
  std::vector<Field> inputs() const override;
  std::vector<Field> outputs() const override;
  std::optional<Tensor> all_targets(std::size_t) const override;
  void fill(Batch& batch) const override;

  // Targets or predictions [size(), horizon * targets] of all windows in order, in their unit.
  Tensor restored(const Tensor& values) const;
  // The root of the mean squared error, in the unit, of saying the value of `period` rows before
  // (of as many periods as are needed to be known); of 1, the last known one. Nothing where a
  // window's series does not go back so far.
  std::optional<double> naive_rmse(std::int64_t period = 1) const;

  const EncodedSeries& rows() const { return *rows_; }
  std::int64_t last_row(std::int64_t window) const {
    return ends_[static_cast<std::size_t>(window)];
  }

 private:
  explicit SeriesSource(std::shared_ptr<const EncodedSeries> rows) : rows_(std::move(rows)) {}
  void copy_targets(std::int64_t window, std::span<float> to) const;

  std::shared_ptr<const EncodedSeries> rows_;
  std::vector<std::int64_t> ends_;  // of the windows: the last row that is seen
  bool targets_known_ = true;
};

}  // namespace glia::data
