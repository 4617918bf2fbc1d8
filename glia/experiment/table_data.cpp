#include "glia/experiment/table_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/leakage.h"
#include "glia/data/read_table.h"
#include "glia/data/split.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::int64_t>;

// Columns that give no features, though nobody said so of them. `targets`: they are none.
void note_schema(const data::Schema& schema, const std::set<std::string>& targets,
                 std::vector<std::string>& notes) {
  for (const auto& column : schema.columns)
    if (!targets.contains(column.name) &&
        (column.kind == data::Kind::drop || column.kind == data::Kind::text) &&
        !column.reason.empty())
      notes.push_back(fmt::format("column '{}' is left out ({}): {}", shown(column.name),
                                  data::name_of(column.kind), column.reason));
}

std::set<std::string> target_columns(const TableData& plan) {
  std::set<std::string> columns{plan.target.column};
  for (const auto& target : plan.more_targets) columns.insert(target.options.column);
  return columns;
}

// What is no feature: other targets, and, where inputs are named, columns that none of them has.
data::PreprocessOptions features_plan(const TableData& plan, const data::Table& table) {
  auto options = plan.preprocess;
  for (const auto& target : plan.more_targets)
    options.columns[target.options.column] = data::Kind::drop;
  if (!plan.split.groups.empty()) options.columns.try_emplace(plan.split.groups, data::Kind::drop);
  std::set<std::string> used{plan.target.column};
  for (const auto& group : plan.inputs)
    for (const auto& column : group.columns) {
      table.column(column);  // an error names the nearest
      used.insert(column);
    }
  if (!plan.inputs.empty())
    for (const auto& name : table.names())
      if (!used.contains(name)) options.columns[name] = data::Kind::drop;
  return options;
}

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

}  // namespace

std::vector<data::Field> TableEncoder::inputs() const {
  if (groups.empty()) return {{"features", DType::f32, {preprocessor.features()}}};
  std::vector<data::Field> fields;
  for (const auto& group : groups) {
    const auto width = static_cast<std::int64_t>(features_of(preprocessor, group).size());
    fields.push_back({group.name, DType::f32, {width}});
  }
  return fields;
}

std::vector<Tensor> TableEncoder::split(const Tensor& features) const {
  if (groups.empty()) return {features};
  const std::int64_t rows = features.shape()[0].value(), all = features.shape()[1].value();
  const auto from = features.data<float>();
  std::vector<Tensor> parts;
  for (const auto& group : groups) {
    const auto picked = features_of(preprocessor, group);
    Tensor part(DType::f32, {rows, static_cast<std::int64_t>(picked.size())});
    auto to = part.data<float>().begin();
    for (std::int64_t row = 0; row < rows; ++row)
      for (const std::int64_t feature : picked)
        *to++ = from[static_cast<std::size_t>(row * all + feature)];
    parts.push_back(std::move(part));
  }
  return parts;
}

std::vector<std::string> TableData::input_names() const {
  std::vector<std::string> names;
  for (const auto& group : inputs) names.push_back(group.name);
  return names;
}

std::vector<fs::path> TableData::test_files() const {
  if (test.empty()) return {};
  return {test};
}

std::shared_ptr<const DataPlan> TableData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<TableData>(*this);
  plan->train = find(train);
  if (!test.empty()) plan->test = find(test);
  return plan;
}

std::shared_ptr<const Encoder> TableData::fit(const data::Table& table, data::Rows rows) const {
  auto encoder = std::make_shared<TableEncoder>();
  encoder->preprocessor = data::Preprocessor::fit(table, rows, features_plan(*this, table));
  encoder->groups = inputs;
  return encoder;
}

std::vector<data::Named> TableData::features(const Encoder& of, const data::Table& table,
                                             data::Rows rows, data::TransformReport* report) const {
  const auto& encoder = dynamic_cast<const TableEncoder&>(of);
  const auto parts = encoder.split(encoder.preprocessor.transform(table, rows, report));
  std::vector<data::Named> features;
  for (std::size_t i = 0; i < parts.size(); ++i)
    features.push_back({encoder.inputs()[i].name, parts[i]});
  return features;
}

