// The `data` section of an experiment on a table, and its encoding.
#include <map>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/table_data.h"

namespace glia::experiment {
namespace {

using nlohmann::json;

data::Header header_of(Settings& s) {
  constexpr auto kMeaning = "whether the first row has the names; unless given it is looked at";
  s.describe("header", "true or false", "", kMeaning);
  if (!s.has("header")) return data::Header::automatic;
  return s.flag("header", true, kMeaning) ? data::Header::yes : data::Header::no;
}

std::optional<char> separator_of(Settings& s) {
  const auto given = s.text("separator", "one character, or tab; unless given it is looked for");
  if (!given) return std::nullopt;
  const std::string& text = *given;
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1)
    fail("E-EXP-05", "{}: '{}' is not one character", s.where("separator"), text);
  return text[0];
}

char quote_of(Settings& s) {
  const auto text = s.text("quote", "\"", "around cells; none where quotes are letters");
  if (text == "none") return '\0';
  if (text.size() != 1) fail("E-EXP-05", "{}: '{}' is not one character", s.where("quote"), text);
  return text[0];
}

}  // namespace

data::CsvOptions read_csv_options(Settings& data) {
  data::CsvOptions csv;
  csv.header = header_of(data);
  csv.separator = separator_of(data);
  csv.names = data.texts("names", {}, "of the columns, where the file has no header");
  csv.missing =
      data.texts("missing", csv.missing, "cells that are no value, besides the empty ones");
  csv.missing.push_back("");  // an empty cell is missing, whatever else is
  csv.quote = quote_of(data);
  return csv;
}

namespace {

TargetColumn read_target_column(Settings& target) {
  TargetColumn column;
  column.options.column = target.required_text("column", "the column that is to be predicted");
  column.options.strip = target.text("strip", "", "characters that labels lose at their ends");
  column.options.positive = target.text("positive", "the label that is the yes");
  if (const auto task =
          target.text("task", "binary, multiclass or regression; unless given by the values"))
    column.options.task = target.placed("task", [&] { return data::task_from(*task); });
  column.options.standardize = target.flag(
      "standardize", true, "learn numbers at mean 0 and deviation 1; metrics keep the unit");
  column.one_hot = target.flag("one_hot", false, "classes as rows of 0 and 1");
  target.done();
  return column;
}

// `price: COLUMN`, or `price: {column: COLUMN, ...}`, for each output.
TargetColumn read_target_of(Settings& targets, const std::string& output) {
  if (!targets.has(output))
    fail("E-EXP-04", "{}: there is no column for the output '{}' (target: {{{}: COLUMN}})",
         targets.where(), output, output);
  const YAML::Node node = targets.raw(output, "", "");
  if (!node.IsScalar()) {
    Settings one = *targets.map(output, "");
    return read_target_column(one);
  }
  TargetColumn column;
  column.options.column = node.Scalar();
  return column;
}

void read_target(Settings& data, TableData& table, const std::vector<std::string>& outputs) {
  constexpr auto kMeaning = "what is predicted; of several outputs {output: column}";
  data.describe("target", "column, or options", "", kMeaning, true);
  auto target = data.map("target", kMeaning);
  if (!target)
    fail("E-EXP-04", "{}: 'target' is missing: say which column is to be predicted (target: NAME)",
         data.where());
  if (target->has_value() && outputs.empty()) target->give_value("column", {});
  std::vector<TargetColumn> columns;
  if (outputs.empty()) columns.push_back(read_target_column(*target));
  for (const auto& output : outputs) columns.push_back(read_target_of(*target, output));
  target->done();
  table.target = columns.front().options;
  table.one_hot_target = columns.front().one_hot;
  table.more_targets.assign(columns.begin() + 1, columns.end());
}

void read_inputs(Settings& data, TableData& table) {
  data.describe("inputs", "{input: [column, ...]}", "",
                "columns of each input, where a model has several");
  if (!data.has("inputs")) return;
  const YAML::Node node = data.raw("inputs", "", "");
  if (!node.IsMap())
    fail("E-EXP-03", "{}: expected input: [column, ...] for each input", data.where("inputs"));
  Settings groups = *data.map("inputs", "");
  for (const auto& entry : node) {
    ColumnGroup group{entry.first.Scalar(), groups.texts(entry.first.Scalar(), {}, "")};
    if (group.columns.empty()) fail("E-EXP-04", "{}: it has no columns", groups.where(group.name));
    table.inputs.push_back(std::move(group));
  }
}

std::shared_ptr<DataPlan> read_table(Settings& data, const Places& places,
                                     const std::vector<std::string>& outputs) {
  auto plan = std::make_shared<TableData>();
  TableData& table = *plan;
  read_table_files(data, places, outputs, table);
  constexpr auto kStream = "read in pieces; unless given where the file is large for the memory";
  data.describe("stream", "true or false", "", kStream);
  if (data.has("stream")) table.stream = data.flag("stream", false, kStream);
  read_inputs(data, table);
  read_preprocess(data, table.preprocess);
  if (!table.id.empty()) table.preprocess.columns.try_emplace(table.id, data::Kind::drop);
  table.preprocess.target = table.target;
  return plan;
}

json to_json(const Encoding& encoding) {
  const auto* table = dynamic_cast<const TableEncoder*>(encoding.encoder.get());
  if (!table) return {};
  json j{{"preprocessor", json::parse(table->preprocessor.to_json())}};
  for (const auto& [name, columns] : table->groups)
    j["inputs"].push_back({{"name", name}, {"columns", columns}});
  if (!encoding.outputs.empty()) j["outputs"] = experiment::to_json(encoding.outputs);
  return j;
}

Encoding from_json(const json& j) {
  auto table = std::make_shared<TableEncoder>();
  table->preprocessor = data::Preprocessor::from_json(j.at("preprocessor").dump());
  if (!table->preprocessor.target())
    fail("E-BUNDLE-02", "encoding.json: the preprocessor has no target");
  for (const auto& input : j.value("inputs", json::array()))
    table->groups.push_back(
        {input.at("name").get<std::string>(), input.at("columns").get<std::vector<std::string>>()});
  (void)table->inputs();  // its columns are features
  Encoding encoding{table, *table->preprocessor.target(), {}};
  encoding.outputs = outputs_from_json(j.value("outputs", json::array()));
  return encoding;
}

}  // namespace

void read_table_files(Settings& data, const Places& places, const std::vector<std::string>& outputs,
                      TableData& table) {
  const std::string key = data.has("source") ? "source" : "train";
  table.train = places.find(
      data, key,
      data.required_text(
          key, "a table: CSV, JSON lines, .npy, .npz; relative to the experiment, or to --data"));
  data.describe("source", "text", "", "the same where the test rows are split off too");
  if (const auto test = data.text("test", "a table of rows that are looked at once, at the end"))
    table.test = places.find(data, "test", *test);
  table.csv = read_csv_options(data);
  table.csv.on_error =
      data.one_of("on_error", "stop", {"stop", "skip"},
                  "rows that cannot be read or used: an error, or left out and counted") == "skip"
          ? data::OnError::skip
          : data::OnError::stop;
  table.id = data.text("id", "", "a column that names records: no feature, and none on both sides");
  read_target(data, table, outputs);
}

constinit const DataKind table_kind{
    .name = "table",
    .summary = "where rows are those of a table (CSV)",
    .claims = [](Settings& data) { return !data.is_map("train"); },
    .read = read_table,
    .to_json = to_json,
    .from_json = from_json,
};

}  // namespace glia::experiment
