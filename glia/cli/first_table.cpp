// First experiments for tables of numbers and categories, and which column is their target.
#include <algorithm>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/data.h"
#include "glia/cli/first_parts.h"

namespace glia::cli {
namespace {

constexpr std::int64_t kMostClasses = 20;

// Sizes that do well on tables of about so many rows; a start for a person's own.
struct Sizes {
  std::int64_t first, second;
};
Sizes sizes_for(std::int64_t rows) {
  if (rows < 1000) return {32, 16};
  if (rows < 10000) return {64, 32};
  if (rows < 100000) return {128, 64};
  return {256, 128};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

using Texts = std::set<std::string>;  // columns whose words are learned from

bool like_classes(const data::ColumnInfo& column) {
  return column.kind != data::Kind::drop && column.distinct >= 2 && column.distinct <= kMostClasses;
}

// Columns that can be learned, by what they would be.
[[noreturn]] void ask_for_target(const data::Table& table, const data::Schema& schema) {
  std::vector<std::string> two, classes, numbers;
  for (const auto& column : schema.columns) {
    const auto name = fmt::format("'{}'", shown(column.name));
    if (column.kind == data::Kind::drop || column.kind == data::Kind::text || column.distinct < 2)
      continue;
    if (column.distinct == 2)
      two.push_back(name);
    else if (like_classes(column))
      classes.push_back(name);
    else if (column.kind == data::Kind::numeric)
      numbers.push_back(name);
  }
  std::string text;
  const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("; {}: {}", what, fmt::join(names, ", "));
  };
  add("of two classes", two), add("of several", classes), add("amounts", numbers);
  fail("E-CLI-11", "{}: which column is to be predicted? Say --target COLUMN{}", table.source(),
       text.empty() ? "" : text);
}

// The column that is plainly the target: by its name; or, in a file without a header, the only
// one with a few values among the last and the first, as such files are made.
std::string find_target(const data::Table& table, const data::Schema& schema,
                        std::vector<std::string>& notes) {
  static const std::vector<std::string> names = {"target", "label", "class", "y", "outcome"};
  std::vector<std::string> found;
  for (const auto& column : schema.columns)
    if (std::count(names.begin(), names.end(), lower(column.name)) && column.distinct > 1)
      found.push_back(column.name);
  if (found.empty() && !table.has_header())
    for (const auto* column : {&schema.columns.back(), &schema.columns.front()})
      if (like_classes(*column)) {
        found.push_back(column->name);
        break;
      }
  if (found.size() != 1) ask_for_target(table, schema);
  notes.push_back(
      fmt::format("'{}' is taken for the target; say --target for another", shown(found.front())));
  return found.front();
}

// More terms than a twentieth of the rows would drown the other columns; and they take four bytes
// in each row, 256 MB in all.
std::int64_t terms_for(std::int64_t rows) {
  constexpr std::int64_t kLeast = 50, kMost = 2000, kCells = 64'000'000;
  const std::int64_t room = kCells / std::max<std::int64_t>(rows, 1);
  return std::clamp(rows / 20, kLeast, std::clamp(room, kLeast, kMost));
}

// One value throughout, and nowhere missing.
bool is_constant(const data::ColumnInfo& column) {
  return column.distinct == 1 && column.missing == 0;
}

std::string columns_section(const data::Schema& schema, const Texts& texts,
                            const std::string& target) {
  std::string text = "  columns:  # as they were found; numeric, categorical, or drop\n";
  for (const auto& column : schema.columns) {
    if (column.name == target) continue;
    if (texts.contains(column.name)) {
      text += fmt::format("    {}: {{tfidf: {{max_features: {}}}}}  # its most frequent words\n",
                          yaml_text(column.name), terms_for(column.rows));
      continue;
    }
    // Other text gives no features here, and says so rather than failing.
    const bool left_out =
        column.kind == data::Kind::text || column.kind == data::Kind::drop || is_constant(column);
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

// The smallest class must leave a row for each part under stratification.
std::int64_t smallest_class(const data::Description& described) {
  std::int64_t least = 0;
  for (const auto& [label, rows] : described.classes)
    least = least == 0 ? rows : std::min(least, rows);
  return least;
}

std::vector<std::string> notes_of(const data::Schema& schema, const data::Description& described,
                                  const Texts& texts, const std::string& target) {
  std::vector<std::string> notes;
  for (const auto& column : schema.columns)
    if (column.name == target)
      continue;
    else if (texts.contains(column.name))
      notes.push_back(
          fmt::format("column '{}' is free text: its words are learned from", shown(column.name)));
    else if (is_constant(column))
      notes.push_back(
          fmt::format("column '{}' is left out: every value is the same", shown(column.name)));
    else if (column.kind == data::Kind::text || column.kind == data::Kind::drop)
      notes.push_back(
          fmt::format("column '{}' is left out: {}", shown(column.name), column.reason));
    else if (column.kind == data::Kind::numeric && column.numbers < column.rows - column.missing)
      notes.push_back(fmt::format(
          "column '{}': {}; correct it, or list its text under `missing`, before you train",
          shown(column.name), column.reason));
    else if (column.kind == data::Kind::date)
      notes.push_back(
          fmt::format("column '{0}' is dates: where later rows are to be predicted from earlier "
                      "ones, split by time (`time: {0}` under split)",
                      shown(column.name)));
  static const std::vector<std::string> grave = {
      "target_leak",  "zeros_as_missing", "duplicate_columns", "imbalance",
      "mixed_scales", "spellings",        "long_numbers",      "numbers_as_text"};
  for (const auto& finding : described.findings)
    if (std::count(grave.begin(), grave.end(), finding.name))
      notes.push_back(
          fmt::format("{}{}: {}", finding.columns.empty() ? "" : "column ",
                      finding.columns.empty() ? finding.name
                                              : fmt::format("'{}'", shown(finding.columns.back())),
                      finding.name == "zeros_as_missing"
                          ? finding.evidence + "; where 0 stands for missing, leave the cells empty"
                          : finding.evidence));
  const auto smallest = smallest_class(described);
  if (smallest > 0 && smallest < 10)
    notes.push_back(
        fmt::format("the rarest class has only {} {}", smallest, smallest == 1 ? "row" : "rows"));
  if (described.duplicate_rows > 0)
    notes.push_back(fmt::format(
        "{} {}: equal_rows_together under split keeps equal ones on one side",
        with_commas(described.duplicate_rows),
        described.duplicate_rows == 1 ? "row repeats an earlier one" : "rows repeat earlier ones"));
  if (described.rows < 200)
    notes.push_back(
        fmt::format("{} rows are few: metrics on a part of them say little", described.rows));
  return notes;
}

std::string experiment_text(const FirstExperimentOptions& options, const data::Table& table,
                            const FirstExperiment& first, const Texts& texts,
                            std::int64_t smallest) {
  const auto& target = first.target;
  const auto sizes = sizes_for(table.rows());
  const auto ending = ending_for(target.task, target.classes());
  std::string text = heading(options, with_commas(table.rows()) + " rows") + "data:\n";
  text += fmt::format("  source: {}\n", path_in(options, options.data)) +
          reading_lines(options, table) + target_line(options, target);
  text += fmt::format(
      "  # Test rows are kept apart to the end; validation rows decide when to stop.\n"
      "  split: {{train: 0.7, validation: 0.15, test: 0.15, stratify: {}, seed: 1}}\n",
      smallest >= 3);
  text += columns_section(first.schema, texts, target.column);
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
  const auto length = length_for(table.rows());
  return text + training(length, ending, length.patience > 0 ? "1e-3" : "3e-3");
}

}  // namespace

std::string reading_lines(const FirstExperimentOptions& options, const data::Table& table) {
  return fmt::format("  header: {}\n{}", table.has_header(),
                     options.quoted ? "" : "  quote: none  # quotes are letters like any other\n");
}

std::string target_line(const FirstExperimentOptions& options, const data::Target& target) {
  std::string text = "  target: {column: " + yaml_text(target.column);
  text += fmt::format(", task: {}", data::name_of(target.task));
  if (target.task == data::Task::binary) {
    text += ", positive: " + yaml_text(target.labels[1]) + "}";
    return text + (options.positive ? "\n" : "  # of the two labels, the one that counts as yes\n");
  }
  return text + "}\n";
}

namespace {

// These notes before its own.
FirstExperiment with_notes(FirstExperiment first, const std::vector<std::string>& notes) {
  first.notes.insert(first.notes.begin(), notes.begin(), notes.end());
  return first;
}

}  // namespace

FirstExperiment first_of_table(const FirstExperimentOptions& given) {
  const auto [table, quoted, reading] = open_table(given.data);
  auto options = given;
  options.quoted = quoted;
  if (auto series = first_of_series(options, table)) return with_notes(*std::move(series), reading);
  FirstExperiment first;
  first.notes = reading;
  first.kind = "table";
  first.schema = data::infer_schema(table);
  data::TargetOptions target{.column = options.target};
  if (target.column.empty()) target.column = find_target(table, first.schema, first.notes);
  target.positive = options.positive;
  first.target = data::Target::fit(table, data::all_rows(table.rows()), target);
  const auto described = data::describe(table, {.target = target});
  if (auto texts = first_of_texts(options, table, described))
    return with_notes(*std::move(texts), first.notes);
  if (first.target.task == data::Task::multiclass && table.numeric(table.column(target.column)))
    first.notes.push_back(
        fmt::format("the {} different numbers of '{}' are taken for classes; task: regression, a "
                    "loss such as mean_squared_error and one linear unit take them for amounts",
                    first.target.classes(), shown(target.column)));
  Texts prose;
  for (const auto& column : described.columns)
    if (data::is_prose(column) && column.info.name != first.target.column)
      prose.insert(column.info.name);
  const auto notes = notes_of(first.schema, described, prose, first.target.column);
  first.notes.insert(first.notes.end(), notes.begin(), notes.end());
  if (!table.has_header())
    first.notes.push_back("the file has no header: its columns are called column_1, column_2, ...");
  first.yaml = experiment_text(options, table, first, prose, smallest_class(described));
  return first;
}

}  // namespace glia::cli