void TableData::note(const Encoder& of, std::vector<std::string>& notes) const {
  const auto& encoder = dynamic_cast<const TableEncoder&>(of);
  note_schema(encoder.preprocessor.schema(), target_columns(*this), notes);
}

data::CsvOptions TableData::as_read(const data::Table& first) const {
  data::CsvOptions options = csv;
  options.separator = first.separator();
  if (options.header == data::Header::automatic)
    options.header = first.has_header() ? data::Header::yes : data::Header::no;
  if (options.names.empty() && !first.has_header()) options.names = first.names();
  return options;
}

Prepared TableData::prepare(const Experiment& e) const {
  const data::Table table = data::read_table(train, csv);
  std::optional<data::Table> test_table;
  if (!test.empty()) {
    data::refuse_same_file(train, test);
    test_table = data::read_table(test, as_read(table));
  }
  const Rows every = data::all_rows(table.rows());
  // The labels' names come from all rows, so that a split can be stratified; the statistics of a
  // regression target, like everything else that is fitted, come from training rows only.
  const auto whole = data::Target::fit(table, every, target);
  const auto classes = class_numbers(whole.transform(table, every));
  const data::LeakageOptions leakage{
      .id_column = id, .target = target.column, .strip = target.strip};
  const auto parts = split_table(split, table, leakage, classes, whole);

  Encoding encoding{fit(table, parts.train), data::Target::fit(table, parts.train, target), {}};
  for (std::size_t i = 0; i < e.fit.outputs.size(); ++i)
    encoding.outputs.emplace_back(
        e.fit.outputs[i].name,
        i == 0 ? encoding.target
               : data::Target::fit(table, parts.train, more_targets.at(i - 1).options));
  const auto part = [&](const data::Table& from, const Rows& rows) {
    return std::make_shared<data::Dataset>(dataset(e, encoding, from, rows));
  };
  Prepared prepared;
  prepared.train = part(table, parts.train);
  prepared.training_digest = data::content_digest(table);
  if (!parts.validation.empty()) prepared.validation = part(table, parts.validation);
  if (test_table) {
    prepared.equal_rows = data::check_leakage(table, *test_table, leakage).equal_rows;
    prepared.test = part(*test_table, data::all_rows(test_table->rows()));
  } else if (!parts.test.empty()) {
    prepared.equal_rows =
        data::check_leakage(table, parts.train, table, parts.test, leakage).equal_rows;
    prepared.test = part(table, parts.test);
  }
  if (!parts.validation.empty())
    note_equal_rows("validation rows",
                    data::check_leakage(table, parts.train, table, parts.validation,
                                        {.id_column = id,
                                         .target = target.column,
                                         .strip = target.strip,
                                         .word_b = "validation"})
                        .equal_rows,
                    prepared.notes);
  note_equal_rows("test rows", prepared.equal_rows, prepared.notes);
  note_parts(split, prepared);
  note(*encoding.encoder, prepared.notes);
  prepared.encoding = std::move(encoding);
  Sha256 sha;
  sha.update(table.bytes());
  if (test_table) sha.update(test_table->bytes());
  prepared.fingerprint = sha.hex();
  return prepared;
}

data::Dataset TableData::dataset(const Experiment& e, const Encoding& encoding,
                                 const data::Table& table, data::Rows rows,
                                 data::TransformReport* report) const {
  std::vector<data::Named> targets;
  const auto add = [&](const std::string& name, const data::Target& t, const nn::Loss& loss,
                       bool one_hot) {
    targets.push_back({name, targets_for(loss, t.transform(table, rows), t.classes(), one_hot)});
  };
  if (encoding.outputs.empty()) add("target", encoding.target, e.fit.loss, one_hot_target);
  for (std::size_t i = 0; i < encoding.outputs.size(); ++i)
    add(encoding.outputs[i].first, encoding.outputs[i].second, e.fit.outputs.at(i).loss,
        i == 0 ? one_hot_target : more_targets.at(i - 1).one_hot);
  return data::Dataset(features(*encoding.encoder, table, rows, report), std::move(targets));
}

}  // namespace glia::experiment
