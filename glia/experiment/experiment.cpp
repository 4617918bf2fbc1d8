#include "glia/experiment/experiment.h"

#include <algorithm>
#include <tuple>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/doctor/preflight.h"
#include "glia/experiment/calibration.h"
#include "glia/experiment/logs.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

YAML::Node parse_yaml(std::string_view text, const std::string& file) {
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1)
      fail("E-EXP-01",
           "{}: there are {} YAML documents in it, and an experiment is one; remove '---'", file,
           documents.size());
    return documents.empty() ? YAML::Node() : documents[0];
  } catch (const YAML::Exception& error) {
    fail("E-EXP-01", "{}:{}: this is not YAML: {}", file, error.mark.line + 1, error.msg);
  }
}

std::string yaml_text(const YAML::Node& root) {
  YAML::Emitter out;
  out.SetDoublePrecision(17);
  out << root;
  return std::string(out.c_str()) + "\n";
}

// Puts a value under "train.epochs". `setting`: what asked for it, for messages. Gives the path as
// those write it: "model.layers[0].dense".
std::string apply_value(const YAML::Node& root, const std::string& where, const YAML::Node& value,
                        const std::string& setting) {
  YAML::Node at = root;
  std::string rest = where, path;
  for (;;) {
    const auto dot = rest.find('.');
    const std::string key = rest.substr(0, dot);
    const bool last = dot == std::string::npos;
    if (at.IsSequence()) {
      std::int64_t i = 0;
      if (read_whole(key, i) != std::errc() || i < 0 || std::cmp_greater_equal(i, at.size()))
        fail("E-EXP-05", "--set {}: '{}' is no place in a list of {}", shown(setting), shown(key),
             at.size());
      path += fmt::format("[{}]", i);
      if (last)
        at[i] = value;
      else
        at.reset(at[i]);
    } else {
      if (at.IsScalar())
        fail("E-EXP-05", "--set {}: there is nothing below '{}' to set", shown(setting),
             shown(at.Scalar()));
      path += (path.empty() ? "" : ".") + key;
      if (last)
        at[key] = value;
      else {
        if (!at[key].IsDefined() || at[key].IsNull()) at[key] = YAML::Node(YAML::NodeType::Map);
        at.reset(at[key]);
      }
    }
    if (last) return path;
    rest = rest.substr(dot + 1);
  }
}

// "train.epochs=5": the value is YAML too, so that lists and mappings can be set.
std::string apply_setting(const YAML::Node& root, const std::string& setting) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0)
    fail("E-EXP-05", "--set {}: expected key=value, for example train.epochs=5", shown(setting));
  return apply_value(root, setting.substr(0, equals),
                     parse_yaml(setting.substr(equals + 1), "--set " + setting), setting);
}

void read_class_weights(Settings& train, Experiment& e) {
  const YAML::Node node = train.raw("class_weight", "balanced, or {label: weight}",
                                    "how much rows of each class count; unless given the same");
  if (!node.IsDefined() || node.IsNull()) return;
  e.class_weights_place = train.where("class_weight");
  if (node.IsScalar() && node.Scalar() == "balanced") {
    e.balanced_class_weights = true;
    return;
  }
  if (!node.IsMap())
    fail("E-EXP-03", "{}: expected balanced, or label: weight", train.where("class_weight"));
  for (const auto& entry : node) {
    const auto weight = data::parse_number(entry.second.IsScalar() ? entry.second.Scalar() : "");
    if (!weight || *weight < 0)
      fail("E-EXP-03", "{}: the weight of '{}' must be a number of at least 0",
           train.where("class_weight"), entry.first.Scalar());
    e.class_weights[entry.first.Scalar()] = *weight;
  }
}

std::vector<std::string> names_of_outputs(const Experiment& e) {
  std::vector<std::string> names;
  for (const auto& output : e.fit.outputs) names.push_back(output.name);
  return names;
}

