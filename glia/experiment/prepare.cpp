// From an experiment's files to datasets, fitted on training rows only.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/idx.h"
#include "glia/data/leakage.h"
#include "glia/data/split.h"
#include "glia/experiment/image_labels.h"
#include "glia/experiment/run.h"

namespace glia::experiment {

Tensor targets_for(const nn::Loss& loss, const Tensor& classes, std::int64_t count, bool one_hot) {
  using Kind = nn::Loss::Target;
  const std::int64_t rows = classes.shape()[0].value();
  if (!loss.of_numbers() && !loss.of_classes())
    fail("E-LOSS-01",
         "[{}] an experiment's target is one number or class for each row, and this loss takes {}; "
         "train with it in a C++ program, or take a loss of numbers or classes",
         loss.name,
         loss.target == Kind::sequences ? "a sequence of labels"
         : loss.target == Kind::pairs   ? "pairs of rows"
                                        : "rows without a target");
  if (classes.dtype() != DType::i64) {  // regression
    if (!loss.of_numbers())
      fail("E-LOSS-01",
           "[{}] the target column holds numbers, not classes; use mean_squared_error, or say "
           "target: {{task: multiclass}}",
           loss.name);
    return classes;
  }
  if (!loss.of_classes())
    fail("E-LOSS-01",
         "[{}] the target column holds {} classes; use {}, or say target: {{task: regression}}",
         loss.name, count, count == 2 ? "binary_crossentropy" : "sparse_categorical_crossentropy");
  if (loss.target == Kind::indices) {
    if (one_hot)
      fail("E-LOSS-01",
           "[{}] takes numbers of classes, and target: {{one_hot: true}} makes rows; use "
           "categorical_crossentropy",
           loss.name);
    return classes;
  }
  if (loss.target == Kind::one_hot) {
    if (!one_hot)
      fail("E-LOSS-01",
           "[{}] the targets are numbers of classes, expected one-hot rows; use "
           "sparse_categorical_crossentropy, "
           "or ask for rows with target: {{one_hot: true}}",
           loss.name);
    Tensor hot(DType::f32, {rows, count});
    for (std::int64_t i = 0; i < rows; ++i)
      hot.set(i * count + static_cast<std::int64_t>(classes.at(i)), 1);
    return hot;
  }
  if (count != 2)
    fail("E-LOSS-01",
         "[{}] the target has {} classes, expected 2; use sparse_categorical_crossentropy with "
         "softmax over {} units",
         loss.name, count, count);
  return classes.to(DType::f32).reshaped({rows, 1});
}

void expect_one_label_each(const Tensor& images, const Tensor& labels,
                           const std::filesystem::path& file) {
  if (images.shape()[0] != labels.shape()[0])
    fail("E-DATA-45", "{}: {} labels for {} images", file.string(), labels.shape()[0].text(),
         images.shape()[0].text());
}

void expect_labels_below(const Tensor& labels, std::int64_t classes,
                         const std::filesystem::path& file) {
  const auto all = labels.data<std::uint8_t>();
  const auto above =
      std::find_if(all.begin(), all.end(), [&](auto label) { return label >= classes; });
  if (above != all.end())
    fail("E-DATA-22",
         "{}: image {} (counted from 0) has the label {}; expected 0 to {}: the model "
         "and `data.labels` have {} classes",
         file.string(), above - all.begin(), *above, classes - 1, classes);
}

namespace {

using Rows = std::vector<std::int64_t>;

// `classes`: the class of each row, empty for regression; it must outlive the options.
data::SplitOptions split_options(const DataPlan& plan, const std::vector<std::int64_t>& classes,
                                 const data::Target& target) {
  data::SplitOptions o;
  o.validation = plan.validation;
  o.test = plan.test;
  o.seed = plan.split_seed;
  o.labels = target.labels;
  if (plan.stratify) o.stratify = classes;
  return o;
}

// The class of each row as far as splitting needs it; empty for regression.
std::vector<std::int64_t> class_numbers(const Tensor& targets) {
  if (targets.dtype() != DType::i64) return {};
  const auto data = targets.data<std::int64_t>();
  return {data.begin(), data.end()};
}

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

// A share may be meant the other way round, or be too small to say anything.
void note_parts(const DataPlan& plan, Prepared& prepared) {
  constexpr std::int64_t kFew = 10;
  const std::int64_t training = prepared.train.size();
  const auto note = [&](const char* part, double share, const std::optional<data::Dataset>& rows) {
    if (share <= 0 || !rows) return;
    if (rows->size() > training)
      prepared.notes.push_back(fmt::format(
          "{} takes {} rows (a share of {}) and leaves {} for training: a share says how much is "
          "taken away from it",
          part, with_commas(rows->size()), share, with_commas(training)));
    else if (rows->size() < kFew)
      prepared.notes.push_back(
          fmt::format("{} has only {} {} (a share of {}): its values say little", part,
                      rows->size(), rows->size() == 1 ? "row" : "rows", share));
  };
  note("validation", plan.validation, prepared.validation);
  note("the test", plan.test, prepared.test);
}

// `what`: "test rows". Equal ones may be chance, so they are told and not refused.
void note_equal_rows(std::string_view what, std::int64_t count, std::vector<std::string>& notes) {
  if (count > 0)
    notes.push_back(fmt::format("{} {} are equal to training {}: chance, or leakage",
                                with_commas(count), what, what.substr(what.find(' ') + 1)));
}

// What is no feature: other targets, and, where inputs are named, columns that none of them has.
data::PreprocessOptions features_plan(const TableData& plan, const data::Table& table) {
  auto options = plan.preprocess;
  for (const auto& target : plan.more_targets)
    options.columns[target.options.column] = data::Kind::drop;
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

Prepared prepare_table(const Experiment& e) {
  const TableData& plan = *e.data.table;
  const data::Table train = data::read_csv(plan.train, plan.csv);
  std::optional<data::Table> test;
  if (!plan.test.empty()) {
    data::refuse_same_file(plan.train, plan.test);
    auto csv = plan.csv;
    csv.separator = train.separator();
    if (csv.header == data::Header::automatic)
      csv.header = train.has_header() ? data::Header::yes : data::Header::no;
    if (csv.names.empty() && !train.has_header()) csv.names = train.names();
    test = data::read_csv(plan.test, csv);
  }
  const Rows every = data::all_rows(train.rows());
  // The labels' names come from all rows, so that a split can be stratified; the statistics of a
  // regression target, like everything else that is fitted, come from training rows only.
  const auto whole = data::Target::fit(train, every, plan.target);
  const auto classes = class_numbers(whole.transform(train, every));
  const auto parts = data::split(train.rows(), split_options(e.data, classes, whole));

  Encoding encoding;
  encoding.table = data::Preprocessor::fit(train, parts.train, features_plan(plan, train));
  encoding.target = *encoding.table->target();
  encoding.inputs = plan.inputs;
  for (std::size_t i = 0; i < e.fit.outputs.size(); ++i)
    encoding.outputs.emplace_back(
        e.fit.outputs[i].name,
        i == 0 ? encoding.target
               : data::Target::fit(train, parts.train, plan.more_targets.at(i - 1).options));
  const auto dataset = [&](const data::Table& table, const Rows& rows) {
    return dataset_of(e, encoding, table, rows);
  };
  Prepared prepared{dataset(train, parts.train), std::nullopt, std::nullopt, {}, 0, {}, {}, {}};
  prepared.training_digest = data::content_digest(train);
  if (!parts.validation.empty()) prepared.validation = dataset(train, parts.validation);
  const data::LeakageOptions leakage{
      .id_column = plan.id, .target = plan.target.column, .strip = plan.target.strip};
  if (test) {
    prepared.equal_rows = data::check_leakage(train, *test, leakage).equal_rows;
    prepared.test = dataset(*test, data::all_rows(test->rows()));
  } else if (!parts.test.empty()) {
    prepared.equal_rows =
        data::check_leakage(train, parts.train, train, parts.test, leakage).equal_rows;
    prepared.test = dataset(train, parts.test);
  }
  if (!parts.validation.empty())
    note_equal_rows("validation rows",
                    data::check_leakage(train, parts.train, train, parts.validation,
                                        {.id_column = plan.id,
                                         .target = plan.target.column,
                                         .strip = plan.target.strip,
                                         .word_b = "validation"})
                        .equal_rows,
                    prepared.notes);
  note_equal_rows("test rows", prepared.equal_rows, prepared.notes);
  note_parts(e.data, prepared);
  note_schema(encoding.table->schema(), target_columns(plan), prepared.notes);
  prepared.encoding = std::move(encoding);
  Sha256 sha;
  sha.update(train.bytes());
  if (test) sha.update(test->bytes());
  prepared.fingerprint = sha.hex();
  return prepared;
}

Tensor with_channel(const Tensor& images) {
  const Shape& s = images.shape();
  return images.reshaped({s[0], 1, s[1], s[2]});
}

data::Pixels fitted_pixels(const Tensor& images, const Rows& rows, bool standardize) {
  data::Pixels pixels;
  if (!standardize) return pixels;
  const auto bytes = images.data<std::uint8_t>();
  const std::int64_t each = images.size() / images.shape()[0].value();
  std::uint64_t sum = 0, squares = 0;  // exact
  for (const auto row : rows)
    for (std::int64_t i = 0; i < each; ++i) {
      const std::uint64_t v = bytes[static_cast<std::size_t>(row * each + i)];
      sum += v, squares += v * v;
    }
  const double n = static_cast<double>(each) * static_cast<double>(rows.size());
  const double mean = static_cast<double>(sum) / n;
  const double deviation = std::sqrt(std::max(0.0, static_cast<double>(squares) / n - mean * mean));
  pixels.mean = {static_cast<float>(mean / 255)};
  pixels.std = {static_cast<float>(deviation > 0 ? deviation / 255 : 1)};
  return pixels;
}

data::Target labels_of(const ImageData& plan, const Tensor& labels) {
  data::Target target;
  target.column = "label";
  std::int64_t most = 0;
  for (const auto label : labels.data<std::uint8_t>()) most = std::max<std::int64_t>(most, label);
  const auto named = static_cast<std::int64_t>(plan.labels.size());
  if (named > 0) expect_labels_below(labels, named, plan.train_labels);
  for (std::int64_t c = 0; c < std::max(named, most + 1); ++c)
    target.labels.push_back(named > 0 ? plan.labels[static_cast<std::size_t>(c)]
                                      : std::to_string(c));
  target.task = target.labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
  return target;
}

Prepared prepare_images(const Experiment& e) {
  const ImageData& plan = *e.data.images;
  if (!plan.test_images.empty()) data::refuse_same_file(plan.train_images, plan.test_images);
  const Tensor images = data::read_idx_images(plan.train_images);
  const Tensor labels = data::read_idx_labels(plan.train_labels);
  expect_one_label_each(images, labels, plan.train_labels);
  Encoding encoding;
  encoding.target = labels_of(plan, labels);
  const Tensor classes = labels.to(DType::i64);
  const auto numbers = class_numbers(classes);
  const auto parts =
      data::split(images.shape()[0].value(), split_options(e.data, numbers, encoding.target));
  encoding.pixels = fitted_pixels(images, parts.train, plan.standardize);
  encoding.image_shape = Shape{1, images.shape()[1], images.shape()[2]};
  const auto dataset = [&](const Tensor& x, const Tensor& y) {
    const bool one_hot = e.fit.loss.target == nn::Loss::Target::one_hot;
    return data::Dataset(with_channel(x),
                         targets_for(e.fit.loss, y, encoding.target.classes(), one_hot), {},
                         encoding.pixels);
  };
  const data::Dataset all = dataset(images, classes);
  Prepared prepared{all.subset(parts.train), std::nullopt, std::nullopt, {}, 0, {}, {}, {}};
  if (e.fit.loss.target == nn::Loss::Target::one_hot)
    prepared.notes.push_back(
        fmt::format("[{}] the numbers of classes are made rows of 0 and 1 for it; "
                    "sparse_categorical_crossentropy takes them as they are",
                    e.fit.loss.name));
  prepared.training_digest = data::content_digest(images);
  if (!parts.validation.empty()) prepared.validation = all.subset(parts.validation);
  if (!parts.test.empty()) prepared.test = all.subset(parts.test);
  const auto equal = [&](const Rows& rows) {
    return rows.empty() ? 0
                        : data::count_equal_images(images, parts.train, images, rows).equal_rows;
  };
  note_equal_rows("validation images", equal(parts.validation), prepared.notes);
  prepared.equal_rows = equal(parts.test);
  Sha256 sha;
  sha.update({images.raw(), images.bytes()});
  sha.update({labels.raw(), labels.bytes()});
  if (!plan.test_images.empty()) {
    const Tensor test = data::read_idx_images(plan.test_images);
    const Tensor truth = data::read_idx_labels(plan.test_labels);
    expect_one_label_each(test, truth, plan.test_labels);
    expect_labels_below(truth, encoding.target.classes(), plan.test_labels);
    if (!(Shape{1, test.shape()[1], test.shape()[2]} == encoding.image_shape))
      fail("E-SHAPE-01", "{}: images are {}, those of the training {}", plan.test_images.string(),
           test.shape().text(), images.shape().text());
    prepared.equal_rows =
        data::check_leakage(images, plan.train_images.string(), test, plan.test_images.string())
            .equal_rows;
    prepared.test = dataset(test, truth.to(DType::i64));
    sha.update({test.raw(), test.bytes()});
    sha.update({truth.raw(), truth.bytes()});
  }
  note_equal_rows("test images", prepared.equal_rows, prepared.notes);
  note_parts(e.data, prepared);
  prepared.encoding = std::move(encoding);
  prepared.fingerprint = sha.hex();
  return prepared;
}

}  // namespace

Prepared prepare(const Experiment& experiment) {
  return experiment.data.images ? prepare_images(experiment) : prepare_table(experiment);
}

}  // namespace glia::experiment
