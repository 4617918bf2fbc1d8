#include "glia/experiment/table_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/memory.h"
#include "glia/base/text.h"
#include "glia/data/leakage.h"
#include "glia/data/read_table.h"
#include "glia/data/split.h"
#include "glia/data/usable.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/large_table.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::int64_t>;

// Training rows that drop steps leave out.
void note_dropped(const data::TransformReport& report, std::vector<std::string>& notes) {
  if (report.dropped == 0) return;
  std::vector<std::string> columns;
  for (const auto& column : report.columns)
    columns.push_back(fmt::format("{} for '{}'", with_commas(column.dropped), shown(column.name)));
  notes.push_back(fmt::format("{} of {} training rows are left out as outliers ({})",
                              with_commas(report.dropped), with_commas(report.rows),
                              fmt::join(columns, ", ")));
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
           "dropped; say columns: {{{}: categorical}}, numeric or tfidf, or remove it",
           shown(column), shown(group.name), shown(column));
    for (std::int64_t i = 0; i < found->second.second; ++i)
      features.push_back(found->second.first + i);
  }
  return features;
}

// Where rows of a column of numbers that are none are left out.
std::vector<std::string> numbers_of(const TableData& plan, const data::Table& table) {
  if (plan.csv.on_error != data::OnError::skip) return {};
  return number_columns(plan, table);
}

}  // namespace

bool is_large(const fs::path& file) {
  constexpr std::uint64_t kShare = 4;
  std::error_code none;
  const auto bytes = fs::file_size(file, none);
  const auto free = available_memory();
  return !none && free && bytes > *free / kShare &&
         data::table_format(file) == data::TableFormat::csv;
}

void note_columns(const data::Preprocessor& fitted, const TableData& plan,
                  std::vector<std::string>& notes) {
  std::set<std::string> targets{plan.target.column}, learned;
  for (const auto& target : plan.more_targets) targets.insert(target.options.column);
  for (const auto& column : fitted.columns()) {
    learned.insert(column.name);
    if (const auto* text = std::get_if<data::FittedText>(&column.fitted))
      notes.push_back(note_terms(column.name, text->terms));
  }
  std::vector<std::string> constant;
  for (const auto& column : fitted.schema().columns) {
    if (targets.contains(column.name)) continue;
    const bool text = column.kind == data::Kind::text;
    if (column.distinct == 1 && column.missing == 0 && column.kind != data::Kind::drop)
      constant.push_back(shown(column.name));
    else if ((text || column.kind == data::Kind::drop) && !learned.contains(column.name) &&
             !column.reason.empty())
      notes.push_back(fmt::format("column '{}' is left out ({}): {}{}", shown(column.name),
                                  data::name_of(column.kind), column.reason,
                                  text ? "; the step tfidf would learn from its words" : ""));
  }
  note_constants(constant, notes);
}

std::string note_terms(const std::string& column, const data::TextEncoder& terms) {
  return fmt::format("column '{}': {} terms of {} training texts", shown(column),
                     with_commas(terms.width()), with_commas(terms.texts()));
}

void note_skipped(const data::SkippedRecords& skipped, std::string_view why,
                  std::vector<std::string>& notes) {
  note_left_out(fmt::format("{} {} left out ({})", with_commas(skipped.count),
                            skipped.count == 1 ? "row is" : "rows are", why),
                skipped.count, skipped.first, notes);
}

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

data::CsvOptions as_read(data::CsvOptions options, char separator, bool has_header,
                         const std::vector<std::string>& names) {
  options.separator = separator;
  if (options.header == data::Header::automatic)
    options.header = has_header ? data::Header::yes : data::Header::no;
  if (options.names.empty() && !has_header) options.names = names;
  return options;
}

std::vector<std::string> number_columns(const TableData& plan, const data::Table& table) {
  auto kinds = features_plan(plan, table).columns;
  std::vector<std::string> numbers;
  for (const auto& [name, kind] : kinds)
    if (kind == data::Kind::numeric) numbers.push_back(name);
  for (const auto& name : numbers) kinds.erase(name);
  for (const auto& column : data::infer_schema(table, {.kinds = kinds}).columns)
    if (column.kind == data::Kind::numeric &&
        std::find(numbers.begin(), numbers.end(), column.name) == numbers.end())
      numbers.push_back(column.name);
  return numbers;
}

std::vector<nn::Loss> losses_of(const Experiment& e) {
  if (e.fit.outputs.empty()) return {e.fit.loss};
  std::vector<nn::Loss> losses;
  for (const auto& output : e.fit.outputs) losses.push_back(output.loss);
  return losses;
}

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

std::vector<data::TargetOptions> TableData::targets() const {
  std::vector<data::TargetOptions> all{target};
  for (const auto& more : more_targets) all.push_back(more.options);
  return all;
}

bool TableData::is_streamed() const { return stream.value_or(is_large(train)); }

Rows TableData::usable(const data::Table& table, const std::vector<std::string>& numbers,
                       data::SkippedRecords& unusable) const {
  const auto rows = data::all_rows(table.rows());
  if (csv.on_error != data::OnError::skip) return rows;
  return data::usable_rows(table, rows, numbers, targets(), unusable);
}

// The labels' names come from all rows, so that a split can be stratified; the statistics of a
// regression target, like everything else that is fitted, come from training rows only.
data::Split TableData::parts_of(const data::Table& table, const Rows& rows) const {
  const auto whole = data::Target::fit(table, rows, target);
  const auto classes = class_numbers(whole.transform(table, rows));
  const data::LeakageOptions leakage{
      .id_column = id, .target = target.column, .strip = target.strip};
  return split_table(split, table, rows, leakage, classes, whole);
}

