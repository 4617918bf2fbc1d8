// The `data` section of an experiment.
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;

struct Places {
  const fs::path& folder;
  const LoadOptions& options;
  OwnFiles& own_files;

  // An absolute path as it is; a relative one in the experiment's folder, or a data folder.
  fs::path find(Settings& s, const std::string& key, const std::string& name) const {
    if (!options.data_must_exist) return name;
    if (fs::path(name).is_absolute()) return existing(s, key, name, {name});
    std::error_code none;
    if (fs::exists(folder / name, none)) {
      const auto file = absolute(folder / name);
      own_files.emplace_back(s.path() + "." + key, file);
      return file;
    }
    std::vector<fs::path> tried{folder / name};
    for (const auto& data : options.data_folders) {
      tried.push_back(data / name);
      // A run's own copy names its data from its own place.
      if (name.starts_with("..")) tried.push_back(data / fs::path(name).filename());
    }
    return existing(s, key, name, tried);
  }

  // ".." is followed as the system does it, through links.
  static fs::path absolute(const fs::path& path) {
    return fs::weakly_canonical(path.parent_path()) / path.filename();
  }

  static fs::path existing(Settings& s, const std::string& key, const std::string& name,
                           const std::vector<fs::path>& tried) {
    std::error_code none;
    for (const auto& path : tried)
      if (fs::exists(path, none)) return absolute(fs::absolute(path));
    std::vector<std::string> places;
    for (const auto& path : tried) places.push_back("'" + path.string() + "'");
    fail("E-FILE-01", "{}: there is no file '{}': looked for {}; name a folder of data with --data",
         s.where(key), name, fmt::join(places, ", "));
  }
};

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

TableData read_table(Settings& data, const Places& places,
                     const std::vector<std::string>& outputs) {
  TableData table;
  const std::string key = data.has("source") ? "source" : "train";
  table.train = places.find(
      data, key, data.required_text(key, "a CSV file; relative to the experiment, or to --data"));
  data.describe("source", "text", "", "the same where the test rows are split off too");
  if (const auto test = data.text("test", "a CSV file of rows that are looked at once, at the end"))
    table.test = places.find(data, "test", *test);
  table.csv.header = header_of(data);
  table.csv.separator = separator_of(data);
  table.csv.names = data.texts("names", {}, "of the columns, where the file has no header");
  table.csv.missing =
      data.texts("missing", table.csv.missing, "cells that are no value, besides the empty ones");
  table.csv.missing.push_back("");  // an empty cell is missing, whatever else is
  table.id = data.text("id", "", "a column that names records: no feature, and none on both sides");
  read_target(data, table, outputs);
  read_inputs(data, table);
  read_preprocess(data, table.preprocess);
  if (!table.id.empty()) table.preprocess.columns.try_emplace(table.id, data::Kind::drop);
  table.preprocess.target = table.target;
  return table;
}

ImageData read_images(Settings& data, const Places& places) {
  ImageData images;
  auto train = data.map("train", "images and labels in IDX files, as they are or packed by gzip");
  images.train_images =
      places.find(*train, "images", train->required_text("images", "a file of images"));
  images.train_labels =
      places.find(*train, "labels", train->required_text("labels", "a file of their labels"));
  train->done();
  if (auto test = data.map("test", "the same of images that are looked at once, at the end")) {
    images.test_images =
        places.find(*test, "images", test->required_text("images", "a file of images"));
    images.test_labels =
        places.find(*test, "labels", test->required_text("labels", "a file of their labels"));
    test->done();
  }
  images.labels = data.texts("labels", {}, "names of the classes; unless given their numbers");
  images.standardize =
      data.flag("standardize", true, "pixels to mean 0 and deviation 1; otherwise / 255");
  return images;
}

double share(Settings& s, const std::string& key, std::string_view meaning) {
  const double value = s.real(key, 0, meaning);
  if (!(value >= 0 && value < 1))
    fail("E-EXP-05", "{}: got {}, expected a share from 0 to below 1", s.where(key), value);
  return value;
}

constexpr auto kValidation = "share of the training rows that validate; unless given none";

// Shares of rows, and how they are drawn.
void read_split(Settings& data, DataPlan& plan) {
  Settings split =
      data.map_or_empty("split", "validation and test rows drawn by shares", "validation");
  const auto share_of = [&](const char* key, const char* meaning) {
    split.describe(key, "number", "", meaning);
    return split.has(key) ? share(split, key, meaning) : 0;
  };
  const double kept = share_of("train", "share of the training; unless given the rest");
  plan.validation = share_of("validation", "share of the validation");
  plan.test = share_of("test", "share of the test");
  plan.stratify = split.flag("stratify", true, "each part has the same share of each class");
  plan.split_seed = split.integer("seed", plan.split_seed, "of the drawing");
  split.done();
  if (kept > 0 && std::abs(kept + plan.validation + plan.test - 1) > 1e-9)
    fail("E-EXP-05", "{}: the shares sum to {}, expected 1", split.where(),
         kept + plan.validation + plan.test);
  data.describe("validation", "number", "", kValidation);
  if (!data.has("validation")) return;
  if (plan.validation > 0)
    fail("E-EXP-05", "{}: validation rows are asked for here and under split; say it once",
         data.where("validation"));
  plan.validation = share(data, "validation", kValidation);
}

std::vector<Option> described(void (*read)(Settings&, const Places&)) {
  return options_of([&](Settings& data) {
    LoadOptions options;
    options.data_must_exist = false;
    OwnFiles own_files;
    read(data, {"", options, own_files});
    DataPlan plan;
    read_split(data, plan);
  });
}

}  // namespace

std::vector<Option> table_options() {
  return described([](Settings& data, const Places& places) { read_table(data, places, {}); });
}
std::vector<Option> image_options() {
  return described([](Settings& data, const Places& places) { read_images(data, places); });
}

DataPlan read_data(Settings& data, const fs::path& folder, const LoadOptions& options,
                   const std::vector<std::string>& outputs, OwnFiles& own_files) {
  const Places places{folder, options, own_files};
  DataPlan plan;
  const YAML::Node train = data.raw("train", "", "");
  const bool images = train.IsDefined() && train.IsMap();
  if (images && !outputs.empty())
    fail("E-EXP-05", "{}: images with labels have one target, and the model has {} outputs",
         data.where("train"), outputs.size());
  if (images)
    plan.images = read_images(data, places);
  else
    plan.table = read_table(data, places, outputs);
  read_split(data, plan);
  const bool test_file = images ? !plan.images->test_images.empty() : !plan.table->test.empty();
  if (test_file && plan.test > 0)
    fail("E-EXP-05", "{}: test rows are asked for by a share, and there is a test file; say one",
         data.where("split"));
  data.done();
  return plan;
}

}  // namespace glia::experiment
