#include "glia/experiment/experiment.h"

#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/doctor/preflight.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

YAML::Node parse_yaml(std::string_view text, const std::string& file) {
  try {
    return YAML::Load(std::string(text));
  } catch (const YAML::Exception& error) {
    fail("E-EXP-01", "{}:{}: this is not YAML: {}", file, error.mark.line + 1, error.msg);
  }
}

// "train.epochs=5": the value is YAML too, so that lists and mappings can be set.
void apply_setting(YAML::Node root, const std::string& setting) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0)
    fail("E-EXP-05", "--set {}: expected key=value, for example train.epochs=5", setting);
  YAML::Node value = parse_yaml(setting.substr(equals + 1), "--set " + setting);
  YAML::Node at = root;
  std::string rest = setting.substr(0, equals);
  for (;;) {
    const auto dot = rest.find('.');
    const std::string key = rest.substr(0, dot);
    const bool last = dot == std::string::npos;
    if (at.IsSequence()) {
      const auto index = data::parse_number(key);
      if (!index || *index < 0 || *index >= static_cast<double>(at.size()))
        fail("E-EXP-05", "--set {}: '{}' is no place in a list of {}", setting, key, at.size());
      const auto i = static_cast<std::size_t>(*index);
      if (last)
        at[i] = value;
      else
        at.reset(at[i]);
    } else {
      if (at.IsScalar())
        fail("E-EXP-05", "--set {}: there is nothing below '{}' to set", setting, at.Scalar());
      if (last)
        at[key] = value;
      else {
        if (!at[key].IsDefined() || at[key].IsNull()) at[key] = YAML::Node(YAML::NodeType::Map);
        at.reset(at[key]);
      }
    }
    if (last) return;
    rest = rest.substr(dot + 1);
  }
}

void read_class_weights(Settings& train, Experiment& e) {
  const YAML::Node node = train.raw("class_weight");
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

void read_early_stopping(Settings& train, Experiment& e) {
  auto s = train.map("early_stopping");
  if (!s) return;
  train::EarlyStopping o;
  o.monitor = s->text("monitor", o.monitor);
  if (o.monitor.starts_with("test"))
    fail("E-EXP-06",
         "{}: '{}' would select on the test set, which must be seen only once, at the end; monitor "
         "a value "
         "of the validation rows, for example val_loss",
         s->where("monitor"), o.monitor);
  s->placed("monitor", [&] { return metrics::larger_is_better(o.monitor); });
  o.patience = s->integer("patience", o.patience);
  o.min_delta = s->real("min_delta", o.min_delta);
  o.restore_best = s->flag("restore_best", o.restore_best);
  if (o.patience < 0 || !(o.min_delta >= 0))
    fail("E-EXP-05", "{}: patience and min_delta must be at least 0", s->where());
  s->done();
  e.fit.early_stopping = o;
}

void read_train(Settings& train, Experiment& e) {
  auto loss = train.choice("loss");
  if (!loss)
    fail("E-EXP-04", "{}: 'loss' is missing{}", train.where(), suggest("", nn::loss_names()));
  e.fit.loss = make_loss(*loss);
  auto optimizer = train.choice("optimizer", "adam");
  e.fit.optimizer = make_optimizer(optimizer);
  auto schedule = train.choice("schedule", "constant");
  e.fit.schedule = make_schedule(schedule);
  e.fit.batch_size = train.integer("batch_size", e.fit.batch_size);
  e.fit.epochs = train.integer("epochs", e.fit.epochs);
  if (e.fit.batch_size < 1 || e.fit.epochs < 0)
    fail("E-EXP-05", "{}: batch_size must be at least 1 and epochs at least 0", train.where());
  const bool regression = e.fit.loss.of_numbers();
  const std::vector<std::string> usual = regression ? std::vector<std::string>{"rmse", "mae", "r2"}
                                                    : std::vector<std::string>{"accuracy"};
  e.fit.metrics = train.texts("metrics", usual);
  for (const auto& name : e.fit.metrics)
    train.placed("metrics", [&] {
      return metrics::parse_metric(
          name, regression ? metrics::Task::regression : metrics::Task::classification);
    });
  if (train.has("threshold")) {
    e.fit.threshold = train.real("threshold", 0.5);
    if (!(*e.fit.threshold >= 0 && *e.fit.threshold <= 1))
      fail("E-EXP-05", "{}: got {}, expected a probability from 0 to 1", train.where("threshold"),
           *e.fit.threshold);
  }
  read_early_stopping(train, e);
  read_class_weights(train, e);
  Settings checkpoint = train.map_or_empty("checkpoint");
  e.fit.checkpoint_every = checkpoint.integer("every_steps", 0);
  const auto keep = checkpoint.integer("keep", 2);
  if (e.fit.checkpoint_every < 0 || keep < 1 || keep > 1000)
    fail("E-EXP-05", "{}: every_steps must be at least 0, and keep 1 to 1000", checkpoint.where());
  e.fit.keep_checkpoints = static_cast<int>(keep);
  checkpoint.done();
  e.allow = train.texts("allow", {});
  for (const auto& code : e.allow)
    if (const auto& known = doctor::codes();
        std::find(known.begin(), known.end(), code) == known.end())
      fail("E-EXP-05", "{}: there is no finding '{}'{}", train.where("allow"), code,
           suggest(code, known));
  train.done();
}

void read_model(Settings& model, Experiment& e) {
  for (Settings& item : model.list_of_maps("layers")) {
    auto choice = item.only_choice();
    e.layers.push_back(make_layer(choice));
  }
  if (e.layers.empty()) fail("E-EXP-04", "{}: the model has no layers", model.where("layers"));
  const auto names = nn::unique_names(e.layers);
  for (std::size_t i = 0; i < names.size(); ++i) e.layers[i] = e.layers[i].named(names[i]);
  model.done();
}

Settings section(Settings& root, const std::string& key) {
  auto settings = root.map(key);
  if (!settings)
    fail("E-EXP-04", "{}: the section '{}' is missing; an experiment has data, model and train",
         root.where(), key);
  return std::move(*settings);
}

}  // namespace

Experiment parse(std::string_view yaml, std::string_view name, const LoadOptions& options,
                 const std::filesystem::path& folder) {
  const std::string file(name);
  YAML::Node root = parse_yaml(yaml, file);
  if (!root.IsMap())
    fail("E-EXP-01", "{}: an experiment is a mapping with data, model and train", file);
  for (const auto& setting : options.set) apply_setting(root, setting);
  YAML::Node resolved(YAML::NodeType::Map);
  Settings top(root, "", file, resolved);
  Experiment e;
  e.name = top.text("name", std::filesystem::path(file).stem().string());
  e.fit.seed = top.seed("seed", 1);
  Settings data = section(top, "data"), model = section(top, "model"),
           train = section(top, "train");
  top.done();
  read_model(model, e);
  read_train(train, e);
  e.data = read_data(data, folder, options);
  YAML::Emitter out;
  out.SetDoublePrecision(17);
  out << resolved;
  e.resolved = std::string(out.c_str()) + "\n";
  return e;
}

Experiment load(const std::filesystem::path& file, const LoadOptions& options) {
  const std::string text = read_file(file, 1 << 24);
  return parse(text, file.string(), options, std::filesystem::absolute(file).parent_path());
}

}  // namespace glia::experiment
