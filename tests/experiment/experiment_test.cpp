// Reading experiments: nothing silent, every line named, every default written down.
#include "glia/experiment/experiment.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/exec/networks.h"
#include "tests/experiment/case.h"
#include "tests/temp_folder.h"

namespace glia {
namespace {

using experiment::Experiment;
using testing::table_of;
using testing::thrown;

const std::string kWhole = R"(name: flowers
data:
  train: rows.csv
  validation: 0.25
  target: {column: kind}
model:
  layers:
    - dense: {units: 8, activation: relu, l2: 1e-4}
    - batch_norm
    - dropout: 0.3
    - dense: {units: 3, activation: softmax, name: out}
train:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 3e-3}}
  schedule: {step: {every: 4}}
  early_stopping: {patience: 5}
  epochs: 7
seed: 5
)";

Experiment parse(const std::string& yaml, std::vector<std::string> set = {}) {
  experiment::LoadOptions options;
  options.set = std::move(set);
  options.data_must_exist = false;
  return experiment::parse(yaml, "flowers.yaml", options);
}

std::string with(std::string from, const std::string& to) {
  std::string yaml = kWhole;
  const auto at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return yaml.replace(at, from.size(), to);
}

TEST(Parse, FillsInEveryDefault) {
  const Experiment e = parse(kWhole);
  EXPECT_EQ(e.name, "flowers");
  EXPECT_EQ(e.fit.seed, 5u);
  EXPECT_EQ(e.fit.epochs, 7);
  EXPECT_EQ(e.fit.batch_size, 32);
  EXPECT_EQ(e.fit.optimizer.learning_rate, 3e-3);
  EXPECT_EQ(e.fit.schedule.name, "step");
  EXPECT_EQ(e.fit.early_stopping->monitor, "val_loss");
  EXPECT_EQ(e.data->split.validation, 0.25);
  std::vector<std::string> names;
  for (const auto& layer : e.layers) names.push_back(layer.name());
  EXPECT_EQ(names, (std::vector<std::string>{"dense", "batch_norm", "dropout", "out"}));
  for (const char* word :
       {"batch_size: 32", "beta2: 0.999", "epsilon: 1e-08", "rate: 0.3", "monitor: val_loss",
        "kernel_initializer: fan_in_uniform", "momentum: 0.1", "factor: 0.1",
        "learning_rate: 0.003", "restore_best: true", "standardize: true", "impute_median",
        "from_logits: false"})
    EXPECT_NE(e.resolved.find(word), std::string::npos) << word << "\n" << e.resolved;
}

TEST(Parse, TheResolvedCopyResolvesToItself) {
  const std::string images = R"(data:
  train: {images: a.gz, labels: b.gz}
  test: {images: c.gz, labels: d.gz}
  validation: 0.1
model:
  layers:
    - conv2d: {filters: 8, kernel_size: [3, 5], padding: same, activation: relu}
    - max_pool2d: 2
    - conv2d: {filters: 8, padding: 1, stride: 2}
    - leaky_relu
    - global_average_pool2d
    - dense: 10
train:
  loss: {sparse_categorical_crossentropy: {from_logits: true}}
  optimizer: {sgd: {momentum: 0.9, nesterov: true}}
  schedule: {cosine: {warmup: 1.5}}
  class_weight: {"3": 2}
  allow: [D-43]
  checkpoint: {every_steps: 100}
)";
  for (const auto& yaml : {kWhole, images,
                           with("train: rows.csv",
                                "source: rows.csv\n  missing: [\"\", \"null\", \"~\", 'no']\n"
                                "  names: [\"1\", 'true', kind]\n  separator: tab\n"
                                "  columns: {x: drop}\n  header: false")}) {
    const std::string once = parse(yaml).resolved;
    EXPECT_EQ(parse(once).resolved, once);
    EXPECT_EQ(experiment::parse(once, "another.yaml", {.data_must_exist = false}).resolved, once);
  }
}

