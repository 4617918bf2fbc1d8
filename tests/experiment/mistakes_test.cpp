// Mistakes of a file that are found where its model is traced still have their line; names, whole
// numbers and defaults are what they look like.
#include <gtest/gtest.h>

#include "glia/base/format.h"
#include "glia/experiment/makers.h"
#include "glia/experiment/parts.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

using testing::thrown;

struct Mistake {
  const char* layers;  // before a dense: 1
  const char* code;
  std::vector<std::string> says;
};

// As far as the first step.
testing::Thrown refused(const std::string& layers, const std::string& train = "{}") {
  testing::Case c;
  testing::write(c.folder / "rows.csv", testing::table(40));
  return thrown([&] {
    const auto e = experiment::parse(
        "data:\n  train: rows.csv\n  target: {column: kind}\nmodel:\n  layers:\n" + layers +
            "    - dense: {name: last, units: 1, activation: sigmoid}\n" + "train: " + train + "\n",
        "a.yaml", {.set = {"train.epochs=0"}}, c.folder.path());
    experiment::train(e, experiment::prepare(e), c.options());
  });
}
void expect(const std::vector<Mistake>& all, const std::string& train) {
  for (const auto& one : all) {
    const auto error = refused(one.layers, train);
    EXPECT_EQ(error.code, one.code) << one.layers << error.message;
    for (const auto& part : one.says)
      EXPECT_TRUE(error.says(part)) << part << ": " << error.message;
  }
}

constexpr auto kTrain = "{loss: binary_crossentropy}";

TEST(Mistakes, OfShapesHaveTheLineOfTheLayer) {
  expect(
      {{"    - dense: 4\n    - softmax: {axis: 9}\n",
        "E-SHAPE-08",
        {"a.yaml:7: model.layers[1].softmax: [", "'softmax'"}},
       {"    - reshape: {target_shape: [3]}\n", "E-SHAPE-07", {"a.yaml:6: model.layers[0]"}},
       {"    - residual:\n        layers:\n          - dense: 4\n          - dense: 5\n",
        "E-SHAPE-03",
        {"a.yaml:7: model.layers[0].residual: ["}},
       {"    - residual:\n        layers:\n          - dense: 4\n          - softmax: {axis: 7}\n",
        "E-SHAPE-08",
        {"a.yaml:9: ", "layers[1].softmax: ["}},
       {"    - dense: {units: 3, name: a}\n    - dense: {units: 5}\n"
        "    - shared: {layer: a, name: b}\n",
        "E-NN-06",
        {"a.yaml:8: ", "'a'", "[3, 5]"}},
       {"    - dense: {units: 3, kernel_constraint: {unit_norm: {axis: 7}}}\n",
        "E-OPTION-01",
        {"a.yaml:6: model.layers[0].dense.kernel_constraint.unit_norm", "axis 7"}}},
      kTrain);
  const auto loss =
      refused("", "{loss: {sparse_categorical_crossentropy: {axis: 7}}, allow: [D-41]}");
  EXPECT_TRUE(loss.says("a.yaml:") && loss.says("train.loss.sparse_categorical_crossentropy") &&
              loss.says("axis"))
      << loss.message;
}

TEST(Mistakes, OfNamesAreRefusedWhereTheyStand) {
  for (const char* name : {"\"\"", "r.layers.dense", "\"*\"", "a/b", "../../x", "\"a b\""}) {
    const std::vector<std::string> says{"a.yaml:7: model.layers[1]", "letters, digits"};
    const auto dense = fmt::format("    - dense: 4\n    - dense: {{units: 4, name: {}}}\n", name);
    const auto shared =
        fmt::format("    - dense: 4\n    - shared: {{layer: dense, name: {}}}\n", name);
    const auto inner = fmt::format(
        "    - dense: 4\n    - residual: {{layers: [dense: {{units: 4, name: {}}}]}}\n", name);
    expect({{dense.c_str(), "E-NN-05", says},
            {shared.c_str(), "E-NN-05", says},
            {inner.c_str(), "E-NN-05", says}},
           kTrain);
  }
}

