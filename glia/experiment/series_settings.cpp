// The `data` section of an experiment on time series, and its encoding.
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/series_data.h"

namespace glia::experiment {
namespace {

using nlohmann::json;

data::SeriesOptions read_options(Settings& s) {
  data::SeriesOptions o;
  o.targets = s.texts("target", {}, "the column, or columns, that are forecast");
  o.time = s.text("time", "", "a column of dates or numbers; unless given rows are in order");
  o.group = s.text("group", "", "a column that tells several series apart");
  o.columns = s.texts("columns", {}, "that a network sees beside the target");
  o.window = s.integer("window", o.window, "rows that it sees", {.least = 1});
  o.horizon = s.integer("horizon", o.horizon, "rows that it forecasts", {.least = 1});
  o.stride = s.integer("stride", o.stride, "rows between training windows", {.least = 1});
  o.log = s.flag("log", false, "learn logarithms of the target");
  o.differences = s.integers("differences", {},
                             "learn differences of the target: to so many rows before, in turn");
  const auto scale = s.one_of("scale", "standardize", {"standardize", "min_max", "none"},
                              "of targets and columns, fitted on training rows");
  o.scale = scale == "standardize" ? data::SeriesScale::standardize
            : scale == "min_max"   ? data::SeriesScale::min_max
                                   : data::SeriesScale::none;
  o.lags = s.integers("lags", {}, "further inputs: the target so many rows before");
  o.rolling = s.integers("rolling", {}, "further inputs: means of the target over so many rows");
  o.seasons = s.texts("seasons", {},
                      "further inputs: sine and cosine of periods, in steps, or year, week, day");
  o.fill_previous = s.one_of("fill", "fail", {"fail", "previous"},
                             "a missing value is an error, or the one before") == "previous";
  if (!s.describing()) s.placed("", [&] { data::check(o); });
  s.done();
  return o;
}

std::shared_ptr<DataPlan> read_series(Settings& data, const Places& places,
                                      const std::vector<std::string>& outputs) {
  if (!outputs.empty())
    fail("E-EXP-05", "{}: a series has one output of all its targets, and the model has {}",
         data.where("series"), outputs.size());
  auto plan = std::make_shared<SeriesData>();
  plan->train = places.find(
      data, "train",
      data.required_text("train", "a CSV file; relative to the experiment, or to --data"));
  if (const auto test = data.text("test", "a CSV file of later rows, looked at once, at the end"))
    plan->test = places.find(data, "test", *test);
  plan->csv = read_csv_options(data);
  Settings series = data.required_map("series", "what is forecast from what", "{target: COLUMN}");
  plan->series = read_options(series);
  return plan;
}

json to_json(const Encoding& encoding) {
  const auto* series = dynamic_cast<const SeriesEncoder*>(encoding.encoder.get());
  if (!series) return {};
  return {{"series", json::parse(series->series.to_json())},
          {"target", json::parse(data::to_json(encoding.target))}};
}

Encoding from_json(const json& j) {
  return {std::make_shared<SeriesEncoder>(data::SeriesEncoder::from_json(j.at("series").dump())),
          data::target_from_json(j.at("target").dump()),
          {}};
}

}  // namespace

constinit const DataKind series_kind{
    .name = "series",
    .summary = "where rows are windows of time series (CSV)",
    .claims = [](Settings& data) { return data.has("series"); },
    .read = read_series,
    .to_json = to_json,
    .from_json = from_json,
};

}  // namespace glia::experiment