// What is one word may also have options of its own.
TEST(Parse, InitialisersActivationsAndLossesTakeOptions) {
  const std::string yaml = with("activation: relu, l2: 1e-4",
                                "activation: {elu: {alpha: 0.5}}, kernel_initializer: {orthogonal: "
                                "{gain: 2}}, bias_initializer: zeros");
  const Experiment e = parse(yaml);
  for (const char* word : {"alpha: 0.5", "gain: 2", "bias_initializer: zeros"})
    EXPECT_NE(e.resolved.find(word), std::string::npos) << word << "\n" << e.resolved;
  EXPECT_EQ(parse(e.resolved).resolved, e.resolved);
  const Experiment loss = parse(with(
      "loss: sparse_categorical_crossentropy",
      "loss: {sparse_categorical_crossentropy: {class_weight: [1, 2.5, 1], ignore_index: -1}}"));
  EXPECT_EQ(loss.fit.loss.ignored_index, -1);
  EXPECT_EQ(parse(loss.resolved).resolved, loss.resolved);
}

struct Bad {
  const char* from;
  const char* to;
  const char* code;
  std::vector<std::string> says;
};

TEST(Parse, MistakesHaveALineAndAWayOut) {
  const std::vector<Bad> all{
      {"epochs: 7", "epochz: 7", "E-EXP-02", {":17:", "train.epochz", "'epochs'"}},
      {"units: 8", "unit: 8", "E-EXP-02", {":8:", "dense.unit:", "did you mean 'units'?"}},
      {"units: 8, ", "", "E-EXP-04", {":8:", "dense: 'units' is missing"}},
      {"units: 8, activation", "activaton", "E-EXP-02", {":8:", "'activation'"}},
      {"  loss:", "  los:", "E-EXP-02", {":13:", "train.los:", "'loss'"}},
      {"model:", "modle:", "E-EXP-02", {":6:", "modle:", "'model'"}},
      {"column: kind", "colunm: kind", "E-EXP-02", {":5:", "'column'"}},
      {"- batch_norm", "- multi_head_attention: {head: 2}", "E-EXP-02", {":9:", "head"}},
      {"- batch_norm", "- embedding: {output_dim: 2}", "E-EXP-04", {":9:", "'input_dim'"}},
      {"- batch_norm", "- blurr", "E-NN-01", {":9:", "the nearest of"}},
      {"- batch_norm",
       "- dense: {units: 2, kernel_constraint: {max_norm: {valu: 1}}}",
       "E-EXP-02",
       {":9:", "'value'"}},
      {"- batch_norm", "- batch_norm: {kernel_constraint: max_norm}", "E-EXP-02", {":9:"}},
      {"epochs: 7", "average: {exponential: {decay: 1}}", "E-EXP-05", {":17:", "decay"}},
      {"epochs: 7", "average: {best: {}}", "E-NN-01", {":17:", "known: exponential, mean"}},
      {"epochs: 7", "groups: [{matches: x}]", "E-EXP-02", {":17:", "'match'"}},
      {"epochs: 7", "groups: [{match: x, frozen: 1}]", "E-EXP-03", {":17:", "frozen"}},
      {"epochs: 7", "clip: {nrom: 1}", "E-EXP-02", {":17:", "train.clip.nrom", "'norm'"}},
      {"step: {every: 4}", "multi_step: {}", "E-EXP-04", {":15:", "'milestones'"}},
      {"step: {every: 4}", "step: {every: 0}", "E-OPTION-01", {":15:", "every"}},
      {"step: {every: 4}", "step: {every: 4, warm: 1}", "E-EXP-02", {":15:", "'warmup'"}},
      {"adam:", "lbfgs: {line_search: wolfe}} #", "E-EXP-05", {":14:", "strong_wolfe"}},
      {"units: 8,", "units: 8, activaton: tanh,", "E-EXP-02", {":8:", "activaton"}},
      {"seed: 5", "sead: 5", "E-EXP-02", {":18:", "'seed'"}},
      {"patience: 5", "patient: 5", "E-EXP-02", {":16:", "'patience'"}},
      {"column: kind", "column: kind, strips: .", "E-EXP-02", {":5:", "'strip'"}},
      {"epochs: 7", "epochs: seven", "E-EXP-03", {":17:", "'seven'", "whole number"}},
      {"epochs: 7", "epochs: 7.5", "E-EXP-03", {":17:"}},
      {"epochs: 7", "epochs:", "E-EXP-03", {":17:", "nothing"}},
      {"epochs: 7", "epochs: [7]", "E-EXP-03", {":17:", "a list"}},
      {"epochs: 7", "epochs: 010", "E-EXP-03", {":17:", "'010'", "zeros"}},
      {"epochs: 7", "epochs: 0x10", "E-EXP-03", {":17:"}},
      {"seed: 5", "seed: 5\n---\nname: other", "E-EXP-01", {"2 YAML documents"}},
      {"seed: 5", "seed: 5\nname: \xff\xfe", "E-EXP-01", {"UTF-8"}},
      {"epochs: 7", "epochs: -1", "E-EXP-05", {"epochs"}},
      {"epochs: 7", "batch_size: 0", "E-EXP-05", {"batch_size"}},
      {"epochs: 7", "epochs: 7\n  epochs: 8", "E-EXP-02", {":18:", "twice"}},
      {"seed: 5", "seed: -1", "E-EXP-05", {":18:", "seed", "-1"}},
      {"validation: 0.25", "split: {seed: -2}", "E-EXP-05", {":4:", "data.split.seed", "-2"}},
      {"validation: 0.25", "missing: [x, null]", "E-EXP-03", {":4:", "item 2", "quotes"}},
      {"validation: 0.25", "missing: [[x]]", "E-EXP-03", {":4:", "item 1", "a list"}},
      {"epochs: 7", "allow: [D-40, D42]", "E-EXP-05", {":17:", "'D42'", "'D-42'"}},
      {"epochs: 7", "allow: [E-DOCTOR-01]", "E-EXP-05", {":17:", "D-43"}},
      {"epochs: 7", "threshold: 1.5", "E-EXP-05", {"1.5"}},
      {"loss: sparse_categorical_crossentropy",
       "threshold: 0.5\n  loss: mse",
       "E-EXP-05",
       {":13:", "threshold", "yes or no"}},
      {"activation: relu", "activation: {elu: {alfa: 1}}", "E-EXP-02", {":8:", "'alpha'"}},
      {"activation: relu", "activation: {relu: {slope: 1}}", "E-EXP-02", {":8:", "slope"}},
      {"activation: relu", "activation: {celu: {alpha: 0}}", "E-OPTION-01", {":8:", "alpha"}},
      {"l2: 1e-4", "kernel_initializer: {he_normal: {mode: in}}", "E-EXP-05", {":8:", "fan_out"}},
      {"l2: 1e-4", "kernel_initializer: {orthogonl: {}}", "E-NN-01", {":8:", "'orthogonal'"}},
      {"loss: sparse_categorical_crossentropy",
       "loss: {huber: {delta: -1}}",
       "E-OPTION-01",
       {":13:", "delta"}},
      {"loss: sparse_categorical_crossentropy", "loss: {mse: {delta: 1}}", "E-EXP-02", {":13:"}},
      {"loss: sparse_categorical_crossentropy",
       "loss: {binary_crossentropy: {class_weight: [1, x]}}",
       "E-EXP-03",
       {":13:", "numbers"}},
      {"epochs: 7", "checkpoint: {every_steps: -1}", "E-EXP-05", {"every_steps"}},
      {"learning_rate: 3e-3", "learning_rate: .inf", "E-EXP-03", {":14:"}},
      {"learning_rate: 3e-3", "learning_rate: -1", "E-OPTION-01", {"train.optimizer.adam"}},
      {"adam:", "adma:", "E-NN-01", {":14:", "'adam'"}},
      {"loss: sparse_categorical_crossentropy",
       "loss: sparse_categorical_crossentrop",
       "E-NN-01",
       {"'sparse_categorical_crossentropy'"}},
      {"  loss: sparse_categorical_crossentropy\n", "", "E-EXP-04", {"'loss'"}},
      {"activation: relu", "activation: rellu", "E-NN-01", {":8:", "'relu'"}},
      {"- batch_norm", "- batchnorm", "E-NN-01", {":9:", "'batch_norm'"}},
      {"dropout: 0.3", "dropout: 1.3", "E-OPTION-01", {"1.3"}},
      {"dropout: 0.3", "dropout: much", "E-EXP-03", {"'much'"}},
      {"step: {every: 4}", "stepp: {every: 4}", "E-NN-01", {"'step'"}},
      {"patience: 5", "monitor: test_loss", "E-EXP-06", {":16:", "test"}},
      {"patience: 5", "monitor: val_accurracy", "E-METRIC-01", {":16:", "accuracy"}},
      {"epochs: 7", "metrics: [acuracy]", "E-METRIC-01", {":17:", "accuracy"}},
      {"epochs: 7", "metrics: [rmse]", "E-METRIC-01", {":17:"}},
      {"validation: 0.25", "validation: 1", "E-EXP-05", {":4:"}},
      {"validation: 0.25", "validation: -0.1", "E-EXP-05", {":4:"}},
      {"validation: 0.25", "split: {train: 0.5, validation: 0.2}", "E-EXP-05", {"0.7"}},
      {"validation: 0.25", "validation: 0.1\n  split: {validation: 0.2}", "E-EXP-05", {"once"}},
      {"validation: 0.25", "test: t.csv\n  split: {test: 0.2}", "E-EXP-05", {"test"}},
      {"  target: {column: kind}\n", "", "E-EXP-04", {"'target'"}},
      {"column: kind", "column: kind, task: multi", "E-DATA-13", {":5:"}},
      {"target: {column: kind}",
       "target: {column: kind}\n  columns: {x: numerical}",
       "E-DATA-13",
       {"numeric"}},
      {"  train: rows.csv\n", "", "E-EXP-04", {"'train'"}},
      {"name: flowers", "name: [a: b", "E-EXP-01", {"flowers.yaml:"}},
      {"epochs: 7", "class_weight: {a: -1}", "E-EXP-03", {"'a'"}},
      {"epochs: 7", "class_weight: even", "E-EXP-03", {"balanced"}},
  };
  for (const Bad& bad : all) {
    SCOPED_TRACE(bad.to);
    const std::string yaml = with(bad.from, bad.to);
    const auto error = thrown([&] { parse(yaml); });
    EXPECT_EQ(error.code, bad.code) << error.message;
    EXPECT_TRUE(error.says("flowers.yaml")) << error.message;
    for (const auto& part : bad.says)
      EXPECT_TRUE(error.says(part)) << part << ": " << error.message;
  }
  EXPECT_EQ(thrown([] { parse("just words"); }).code, "E-EXP-01");
  EXPECT_EQ(thrown([] { parse(""); }).code, "E-EXP-01");
  EXPECT_EQ(thrown([] { parse("data: {}\nmodel: {}"); }).code, "E-EXP-04");
}