TEST(Mistakes, OfWholeNumbersAreRefusedWithTheirRange) {
  for (const char* layer : {"softmax: {axis: 4294967295}", "batch_norm: {axis: 4294967297}",
                            "glu: {axis: -4294967297}", "layer_norm: {axes: 4294967297}",
                            "rms_norm: {axes: 4294967297}", "squeeze: {axis: 4294967295}",
                            "concatenate: {axis: 4294967297}", "dot: {axes: [1, 4294967297]}",
                            "dense: {units: 4, kernel_constraint: {unit_norm: "
                            "{axis: 4294967296}}}",
                            "flatten: {}\n    - dense: 99999999999999999999",
                            "conv1d: {filters: 2, padding: 99999999999999999999}",
                            "conv1d: {filters: 2, padding: -1}"}) {
    const auto error = refused(fmt::format("    - {}\n", layer));
    EXPECT_EQ(error.code, "E-EXP-05") << layer << error.message;
    EXPECT_TRUE(error.says("expected at ") && error.says("a.yaml:")) << error.message;
  }
  for (const char* layer : {"conv1d: {filters: 2, padding: 010}", "conv1d: {filters: 0x10}",
                            "conv1d: {filters: 2, padding: 1.5}", "conv1d: {filters: 1e1}",
                            "permute: {dims: [010, 1]}", "permute: {dims: [0x2, 1]}",
                            "permute: {dims: [1, 1.5]}", "conv1d: {filters: 2, stride: 01}"})
    EXPECT_EQ(refused(fmt::format("    - {}\n", layer)).code, "E-EXP-03") << layer;
  EXPECT_EQ(
      refused("    - dense: 4\n", "{loss: {categorical_crossentropy: {axis: 4294967295}}}").code,
      "E-EXP-05");
  for (const char* layer : {"lstm: {units: 1, num_layers: 1000000000}",
                            "transformer_encoder: {num_heads: 1, num_layers: 1000000000}"}) {
    const auto error = refused(fmt::format("    - {}\n", layer));
    EXPECT_EQ(error.code, "E-OPTION-01") << error.message;
    EXPECT_TRUE(error.says("num_layers") && error.says("a.yaml:6:")) << error.message;
  }
}

TEST(Mistakes, OfNamesComeBeforeThoseOfOptions) {
  // A value that stands where options do hides no wrong name.
  for (const char* layer :
       {"dence: 8", "Dense: 8", "Linear: 8", "Linear: {units: 8}", "residual: [dence: 3]"}) {
    const auto error = refused(fmt::format("    - {}\n", layer), kTrain);
    EXPECT_TRUE(error.code == "E-NN-01" && error.says("did you mean 'dense'?")) << error.message;
  }
  EXPECT_TRUE(refused("", "{loss: bce}").says("'binary_crossentropy'?"));
  EXPECT_TRUE(refused("    - droput: 0.3\n", kTrain).says("did you mean 'dropout'?"));
  const auto dense = [](const char* option) {
    return refused(fmt::format("    - dense: {{units: 3, {}}}\n", option), kTrain);
  };
  EXPECT_TRUE(dense("kernel_initializer: xavier_uniform").says("'glorot_uniform'?"));
  EXPECT_TRUE(dense("kernel_initializer: kaiming_normal").says("'he_normal'?"));
  EXPECT_TRUE(dense("kernel_regularizer: {l2: 0.1}").says("did you mean 'l2'?"));
  EXPECT_TRUE(refused("", "{loss: binary_crossentropy, early_stopping: {monitor: val_acc}}")
                  .says("'val_accuracy'"));
}

TEST(Mistakes, AValueWhereOptionsStandShowsTheForm) {
  const auto of_layer = [](const char* layer) {
    return refused(fmt::format("    - {}\n", layer), kTrain);
  };
  const auto flat = of_layer("flatten: 3");
  EXPECT_TRUE(flat.code == "E-EXP-03" && flat.says("a.yaml:6: model.layers[0].flatten: got 3") &&
              flat.says("write flatten alone"))
      << flat.message;
  EXPECT_TRUE(of_layer("batch_norm: 3").says("batch_norm: {epsilon: ...}"));
  const auto of_train = [](const char* setting) {
    return refused("", fmt::format("{{loss: binary_crossentropy, {}}}", setting));
  };
  const auto clip = of_train("clip: 1.0");
  EXPECT_TRUE(clip.code == "E-EXP-03" && clip.says("train.clip: got 1.0") &&
              clip.says("write clip: {global_norm: 1.0}; there are value, norm, global_norm"))
      << clip.message;
  EXPECT_TRUE(of_train("early_stopping: 5").says("early_stopping: {patience: 5}"));
  EXPECT_TRUE(of_train("optimizer: {adma: 1e-3}").says("did you mean 'adam'?"));
}

TEST(Mistakes, AShortFormIsTheLongOne) {
  const auto parsed = [](const std::string& target, const std::string& layers,
                         const std::string& optimizer) {
    return experiment::parse(
               "data: {train: rows.csv, target: " + target + "}\nmodel:\n  layers: [" + layers +
                   "]\ntrain: {loss: binary_crossentropy, optimizer: " + optimizer + "}\n",
               "a.yaml", {.data_must_exist = false})
        .resolved;
  };
  const auto brief = parsed(
      "kind",
      "reshape: [2, 1], lstm: 8, gru: 3, dense: {units: 1, kernel_constraint: {max_norm: 2}}",
      "{adam: 2e-3}");
  EXPECT_EQ(brief, parsed("{column: kind}",
                          "reshape: {target_shape: [2, 1]}, lstm: {units: 8}, gru: {units: 3}, "
                          "dense: {units: 1, kernel_constraint: {max_norm: {value: 2}}}",
                          "{adam: {learning_rate: 2e-3}}"));
  EXPECT_NE(brief.find("column: kind"), std::string::npos);
}

