#include "glia/experiment/kinds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"

namespace glia::experiment {

namespace fs = std::filesystem;
using nlohmann::json;

std::span<const DataKind> data_kinds() {
  // The last that claims an experiment has it: those with a section of their own stand last.
  static const std::array kinds{table_kind, image_kind,          folder_kind, array_kind,
                                text_kind,  language_model_kind, sound_kind,  series_kind};
  return kinds;
}

namespace {

// ".." is followed as the system does it, through links.
fs::path real_path(const fs::path& path) {
  return fs::weakly_canonical(path.parent_path()) / path.filename();
}

fs::path existing(Settings& s, const std::string& key, const std::string& name,
                  const std::vector<fs::path>& tried) {
  std::error_code none;
  for (const auto& path : tried)
    if (fs::exists(path, none)) return real_path(fs::absolute(path));
  std::vector<std::string> places;
  for (const auto& path : tried) places.push_back("'" + path.string() + "'");
  fail("E-FILE-01", "{}: there is no file '{}': looked for {}; name a folder of data with --data",
       s.where(key), name, fmt::join(places, ", "));
}

}  // namespace

fs::path Places::find(Settings& s, const std::string& key, const std::string& name) const {
  if (!options.data_must_exist) return name;
  if (fs::path(name).is_absolute()) return existing(s, key, name, {name});
  std::error_code none;
  if (fs::exists(folder / name, none)) {
    const auto file = real_path(folder / name);
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

void expect_used(Settings& s, const std::string& key, bool used, bool said, std::string_view form) {
  if (used || !said || s.describing()) return;
  fail("E-EXP-05", "{}: nothing here uses it, for it is of {}; remove it, or say that",
       s.where(key), form);
}

double read_share(Settings& s, const std::string& key, std::string_view meaning) {
  const double value = s.real(key, 0, meaning);
  if (!(value >= 0 && value < 1))
    fail("E-EXP-05", "{}: got {}, expected a share from 0 to below 1", s.where(key), value);
  return value;
}

namespace {

constexpr auto kValidation = "share of the training rows that validate; unless given none";

// By what rows are told apart, of data with columns.
void read_split_columns(Settings& split, SplitPlan& plan) {
  plan.groups =
      split.text("groups", "", "a column, no feature: rows of one value stay in one part");
  plan.time =
      split.text("time", "", "a column: training is before validation, that before the test");
  plan.equal_rows_together =
      split.flag("equal_rows_together", false, "rows that are equal stay in one part");
  plan.sort = split.flag("sort", false, "the file is in another order than that of `time`");
  if (!plan.time.empty() && (!plan.groups.empty() || plan.equal_rows_together))
    fail("E-EXP-05", "{}: rows are split by time, or by groups; say one", split.where("time"));
  if (plan.sort && plan.time.empty())
    fail("E-EXP-05", "{}: it is about a split by time; say the column (time: NAME)",
         split.where("sort"));
}

// How rows are drawn.
void read_stratified(Settings& split, SplitPlan& plan) {
  plan.stratify =
      split.flag("stratify", plan.time.empty(), "each part has the same share of each class");
  if (plan.stratify && !plan.time.empty())
    fail("E-EXP-05", "{}: parts that follow one another in time cannot be stratified; leave it out",
         split.where("stratify"));
  plan.seed = split.integer("seed", plan.seed, "of the drawing");
}

// Nothing is drawn. Models that were saved before this was refused say the defaults.
void refuse_drawing(Settings& split, const DataPlan& plan, bool saved) {
  for (const char* key : {"stratify", "seed"}) {
    if (!split.has(key)) continue;
    if (!saved)
      fail("E-EXP-05",
           "{}: {} are parted by their order, the test last: nothing is drawn or stratified; leave "
           "it out",
           split.where(key), plan.things());
    split.raw(key, "", "");
  }
}

// Cross-validation. What is not said is not written down either: a run without folds does not have
// them.
void read_folds(Settings& split, SplitPlan& plan) {
  const auto number = [&](const char* key, std::int64_t otherwise, std::int64_t least,
                          const char* meaning) {
    return split.integer<std::int64_t>(key, meaning, {least, 1000}).value_or(otherwise);
  };
  plan.folds = number("folds", 0, 1, "cross-validation in so many parts; glia train --folds");
  plan.repeats = number("repeats", 1, 1, "of the folds, each drawn anew; unless given 1");
  plan.gap = number("gap", 0, 0, "by time: rows before each test part that nobody gets");
  plan.inner_folds = number("inner_folds", 0, 2,
                            "of each fold's training rows, to select on; glia train "
                            "--inner-folds");
  const auto flag = [&](const char* key, bool otherwise, const char* meaning) {
    split.describe(key, "true or false", "", meaning);
    return split.has(key) ? split.flag(key, otherwise, meaning) : otherwise;
  };
  plan.final_model =
      flag("final_model", true, "after the folds train on all their rows; unless given true");
  plan.validation_trains = flag("validation_trains", false, "validation rows train, too");
  plan.fold = number("fold", 0, 1, "this fold alone, as one training");
  plan.inner_fold = number("inner_fold", 0, 1, "this inner fold of it alone");
  if (plan.fold > plan.folds * plan.repeats || plan.inner_fold > plan.inner_folds ||
      (plan.inner_fold > 0 && plan.fold == 0))
    fail("E-EXP-22", "{}: fold {} of {}, inner fold {} of {}: there is no such one", split.where(),
         plan.fold, plan.folds * plan.repeats, plan.inner_fold, plan.inner_folds);
  for (const char* key : {"repeats", "gap", "inner_folds", "final_model"})
    if (plan.folds == 0 && split.has(key))
      fail("E-EXP-22", "{}: it is about folds; say how many (folds: 5, or --folds 5)",
           split.where(key));
}

// Shares of rows.
void read_split(Settings& data, DataPlan& of, const LoadOptions& options) {
  SplitPlan& plan = of.split;
  Settings split =
      data.map_or_empty("split", "validation and test rows drawn by shares", "validation");
  const auto share_of = [&](const char* key, const char* meaning) {
    split.describe(key, "number", "", meaning);
    return split.has(key) ? read_share(split, key, meaning) : 0;
  };
  const double kept = share_of("train", "share of the training; unless given the rest");
  plan.validation = share_of("validation", "share of the validation");
  plan.test = share_of("test", "share of the test");
  read_folds(split, plan);
  if (of.has_columns()) read_split_columns(split, plan);
  if (of.has_order())
    refuse_drawing(split, of, !options.data_must_exist);
  else
    read_stratified(split, plan);
  if (of.has_rows()) read_drawing(split, plan);
  split.done();
  if (split.has("train") && std::abs(kept + plan.validation + plan.test - 1) > 1e-9)
    fail("E-EXP-05", "{}: the shares sum to {}, expected 1", split.where(),
         kept + plan.validation + plan.test);
  data.describe("validation", "number", "", kValidation);
  if (!data.has("validation")) return;
  if (plan.validation > 0)
    fail("E-EXP-05", "{}: validation rows are asked for here and under split; say it once",
         data.where("validation"));
  plan.validation = read_share(data, "validation", kValidation);
}

constexpr auto kKind = "what the data is; unless given by the form of `train`";

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : data_kinds()) names.emplace_back(kind.name);
  return names;
}

void describe_kind(Settings& data) {
  data.describe("kind", fmt::format("one of {}", fmt::join(kind_names(), ", ")), "", kKind);
}

const DataKind& kind_of(Settings& data) {
  const auto kinds = data_kinds();
  const auto claims = [&](const DataKind& kind) { return kind.claims(data); };
  const auto formed =
      data.has("kind") ? kinds.rend() : std::find_if(kinds.rbegin(), kinds.rend(), claims);
  const std::string otherwise((formed == kinds.rend() ? table_kind : *formed).name);
  const auto name = data.one_of("kind", otherwise, kind_names(), kKind);
  return *std::find_if(kinds.begin(), kinds.end(),
                       [&](const DataKind& kind) { return kind.name == name; });
}

}  // namespace

std::vector<Option> data_options(const DataKind& kind) {
  return options_of([&](Settings& data) {
    LoadOptions options;
    options.data_must_exist = false;
    OwnFiles own_files;
    describe_kind(data);
    const auto plan = kind.read(data, {"", options, own_files}, {});
    read_split(data, *plan, options);
    read_sampling(data, plan->sampling);
  });
}

std::shared_ptr<const DataPlan> read_data(Settings& data, const fs::path& folder,
                                          const LoadOptions& options,
                                          const std::vector<std::string>& outputs,
                                          OwnFiles& own_files) {
  const Places places{folder, options, own_files};
  const auto plan = kind_of(data).read(data, places, outputs);
  read_split(data, *plan, options);
  read_sampling(data, plan->sampling);
  if (!plan->test_files().empty() && plan->split.test > 0)
    fail("E-EXP-05", "{}: test rows are asked for by a share, and there is a test file; say one",
         data.where("split"));
  data.done();
  return plan;
}

report::Document DataPlan::preview(const Prepared&, const PreviewOptions&) const {
  fail("E-DATA-143",
       "there is no preview of {} like these; of tables, texts, series, images and sounds there is "
       "one",
       things());
}

Prepared prepare(const Experiment& experiment) {
  Prepared prepared = experiment.data->prepare(experiment);
  sample(experiment.data->sampling, prepared);
  waive(prepared.notes, experiment.fit.allow);
  return prepared;
}

std::vector<std::int64_t> class_numbers(const Tensor& targets) {
  if (targets.dtype() != DType::i64) return {};
  const auto data = targets.data<std::int64_t>();
  return {data.begin(), data.end()};
}

data::SplitOptions split_options(const SplitPlan& plan, const std::vector<std::int64_t>& classes,
                                 const data::Target& target) {
  data::SplitOptions o;
  o.validation = plan.validation;
  o.test = plan.test;
  o.seed = plan.seed;
  o.labels = target.labels;
  if (plan.stratify) o.stratify = classes;
  return o;
}

data::Split parts_of(const SplitPlan& plan, std::int64_t rows, const data::SplitOptions& o) {
  auto parts = data::split(rows, o);
  if (plan.fold == 0 && !plan.validation_trains) return parts;
  parts.train.insert(parts.train.end(), parts.validation.begin(), parts.validation.end());
  parts.validation.clear();
  std::sort(parts.train.begin(), parts.train.end());
  if (plan.fold == 0) return parts;
  const auto of_rows = [&](const auto& all) {
    std::vector<std::decay_t<decltype(all[0])>> some;
    for (const auto row : parts.train)
      if (!all.empty()) some.push_back(all[static_cast<std::size_t>(row)]);
    return some;
  };
  const auto classes = of_rows(o.stratify), groups = of_rows(o.groups);
  const auto times = of_rows(o.times);
  data::FoldOptions options{plan.folds, plan.repeats, plan.gap, o};
  options.split.test = 0;
  options.split.stratify = classes, options.split.groups = groups, options.split.times = times;
  const auto count = std::ssize(parts.train);
  const auto at = static_cast<std::size_t>(plan.fold - 1);
  auto fold = plan.inner_fold > 0 ? data::nested_folds(count, options, plan.inner_folds)
                                        .at(at)
                                        .inner.at(static_cast<std::size_t>(plan.inner_fold - 1))
                                  : data::folds(count, options).at(at);
  for (auto* part : {&fold.train, &fold.validation, &fold.test})
    for (auto& row : *part) row = parts.train[static_cast<std::size_t>(row)];
  return fold;
}

json to_json(const std::vector<std::pair<std::string, data::Target>>& outputs) {
  json list = json::array();
  for (const auto& [name, target] : outputs)
    list.push_back({{"name", name}, {"target", json::parse(data::to_json(target))}});
  return list;
}

std::vector<std::pair<std::string, data::Target>> outputs_from_json(const json& list) {
  std::vector<std::pair<std::string, data::Target>> outputs;
  for (const auto& output : list)
    outputs.emplace_back(output.at("name").get<std::string>(),
                         data::target_from_json(output.at("target").dump()));
  return outputs;
}

}  // namespace glia::experiment
