#include "glia/experiment/series_data.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/leakage.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::int64_t>;
using Source = std::shared_ptr<const data::SeriesSource>;

Rows firsts(const data::Series& series) { return {series.starts.begin(), series.starts.end() - 1}; }
Rows ends(const data::Series& series) { return {series.starts.begin() + 1, series.starts.end()}; }

// What is predicted. Metrics of a training are in its unit where one scale says it all; those of a
// saved model always are (SeriesEncoder::in_unit).
data::Target target_of(const data::SeriesEncoder& encoder) {
  const auto& o = encoder.options();
  data::Target target;
  target.column = o.targets.front();
  target.task = data::Task::regression;
  if (o.targets.size() == 1 && !o.log && o.differences.empty())
    target.mean = encoder.scales().front().center, target.std = encoder.scales().front().scale;
  return target;
}

// The first and the last time of rows [from[i], to[i]) of all series.
std::pair<double, double> span_of(const data::Series& s, const Rows& from, const Rows& to) {
  std::pair<double, double> span{std::numeric_limits<double>::infinity(),
                                 -std::numeric_limits<double>::infinity()};
  for (std::size_t i = 0; i < from.size(); ++i)
    for (auto row = from[i]; row < to[i]; ++row) {
      span.first = std::min(span.first, s.times[static_cast<std::size_t>(row)]);
      span.second = std::max(span.second, s.times[static_cast<std::size_t>(row)]);
    }
  return span;
}

// "the test: 12 windows, forecasts of 1959-01 to 1960-12; the value before has RMSE 50.7".
std::string part_note(std::string_view part, const data::SeriesSource& windows) {
  const auto& encoder = windows.rows().encoder;
  const auto [first, last] = windows.forecast_times();
  std::string note =
      fmt::format("{}: {} windows, forecasts of {} to {}", part, with_commas(windows.size()),
                  encoder.axis().text(first), encoder.axis().text(last));
  note += fmt::format("; saying the last known value has RMSE {:.4g}", *windows.naive_rmse());
  for (const auto& season : encoder.options().seasons) {
    std::int64_t period = 0;
    const auto end = season.data() + season.size();
    if (std::from_chars(season.data(), end, period).ptr != end || period < 2) continue;
    if (const auto rmse = windows.naive_rmse(period))
      note += fmt::format(", that of {} rows before {:.4g}", period, *rmse);
  }
  return note;
}

// Rows by time: where training, validation and test of each series end.
struct Parts {
  Rows train_end, validation_end, test_end;
};

// The first `share` of all rows.
Rows first_rows(const data::Series& all, double share) {
  return share < 1 ? data::split(all, 0, 1 - share).train_end : ends(all);
}

// Of a fold, windows that grow: it is tested on the `fold`-th of the last k of k + 1 parts and
// trains on what is before. Inner folds are the same of what is before.
Parts parts_of(const data::Series& all, const SplitPlan& plan) {
  const auto cut = data::split(all, plan.validation, plan.test);
  if (plan.fold == 0)
    return {plan.validation_trains ? cut.validation_end : cut.train_end, cut.validation_end,
            ends(all)};
  if (plan.repeats > 1 || plan.gap > 0)
    fail("E-EXP-22",
         "data.split: folds of a series are cut by time, once and without a gap; leave repeats and "
         "gap out");
  double whole = 1 - plan.test;
  const auto next = [&](std::int64_t fold, std::int64_t folds) {
    const double end = whole * static_cast<double>(fold + 1) / static_cast<double>(folds + 1);
    whole = whole * static_cast<double>(fold) / static_cast<double>(folds + 1);
    return end;
  };
  double end = next(plan.fold, plan.folds);
  if (plan.inner_fold > 0) end = next(plan.inner_fold, plan.inner_folds);
  return {first_rows(all, whole * (1 - plan.validation)), first_rows(all, whole),
          first_rows(all, end)};
}

void refuse_overlap(const data::Series& train, const data::Series& test,
                    const data::TimeAxis& axis) {
  if (train.time == data::TimeKind::rows) return;
  const double last = span_of(train, firsts(train), ends(train)).second;
  const double first = span_of(test, firsts(test), ends(test)).first;
  if (first <= last)
    fail("E-DATA-161",
         "{}: the test rows begin at {}, and the training rows of {} end at {}; expected later "
         "ones",
         test.source, axis.text(first), train.source, axis.text(last));
}

std::shared_ptr<const data::EncodedSeries> encoded(data::Series series,
                                                   const data::SeriesEncoder& encoder) {
  return std::make_shared<data::EncodedSeries>(std::move(series), encoder);
}

}  // namespace