TEST(Mistakes, WhereASequenceIsMissingTheHintMakesOne) {
  EXPECT_TRUE(refused("    - lstm: 3\n", kTrain).says("reshape to [T, features]"));
  EXPECT_TRUE(refused("    - reshape: [-1, 1]\n    - lstm: 3\n    - lstm: 3\n", kTrain)
                  .says("return_sequences: true"));
  EXPECT_TRUE(refused("    - conv1d: 3\n", kTrain).says("a reshape before it"));
  const auto wrong =
      refused("    - residual: {layers: [dense: 4], shortcut: [dense: 5]}\n", kTrain);
  EXPECT_TRUE(wrong.says("give both ends the same units")) << wrong.message;
  EXPECT_FALSE(wrong.says("give it a shortcut")) << wrong.message;
}

TEST(Mistakes, WhatOnlyAProgramCanDoSaysSo) {
  EXPECT_TRUE(refused("    - reshape: [-1, 1]\n    - lstm: {units: 3, stateful: true}\n", kTrain)
                  .says("C++ program"));
  // Columns of a table are no tokens: the message leads to the kinds of data that give some.
  EXPECT_TRUE(
      refused("    - embedding: {input_dim: 3, output_dim: 3}\n", kTrain).says("data.text"));
  for (const char* loss : {"ctc", "triplet", "contrastive"}) {
    const auto error = refused("", fmt::format("{{loss: {}}}", loss));
    EXPECT_TRUE(error.code == "E-LOSS-01" && error.says("C++ program")) << error.message;
  }
}

TEST(Mistakes, OfConstraintsThatCannotHold) {
  expect({{"    - dense: {units: 3, kernel_constraint: non_negative, trainable: false}\n",
           "E-EXP-05",
           {"a.yaml:6: ", "kernel_constraint", "not trainable"}},
          {"    - dense: {units: 3, bias_constraint: non_negative, bias: false}\n",
           "E-EXP-05",
           {"a.yaml:6: ", "bias_constraint", "no bias"}}},
         kTrain);
}

TEST(Mistakes, AConstraintOnAFrozenGroup) {
  expect({{"    - dense: {units: 3, kernel_constraint: non_negative}\n",
           "E-EXP-05",
           {"a.yaml:8: train.groups", "'dense*'", "'dense.weight'"}}},
         "{loss: binary_crossentropy, groups: [{match: \"dense*\", frozen: true}]}");
}

TEST(Constraints, HoldForBothKernelsOfASeparableConvolution) {
  testing::Case c;
  const auto e = c.load(
      {"model={layers: [reshape: {target_shape: [4, 1]}, separable_conv1d: {filters: 3, "
       "kernel_constraint: non_negative, bias_constraint: non_negative}, flatten, dense: {units: "
       "1, activation: sigmoid}]}"});
  experiment::train(e, experiment::prepare(e), c.options());
  const auto weights = serialize::read_safetensors(c.folder / "run/model/weights.safetensors");
  for (const char* name : {"depthwise.weight", "pointwise.weight", "pointwise.bias"}) {
    const Tensor& t = weights.at(std::string("separable_conv1d.") + name);
    for (std::int64_t i = 0; i < t.size(); ++i) EXPECT_GE(t.at(i), 0) << name;
  }
}

TEST(StartFrom, AWrongKeyIsNamed) {
  const auto error = refused("", "{loss: mse, start_from: {fil: x}}");
  EXPECT_EQ(error.code, "E-EXP-02");
  EXPECT_TRUE(error.says("'fil'") && error.says("'file'")) << error.message;
}

// What an activation or a loss is without options is what it is by its name alone.
TEST(Defaults, AreTheLibrarys) {
  const auto choice = [](const std::string& name) {
    return experiment::Settings::choice_of(YAML::Node(name), "x",
                                           std::make_shared<experiment::Source>(),
                                           YAML::Node(YAML::NodeType::Map));
  };
  for (const auto& name : nn::activation_names()) {
    auto chosen = choice(name);
    Graph graph;
    const auto layer = experiment::make_layer(chosen).named("a");
    layer(graph.input("x", {DType::f32, {2, 4}}));
    Graph usual;
    nn::Module(nn::activation(name)).named("a")(usual.input("x", {DType::f32, {2, 4}}));
    EXPECT_EQ(graph.text(), usual.text()) << name;
  }
  for (const auto& name : nn::loss_names()) {
    const auto text = [&](const nn::Loss& loss) {
      Graph graph;
      using Target = nn::Loss::Target;
      const Target t = loss.target;
      const Shape out = t == Target::pairs       ? Shape{2, 2, 4}
                        : t == Target::none      ? Shape{2, 3, 4}
                        : t == Target::sequences ? Shape{2, 5, 4}
                                                 : Shape{2, 4};
      const Shape target = t == Target::sequences ? Shape{2, 2}
                           : t == Target::indices || t == Target::pairs || t == Target::none
                               ? Shape{2}
                               : Shape{2, 4};
      const bool whole = t == Target::sequences || t == Target::indices;
      loss(graph.input("y", {DType::f32, out}),
           graph.input("t", {whole ? DType::i64 : DType::f32, target}));
      return graph.text();
    };
    auto chosen = choice(name);
    EXPECT_EQ(text(experiment::make_loss(chosen)), text(nn::loss(name))) << name;
  }
}

}  // namespace
}  // namespace glia
