#include "glia/data/series_encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Differences to the value `lag` rows before, series by series; NaN where there is none.
std::vector<double> differences(const Series& s, const std::vector<double>& values,
                                std::int64_t lag) {
  std::vector<double> result(values.size(), kNone);
  for (std::int64_t i = 0; i < s.size(); ++i)
    for (auto row = s.starts[static_cast<std::size_t>(i)] + lag;
         row < s.starts[static_cast<std::size_t>(i) + 1]; ++row) {
      const auto at = static_cast<std::size_t>(row);
      result[at] = values[at] - values[at - static_cast<std::size_t>(lag)];
    }
  return result;
}

// Of the values of training rows that are there; population deviation.
LinearScale fitted(const Series& s, std::span<const std::int64_t> train_end,
                   const std::vector<double>& values, SeriesScale scale, const std::string& name) {
  std::vector<double> training;
  for (std::int64_t i = 0; i < s.size(); ++i)
    for (auto row = s.starts[static_cast<std::size_t>(i)];
         row < train_end[static_cast<std::size_t>(i)]; ++row)
      if (const double v = values[static_cast<std::size_t>(row)]; !std::isnan(v))
        training.push_back(v);
  if (training.empty())
    fail("E-DATA-156",
         "{}: column '{}' has no training value after its differences; take a larger "
         "part for training, or smaller lags",
         s.source, shown(name));
  if (scale == SeriesScale::none) return {};
  const auto n = static_cast<double>(training.size());
  LinearScale affine;
  if (scale == SeriesScale::min_max) {
    const auto [least, most] = std::minmax_element(training.begin(), training.end());
    affine = {*least, *most - *least};
  } else {
    double sum = 0, squares = 0;
    for (const double v : training) sum += v;
    for (const double v : training) squares += (v - sum / n) * (v - sum / n);
    affine = {sum / n, std::sqrt(squares / n)};
  }
  if (!std::isfinite(affine.center) || !std::isfinite(affine.scale))
    fail("E-DATA-35", "{}: the values of column '{}' are too large; rescale it", s.source,
         shown(name));
  if (!(affine.scale > 1e-14 * std::abs(affine.center))) affine.scale = 1;  // one value throughout
  return affine;
}

// One feature of all rows, in its place among the others.
class Columns {
 public:
  Columns(std::int64_t rows, std::int64_t width)
      : tensor_(DType::f32, {rows, width}), width_(width) {}
  template <class Value>
  void add(Value value) {
    const auto to = tensor_.data<float>();
    for (std::int64_t at = next_++, row = 0; at < tensor_.size(); at += width_, ++row)
      to[static_cast<std::size_t>(at)] = static_cast<float>(value(row));
  }
  Tensor tensor() const { return tensor_; }

 private:
  Tensor tensor_;
  std::int64_t width_, next_ = 0;
};

// The value `lag` rows before, in the same series.
std::vector<double> lagged(const Series& s, const std::vector<double>& values, std::int64_t lag) {
  std::vector<double> result(values.size(), kNone);
  for (std::int64_t i = 0; i < s.size(); ++i)
    for (auto row = s.starts[static_cast<std::size_t>(i)] + lag;
         row < s.starts[static_cast<std::size_t>(i) + 1]; ++row)
      result[static_cast<std::size_t>(row)] = values[static_cast<std::size_t>(row - lag)];
  return result;
}

// The mean of `length` values up to each row; summed anew for each, so that no error gathers.
std::vector<double> rolled(const Series& s, const std::vector<double>& values,
                           std::int64_t length) {
  std::vector<double> result(values.size(), kNone);
  for (std::int64_t i = 0; i < s.size(); ++i)
    for (auto row = s.starts[static_cast<std::size_t>(i)] + length - 1;
         row < s.starts[static_cast<std::size_t>(i) + 1]; ++row) {
      double sum = 0;
      for (auto at = row - length + 1; at <= row; ++at) sum += values[static_cast<std::size_t>(at)];
      result[static_cast<std::size_t>(row)] = sum / static_cast<double>(length);
    }
  return result;
}

std::vector<std::string> names_of(const SeriesOptions& o) {
  std::vector<std::string> names = o.targets;
  names.insert(names.end(), o.columns.begin(), o.columns.end());
  for (const auto lag : o.lags)
    for (const auto& target : o.targets) names.push_back(fmt::format("{} lag {}", target, lag));
  for (const auto length : o.rolling)
    for (const auto& target : o.targets) names.push_back(fmt::format("{} mean {}", target, length));
  for (const auto& season : o.seasons)
    for (const char* wave : {"sin", "cos"}) names.push_back(fmt::format("{} {}", wave, season));
  return names;
}

// The place of a time in a season, in periods.
double periods(const TimeAxis& axis, const std::string& season, double time) {
  if (const auto steps = parse_number(season)) return axis.place(time) / *steps;
  return phase(season == "year"   ? Calendar::year
               : season == "week" ? Calendar::week
                                  : Calendar::day,
               time);
}

}  // namespace

SeriesEncoder::SeriesEncoder(const SeriesOptions& options, const TimeAxis& axis)
    : options_(options), axis_(axis), features_(names_of(options)) {
  check(options_);
}

// A target's logarithm and differences, in double precision.
std::vector<double> SeriesEncoder::transformed(const Series& series, std::size_t target) const {
  auto values = series.values[target];
  if (options_.log)
    for (double& v : values) v = std::log(v);
  for (const auto lag : options_.differences) values = differences(series, values, lag);
  return values;
}

