// How raw rows become features, as JSON beside a model's weights.
#include <map>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"
#include "glia/experiment/run.h"

namespace glia::experiment {

using nlohmann::json;

namespace {

// Where each column's features stand: the first, and how many.
std::map<std::string, std::pair<std::int64_t, std::int64_t>> places_of(
    const data::Preprocessor& table) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> places;
  std::int64_t first = 0;
  for (const auto& column : table.columns()) {
    places.emplace(column.name, std::pair(first, column.width()));
    first += column.width();
  }
  return places;
}

// The places of a group's features.
std::vector<std::int64_t> features_of(const data::Preprocessor& table, const ColumnGroup& group) {
  const auto places = places_of(table);
  std::vector<std::int64_t> features;
  for (const auto& column : group.columns) {
    const auto found = places.find(column);
    if (found == places.end())
      fail("E-EXP-05",
           "data.inputs: the column '{}' of '{}' became no feature: it is the target, text or "
           "dropped; say columns: {{{}: categorical}} or numeric, or remove it",
           shown(column), shown(group.name), shown(column));
    for (std::int64_t i = 0; i < found->second.second; ++i)
      features.push_back(found->second.first + i);
  }
  return features;
}

json to_json(const std::vector<ColumnGroup>& inputs) {
  json list = json::array();
  for (const auto& [name, columns] : inputs) list.push_back({{"name", name}, {"columns", columns}});
  return list;
}

json to_json(const std::vector<std::pair<std::string, data::Target>>& outputs) {
  json list = json::array();
  for (const auto& [name, target] : outputs)
    list.push_back({{"name", name}, {"target", json::parse(data::to_json(target))}});
  return list;
}

}  // namespace

Shape Encoding::feature_row() const { return table ? Shape{table->features()} : image_shape; }

std::vector<Tensor> Encoding::split(const Tensor& features) const {
  if (inputs.empty()) return {features};
  const std::int64_t rows = features.shape()[0].value(), all = features.shape()[1].value();
  const auto from = features.data<float>();
  std::vector<Tensor> parts;
  for (const auto& group : inputs) {
    const auto picked = features_of(*table, group);
    Tensor part(DType::f32, {rows, static_cast<std::int64_t>(picked.size())});
    auto to = part.data<float>().begin();
    for (std::int64_t row = 0; row < rows; ++row)
      for (const std::int64_t feature : picked)
        *to++ = from[static_cast<std::size_t>(row * all + feature)];
    parts.push_back(std::move(part));
  }
  return parts;
}

train::BatchTypes Encoding::types() const {
  auto types = train::batch_types(feature_row(), {}, false);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto width = static_cast<std::int64_t>(features_of(*table, inputs[i]).size());
    const Type type{DType::f32, {types.features.shape[0], width}};
    if (i == 0)
      types.features = type;
    else
      types.more_features.emplace_back("features:" + inputs[i].name, type);
  }
  return types;
}

std::string Encoding::to_json() const {
  if (table) {
    json j{{"kind", "table"}, {"preprocessor", json::parse(table->to_json())}};
    if (!inputs.empty()) j["inputs"] = experiment::to_json(inputs);
    if (!outputs.empty()) j["outputs"] = experiment::to_json(outputs);
    return j.dump(1) + "\n";
  }
  json j{{"kind", "images"},      {"shape", image_shape.sizes()},
         {"scale", pixels.scale}, {"mean", pixels.mean},
         {"std", pixels.std},     {"labels", target.labels}};
  return j.dump(1) + "\n";
}

Encoding Encoding::from_json(std::string_view text) {
  try {
    // What is nested deeper than this was not written here, and walking it would end the stack.
    const json j = json::parse(text, [](int depth, json::parse_event_t, json&) {
      if (depth > 64) fail("E-BUNDLE-02", "encoding.json is nested too deeply");
      return true;
    });
    Encoding encoding;
    const auto kind = j.at("kind").get<std::string>();
    if (kind == "table") {
      encoding.table = data::Preprocessor::from_json(j.at("preprocessor").dump());
      if (!encoding.table->target())
        fail("E-BUNDLE-02", "encoding.json: the preprocessor has no target");
      encoding.target = *encoding.table->target();
      for (const auto& input : j.value("inputs", json::array()))
        encoding.inputs.push_back({input.at("name").get<std::string>(),
                                   input.at("columns").get<std::vector<std::string>>()});
      for (const auto& group : encoding.inputs) features_of(*encoding.table, group);
      for (const auto& output : j.value("outputs", json::array()))
        encoding.outputs.emplace_back(output.at("name").get<std::string>(),
                                      data::target_from_json(output.at("target").dump()));
      return encoding;
    }
    if (kind != "images")
      fail("E-BUNDLE-02", "encoding.json: unknown kind '{}'; expected table or images",
           shown(kind));
    encoding.image_shape = Shape(j.at("shape").get<std::vector<std::int64_t>>());
    if (encoding.image_shape.rank() != 3)
      fail("E-BUNDLE-02", "encoding.json: the shape of images is {}, expected three dimensions",
           encoding.image_shape.text());
    encoding.pixels.scale = j.at("scale").get<float>();
    encoding.pixels.mean = j.at("mean").get<std::vector<float>>();
    encoding.pixels.std = j.at("std").get<std::vector<float>>();
    encoding.target.labels = j.at("labels").get<std::vector<std::string>>();
    encoding.target.column = "label";
    encoding.target.task =
        encoding.target.labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
    return encoding;
  } catch (const json::exception& error) {
    fail("E-BUNDLE-02",
         "encoding.json is damaged: {}; take the file that training wrote, or train again",
         json_problem(error));
  }
}

}  // namespace glia::experiment