std::vector<data::Field> SeriesEncoder::inputs() const {
  return {{"features", DType::f32, {series.options().window, series.width()}}};
}

Tensor SeriesEncoder::in_unit(const data::Source& rows, const Tensor& values,
                              const data::Target& target) const {
  const auto* windows = dynamic_cast<const data::SeriesSource*>(&rows);
  return windows ? windows->restored(values) : Encoder::in_unit(rows, values, target);
}

std::vector<fs::path> SeriesData::test_files() const {
  if (test.empty()) return {};
  return {test};
}

std::shared_ptr<const DataPlan> SeriesData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<SeriesData>(*this);
  plan->train = find(train);
  if (!test.empty()) plan->test = find(test);
  return plan;
}

Prepared SeriesData::prepare(const Experiment& e) const {
  if (!e.fit.loss.of_numbers())
    fail("E-LOSS-01", "[{}] a series is of numbers; use mean_squared_error or another of numbers",
         e.fit.loss.name);
  if (!test.empty()) data::refuse_same_file(train, test);
  const auto table = data::read_csv(train, csv);
  auto all = data::Series::read(table, series);
  const auto parts = parts_of(all, split);
  const auto encoder = data::SeriesEncoder::fit(all, parts.train_end, series);
  Prepared prepared;
  prepared.encoding = {std::make_shared<SeriesEncoder>(encoder), target_of(encoder), {}};
  prepared.notes = encoder.notes(all);
  const auto rows = encoded(std::move(all), encoder);
  const auto windows = [&](const auto& of, const char* part, const Rows& from, const Rows& to,
                           std::int64_t stride) {
    const auto source = std::make_shared<const data::SeriesSource>(of, from, to, stride);
    prepared.notes.push_back(part_note(part, *source));
    return source;
  };
  const auto& s = rows->series;
  prepared.train = windows(rows, "training", firsts(s), parts.train_end, series.stride);
  if (parts.validation_end != parts.train_end)
    prepared.validation = windows(rows, "validation", parts.train_end, parts.validation_end, 1);
  if (split.test > 0 || split.fold > 0) {
    const auto held = windows(rows, "test", parts.validation_end, parts.test_end, 1);
    for (std::int64_t w = 0; w < held->size(); ++w) prepared.rows.test.push_back(held->last_row(w));
    prepared.test = held;
  }
  Sha256 sha;
  sha.update(table.bytes());
  if (!test.empty() && split.fold == 0) {
    const auto later = data::read_csv(test, csv);
    const auto other = encoded(data::Series::read(later, series), encoder);
    refuse_overlap(s, other->series, encoder.axis());
    prepared.test = windows(other, "test", firsts(other->series), ends(other->series), 1);
    sha.update(later.bytes());
  }
  prepared.training_digest = data::content_digest(table);
  prepared.fingerprint = sha.hex();
  return prepared;
}

NewRows SeriesData::labelled(const Bundle& bundle, const std::vector<fs::path>& files) const {
  if (files.size() != 1)
    fail("E-BUNDLE-04", "{}: this model takes series, not images", files.front().string());
  const auto& encoder = bundle.encoding.as<SeriesEncoder>().series;
  const auto table = data::read_csv(files.front(), csv);
  const auto rows = encoded(data::Series::read(table, encoder.options()), encoder);
  NewRows result;
  result.rows =
      std::make_shared<data::SeriesSource>(rows, firsts(rows->series), ends(rows->series));
  result.trained_on = data::content_digest(table) == bundle.training_digest;
  return result;
}

NewRows SeriesData::unlabelled(const Bundle& bundle, const fs::path& file) const {
  const auto& encoder = bundle.encoding.as<SeriesEncoder>().series;
  const auto& o = encoder.options();
  const auto rows = encoded(data::Series::read(data::read_csv(file, csv), o), encoder);
  const auto last = data::SeriesSource::last(rows);
  NewRows result;
  result.rows = last;
  result.step_name = o.time.empty() ? "row" : o.time;
  result.values = o.targets;
  for (std::int64_t w = 0; w < last->size(); ++w) {
    const double from = rows->series.times[static_cast<std::size_t>(last->last_row(w))];
    for (std::int64_t h = 1; h <= o.horizon; ++h)
      result.steps.push_back(encoder.axis().text(encoder.axis().after(from, h)));
    if (!o.group.empty()) result.ids.push_back(rows->series.names[static_cast<std::size_t>(w)]);
  }
  if (!o.group.empty()) result.id_name = o.group;
  return result;
}

}  // namespace glia::experiment
