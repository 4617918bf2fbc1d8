// How raw rows become features, as JSON beside a model's weights.
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/experiment/run.h"

namespace glia::experiment {

using nlohmann::json;

std::string Encoding::to_json() const {
  if (table)
    return json{{"kind", "table"}, {"preprocessor", json::parse(table->to_json())}}.dump(1) + "\n";
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
      return encoding;
    }
    if (kind != "images")
      fail("E-BUNDLE-02", "encoding.json: unknown kind '{}'; expected table or images", kind);
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
    fail("E-BUNDLE-02", "encoding.json is damaged: {}", error.what());
  }
}

}  // namespace glia::experiment
