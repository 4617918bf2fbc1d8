#include "glia/cli/first_experiment.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

// Sizes that do well on tables of about so many rows; a start for a person's own.
struct Sizes {
  std::int64_t first, second, batch, epochs;
};
Sizes sizes_for(std::int64_t rows) {
  if (rows < 1000) return {32, 16, 16, 100};
  if (rows < 10000) return {64, 32, 32, 60};
  if (rows < 100000) return {128, 64, 128, 40};
  return {256, 128, 256, 20};
}

struct Ending {
  std::string units, activation, loss, metrics;
};
Ending ending_for(const data::Target& target) {
  switch (target.task) {
    case data::Task::binary:
      return {"1", "sigmoid", "binary_crossentropy", "accuracy, precision, recall, f1, roc_auc"};
    case data::Task::multiclass:
      return {std::to_string(target.classes()), "softmax", "sparse_categorical_crossentropy",
              "accuracy, f1"};
    case data::Task::regression:
      break;
  }
  return {"1", "linear", "mean_squared_error", "rmse, mae, r2"};
}

std::string columns_section(const data::Schema& schema, const std::string& target) {
  std::string text = "  columns:  # as they were found; numeric, categorical, or drop\n";
  for (const auto& column : schema.columns) {
    if (column.name == target) continue;
    // Free text gives no features yet, and says so rather than failing.
    const bool left_out = column.kind == data::Kind::text || column.kind == data::Kind::drop;
    text += fmt::format("    {}: {}", yaml_text(column.name),
                        left_out ? "drop" : std::string(data::name_of(column.kind)));
    if (!column.reason.empty()) {
      std::string reason = column.reason;
      std::replace(reason.begin(), reason.end(), '\n', ' ');
      text += "  # " + reason;
    }
    text += "\n";
  }
  return text;
}

std::string target_section(const FirstExperimentOptions& options, const data::Target& target) {
  std::string text = "  target: {column: " + yaml_text(target.column);
  text += fmt::format(", task: {}", data::name_of(target.task));
  if (target.task == data::Task::binary) {
    text += ", positive: " + yaml_text(target.labels[1]) + "}";
    return text + (options.positive ? "\n" : "  # of the two labels, the one that counts as yes\n");
  }
  return text + "}\n";
}

// The smallest class must leave a row for each part under stratification.
std::int64_t smallest_class(const data::Table& table, const data::Target& target) {
  if (target.task == data::Task::regression) return 0;
  std::vector<std::int64_t> counts(target.labels.size());
  const Tensor classes = target.transform(table, data::all_rows(table.rows()));
  for (const auto c : classes.data<std::int64_t>()) ++counts[static_cast<std::size_t>(c)];
  return *std::min_element(counts.begin(), counts.end());
}

std::vector<std::string> notes_of(const data::Schema& schema, const data::Table& table,
                                  const data::Target& target, std::int64_t smallest) {
  std::vector<std::string> notes;
  for (const auto& column : schema.columns)
    if (column.name == target.column)
      continue;
    else if (column.kind == data::Kind::text || column.kind == data::Kind::drop)
      notes.push_back(
          fmt::format("column '{}' is left out: {}", shown(column.name), column.reason));
    else if (column.kind == data::Kind::numeric && column.numbers < column.rows - column.missing)
      notes.push_back(fmt::format(
          "column '{}': {}; correct it, or list its text under `missing`, before you train",
          shown(column.name), column.reason));
  if (smallest > 0 && smallest < 10)
    notes.push_back(fmt::format("the rarest class has only {} rows", smallest));
  if (table.rows() < 200)
    notes.push_back(
        fmt::format("{} rows are few: metrics on a part of them say little", table.rows()));
  return notes;
}

std::string relative_path(const fs::path& data, const fs::path& file) {
  const auto folder = fs::absolute(file).parent_path().lexically_normal();
  const auto absolute = fs::absolute(data).lexically_normal();
  const auto relative = absolute.lexically_relative(folder);
  return relative.empty() ? absolute.string() : relative.string();
}

std::string experiment_text(const FirstExperimentOptions& options, const data::Table& table,
                            const FirstExperiment& first, std::int64_t smallest) {
  const auto& target = first.target;
  const auto sizes = sizes_for(table.rows());
  const auto ending = ending_for(target);
  const bool stratify = smallest >= 3;
  std::string text = fmt::format(
      "# {} rows of {}. Train with: glia train {}\n"
      "name: {}\n"
      "data:\n"
      "  source: {}\n"
      "  header: {}\n",
      with_commas(table.rows()), options.data.filename().string(), options.file.string(),
      yaml_text(options.file.stem().string()), yaml_text(relative_path(options.data, options.file)),
      table.has_header());
  text += target_section(options, target);
  text += fmt::format(
      "  # Test rows are kept apart to the end; validation rows decide when to stop.\n"
      "  split: {{train: 0.7, validation: 0.15, test: 0.15, stratify: {}, seed: 1}}\n",
      stratify);
  text += columns_section(first.schema, target.column);
  text +=
      "  # Fitted on training rows only.\n"
      "  preprocess: {numeric: [impute_median, standardize], categorical: [impute_mode, "
      "one_hot]}\n";
  text += fmt::format(
      "model:\n"
      "  layers:\n"
      "    - dense: {{units: {}, activation: relu, kernel_initializer: he_normal}}\n"
      "    - dropout: {{rate: 0.2}}  # more where training does better than validation\n"
      "    - dense: {{units: {}, activation: relu, kernel_initializer: he_normal}}\n"
      "    - dense: {{units: {}, activation: {}}}\n",
      sizes.first, sizes.second, ending.units, ending.activation);
  text += fmt::format(
      "train:\n"
      "  loss: {}\n"
      "  optimizer: {{adam: {{learning_rate: 1e-3}}}}\n"
      "  batch_size: {}\n"
      "  epochs: {}  # at most\n"
      "  early_stopping: {{monitor: val_loss, patience: {}}}\n"
      "  metrics: [{}]\n"
      "seed: 1\n",
      ending.loss, sizes.batch, sizes.epochs, std::max<std::int64_t>(3, sizes.epochs / 8),
      ending.metrics);
  return text;
}

}  // namespace

std::string yaml_text(const std::string& text) {
  static const std::vector<std::string> words{"true", "false", "yes", "no", "on",  "off",
                                              "null", "~",     "y",   "n",  "nan", "inf"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool plain =
      !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) {
                    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
                  }) &&
      std::find(words.begin(), words.end(), lower) == words.end();
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else if (c == '\t')
      quoted += "\\t";
    else if (c == '\r')
      quoted += "\\r";
    else if (static_cast<unsigned char>(c) < ' ')
      quoted += fmt::format("\\x{:02x}", c);
    else
      quoted += c;
  }
  return quoted + "\"";
}

FirstExperiment first_experiment(const FirstExperimentOptions& options) {
  const auto table = data::read_csv(options.data);
  FirstExperiment first;
  data::TargetOptions target{.column = options.target};
  target.positive = options.positive;
  first.target = data::Target::fit(table, data::all_rows(table.rows()), target);
  first.schema = data::infer_schema(table);
  const auto smallest = smallest_class(table, first.target);
  first.notes = notes_of(first.schema, table, first.target, smallest);
  if (!table.has_header())
    first.notes.push_back("the file has no header: its columns are called column_1, column_2, ...");
  first.yaml = experiment_text(options, table, first, smallest);
  return first;
}

}  // namespace glia::cli