// What comes again and again while a training runs, and when it is over at the latest.
void read_recurrence(Settings& train, Experiment& e) {
  Settings validate =
      train.map_or_empty("validate", "when the validation rows are looked at", "epochs");
  e.fit.validate.epochs =
      validate.integer("epochs", e.fit.validate.epochs,
                       "at the ends of every so many epochs, and of the last", {.least = 1});
  e.fit.validate.steps =
      validate.integer("steps", e.fit.validate.steps,
                       "and after every so many steps; 0: not by steps", {.least = 0});
  validate.done();
  Settings s =
      train.map_or_empty("checkpoint", "what a run can be gone on with from", "every_steps");
  train::CheckpointOptions& c = e.fit.checkpoint;
  c.every_steps =
      s.integer("every_steps", c.every_steps, "beside one for each epoch; 0: none", {.least = 0});
  c.every_seconds = s.real("every_seconds", c.every_seconds, "beside those; 0: none");
  c.keep = s.integer("keep", c.keep, "how many are kept, 1 to 1000", {1, 1000});
  c.keep_best = s.integer("keep_best", c.keep_best,
                          "how many of the best are kept beside them, 0 to 1000", {0, 1000});
  c.monitor = monitor(s, c.monitor, names_of_outputs(e));
  if (!(c.every_seconds >= 0))
    fail("E-EXP-05", "{}: got {}, expected at least 0", s.where("every_seconds"), c.every_seconds);
  s.done();
  e.fit.time_budget = train.real("time_budget", e.fit.time_budget,
                                 "seconds after which the training ends; 0: it may take any time");
  if (!(e.fit.time_budget >= 0))
    fail("E-EXP-05", "{}: got {}, expected at least 0", train.where("time_budget"),
         e.fit.time_budget);
}

void read_early_stopping(Settings& train, Experiment& e) {
  auto s = train.map("early_stopping", "end where a value no longer improves; unless given never",
                     "patience");
  if (!s) return;
  train::EarlyStopping o;
  o.monitor = monitor(*s, o.monitor, names_of_outputs(e));
  o.patience = s->integer("patience", o.patience,
                          "epochs without an improvement before the end; 0: never", {.least = 0});
  o.min_delta = s->real("min_delta", o.min_delta, "what an improvement must exceed");
  o.restore_best = s->flag("restore_best", o.restore_best, "keep the weights of the best epoch");
  if (!(o.min_delta >= 0))
    fail("E-EXP-05", "{}: got {}, expected at least 0", s->where("min_delta"), o.min_delta);
  s->done();
  e.fit.early_stopping = o;
}

std::vector<std::string> read_metrics(Settings& s, const std::string& key, const nn::Loss& loss) {
  const bool regression = loss.of_numbers();
  constexpr auto kMeaning = "of each epoch; unless given accuracy, or of numbers rmse, mae, r2";
  s.describe(key, "list of metrics", "", kMeaning);
  const auto names = s.texts(key,
                             regression ? std::vector<std::string>{"rmse", "mae", "r2"}
                                        : std::vector<std::string>{"accuracy"},
                             kMeaning);
  for (const auto& name : names)
    s.placed(key, [&] {
      return metrics::parse_metric(
          name, regression ? metrics::Task::regression : metrics::Task::classification);
    });
  return names;
}

constexpr auto kLoss = "what is made small; of several outputs {output: loss}, each with a weight";

// A loss and metrics for each output by name.
void read_outputs(Settings& train, Experiment& e) {
  for (const char* key : {"class_weight", "threshold"})
    if (train.has(key))
      fail("E-EXP-05", "{}: it is for a model of one output, and this one has {}", train.where(key),
           e.fit.outputs.size());
  auto losses = train.map("loss", kLoss);
  if (losses) losses->expect_options();
  Settings metrics = train.map_or_empty("metrics", "");
  for (auto& output : e.fit.outputs) {
    auto loss = losses ? losses->choice(output.name, "loss", "") : std::nullopt;
    if (!loss)
      fail("E-EXP-04", "{}: there is no loss for the output '{}' (loss: {{{}: ...}})",
           losses ? losses->where() : train.where(), output.name, output.name);
    output.weight = loss->options.real("weight", 1, "");
    output.loss = make_loss(*loss);
    output.metrics = read_metrics(metrics, output.name, output.loss);
  }
  losses->done();
  metrics.done();
  train.placed("loss", [&] { return train::Objective(e.fit.outputs); });
}

