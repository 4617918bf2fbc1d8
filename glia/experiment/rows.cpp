// New rows for a saved model, with their labels or without.
#include <algorithm>
#include <unordered_set>

#include "glia/base/format.h"
#include "glia/data/idx.h"
#include "glia/data/leakage.h"
#include "glia/experiment/image_labels.h"
#include "glia/experiment/run.h"

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
bool named_elsewhere(const Bundle& bundle) {
  const auto& plan = bundle.experiment.data.table;
  if (!plan) return false;
  if (!plan->csv.names.empty() || plan->csv.header == data::Header::no) return true;
  const auto& columns = bundle.encoding.table->schema().columns;
  return plan->csv.header == data::Header::automatic && !columns.empty() &&
         columns.front().name == "column_1";
}

}  // namespace

data::Table read_rows(const Bundle& bundle, const fs::path& file) {
  if (!bundle.encoding.table)
    fail("E-BUNDLE-04", "{}: this model takes images, not rows of a table", file.string());
  const auto& plan = bundle.experiment.data.table;
  data::CsvOptions options = plan ? plan->csv : data::CsvOptions{};
  options.separator = std::nullopt;
  options.names = {};
  const auto trained_with = std::exchange(options.header, data::Header::yes);
  if (!named_elsewhere(bundle)) return data::read_csv(file, options);

  options.header = data::Header::no;
  const auto bare = data::read_csv(file, options);
  options.header = data::Header::yes;
  std::vector<std::string> names;
  for (const auto& column : bundle.encoding.table->schema().columns) names.push_back(column.name);
  const auto columns = static_cast<std::size_t>(bare.columns());
  if (columns + 1 == names.size()) std::erase(names, bundle.encoding.target.column);
  if (names_features(bare, *bundle.encoding.table) || columns != names.size())
    return data::read_again(bare, options);
  options.names = std::move(names);
  if (trained_with != data::Header::yes) options.header = data::Header::no;
  return data::read_again(bare, options);
}

data::Dataset dataset_of(const Experiment& e, const Encoding& encoding, const data::Table& table,
                         data::Rows rows, data::TransformReport* report) {
  const auto& plan = e.data.table;
  const auto targets = [&](const data::Target& target, const nn::Loss& loss, bool one_hot) {
    return targets_for(loss, target.transform(table, rows), target.classes(), one_hot);
  };
  const Tensor features = encoding.table->transform(table, rows, report);
  if (encoding.inputs.empty() && encoding.outputs.empty())
    return data::Dataset(features,
                         targets(encoding.target, e.fit.loss, plan && plan->one_hot_target));
  std::vector<data::Named> inputs, outputs;
  const auto parts = encoding.split(features);
  for (std::size_t i = 0; i < parts.size(); ++i)
    inputs.push_back({encoding.inputs.empty() ? "features" : encoding.inputs[i].name, parts[i]});
  if (encoding.outputs.empty())
    outputs.push_back(
        {"target", targets(encoding.target, e.fit.loss, plan && plan->one_hot_target)});
  for (std::size_t i = 0; i < encoding.outputs.size(); ++i) {
    const bool one_hot =
        plan && (i == 0 ? plan->one_hot_target : plan->more_targets.at(i - 1).one_hot);
    outputs.push_back({encoding.outputs[i].first,
                       targets(encoding.outputs[i].second, e.fit.outputs.at(i).loss, one_hot)});
  }
  return data::Dataset(std::move(inputs), std::move(outputs));
}

LabelledRows labelled_table(const Bundle& bundle, const fs::path& csv) {
  const data::Table table = read_rows(bundle, csv);
  data::TransformReport report;
  auto dataset =
      dataset_of(bundle.experiment, bundle.encoding, table, data::all_rows(table.rows()), &report);
  return {std::move(dataset), std::move(report),
          data::content_digest(table) == bundle.training_digest};
}

LabelledRows labelled_images(const Bundle& bundle, const fs::path& images, const fs::path& labels) {
  if (bundle.encoding.table)
    fail("E-BUNDLE-04", "{}: this model takes rows of a table, not images", images.string());
  const Tensor x = data::read_idx_images(images), y = data::read_idx_labels(labels);
  const Shape& s = x.shape();
  if (!(Shape{1, s[1], s[2]} == bundle.encoding.image_shape))
    fail("E-SHAPE-01", "{}: images are {}, the model takes {}", images.string(), s.text(),
         bundle.encoding.image_shape.text());
  expect_one_label_each(x, y, labels);
  const std::int64_t classes = bundle.encoding.target.classes();
  expect_labels_below(y, classes, labels);
  const bool one_hot = bundle.experiment.fit.loss.target == nn::Loss::Target::one_hot;
  const Tensor targets =
      targets_for(bundle.experiment.fit.loss, y.to(DType::i64), classes, one_hot);
  return {data::Dataset(x.reshaped({s[0], 1, s[1], s[2]}), targets, {}, bundle.encoding.pixels),
          {},
          data::content_digest(x) == bundle.training_digest};
}

}  // namespace glia::experiment
