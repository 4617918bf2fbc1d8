#include "glia/data/steps/fitted_json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/steps/imputers.h"
#include "glia/data/steps/step.h"

namespace glia::data {
namespace {

using nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Numbers, or null for those that `absent` stands for.
std::vector<double> numbers(const json& from, const char* key, std::optional<double> absent = {}) {
  std::vector<double> all;
  if (!from.at(key).is_array()) bad(fmt::format("'{}' is not a list", key));
  for (const json& value : from.at(key)) {
    if (value.is_null() && absent) {
      all.push_back(*absent);
      continue;
    }
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      bad(fmt::format("'{}' holds what is not a finite number", key));
    all.push_back(value.get<double>());
  }
  return all;
}

json bound(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }
double read_bound(const json& from, const char* key, double none) {
  return from.at(key).is_null() ? none : finite(from, key);
}

bool flag(const json& from, const char* key) {
  return from.contains(key) && from.at(key).get<bool>();
}

// Steps of numbers.
struct WriteStep {
  json operator()(const Missing& s) const { return {{"step", "missing"}, {"value", s.value}}; }
  json operator()(const Fill& s) const {
    return {{"step", "fill"}, {"value", s.value}, {"indicator", s.indicator}};
  }
  json operator()(const FillTogether& s) const {
    return {{"step", "fill_together"},
            {"imputer", s.imputer},
            {"member", s.member},
            {"indicator", s.indicator}};
  }
  json operator()(const Linear& s) const {
    return {{"step", "linear"}, {"center", s.center}, {"scale", s.scale}};
  }
  json operator()(const Clip& s) const {
    return {{"step", "clip"}, {"low", bound(s.low)}, {"high", bound(s.high)}};
  }
  json operator()(const DropOutside& s) const {
    return {{"step", "drop_outside"}, {"low", s.low}, {"high", s.high}};
  }
  json operator()(const QuantileMap& s) const {
    return {{"step", "quantiles"}, {"quantiles", s.quantiles}, {"normal", s.normal}};
  }
  json operator()(const PowerMap& s) const {
    return {{"step", "power"}, {"box_cox", s.box_cox}, {"lambda", s.lambda}};
  }
};

NumericStep read_step(const json& from) {
  const auto name = from.at("step").get<std::string>();
  if (name == "missing") return Missing{finite(from, "value")};
  if (name == "fill") return Fill{finite(from, "value"), flag(from, "indicator")};
  if (name == "fill_together")
    return FillTogether{count(from, "imputer"), count(from, "member"), flag(from, "indicator")};
  if (name == "linear") return Linear{finite(from, "center"), scale(from, "scale")};
  if (name == "clip")
    return Clip{read_bound(from, "low", -kInfinity), read_bound(from, "high", kInfinity)};
  if (name == "drop_outside") return DropOutside{finite(from, "low"), finite(from, "high")};
  if (name == "power") return PowerMap{flag(from, "box_cox"), finite(from, "lambda")};
  if (name != "quantiles") bad(fmt::format("unknown step '{}'", shown(name)));
  QuantileMap map{numbers(from, "quantiles"), flag(from, "normal")};
  if (map.quantiles.empty() || !std::is_sorted(map.quantiles.begin(), map.quantiles.end()))
    bad("'quantiles' is empty or does not ascend");
  return map;
}

// A chain that fills and then scales has had fields of its own since the first version.
bool is_simple(const FittedNumber& number) {
  const auto& steps = number.steps;
  const bool fills = !steps.empty() && std::holds_alternative<Fill>(steps[0]);
  const std::size_t scales = fills ? 1 : 0;
  return number.rank_error == 0 && !number.indicator() && steps.size() <= scales + 1 &&
         (steps.size() == scales || std::holds_alternative<Linear>(steps[scales]));
}

void write_to(json& out, const FittedNumber& number) {
  if (is_simple(number)) {
    Fill fill;
    Linear linear;
    for (const auto& step : number.steps) {
      if (const auto* one = std::get_if<Fill>(&step)) fill = *one;
      if (const auto* one = std::get_if<Linear>(&step)) linear = *one;
    }
    out.update({{"impute", number.imputes()},
                {"fill", fill.value},
                {"center", linear.center},
                {"scale", linear.scale}});
    return;
  }
  out["steps"] = json::array();
  for (const auto& step : number.steps) out["steps"].push_back(std::visit(WriteStep{}, step));
  if (number.rank_error > 0) out["rank_error"] = number.rank_error;
}

FittedNumber read_number(const json& from) {
  FittedNumber number;
  if (from.contains("steps")) {
    for (const json& step : from.at("steps")) number.steps.push_back(read_step(step));
    if (from.contains("rank_error")) number.rank_error = finite(from, "rank_error");
    const auto together =
        std::count_if(number.steps.begin(), number.steps.end(),
                      [](const auto& s) { return std::holds_alternative<FillTogether>(s); });
    if (together > 1) bad("a column is in two imputers");
    return number;
  }
  const double fill = finite(from, "fill");
  const Linear linear{finite(from, "center"), scale(from, "scale")};
  if (from.at("impute").get<bool>()) number.steps.push_back(Fill{fill});
  if (!(linear == Linear{})) number.steps.push_back(linear);
  return number;
}

// Categories.
const std::vector<std::string> kEncodings = {"one_hot", "ordinal", "frequency", "hashing",
                                             "target"};

std::int64_t place_of(const std::vector<std::string>& list, const std::string& text) {
  const auto found = std::find(list.begin(), list.end(), text);
  return found == list.end() ? -1 : found - list.begin();
}

void write_to(json& out, const FittedCategory& c) {
  out.update({{"impute", c.impute},
              {"encoding", kEncodings[static_cast<std::size_t>(c.encoding)]},
              {"categories", c.categories}});
  if (const auto mode = place_of(c.categories, c.fill); mode >= 0)
    out["mode"] = mode;
  else
    out["fill"] = c.fill;
  if (c.indicator) out["indicator"] = true;
  if (!c.rare.empty()) out["rare"] = c.rare;
  if (!c.unseen.empty()) out.update({{"values", c.values}, {"unseen", c.unseen}});
  if (!c.outputs.empty()) out["outputs"] = c.outputs;
  if (c.hashes > 0) out.update({{"hashes", c.hashes}, {"signs", c.signs}});
}

void check_values(const FittedCategory& c) {
  const bool by_value = c.encoding == Encoding::frequency || c.encoding == Encoding::target;
  const auto outputs = c.unseen.size();
  if (by_value != (outputs > 0)) bad("'unseen' does not fit the encoding");
  if (!c.outputs.empty() && (c.encoding != Encoding::target || c.outputs.size() != outputs))
    bad("'outputs' does not fit 'unseen'");
  if (c.outputs.empty() && outputs > 1) bad("'outputs' is missing");
  if (c.values.size() != outputs * static_cast<std::size_t>(c.places()))
    bad("'values' does not fit the categories");
  if ((c.encoding == Encoding::hashing) != (c.hashes > 0) || c.hashes > 1 << 20)
    bad("'hashes' does not fit the encoding");
}

FittedCategory read_category(const json& from) {
  FittedCategory c;
  c.impute = from.at("impute").get<bool>();
  const auto encoding = place_of(kEncodings, from.at("encoding").get<std::string>());
  if (encoding < 0) bad(fmt::format("encoding {}", shown(from.at("encoding").dump())));
  c.encoding = static_cast<Encoding>(encoding);
  c.categories = texts(from, "categories", true);
  if (from.contains("rare")) c.rare = texts(from, "rare", true);
  for (const auto& text : c.rare)
    if (place_of(c.categories, text) >= 0) bad("a category is rare, too");
  if (from.contains("mode")) {
    const std::int64_t mode = count(from, "mode");
    if (mode >= std::ssize(c.categories))
      bad(fmt::format("{} categories and mode {}", c.categories.size(), mode));
    c.fill = c.categories[static_cast<std::size_t>(mode)];
  } else {
    c.fill = from.at("fill").get<std::string>();
  }
  c.indicator = flag(from, "indicator");
  if (from.contains("unseen"))
    c.values = numbers(from, "values"), c.unseen = numbers(from, "unseen");
  if (from.contains("outputs")) c.outputs = texts(from, "outputs", true);
  if (from.contains("hashes")) c.hashes = count(from, "hashes"), c.signs = flag(from, "signs");
  check_values(c);
  return c;
}

// Dates.
void write_to(json& out, const FittedDate& date) {
  out.update({{"impute", date.impute},
              {"fill", date.fill},
              {"origin", date.origin},
              {"slashes", date.slashes},
              {"indicator", date.indicator},
              {"parts", json::array()}});
  if (date.rank_error > 0) out["rank_error"] = date.rank_error;
  for (const auto& part : date.parts)
    out["parts"].push_back({{"name", part.name},
                            {"cyclic", part.cyclic},
                            {"center", part.center},
                            {"scale", part.scale}});
}

// A date whose days fit into a calendar: years 1 to 9999.
double date_at(const json& from, const char* key) {
  const double seconds = finite(from, key);
  if (std::abs(seconds) > 3e11) bad(fmt::format("'{}' is no date", key));
  return seconds;
}

FittedDate read_date(const json& from) {
  FittedDate date;
  date.impute = from.at("impute").get<bool>();
  date.indicator = flag(from, "indicator");
  date.fill = date_at(from, "fill");
  date.origin = date_at(from, "origin");
  date.slashes = from.at("slashes").get<std::string>();
  if (from.contains("rank_error")) date.rank_error = finite(from, "rank_error");
  const auto& known = known_steps(Kind::date).back().options[0].words;
  for (const json& one : from.at("parts")) {
    FittedDate::Part part{one.at("name").get<std::string>(), flag(one, "cyclic"),
                          finite(one, "center"), scale(one, "scale")};
    if (place_of(known, part.name) < 0) bad(fmt::format("unknown part '{}'", shown(part.name)));
    date.parts.push_back(std::move(part));
  }
  return date;
}

// Texts.
void write_to(json& out, const FittedText& text) {
  out.update({{"impute", text.impute},
              {"fill", text.fill},
              {"indicator", text.indicator},
              {"terms", json::parse(text.terms.to_json())}});
}

FittedText read_text(const json& from) {
  return {from.at("impute").get<bool>(), flag(from, "indicator"),
          from.at("fill").get<std::string>(), TextEncoder::from_json(from.at("terms").dump())};
}

}  // namespace

void bad(const std::string& what) {
  fail("E-DATA-30", "preprocessing (JSON): {}; take the file that training wrote", what);
}

double finite(const json& from, const char* key) {
  const json& value = from.at(key);
  if (!value.is_number()) bad(fmt::format("'{}' is not a number", key));
  const auto number = value.get<double>();
  if (!std::isfinite(number)) bad(fmt::format("'{}' is not a finite number", key));
  return number;
}

std::int64_t count(const json& from, const char* key) {
  const json& value = from.at(key);
  if (!value.is_number_integer() || value < 0 || value > std::int64_t{1} << 53)
    bad(fmt::format("'{}' is not a count", key));
  return value.get<std::int64_t>();
}

double scale(const json& from, const char* key) {
  const double value = finite(from, key);
  if (!(value > 0)) bad(fmt::format("'{}' is {}; expected a number above 0", key, value));
  return value;
}

std::vector<std::string> texts(const json& from, const char* key, bool different) {
  auto list = from.at(key).get<std::vector<std::string>>();
  if (different && std::set<std::string>(list.begin(), list.end()).size() != list.size())
    bad(fmt::format("'{}' holds a text twice", key));
  return list;
}

json write(const FittedColumn& column) {
  json out = {{"name", column.name}, {"kind", name_of(column.kind())}};
  std::visit([&](const auto& fitted) { write_to(out, fitted); }, column.fitted);
  return out;
}

FittedColumn read_fitted(const json& from) {
  FittedColumn column{from.at("name").get<std::string>(), {}};
  const Kind kind = kind_from(from.at("kind").get<std::string>());
  if (kind == Kind::numeric)
    column.fitted = read_number(from);
  else if (kind == Kind::categorical)
    column.fitted = read_category(from);
  else if (kind == Kind::date)
    column.fitted = read_date(from);
  else if (kind == Kind::text)
    column.fitted = read_text(from);
  else
    bad(fmt::format("column '{}' is of kind {}", shown(column.name), name_of(kind)));
  return column;
}

json write(const Imputer& imputer) {
  if (const auto* knn = std::get_if<KnnImputer>(&imputer)) {
    json donors = json::array();
    for (const double value : knn->donors) donors.push_back(bound(value));
    return {{"kind", "knn"},
            {"neighbors", knn->neighbors},
            {"by_distance", knn->by_distance},
            {"means", knn->means},
            {"donors", donors}};
  }
  const auto& iterative = std::get<IterativeImputer>(imputer);
  json models = json::array();
  for (const auto& model : iterative.models)
    models.push_back({{"member", model.member},
                      {"intercept", model.intercept},
                      {"coefficients", model.coefficients}});
  return {{"kind", "iterative"}, {"initial", iterative.initial}, {"models", models}};
}

Imputer read_imputer(const json& from) {
  const auto kind = from.at("kind").get<std::string>();
  if (kind == "knn") {
    KnnImputer knn{count(from, "neighbors"), flag(from, "by_distance"), numbers(from, "means"),
                   numbers(from, "donors", std::numeric_limits<double>::quiet_NaN())};
    if (knn.neighbors < 1 || knn.means.empty() || knn.donors.size() % knn.means.size() != 0)
      bad("'donors' does not fit 'means'");
    return knn;
  }
  if (kind != "iterative") bad(fmt::format("unknown imputer '{}'", shown(kind)));
  IterativeImputer iterative{numbers(from, "initial"), {}};
  for (const json& one : from.at("models")) {
    IterativeImputer::Model model{count(one, "member"), finite(one, "intercept"),
                                  numbers(one, "coefficients")};
    if (model.member >= std::ssize(iterative.initial) ||
        model.coefficients.size() + 1 != iterative.initial.size())
      bad("a model does not fit 'initial'");
    iterative.models.push_back(std::move(model));
  }
  if (iterative.initial.empty()) bad("an imputer has no columns");
  return iterative;
}

void check_imputers(const std::vector<FittedColumn>& columns,
                    const std::vector<Imputer>& imputers) {
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  for (const auto& column : columns) {
    const auto* number = std::get_if<FittedNumber>(&column.fitted);
    if (!number) continue;
    for (const auto& step : number->steps) {
      const auto* one = std::get_if<FillTogether>(&step);
      if (!one) continue;
      if (one->imputer >= std::ssize(imputers) ||
          one->member >= static_cast<std::int64_t>(
                             members_of(imputers[static_cast<std::size_t>(one->imputer)])) ||
          !places.emplace(one->imputer, one->member).second)
        bad(fmt::format("column '{}' has no place in its imputer", shown(column.name)));
    }
  }
  std::size_t members = 0;
  for (const auto& imputer : imputers) members += members_of(imputer);
  if (places.size() != members) bad("an imputer has a member that is no column");
}

}  // namespace glia::data