TEST(Set, ChangesWhatTheFileSays) {
  EXPECT_EQ(parse(kWhole, {"train.epochs=3", "train.epochs=4"}).fit.epochs, 4);
  EXPECT_EQ(parse(kWhole, {"train.optimizer.adam.learning_rate=0.5"}).fit.optimizer.learning_rate,
            0.5);
  EXPECT_EQ(parse(kWhole, {"train.optimizer={sgd: {momentum: 0.5}}"}).fit.optimizer.name, "sgd");
  EXPECT_EQ(parse(kWhole, {"train.metrics=[f1, accuracy]"}).fit.metrics.size(), 2u);
  EXPECT_EQ(parse(kWhole, {"train.checkpoint.every_steps=9"}).fit.checkpoint.every_steps, 9);
  EXPECT_EQ(parse(kWhole, {"model.layers.0.dense.units=99"}).resolved.find("units: 8"),
            std::string::npos);
  EXPECT_EQ(parse(kWhole, {"model.layers.1=relu"}).layers.at(1).kind(), "relu");
  const auto error = [](const std::string& set) { return thrown([&] { parse(kWhole, {set}); }); };
  EXPECT_EQ(error("train.epochs").code, "E-EXP-05");
  EXPECT_EQ(error("=5").code, "E-EXP-05");
  EXPECT_EQ(error("train.epochs.deep=5").code, "E-EXP-05");
  EXPECT_EQ(error("model.layers.9=relu").code, "E-EXP-05");
  EXPECT_EQ(error("model.layers.first=relu").code, "E-EXP-05");
  EXPECT_EQ(error("train.epochs=[1").code, "E-EXP-01");
  EXPECT_EQ(error("train.epochs=").code, "E-EXP-03");
  EXPECT_TRUE(error("train.epoch=5").code == "E-EXP-02" && error("train.epoch=5").says("'epochs'"));
}

