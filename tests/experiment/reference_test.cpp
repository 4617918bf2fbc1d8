// What is said of an experiment's settings against what the readers do.
#include "glia/experiment/reference.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "glia/base/file.h"
#include "glia/experiment/experiment.h"
#include "glia/nn/initializers.h"
#include "tests/exec/networks.h"

namespace glia {
namespace {

using experiment::Entry;
using experiment::Option;
using experiment::reference;
using experiment::Topic;
using testing::thrown;

const Topic& topic(std::string_view name) {
  const auto& all = reference();
  return *std::find_if(all.begin(), all.end(), [&](const auto& t) { return t.name == name; });
}

std::vector<std::string> names(std::string_view of) {
  std::vector<std::string> list;
  for (const auto& entry : topic(of).entries) list.push_back(entry.name);
  return list;
}

const Option* find(const std::vector<Option>& options, const std::string& name) {
  const auto at = std::find_if(options.begin(), options.end(),
                               [&](const auto& option) { return option.name == name; });
  return at == options.end() ? nullptr : &*at;
}

TEST(Reference, NamesAllThatThereIs) {
  const auto sorted = [](std::vector<std::string> list) {
    std::sort(list.begin(), list.end());
    return list;
  };
  EXPECT_EQ(sorted(names("losses")), sorted(nn::loss_names()));
  EXPECT_EQ(sorted(names("initializers")), sorted(nn::initializer_names()));
  auto activations = nn::activation_names();
  activations.emplace_back("swish");
  EXPECT_EQ(sorted(names("activations")), sorted(activations));
  for (const auto& one : reference()) {
    std::set<std::string> seen;
    for (const auto& entry : one.entries) {
      EXPECT_TRUE(seen.insert(entry.name).second) << entry.name;
      EXPECT_FALSE(entry.meaning.empty()) << entry.name;
      for (const auto& option : entry.options)
        EXPECT_FALSE(option.meaning.empty() || option.type.empty())
            << entry.name << "." << option.name;
    }
    for (const auto& option : one.options)
      EXPECT_FALSE(option.meaning.empty() || option.type.empty()) << one.name << "." << option.name;
  }
}

TEST(Reference, TheDocumentIsWhatTheCommandWrites) {
  EXPECT_EQ(read_file(GLIA_SOURCE_DIR "/docs/experiments.md"), experiment::reference_markdown())
      << "glia help --markdown > docs/experiments.md";
}

// The file, and which of its lines the entry stands in.
struct Place {
  std::string before, after;
};
Place place_of(const std::string& topic) {
  const std::string data = "data: {train: rows.csv, target: {column: kind}}\n";
  const std::string layers = "model:\n  layers:\n    - dense: {units: 3}\n";
  const std::string train = "train:\n  loss: mse\n";
  if (topic == "layers") return {data + train + layers + "    - ", "\n"};
  if (topic == "activations")
    return {data + train + layers + "    - dense: {units: 2, activation: ", "}\n"};
  if (topic == "initializers")
    return {data + train + layers + "    - dense: {units: 2, kernel_initializer: ", "}\n"};
  if (topic == "constraints")
    return {data + train + layers + "    - dense: {units: 2, kernel_constraint: ", "}\n"};
  const std::string head = data + layers + "train:\n";
  if (topic == "losses") return {head + "  loss: ", "\n"};
  const std::string key = topic.substr(0, topic.size() - 1);
  return {head + "  loss: mse\n  " + key + ": ", "\n"};
}

std::string required(const Entry& entry) {
  std::string options;
  for (const auto& option : entry.options)
    if (option.required)
      options += option.name + ": " + (option.type.starts_with("list") ? "[1, 2]" : "4") + ", ";
  return options;
}

experiment::Experiment parse(const std::string& yaml) {
  return experiment::parse(yaml, "some.yaml", {.data_must_exist = false});
}

// Each name with each of its options misspelt: the key, its line, where it stands, and the option.
TEST(Unknown, OptionsAreNamedWithTheirLineEverywhere) {
  int tried = 0;
  for (const char* family : {"layers", "activations", "initializers", "constraints", "losses",
                             "optimizers", "schedules", "averages"})
    for (const auto& entry : topic(family).entries) {
      if (entry.name == "shared" || entry.name == "residual") continue;  // need other layers
      const auto [before, after] = place_of(family);
      const auto line = std::count(before.begin(), before.end(), '\n') + 1;
      std::vector<std::string> known{""};
      for (const auto& option : entry.options)
        if (option.name.find('.') == std::string::npos) known.push_back(option.name);
      for (const auto& option : known) {
        const std::string wrong = option.empty() ? "nonsense_of_mine" : option + "x";
        const auto yaml = before + entry.name + ": {" + required(entry) + wrong + ": 1}" + after;
        const auto in_braces =
            before + "{" + entry.name + ": {" + required(entry) + wrong + ": 1}}" + after;
        const auto error =
            thrown([&] { parse(std::string_view(family) == "layers" ? yaml : in_braces); });
        ++tried;
        SCOPED_TRACE(entry.name + "." + wrong);
        EXPECT_EQ(error.code, "E-EXP-02") << error.message;
        EXPECT_TRUE(error.says("some.yaml:" + std::to_string(line) + ":")) << error.message;
        EXPECT_TRUE(error.says(entry.name + "." + wrong)) << error.message;
        if (!option.empty()) {
          EXPECT_TRUE(error.says("did you mean '" + option + "'?")) << error.message;
        }
      }
    }
  EXPECT_GT(tried, 300);
}

// With only what is required, everything that can be chosen is made, and its defaults are those
// that the reference names.
TEST(Reference, DefaultsAreThoseThatAreTaken) {
  for (const char* family : {"losses", "optimizers", "schedules"})
    for (const auto& entry : topic(family).entries) {
      const auto [before, after] = place_of(family);
      SCOPED_TRACE(entry.name);
      const auto e = parse(before + "{" + entry.name + ": {" + required(entry) + "}}" + after);
      const std::string key = family == std::string("losses")
                                  ? "loss"
                                  : std::string(family).substr(0, std::string(family).size() - 1);
      const auto taken = YAML::Load(e.resolved)["train"][key][entry.name];
      for (const auto& option : entry.options) {
        if (option.required || option.otherwise.empty() || option.type.starts_with("list"))
          continue;
        EXPECT_EQ(taken[option.name].Scalar(), option.otherwise) << option.name;
      }
    }
}

// Every key that a resolved experiment writes down, which is every one that was read, is explained.
class Keys {
 public:
  void section(const YAML::Node& node, const std::string& name, const std::vector<Option>& options,
               const std::string& path = "") {
    for (const auto& entry : node) {
      const auto key = path + entry.first.Scalar();
      const auto* option = find(options, key);
      EXPECT_NE(option, nullptr) << name << ": " << key;
      ++seen;
      if (option == nullptr) continue;
      if (option->type == "options" && entry.second.IsMap())
        section(entry.second, name, options, key + ".");
      else
        choice(entry.second, option->type);
    }
  }
  void choice(const YAML::Node& node, const std::string& type) {
    for (const auto& [kind, family] :
         {std::pair{"optimizer", "optimizers"}, std::pair{"schedule", "schedules"},
          std::pair{"loss", "losses"}, std::pair{"average", "averages"},
          std::pair{"activation", "activations"}, std::pair{"initializer", "initializers"},
          std::pair{"constraint", "constraints"}})
      if (type == kind && node.IsMap()) one(*node.begin(), family);
  }
  template <class Node>
  void one(const Node& node, const std::string& family) {
    const auto name = node.first.Scalar();
    for (const auto& entry : topic(family).entries) {
      if (entry.name != name) continue;
      auto options = entry.options;
      const auto& common = topic("layer").options;
      if (family == "layers") options.insert(options.end(), common.begin(), common.end());
      section(node.second, name, options);
    }
  }
  int seen = 0;
};

TEST(Reference, ExplainsEveryKeyThatIsRead) {
  const std::string yaml = R"(name: all
seed: 3
data:
  source: rows.csv
  header: true
  separator: tab
  names: [a, b, kind]
  missing: [x]
  id: a
  target: {column: kind, strip: ".", positive: "yes", task: binary, standardize: false, one_hot: false}
  columns: {b: numeric}
  preprocess: {numeric: [impute_mean, min_max], categorical: [impute_mode, ordinal], constant: 2}
  split: {train: 0.5, validation: 0.25, test: 0.25, stratify: false, seed: 4}
  stream: false
  sampling: oversample
model:
  layers:
    - embedding: {input_dim: 9, output_dim: 4, mask_zero: true, padding_index: 1,
                  embeddings_initializer: {random_normal: {stddev: 0.1}}}
    - lstm: {units: 4, return_sequences: true}
    - conv1d: {filters: 3, padding: 1, kernel_constraint: {max_norm: {value: 1, axis: 1}}}
    - batch_norm: {axis: 1}
    - upsampling1d: {output_size: 4}
    - transformer_encoder: {num_heads: 2, num_layers: 1}
    - residual: {layers: [dense: 4], activation: {elu: {alpha: 0.5}}}
    - dense: {name: out, units: 1, trainable: true, activation: softmax, bias_initializer: zeros}
train:
  loss: {binary_crossentropy: {label_smoothing: 0.1, pos_weight: [2], class_weight: [1]}}
  optimizer: {nadam: {}}
  schedule: {reduce_on_plateau: {warmup: 1}}
  clip: {value: 1, norm: 2, global_norm: 3}
  accumulate: 2
  groups: [{match: "dense*", learning_rate_factor: 2, weight_decay: 0.1, frozen: false}]
  average: {exponential: {decay: 0.5, from_epoch: 2}}
  batch_size: 4
  epochs: 2
  metrics: [accuracy]
  threshold: 0.4
  early_stopping: {monitor: val_loss, patience: 2, min_delta: 0.1, restore_best: false}
  class_weight: balanced
  checkpoint: {every_steps: 2, keep: 3}
  allow: [D-43]
  start_from: {file: w.safetensors, match: "*", strict: false, rename: {a: b}}
)";
  const auto root = YAML::Load(parse(yaml).resolved);
  Keys keys;
  keys.section(root["data"], "data", topic("data").options);
  keys.section(root["train"], "train", topic("train").options);
  keys.section(root["model"], "model", topic("model").options);
  for (const auto& layer : root["model"]["layers"]) keys.one(*layer.begin(), "layers");
  EXPECT_GT(keys.seen, 100);
  for (const auto& entry : root)
    EXPECT_NE(find(topic("experiment").options, entry.first.Scalar()), nullptr);
  // And the other way round: all keys of the sections stand in this file, but for those of models
  // of several inputs, of files, and of the second way to say a share or a threshold.
  for (const auto& [section, apart] :
       {std::pair<std::string, std::set<std::string>>{
            "data",
            {"train", "test", "inputs", "validation", "split.folds", "split.repeats", "split.gap",
             "split.inner_folds", "split.final_model", "split.validation_trains", "split.fold",
             "split.inner_fold"}},
        {"train",
         {"calibrate", "ensemble", "ensemble.members", "ensemble.kind", "ensemble.combine",
          "ensemble.ridge", "select", "select_by", "logs.csv", "logs.tensorboard",
          "logs.every_steps", "logs.histograms", "logs.images", "threshold.maximize",
          "threshold.cost", "threshold.cost.false_positive", "threshold.cost.false_negative"}}})
    for (const auto& option : topic(section).options) {
      if (apart.contains(option.name)) continue;
      YAML::Node at = YAML::Clone(root[section]);
      std::string rest = option.name;
      for (auto dot = rest.find('.');; dot = rest.find('.')) {
        std::string key = rest.substr(0, dot);
        const bool item = key.ends_with("[]");
        if (item) key.resize(key.size() - 2);
        ASSERT_TRUE(at.IsMap() && at[key].IsDefined()) << section << "." << option.name;
        at.reset(item ? at[key][0] : at[key]);
        if (dot == std::string::npos) break;
        rest = rest.substr(dot + 1);
      }
    }
}

}  // namespace
}  // namespace glia
