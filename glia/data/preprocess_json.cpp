// Preprocessor to JSON and back. Doubles are written with the shortest digits that read back to the
// same bits; what is read is checked as if an enemy had written it.
#include <nlohmann/json.hpp>
#include <set>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"
#include "glia/data/preprocess.h"
#include "glia/data/steps/fitted_json.h"

namespace glia::data {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "glia-preprocessor";
constexpr int kVersion = 1;

json write(const ColumnInfo& c) {
  return {
      {"name", c.name},       {"kind", name_of(c.kind)}, {"reason", c.reason},   {"rows", c.rows},
      {"missing", c.missing}, {"distinct", c.distinct},  {"numbers", c.numbers}, {"min", c.min},
      {"max", c.max},         {"mean", c.mean},          {"samples", c.samples}};
}

ColumnInfo read_info(const json& from) {
  ColumnInfo c;
  c.name = from.at("name").get<std::string>();
  c.kind = kind_from(from.at("kind").get<std::string>());
  c.reason = from.at("reason").get<std::string>();
  c.rows = count(from, "rows");
  c.missing = count(from, "missing");
  c.distinct = count(from, "distinct");
  c.numbers = count(from, "numbers");
  c.min = finite(from, "min");
  c.max = finite(from, "max");
  c.mean = finite(from, "mean");
  c.samples = texts(from, "samples", false);
  return c;
}

json write(const Target& t) {
  return {{"column", t.column}, {"strip", t.strip}, {"task", name_of(t.task)},
          {"labels", t.labels}, {"mean", t.mean},   {"std", t.std}};
}

Target read_target(const json& from) {
  Target t;
  t.column = from.at("column").get<std::string>();
  t.strip = from.at("strip").get<std::string>();
  t.task = task_from(from.at("task").get<std::string>());
  t.labels = texts(from, "labels", true);
  t.mean = finite(from, "mean");
  t.std = scale(from, "std");
  const bool fits = t.task == Task::binary       ? t.labels.size() == 2
                    : t.task == Task::multiclass ? t.labels.size() >= 2
                                                 : t.labels.empty();
  if (!fits) bad(fmt::format("{} labels for a {} task", t.labels.size(), name_of(t.task)));
  return t;
}

}  // namespace

std::string to_json(const Target& target) { return write(target).dump(); }

Target target_from_json(std::string_view text) {
  try {
    return read_target(json::parse(text));
  } catch (const json::exception& error) {
    bad(json_problem(error));
  } catch (const Error& error) {
    if (error.code() == "E-DATA-30") throw;
    bad(error.what());
  }
}

std::string Preprocessor::to_json() const {
  json out = {{"format", kFormat},
              {"version", kVersion},
              {"columns", json::array()},
              {"schema", json::array()},
              {"target", nullptr}};
  for (const auto& c : columns_) out["columns"].push_back(write(c));
  for (const auto& c : schema_.columns) out["schema"].push_back(write(c));
  for (const auto& imputer : imputers_) out["imputers"].push_back(write(imputer));
  if (target_) out["target"] = write(*target_);
  return out.dump(1);
}

Preprocessor Preprocessor::from_json(std::string_view text) {
  Preprocessor p;
  try {
    const json in = json::parse(text);
    if (in.at("format") != kFormat) bad("'format' is not glia-preprocessor");
    if (in.at("version") != kVersion)
      bad(fmt::format("version {} is not {}, the one that this program reads",
                      shown(in.at("version").dump(-1, ' ', true, json::error_handler_t::replace)),
                      kVersion));
    if (!in.at("columns").is_array() || !in.at("schema").is_array()) bad("'columns' is not a list");
    std::set<std::string> names, known;
    for (const auto& c : in.at("schema")) {
      p.schema_.columns.push_back(read_info(c));
      if (!known.insert(p.schema_.columns.back().name).second)
        bad("a column stands twice in 'schema'");
    }
    for (const auto& c : in.at("columns")) {
      p.columns_.push_back(read_fitted(c));
      const auto& name = p.columns_.back().name;
      if (!names.insert(name).second) bad(fmt::format("column '{}' stands twice", shown(name)));
      if (!known.count(name)) bad(fmt::format("column '{}' is not in 'schema'", shown(name)));
    }
    if (p.columns_.empty()) bad("there are no columns");
    for (const auto& imputer : in.value("imputers", json::array()))
      p.imputers_.push_back(read_imputer(imputer));
    check_imputers(p.columns_, p.imputers_);
    if (!in.at("target").is_null()) p.target_ = read_target(in.at("target"));
    if (p.target_ && names.count(p.target_->column)) bad("the target is a feature, too");
  } catch (const json::exception& error) {
    bad(json_problem(error));
  } catch (const Error& error) {
    if (error.code() == "E-DATA-30") throw;
    bad(error.what());
  }
  p.name_features();
  return p;
}

}  // namespace glia::data
