// How raw rows become features, as JSON beside a model's weights.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"
#include "glia/experiment/kinds.h"

namespace glia::experiment {

using nlohmann::json;
namespace fs = std::filesystem;

train::BatchTypes Encoding::types() const {
  const auto fields = encoder->inputs();
  auto types = train::batch_types(fields.front().row, {}, false);
  types.features.dtype = fields.front().dtype;
  for (std::size_t i = 1; i < fields.size(); ++i)
    types.more_features.emplace_back(
        "features:" + fields[i].name,
        Type{fields[i].dtype, train::batch_types(fields[i].row, {}, false).features.shape});
  return types;
}

Tensor Encoder::in_unit(const data::Source&, const Tensor& values,
                        const data::Target& target) const {
  return target.task == data::Task::regression ? target.inverse(values) : values;
}

RawRows DataPlan::raw(Part, std::span<const std::int64_t>) const { return {}; }

void expect_places(std::span<const std::int64_t> places, std::int64_t rows, const fs::path& file) {
  for (const auto place : places)
    if (place < 0 || place >= rows)
      fail("E-REPORT-12",
           "{}: there is no row {} (counted from 0) among its {}; the file was changed since the "
           "training, so rows are not shown from it",
           file.string(), place, with_commas(rows));
}

void Encoding::refuse_kind() {
  fail("E-BUNDLE-04",
       "this model was trained on data of another kind than its experiment.yaml says; take the "
       "files that training wrote");
}

std::string Encoding::to_json() const {
  for (const DataKind& kind : data_kinds())
    if (json j = kind.to_json(*this); !j.is_null()) {
      j["kind"] = kind.name;
      return j.dump(1) + "\n";
    }
  refuse_kind();
}

Encoding Encoding::from_json(std::string_view text) {
  try {
    // What is nested deeper than this was not written here, and walking it would end the stack.
    const json j = json::parse(text, [](int depth, json::parse_event_t, json&) {
      if (depth > 64) fail("E-BUNDLE-02", "encoding.json is nested too deeply");
      return true;
    });
    const auto name = j.at("kind").get<std::string>();
    std::vector<std::string> known;
    for (const DataKind& kind : data_kinds()) {
      if (kind.name == name) return kind.from_json(j);
      known.emplace_back(kind.name);
    }
    fail("E-BUNDLE-02", "encoding.json: unknown kind '{}'; expected {}", shown(name),
         fmt::join(known, ", "));
  } catch (const json::exception& error) {
    fail("E-BUNDLE-02",
         "encoding.json is damaged: {}; take the file that training wrote, or train again",
         json_problem(error));
  }
}

}  // namespace glia::experiment