// `start_from: FILE`, or with options.
void read_start(Settings& train, Experiment& e, const std::filesystem::path& folder,
                bool must_exist) {
  constexpr auto kMeaning = "weights to begin with: a file or a run's folder, alone or as file";
  train.describe("start_from", "text, or options", "", kMeaning);
  if (!train.has("start_from") && !train.describing()) return;
  const YAML::Node node = train.raw("start_from", "", kMeaning);
  serialize::LoadOptions& o = e.start_options;
  std::string file;
  if (node.IsDefined() && node.IsScalar()) {
    file = node.Scalar();
  } else {
    Settings start = *train.map("start_from", kMeaning);
    file = start.required_text("file", "a file of weights, or a run's folder");
    o.match = start.text("match", o.match, "only tensors of such names are taken");
    o.strict = start.flag("strict", o.strict, "every tensor must find its place");
    const YAML::Node rename = start.raw("rename", "{name in the file: name in the model}",
                                        "a * at the end of both stands for the rest of a name");
    if (rename.IsDefined() && !rename.IsMap())
      fail("E-EXP-03", "{}: expected name in the file: name in the model", start.where("rename"));
    if (rename.IsDefined())
      for (const auto& entry : rename)
        o.rename.emplace_back(entry.first.Scalar(), entry.second.Scalar());
    start.done();
  }
  e.start_from = folder / file;  // an absolute one stays itself
  if (must_exist && std::filesystem::path(file).is_relative())
    e.own_files.emplace_back(node.IsScalar() ? "train.start_from" : "train.start_from.file",
                             e.start_from);
  const auto weights = e.start_from / "model" / "weights.safetensors";  // of a run's folder
  if (std::filesystem::exists(weights)) e.start_from = weights;
  if (must_exist && !std::filesystem::exists(e.start_from))
    fail("E-FILE-01", "{}: there is no file '{}'", train.where("start_from"),
         e.start_from.string());
}

// A number, or what it is to be chosen for.
void read_threshold(Settings& train, Experiment& e) {
  constexpr auto kMeaning =
      "probability above which it is a yes, unless given 0.5; or chosen on the validation rows";
  train.describe("threshold", "number, or options", "", kMeaning);
  if (!train.has("threshold") && !train.describing()) return;
  if (!train.describing() && e.fit.outputs.empty() && !e.fit.loss.of_classes())
    fail("E-EXP-05", "{}: {} learns numbers, so there is no yes or no; leave the threshold out",
         train.where("threshold"), e.fit.loss.name);
  if (!train.is_map("threshold") && !train.describing()) {
    e.fit.threshold = train.real("threshold", kMeaning);
    if (!(*e.fit.threshold >= 0 && *e.fit.threshold <= 1))
      fail("E-EXP-05", "{}: got {}, expected a probability from 0 to 1", train.where("threshold"),
           *e.fit.threshold);
    return;
  }
  Settings s = *train.map("threshold", kMeaning);
  metrics::ThresholdOptions o;
  const auto goal = s.text("maximize", "accuracy, f1, balanced_accuracy or youden");
  if (goal) o.goal = s.placed("maximize", [&] { return metrics::threshold_goal_from(*goal); });
  if (auto cost = s.map("cost", "instead: what a row costs that is called wrongly")) {
    if (goal) fail("E-EXP-05", "{}: say maximize or cost, not both", s.where());
    o.goal = metrics::ThresholdGoal::cost;
    for (const auto& [key, value, meaning] :
         {std::tuple("false_positive", &o.costs.false_positive, "of a no that is called yes"),
          std::tuple("false_negative", &o.costs.false_negative, "of a yes that is called no")}) {
      *value = cost->real(key, 1, meaning);
      if (!(*value >= 0))
        fail("E-EXP-05", "{}: got {}, expected 0 or more", cost->where(key), *value);
    }
    cost->done();
  } else if (!goal) {
    fail("E-EXP-04",
         "{}: say what it is chosen for: {{maximize: f1}}, or {{cost: "
         "{{false_positive: 1, false_negative: 5}}}}",
         s.where());
  }
  s.done();
  e.threshold_goal = o;
}