SeriesEncoder SeriesEncoder::fit(const Series& series, std::span<const std::int64_t> train_end,
                                 const SeriesOptions& options) {
  std::vector<std::pair<double, double>> steps;
  double origin = std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < series.size(); ++i) {
    const auto from = series.starts[static_cast<std::size_t>(i)];
    const auto to = train_end[static_cast<std::size_t>(i)];
    if (from < to) origin = std::min(origin, series.times[static_cast<std::size_t>(from)]);
    for (auto row = from + 1; row < to; ++row)
      steps.emplace_back(series.times[static_cast<std::size_t>(row) - 1],
                         series.times[static_cast<std::size_t>(row)]);
  }
  if (!std::isfinite(origin)) fail("E-DATA-34", "{}: there are no training rows", series.source);
  SeriesEncoder encoder(options, fit_axis(series.time, origin, steps));
  const std::size_t targets = options.targets.size();
  for (std::size_t c = 0; c < series.values.size(); ++c)
    encoder.scales_.push_back(
        fitted(series, train_end, c < targets ? encoder.transformed(series, c) : series.values[c],
               options.scale, c < targets ? options.targets[c] : options.columns[c - targets]));
  return encoder;
}

SeriesEncoder::Encoded SeriesEncoder::encode(const Series& series) const {
  if (series.time != axis_.kind)
    fail("E-DATA-157", "{}: column '{}' does not hold {} as in training", series.source,
         shown(options_.time), axis_.kind == TimeKind::dates ? "dates" : "numbers");
  const std::size_t targets = options_.targets.size();
  Columns features(series.rows(), width()), answers(series.rows(), std::ssize(options_.targets));
  std::vector<std::vector<double>> scaled;
  const auto add = [](Columns& to, const std::vector<double>& values) {
    to.add([&](std::int64_t row) { return values[static_cast<std::size_t>(row)]; });
  };
  for (std::size_t c = 0; c < series.values.size(); ++c) {
    auto values = c < targets ? transformed(series, c) : series.values[c];
    for (double& v : values) v = (v - scales_[c].center) / scales_[c].scale;
    add(features, values);
    if (c >= targets) continue;
    add(answers, values);
    scaled.push_back(std::move(values));
  }
  for (const auto lag : options_.lags)
    for (const auto& values : scaled) add(features, lagged(series, values, lag));
  for (const auto length : options_.rolling)
    for (const auto& values : scaled) add(features, rolled(series, values, length));
  for (const auto& season : options_.seasons)
    for (const bool sine : {true, false})
      features.add([&](std::int64_t row) {
        const double angle = 2 * std::numbers::pi *
                             periods(axis_, season, series.times[static_cast<std::size_t>(row)]);
        return sine ? std::sin(angle) : std::cos(angle);
      });
  return {features.tensor(), answers.tensor()};
}

// Differences are taken back by adding what they were taken from: known values, or, where those
// lie after `last`, values restored just before.
void SeriesEncoder::restore(const Series& series, std::int64_t last, std::size_t k,
                            std::span<double> values) const {
  for (double& v : values) v = v * scales_[k].scale + scales_[k].center;
  const auto& lags = options_.differences;
  std::int64_t known = 1;
  for (const auto lag : lags) known += lag;
  // The target as it was before each difference, up to `last`.
  std::vector<std::vector<double>> levels(1);
  for (auto row = last - known + 1; row <= last; ++row) {
    const double v = series.values[k][static_cast<std::size_t>(row)];
    levels[0].push_back(options_.log ? std::log(v) : v);
  }
  for (const auto lag : lags) {
    const auto& before = levels.back();
    std::vector<double> level;
    for (auto i = static_cast<std::size_t>(lag); i < before.size(); ++i)
      level.push_back(before[i] - before[i - static_cast<std::size_t>(lag)]);
    levels.push_back(std::move(level));
  }
  for (std::size_t d = lags.size(); d-- > 0;) {
    auto& level = levels[d];
    for (double& v : values) {
      v += level[level.size() - static_cast<std::size_t>(lags[d])];
      level.push_back(v);
    }
  }
  if (options_.log)
    for (double& v : values) v = std::exp(v);
}

std::vector<std::string> SeriesEncoder::notes(const Series& series) const {
  std::vector<std::string> notes;
  std::int64_t steps = 0, others = 0;
  double longest = 0, at = 0;
  for (std::int64_t i = 0; i < series.size(); ++i)
    for (auto row = static_cast<std::size_t>(series.starts[static_cast<std::size_t>(i)]) + 1;
         row < static_cast<std::size_t>(series.starts[static_cast<std::size_t>(i) + 1]); ++row) {
      const double length = axis_.place(series.times[row]) - axis_.place(series.times[row - 1]);
      ++steps;
      if (std::abs(length - 1) <= 1e-6) continue;
      ++others;
      if (length > longest) longest = length, at = series.times[row];
    }
  if (others > 0)
    notes.push_back(fmt::format(
        "{} of {} steps from row to row are not as long as the usual one; the longest is of {:.6g} "
        "steps, before {}: windows go over them as if nothing were missing",
        with_commas(others), with_commas(steps), longest, axis_.text(at)));
  if (series.repeated > 0)
    notes.push_back(
        fmt::format("{} rows have the time of the row before", with_commas(series.repeated)));
  if (series.filled > 0)
    notes.push_back(
        fmt::format("{} missing values are those of the row before", with_commas(series.filled)));
  return notes;
}

}  // namespace glia::data
