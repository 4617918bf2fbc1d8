// New rows of a table for a saved model, with their targets or without.
#include <algorithm>
#include <unordered_set>

#include "glia/base/format.h"
#include "glia/data/leakage.h"
#include "glia/data/read_table.h"
#include "glia/experiment/run.h"
#include "glia/experiment/table_data.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;

// Whether the first record of a table read without a header names every feature.
bool names_features(const data::Table& table, const data::Preprocessor& preprocessor) {
  std::unordered_set<std::string_view> first;
  for (std::int64_t i = 0; table.rows() > 0 && i < table.columns(); ++i)
    first.insert(table.cell(0, i));
  const auto& columns = preprocessor.columns();
  return std::all_of(columns.begin(), columns.end(),
                     [&](const auto& column) { return first.contains(column.name); });
}

// Whether the columns of the training file got their names from elsewhere than from its header.
bool named_elsewhere(const TableData& plan, const data::Schema& schema) {
  if (!plan.csv.names.empty() || plan.csv.header == data::Header::no) return true;
  const auto& columns = schema.columns;
  return plan.csv.header == data::Header::automatic && !columns.empty() &&
         columns.front().name == "column_1";
}

}  // namespace

data::Table read_rows(const TableData& plan, const Encoding& encoding, const fs::path& file) {
  const auto& preprocessor = encoding.as<TableEncoder>().preprocessor;
  data::CsvOptions options = plan.csv;
  options.separator = std::nullopt;
  options.names = {};
  options.on_error = data::OnError::stop;  // a prediction that is missing would shift all others
  const auto trained_with = std::exchange(options.header, data::Header::yes);
  if (!named_elsewhere(plan, preprocessor.schema())) return data::read_table(file, options);

  options.header = data::Header::no;
  const auto bare = data::read_table(file, options);
  options.header = data::Header::yes;
  std::vector<std::string> names;
  for (const auto& column : preprocessor.schema().columns) names.push_back(column.name);
  const auto columns = static_cast<std::size_t>(bare.columns());
  if (columns + 1 == names.size()) std::erase(names, encoding.target.column);
  if (names_features(bare, preprocessor) || columns != names.size())
    return data::read_again(bare, options);
  options.names = std::move(names);
  if (trained_with != data::Header::yes) options.header = data::Header::no;
  return data::read_again(bare, options);
}

NewRows TableData::labelled(const Bundle& bundle, const std::vector<fs::path>& files) const {
  if (files.size() != 1)
    fail("E-BUNDLE-04", "{}: this model takes rows of a table, not images", files.front().string());
  const data::Table table = read_rows(*this, bundle.encoding, files.front());
  NewRows result;
  const Tensor made =
      bundle.encoding.as<TableEncoder>().preprocessor.transform(table, &result.report);
  result.rows = std::make_shared<data::Dataset>(
      dataset(bundle.experiment, bundle.encoding, table, data::all_rows(table.rows()), made));
  result.trained_on = data::content_digest(table) == bundle.training_digest;
  return result;
}

NewRows TableData::unlabelled(const Bundle& bundle, const fs::path& file) const {
  const data::Table table = read_rows(*this, bundle.encoding, file);
  const auto& encoder = bundle.encoding.as<TableEncoder>();
  NewRows result;
  const auto parts = encoder.split(encoder.preprocessor.transform(table, &result.report));
  std::vector<data::Named> features;
  for (std::size_t i = 0; i < parts.size(); ++i)
    features.push_back({encoder.inputs()[i].name, parts[i]});
  result.rows = std::make_shared<data::Dataset>(
      std::move(features), std::vector<data::Named>{{"none", Tensor(DType::i64, {table.rows()})}});
  if (const auto column = id.empty() ? std::nullopt : table.find(id)) {
    result.id_name = id;
    for (std::int64_t row = 0; row < table.rows(); ++row)
      result.ids.emplace_back(table.cell(row, *column));
    std::erase(result.report.extra_columns, id);
  }
  for (const auto& [name, target] : bundle.encoding.outputs)
    std::erase(result.report.extra_columns, target.column);
  return result;
}

}  // namespace glia::experiment
