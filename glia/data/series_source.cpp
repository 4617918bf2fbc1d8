#include "glia/data/series_source.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {

SeriesSource::SeriesSource(std::shared_ptr<const EncodedSeries> rows,
                           std::span<const std::int64_t> from, std::span<const std::int64_t> to,
                           std::int64_t stride)
    : rows_(std::move(rows)) {
  const auto& o = rows_->encoder.options();
  const auto& starts = rows_->series.starts;
  const std::int64_t before = o.history() + o.window;
  std::int64_t most = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto first = std::max(starts[i] + before, from[i]);  // row of the first target
    for (auto target = first; target + o.horizon <= to[i]; target += stride)
      ends_.push_back(target - 1);
    most = std::max(most, to[i] - starts[i]);
  }
  if (ends_.empty())
    fail("E-DATA-156",
         "{}: no window fits: {} rows to look at ({} of them before the window, for differences, "
         "lags and means) and {} to forecast, and the longest part of a series has {}; take a "
         "smaller window or horizon, or another split",
         rows_->series.source, before, o.history(), o.horizon, most);
}

std::shared_ptr<const SeriesSource> SeriesSource::last(std::shared_ptr<const EncodedSeries> rows) {
  std::shared_ptr<SeriesSource> source(new SeriesSource(std::move(rows)));
  source->targets_known_ = false;
  const auto& series = source->rows_->series;
  const auto& o = source->rows_->encoder.options();
  for (std::size_t i = 0; i + 1 < series.starts.size(); ++i) {
    const auto count = series.starts[i + 1] - series.starts[i];
    if (count < o.history() + o.window)
      fail("E-DATA-156", "{}: {} has {} rows, and a forecast looks at {} (window {}, {} before it)",
           series.source,
           series.names[i].empty() ? "the series" : "series '" + shown(series.names[i]) + "'",
           count, o.history() + o.window, o.window, o.history());
    source->ends_.push_back(series.starts[i + 1] - 1);
  }
  return source;
}

std::vector<Field> SeriesSource::inputs() const {
  const auto& encoder = rows_->encoder;
  return {{"features", DType::f32, {encoder.options().window, encoder.width()}}};
}

std::vector<Field> SeriesSource::outputs() const {
  const auto& o = rows_->encoder.options();
  return {{"target", DType::f32, {o.horizon * std::ssize(o.targets)}}};
}

void SeriesSource::copy_targets(std::int64_t window, std::span<float> to) const {
  if (!targets_known_) {
    std::fill(to.begin(), to.end(), 0.0f);
    return;
  }
  const auto& targets = rows_->encoder.options().targets;
  const auto from =
      rows_->encoded.targets.data<float>().begin() + (last_row(window) + 1) * std::ssize(targets);
  std::copy_n(from, to.size(), to.begin());
}

std::optional<Tensor> SeriesSource::all_targets(std::size_t) const {
  const auto width = outputs()[0].row[0].value();
  Tensor all(DType::f32, {size(), width});
  for (std::int64_t w = 0; w < size(); ++w)
    copy_targets(w, all.data<float>().subspan(static_cast<std::size_t>(w * width),
                                              static_cast<std::size_t>(width)));
  return all;
}

void SeriesSource::fill(Batch& batch) const {
  const auto& encoder = rows_->encoder;
  const auto each = static_cast<std::size_t>(encoder.options().window * encoder.width());
  const auto width = static_cast<std::size_t>(outputs()[0].row[0].value());
  const auto features = batch.features.data<float>(), targets = batch.targets.data<float>();
  const auto weights = batch.weights.data<float>();
  const auto from = rows_->encoded.features.data<float>();
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const auto row = batch.rows[i];
    const auto first = static_cast<std::size_t>((last_row(row) + 1) * encoder.width()) - each;
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(first), each,
                features.begin() + static_cast<std::ptrdiff_t>(i * each));
    copy_targets(row, targets.subspan(i * width, width));
    weights[i] = 1;
  }
  const auto clear = [&](std::span<float> all, std::size_t of_a_row) {
    std::fill(all.begin() + static_cast<std::ptrdiff_t>(batch.rows.size() * of_a_row), all.end(),
              0.0f);
  };
  clear(features, each), clear(targets, width), clear(weights, 1);
}

Tensor SeriesSource::restored(const Tensor& values) const {
  const auto& o = rows_->encoder.options();
  const auto targets = o.targets.size(), horizon = static_cast<std::size_t>(o.horizon);
  Tensor result = values.clone();
  const auto all = result.data<float>();
  std::vector<double> steps(horizon);
  for (std::int64_t w = 0; w < size(); ++w)
    for (std::size_t k = 0; k < targets; ++k) {
      float* const at = all.data() + static_cast<std::size_t>(w) * horizon * targets + k;
      for (std::size_t h = 0; h < horizon; ++h) steps[h] = static_cast<double>(at[h * targets]);
      rows_->encoder.restore(rows_->series, last_row(w), k, steps);
      for (std::size_t h = 0; h < horizon; ++h) at[h * targets] = static_cast<float>(steps[h]);
    }
  return result;
}

std::optional<double> SeriesSource::naive_rmse(std::int64_t period) const {
  const auto& o = rows_->encoder.options();
  const auto& starts = rows_->series.starts;
  if (period < 1 || period > rows_->series.rows()) return std::nullopt;
  double squares = 0;
  for (std::int64_t w = 0; w < size(); ++w) {
    const auto last = last_row(w);
    const auto start = *(std::upper_bound(starts.begin(), starts.end(), last) - 1);
    if (last + 1 - period < start) return std::nullopt;  // of the first step, the farthest back
    for (std::size_t k = 0; k < o.targets.size(); ++k)
      for (std::int64_t h = 1; h <= o.horizon; ++h) {
        const auto& values = rows_->series.values[k];
        const auto back = (h + period - 1) / period * period;
        const double error = values[static_cast<std::size_t>(last + h)] -
                             values[static_cast<std::size_t>(last + h - back)];
        squares += error * error;
      }
  }
  return std::sqrt(squares / static_cast<double>(size() * o.horizon * std::ssize(o.targets)));
}

}  // namespace glia::data