void read_train(Settings& train, Experiment& e) {
  if (e.fit.outputs.empty()) {
    auto loss = train.required_choice("loss", nn::loss_names(), "loss", kLoss);
    e.fit.loss = make_loss(loss);
  } else {
    read_outputs(train, e);
  }
  auto optimizer = train.choice("optimizer", "adam", "optimizer", "how gradients become updates");
  e.fit.optimizer = make_optimizer(optimizer);
  auto schedule = train.choice("schedule", "constant", "schedule", "the learning rate over time");
  e.fit.schedule = make_schedule(schedule);
  read_updates(train, e.fit);
  e.fit.batch_size =
      train.integer("batch_size", e.fit.batch_size, "rows of one step", {.least = 1});
  e.fit.epochs =
      train.integer("epochs", e.fit.epochs, "passes over the training rows, at most", {.least = 0});
  e.fit.precision = precision_from(
      train.one_of("precision", "f32", {"f32", "mixed_bf16"},
                   "of a step's products: mixed_bf16 rounds what they take (docs/precision.md)"));
  if (e.fit.outputs.empty()) e.fit.metrics = read_metrics(train, "metrics", e.fit.loss);
  read_calibration(train, e);
  read_threshold(train, e);
  read_early_stopping(train, e);
  read_class_weights(train, e);
  read_recurrence(train, e);
  e.logs = read_logs(train);
  read_several(train, e);
  e.fit.allow = train.texts("allow", {}, "findings of the doctor that are meant so: [D-43]");
  for (const auto& code : e.fit.allow)
    if (const auto& known = doctor::codes();
        std::find(known.begin(), known.end(), code) == known.end())
      fail("E-EXP-05", "{}: there is no finding '{}'{}", train.where("allow"), code,
           suggest(code, known));
  train.done();
}

Settings section(Settings& root, const std::string& key, std::string_view meaning) {
  root.describe(key, "section", "", meaning, true);
  return root.required_map(key, meaning, "; an experiment has the sections data, model and train");
}

struct Sections {
  Settings data, model, train;
};
Sections read_top(Settings& top, const std::string& file, Experiment& e) {
  constexpr auto kName = "names the run's folder; unless given the file's name";
  top.describe("name", "text", "", kName);
  e.name = top.text("name", std::filesystem::path(file).stem().string(), kName);
  Settings data = section(top, "data", "where rows come from, and what is to be predicted"),
           model = section(top, "model", "the layers"),
           train = section(top, "train", "how it learns");
  e.fit.seed = top.integer("seed", e.fit.seed, "of initial weights, order of rows and dropout");
  top.done();
  return {data, model, train};
}

}  // namespace

std::vector<Option> experiment_options() {
  return options_of([](Settings& top) {
    Experiment e;
    read_top(top, "", e);
  });
}

std::vector<Option> train_options() {
  return options_of([](Settings& train) {
    Experiment e;
    read_train(train, e);
    read_start(train, e, "", false);
  });
}