Prepared TableData::prepare(const Experiment& e) const {
  if (is_streamed()) {
    if (data::table_format(train) != data::TableFormat::csv)
      fail("E-DATA-195", "{}: is no CSV file, and only those are streamed; leave stream out",
           train.string());
    if (split.fold > 0)
      fail("E-EXP-22",
           "data.split: folds are not drawn of rows that are streamed; say stream: false, or take "
           "fewer rows");
    if (!split.groups.empty() || !split.time.empty() || split.equal_rows_together ||
        split.limited())
      fail("E-EXP-05",
           "data.split: rows that are streamed are drawn by shares; leave groups, time, rows, "
           "per_class and equal_rows_together out, or say stream: false");
    auto prepared = prepare_streamed(e);
    if (!stream) prepared.streamed = true;
    if (!stream)
      prepared.notes.insert(prepared.notes.begin(),
                            fmt::format("{} is large for the free memory, so it is streamed (say "
                                        "stream: false to read it whole)",
                                        train.string()));
    return prepared;
  }
  const data::Table table = data::read_table(train, csv);
  std::optional<data::Table> test_table;
  if (!test.empty() && split.fold == 0) {
    data::refuse_same_file(train, test);
    test_table =
        data::read_table(test, as_read(csv, table.separator(), table.has_header(), table.names()));
  }
  const auto numbers = numbers_of(*this, table);
  data::SkippedRecords unusable;
  auto parts = parts_of(table, usable(table, numbers, unusable));
  const data::LeakageOptions leakage{
      .id_column = id, .target = target.column, .strip = target.strip};

  auto encoder = std::make_shared<TableEncoder>();
  encoder->preprocessor = data::Preprocessor::fit(table, parts.train, features_plan(*this, table));
  encoder->groups = inputs;
  data::TransformReport dropped;
  parts.train = encoder->preprocessor.training_rows(table, parts.train, &dropped);
  Encoding encoding{encoder, *encoder->preprocessor.target(), {}};
  for (std::size_t i = 0; i < e.fit.outputs.size(); ++i)
    encoding.outputs.emplace_back(
        e.fit.outputs[i].name,
        i == 0 ? encoding.target
               : data::Target::fit(table, parts.train, more_targets.at(i - 1).options));
  const auto part = [&](const data::Table& from, const Rows& rows) {
    return std::make_shared<data::Dataset>(
        dataset(e, encoding, from, rows, encoder->preprocessor.transform(from, rows)));
  };
  Prepared prepared;
  if (!stream) prepared.streamed = false;
  prepared.train = std::make_shared<data::Dataset>(
      dataset(e, encoding, table, parts.train,
              encoder->preprocessor.transform_training(table, parts.train)));
  prepared.training_digest = data::content_digest(table);
  if (!parts.validation.empty()) prepared.validation = part(table, parts.validation);
  prepared.rows = parts;
  if (test_table) prepared.rows.test = usable(*test_table, numbers, unusable);
  if (test_table) {
    prepared.equal_rows = data::check_leakage(table, *test_table, leakage).equal_rows;
    prepared.test = part(*test_table, prepared.rows.test);
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
  note_columns(encoder->preprocessor, *this, prepared.notes);
  note_dropped(dropped, prepared.notes);
  note_skipped(table.skipped(), "they cannot be read", prepared.notes);
  if (test_table) note_skipped(test_table->skipped(), "they cannot be read", prepared.notes);
  note_skipped(unusable, "a cell cannot be used", prepared.notes);
  prepared.encoding = std::move(encoding);
  Sha256 sha;
  sha.update(table.bytes());
  if (test_table) sha.update(test_table->bytes());
  prepared.fingerprint = sha.hex();
  return prepared;
}

std::pair<data::Table, Rows> TableData::training_rows() const {
  if (is_streamed()) {
    const auto stream = data::TableStream::open(train, {.csv = csv});
    const data::StreamPart part(
        stream, {.from = split.test + split.validation, .to = 1, .seed = split.seed});
    return {stream.read(0), part.rows_of(0)};
  }
  const data::Table table = data::read_table(train, csv);
  data::SkippedRecords unusable;
  const auto rows = usable(table, numbers_of(*this, table), unusable);
  return {table, parts_of(table, rows).train};
}

data::DecodedRows TableData::decoded(const std::vector<nn::Loss>& losses, const Encoding& encoding,
                                     const data::Table& table, data::Rows rows,
                                     const Tensor& features) const {
  data::DecodedRows made;
  made.inputs = encoding.as<TableEncoder>().split(features);
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const data::Target& t = i == 0 ? encoding.target : encoding.outputs[i].second;
    const bool as_rows = i == 0 ? one_hot_target : more_targets.at(i - 1).one_hot;
    made.outputs.push_back(targets_for(losses[i], t.transform(table, rows), t.classes(), as_rows));
  }
  return made;
}

data::Dataset TableData::dataset(const Experiment& e, const Encoding& encoding,
                                 const data::Table& table, data::Rows rows,
                                 const Tensor& made) const {
  auto decoded = this->decoded(losses_of(e), encoding, table, rows, made);
  const auto fields = encoding.as<TableEncoder>().inputs();
  std::vector<data::Named> features, targets;
  for (std::size_t i = 0; i < decoded.inputs.size(); ++i)
    features.push_back({fields[i].name, std::move(decoded.inputs[i])});
  for (std::size_t i = 0; i < decoded.outputs.size(); ++i)
    targets.push_back({encoding.outputs.empty() ? "target" : encoding.outputs[i].first,
                       std::move(decoded.outputs[i])});
  return data::Dataset(std::move(features), std::move(targets));
}

}  // namespace glia::experiment