// Who wrote --set looks for the mistake there, not in a line of the file that has none.
TEST(Set, IsNamedWhereItIsAtFault) {
  const auto expect = [](const std::string& set, const std::string& begins,
                         const std::string& says) {
    const auto error = thrown([&] { parse(kWhole, {"train.batch_size=8", set}); });
    EXPECT_TRUE(error.message.starts_with(begins)) << set << ": " << error.message;
    EXPECT_TRUE(error.says(says)) << set << ": " << error.message;
  };
  expect("train.epochs=seven", "--set train.epochs: got 'seven'", "whole number");
  expect("train.epoch=7", "--set train.epoch: unknown key", "'epochs'");
  expect("sead=5", "--set sead: unknown key", "'seed'");
  expect("train.optimizer=adma", "--set train.optimizer: train.optimizer.adma: ", "'adam'");
  expect("train.optimizer={sgd: {momentun: 1}}",
         "--set train.optimizer: train.optimizer.sgd.momentun: ", "'momentum'");
  expect("model.layers.0.dense.units=x", "--set model.layers[0].dense.units: got 'x'", "number");
  expect("model.layers.1={dense: {unit: 1}}", "--set model.layers[1]: model.layers[1].dense.unit",
         "'units'");
  expect("data.validation=2", "--set data.validation: got 2", "share");
  // The option is made sense of with others, so the file's line is named too.
  expect("train.optimizer.adam.learning_rate=-1",
         "flowers.yaml:14: train.optimizer.adam (with --set train.optimizer.adam.learning_rate): ",
         "learning_rate");
  // What the file says stays the file's.
  const auto error = thrown([&] { parse(with("patience: 5", "patient: 5"), {"train.epochs=3"}); });
  EXPECT_TRUE(error.message.starts_with("flowers.yaml:16: ")) << error.message;
}

