// SeriesEncoder to JSON and back. What is read is checked as if an enemy had written it.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"
#include "glia/data/series_encoder.h"

namespace glia::data {
namespace {

using nlohmann::json;
using Counts = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

constexpr const char* kFormat = "glia-series";
constexpr int kVersion = 1;
constexpr const char* kTimes[] = {"rows", "numbers", "dates"};

[[noreturn]] void bad(const std::string& what) {
  fail("E-DATA-154", "series (JSON): {}; take the file that training wrote", what);
}

double finite(const json& from, const char* key, bool positive) {
  const auto value = from.at(key).get<double>();
  if (!std::isfinite(value) || (positive && value <= 0)) bad(fmt::format("'{}' is {}", key, value));
  return value;
}

json write(const SeriesOptions& o) {
  return {{"time", o.time},
          {"group", o.group},
          {"targets", o.targets},
          {"columns", o.columns},
          {"window", o.window},
          {"horizon", o.horizon},
          {"stride", o.stride},
          {"log", o.log},
          {"differences", o.differences},
          {"scale", name_of(o.scale)},
          {"lags", o.lags},
          {"rolling", o.rolling},
          {"seasons", o.seasons},
          {"fill_previous", o.fill_previous}};
}

SeriesOptions read_options(const json& from) {
  SeriesOptions o;
  o.time = from.at("time").get<std::string>(), o.group = from.at("group").get<std::string>();
  o.targets = from.at("targets").get<Texts>(), o.columns = from.at("columns").get<Texts>();
  o.window = from.at("window").get<std::int64_t>();
  o.horizon = from.at("horizon").get<std::int64_t>();
  o.stride = from.at("stride").get<std::int64_t>();
  o.log = from.at("log").get<bool>();
  o.differences = from.at("differences").get<Counts>();
  const auto scale = from.at("scale").get<std::string>();
  for (const auto one : {SeriesScale::standardize, SeriesScale::min_max, SeriesScale::none})
    if (name_of(one) == scale) o.scale = one;
  if (name_of(o.scale) != scale) bad(fmt::format("'scale' is {}", shown(scale)));
  o.lags = from.at("lags").get<Counts>(), o.rolling = from.at("rolling").get<Counts>();
  o.seasons = from.at("seasons").get<Texts>();
  o.fill_previous = from.at("fill_previous").get<bool>();
  return o;
}

TimeAxis read_axis(const json& from) {
  TimeAxis axis;
  const auto kind = from.at("kind").get<std::string>();
  const auto* const at = std::find(std::begin(kTimes), std::end(kTimes), kind);
  if (at == std::end(kTimes)) bad(fmt::format("'kind' is {}", shown(kind)));
  axis.kind = static_cast<TimeKind>(at - std::begin(kTimes));
  axis.months = from.at("months").get<bool>();
  axis.origin = finite(from, "origin", false);
  axis.step = finite(from, "step", true);
  constexpr double kMost = 4e11;  // seconds: beyond any date that can be written
  if (axis.kind == TimeKind::dates && !(std::abs(axis.origin) < kMost && axis.step < kMost))
    bad("a time that is no date");
  return axis;
}

}  // namespace

std::string SeriesEncoder::to_json() const {
  json scales = json::array();
  for (const auto& s : scales_) scales.push_back({{"center", s.center}, {"scale", s.scale}});
  const json axis{{"kind", kTimes[static_cast<int>(axis_.kind)]},
                  {"months", axis_.months},
                  {"origin", axis_.origin},
                  {"step", axis_.step}};
  const json out{{"format", kFormat},
                 {"version", kVersion},
                 {"options", write(options_)},
                 {"axis", axis},
                 {"scales", scales}};
  return out.dump(1);
}

SeriesEncoder SeriesEncoder::from_json(std::string_view text) try {
  const json in = json::parse(text);
  if (in.at("format") != kFormat) bad("'format' is not glia-series");
  if (in.at("version") != kVersion) bad("another version than this program reads");
  SeriesEncoder encoder(read_options(in.at("options")), read_axis(in.at("axis")));
  for (const auto& s : in.at("scales"))
    encoder.scales_.push_back({finite(s, "center", false), finite(s, "scale", true)});
  const auto& o = encoder.options_;
  if (encoder.scales_.size() != o.targets.size() + o.columns.size())
    bad(fmt::format("{} scales for {} columns", encoder.scales_.size(),
                    o.targets.size() + o.columns.size()));
  return encoder;
} catch (const json::exception& error) {
  bad(json_problem(error));
} catch (const Error& error) {
  if (error.code() == "E-DATA-154") throw;
  bad(error.what());
}

}  // namespace glia::data