Experiment parse(std::string_view yaml, std::string_view name, const LoadOptions& options,
                 const std::filesystem::path& folder) {
  const std::string file(name);
  if (!is_utf8(yaml) || !std::all_of(options.set.begin(), options.set.end(), is_utf8))
    fail("E-EXP-01", "{}: this, or a --set, is not UTF-8 text; save it in that encoding", file);
  YAML::Node root = parse_yaml(yaml, file);
  if (!root.IsMap())
    fail("E-EXP-01", "{}: an experiment is a mapping with data, model and train", file);
  Source source{file};
  for (const auto& setting : options.set) source.set.push_back(apply_setting(root, setting));
  YAML::Node resolved(YAML::NodeType::Map);
  Settings top(root, "", std::make_shared<Source>(std::move(source)), resolved);
  Experiment e;
  auto [data, model, train] = read_top(top, file, e);
  const auto places = read_model(model, e);
  read_start(train, e, folder, options.data_must_exist);
  read_train(train, e);
  std::vector<std::string> outputs;
  for (const auto& output : e.fit.outputs) outputs.push_back(output.name);
  e.data = read_data(data, folder, options, outputs, e.own_files);
  link_model(model, places, e);
  // As it reads once it was read back, so that a copy of a copy is the same text.
  e.resolved = yaml_text(YAML::Load(yaml_text(resolved)));
  e.loaded = options;
  e.folder = folder;
  return e;
}

std::string resolved_in(const std::filesystem::path& folder, const Experiment& e) {
  if (e.own_files.empty()) return e.resolved;
  YAML::Node root = YAML::Load(e.resolved);
  // By real paths: the system follows ".." so, also where `folder` is a link.
  const auto from = std::filesystem::weakly_canonical(std::filesystem::absolute(folder));
  for (const auto& [key, file] : e.own_files) {
    const auto real = std::filesystem::weakly_canonical(file.parent_path()) / file.filename();
    apply_value(root, key, YAML::Node(real.lexically_relative(from).string()), key);
  }
  return yaml_text(root);
}

Experiment changed(const Experiment& e, const std::vector<std::string>& set) {
  LoadOptions options = e.loaded;
  options.set = set;
  return parse(e.resolved, e.name, options, e.folder);
}

Experiment with_threshold(Experiment e, double threshold) {
  e.fit.threshold = threshold;
  e.threshold_goal.reset();
  YAML::Node root = YAML::Load(e.resolved);
  root["train"]["threshold"] = threshold;
  e.resolved = yaml_text(root);
  return e;
}

Experiment with_temperature(Experiment e, double temperature) {
  e.calibrate = true;
  e.temperature = temperature;
  YAML::Node root = YAML::Load(e.resolved);
  root["train"]["calibrate"] = YAML::Node(YAML::NodeType::Map);
  root["train"]["calibrate"]["temperature"] = temperature;
  e.resolved = yaml_text(root);
  return e;
}

Experiment with_stream(Experiment e, bool stream) {
  e.resolved = changed(e, {fmt::format("data.stream={}", stream)}).resolved;
  return e;
}

std::optional<bool> stream_of_run(const Experiment& e, const std::filesystem::path& run_folder) {
  const auto file = run_folder / "experiment.yaml";
  std::error_code none;
  if (YAML::Load(e.resolved)["data"]["stream"] || !std::filesystem::exists(file, none))
    return std::nullopt;
  const YAML::Node root = parse_yaml(read_file(file, 1 << 24), file.string());
  if (!root.IsMap() || !root["data"] || !root["data"].IsMap()) return std::nullopt;
  const YAML::Node stream = root["data"]["stream"];
  if (!stream || !stream.IsScalar()) return std::nullopt;
  return stream.Scalar() == "true";
}

Experiment load(const std::filesystem::path& file, const LoadOptions& options) {
  // Whoever opens a named pipe waits for a writer. A link to one, as of /dev/stdin, has it.
  std::error_code none;
  if (std::filesystem::symlink_status(file, none).type() == std::filesystem::file_type::fifo)
    fail("E-FILE-03", "{}: this is a named pipe; expected a file; give /dev/stdin to read a pipe",
         file.string());
  const std::string text = read_file(file, 1 << 24);
  return parse(text, file.string(), options, std::filesystem::absolute(file).parent_path());
}

}  // namespace glia::experiment