TEST(Load, LooksForDataBesideTheFileThenInFolders) {
  TempFolder folder;
  std::filesystem::create_directories(folder / "here");
  std::filesystem::create_directories(folder / "data");
  const auto file = folder / "here/flowers.yaml";
  std::ofstream(file) << kWhole;
  const auto load = [&](bool with_data) {
    experiment::LoadOptions options;
    if (with_data) options.data_folders = {folder / "data"};
    return experiment::load(file, options);
  };
  const auto missing = thrown([&] { load(true); });
  EXPECT_TRUE(missing.code == "E-FILE-01" && missing.says(":3:") && missing.says("rows.csv") &&
              missing.says("/data/") && missing.says("/here/"))
      << missing.message;
  std::ofstream(folder / "data/rows.csv") << "x";
  EXPECT_EQ(table_of(load(true)).train, folder / "data/rows.csv");
  EXPECT_EQ(thrown([&] { load(false); }).code, "E-FILE-01");
  std::ofstream(folder / "here/rows.csv") << "x";
  EXPECT_EQ(table_of(load(true)).train, folder / "here/rows.csv");
  // What is written down is what the file says: a bundle names no places of this machine.
  EXPECT_EQ(load(true).resolved.find(folder.path().string()), std::string::npos);
  EXPECT_EQ(thrown([&] { experiment::load(folder / "none.yaml"); }).code, "E-FILE-01");
}

TEST(ClassWeight, Forms) {
  EXPECT_TRUE(parse(with("epochs: 7", "class_weight: balanced")).balanced_class_weights);
  const auto e = parse(with("epochs: 7", "class_weight: {rose: 2, tulip: 0.5}"));
  EXPECT_EQ(e.class_weights.at("rose"), 2);
  EXPECT_EQ(e.class_weights.at("tulip"), 0.5);
}

}  // namespace
}  // namespace glia
