// Two inputs and two outputs from a CSV file to predictions by name; layers by name in the file.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/base/file.h"
#include "glia/serialize/weights.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

using testing::thrown;
using testing::write;

// Cost and kind depend on the numbers and on the job; the city on nothing.
std::string people(int rows, std::uint64_t seed) {
  Random random(seed, "people");
  const char* const jobs[] = {"clerk", "smith", "pilot"};
  std::string csv = "age,hours,city,job,cost,kind\n";
  for (int i = 0; i < rows; ++i) {
    const double age = 40 + 10 * random.normal(), hours = 35 + 5 * random.normal();
    const auto job = random.below(3);
    const double cost = 100 + 3 * age - 2 * hours + 40 * static_cast<double>(job);
    const bool kind = (age - 40) / 10 + static_cast<double>(job) > 1;
    csv += std::to_string(age) + "," + std::to_string(hours) + ",c" + std::to_string(i % 5) + "," +
           jobs[job] + "," + std::to_string(cost) + "," + (kind ? "yes" : "no") + "\n";
  }
  return csv;
}

const std::string kPeople = R"(data:
  train: people.csv
  split: {validation: 0.2, test: 0.2}
  inputs: {numbers: [age, hours], work: [job]}
  target: {price: cost, kind: {column: kind, positive: "yes"}}
model:
  layers:
    - dense: {name: left, units: 8, activation: relu, inputs: numbers}
    - dense: {name: right, units: 4, activation: relu, inputs: work}
    - concatenate: {inputs: [left, right]}
    - dense: {units: 8, activation: relu}
    - dense: {name: cost_head, units: 1}
    - dense: {name: kind_head, units: 1, activation: sigmoid, inputs: dense}
  outputs: {price: cost_head, kind: kind_head}
train:
  loss: {price: mean_squared_error, kind: {binary_crossentropy: {weight: 0.5}}}
  optimizer: {adam: {learning_rate: 0.02}}
  metrics: {kind: [accuracy, f1]}
  early_stopping: {monitor: val_kind_accuracy, patience: 30}
  epochs: 25
)";

struct People {
  TempFolder folder;
  People() { write(folder / "people.csv", people(400, 1)); }
  experiment::Experiment load(std::vector<std::string> set = {},
                              const std::string& yaml = kPeople) const {
    experiment::LoadOptions options;
    options.set = std::move(set);
    return experiment::parse(yaml, "people.yaml", options, folder.path());
  }
  testing::Thrown refused(std::vector<std::string> set) const {
    return thrown([&] { load(std::move(set)); });
  }
};

double metric(const experiment::Assessment& a, std::string_view name) {
  for (const auto& m : a.metrics)
    if (m.name == name) return m.value.value_or(NAN);
  return NAN;
}

TEST(SeveralOutputs, TrainFromACsvAndPredictByName) {
  People p;
  const auto e = p.load();
  const auto prepared = experiment::prepare(e);
  ASSERT_EQ(prepared.train->inputs().size(), 2u);
  EXPECT_EQ(prepared.train->inputs()[1].name, "work");
  EXPECT_EQ(prepared.train->inputs()[1].row, (Shape{3}));  // the city is of no input
  EXPECT_EQ(prepared.train->outputs()[1].name, "kind");
  experiment::RunOptions options;
  options.folder = p.folder / "run";
  const auto result = experiment::train(e, prepared, options);
  ASSERT_TRUE(result.test);
  EXPECT_GT(metric(*result.test, "price_r2"), 0.95);
  EXPECT_GT(metric(*result.test, "kind_accuracy"), 0.9);
  ASSERT_EQ(result.test->outputs.size(), 2u);
  EXPECT_TRUE(result.test->outputs[1].confusion);
  EXPECT_NEAR(result.test->loss, result.test->outputs[0].loss + 0.5 * result.test->outputs[1].loss,
              1e-5);
  const auto& epoch = result.history.epochs.back();
  for (const char* name : {"loss", "price_loss", "kind_loss", "kind_accuracy", "val_price_rmse",
                           "val_kind_f1", "val_kind_loss"})
    EXPECT_TRUE(epoch.find(name)) << name;
  EXPECT_FALSE(epoch.find("price_accuracy"));
  // The mean of the batches' sums is the sum of the outputs' means.
  EXPECT_NEAR(*epoch.find("loss"), *epoch.find("price_loss") + 0.5 * *epoch.find("kind_loss"),
              1e-5);

  const auto bundle = experiment::load_bundle(p.folder / "run");
  EXPECT_EQ(bundle.encoding.to_json(), prepared.encoding.to_json());
  write(p.folder / "more.csv", people(60, 9));
  const auto table = data::read_csv(p.folder / "more.csv");
  const auto outputs =
      bundle.predict(*bundle.experiment.data->unlabelled(bundle, p.folder / "more.csv").rows);
  ASSERT_EQ(outputs.size(), 2u);
  double error = 0, right = 0;
  const auto costs = table.numbers(table.column("cost"));
  for (std::int64_t i = 0; i < 60; ++i) {
    error += std::abs(outputs[0].at(i) - costs[static_cast<std::size_t>(i)]) / 60;  // in its unit
    right += (outputs[1].at(i) > 0.5) == (table.cell(i, table.column("kind")) == "yes");
  }
  EXPECT_LT(error, 15);
  EXPECT_GT(right, 52);
  const auto again = experiment::assess(
      bundle, *bundle.experiment.data->labelled(bundle, {p.folder / "more.csv"}).rows);
  EXPECT_NEAR(metric(again, "price_mae"), error, 1e-3);
  const auto rows = experiment::summarize(e.model(), e.layers, prepared.encoding.types());
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[2].output, (Shape{1, 12}));
  EXPECT_EQ(experiment::total(rows).parameters, result.parameters);
}

TEST(SeveralOutputs, TargetsAreNotToldAsLeftOut) {
  People p;
  const auto prepared = experiment::prepare(p.load());
  for (const auto& note : prepared.notes)
    for (const char* target : {"'cost'", "'kind'"}) EXPECT_EQ(note.find(target), note.npos) << note;
}

TEST(SeveralOutputs, WhatDoesNotFitIsSaidWithItsLine) {
  People p;
  const auto expect = [&](std::vector<std::string> set, const std::string& code,
                          std::vector<std::string> parts) {
    const auto refused = p.refused(std::move(set));
    EXPECT_EQ(refused.code, code) << refused.message;
    for (const auto& part : parts)
      EXPECT_TRUE(refused.says(part)) << part << ": " << refused.message;
  };
  expect({"model.layers.1.dense.inputs=wrok"}, "E-NN-04", {"people.yaml:9", "'work'"});
  expect({"model.layers.3.dense.name=left"}, "E-NN-04", {"two layers", "'left'"});
  expect({"model.outputs={price: cost_head, kind: kind_haed}"}, "E-NN-04", {"'kind_head'"});
  expect({"model.layers.4.dense.inputs=kind_head"}, "E-NN-04", {"people.yaml:12", "before it"});
  expect({"model.layers.2.concatenate.inputs=[left]"}, "E-NN-04", {"'right'"});  // without use
  expect({"train.loss={price: mean_squared_error}"}, "E-EXP-04", {"'kind'"});
  expect({"train.loss=mean_squared_error"}, "E-EXP-03", {});
  expect({"train.loss.other=mean_squared_error"}, "E-EXP-02", {"other"});
  expect({"data.target={price: cost}"}, "E-EXP-04", {"'kind'"});
  expect({"train.class_weight=balanced"}, "E-EXP-05", {"one output"});
  expect({"train.early_stopping.monitor=val_kind_acuracy"}, "E-METRIC-01", {});
  expect({"model.inputs=[numbers]"}, "E-EXP-05", {"numbers, work"});
  const auto unknown = thrown(
      [&] { experiment::prepare(p.load({"data.inputs={numbers: [age, hous], work: [job]}"})); });
  EXPECT_EQ(unknown.code, "E-DATA-10");
  const auto target = thrown(
      [&] { experiment::prepare(p.load({"data.inputs={numbers: [age, cost], work: [job]}"})); });
  EXPECT_EQ(target.code, "E-EXP-05") << target.message;
}

TEST(Functional, NamesSharedAndFrozenLayersInAFile) {
  testing::Case c;
  const auto load = [&](const std::string& layers) {
    return c.load({"model={layers: " + layers + "}"});
  };
  const auto e = load(
      "[dense: {units: 6, activation: relu, name: first, trainable: false}, "
      "dense: {units: 6, name: again}, shared: {layer: again, name: twice}, "
      "concatenate: {inputs: [first, twice]}, dense: {units: 1, activation: sigmoid}]");
  const auto prepared = experiment::prepare(e);
  const auto rows = experiment::summarize(e.model(), e.layers, prepared.encoding.types());
  const auto all = experiment::total(rows);
  EXPECT_EQ(all.frozen, 4 * 6 + 6);
  EXPECT_EQ(all.parameters, 30 + 42 + 13);
  EXPECT_NE(experiment::summary(e.model(), {{4}}).find("55 trainable, 30 frozen"),
            std::string::npos)
      << experiment::summary(e.model(), {{4}});
  const auto result = experiment::train(e, prepared, c.options());
  const auto weights = serialize::read_safetensors(c.folder / "run/model/weights.safetensors");
  EXPECT_EQ(weights.tensors.size(), 6u);
  Store begun;
  begun.initialize(train::inference_graph(e.model(), e.fit.loss, prepared.encoding.types()),
                   e.fit.seed);
  for (std::int64_t i = 0; i < 24; ++i)
    EXPECT_EQ(begun.at("first.weight").at(i), weights.at("first.weight").at(i));
  EXPECT_NE(begun.at("again.weight").at(0), weights.at("again.weight").at(0));

  // Automatic names go round given ones.
  const auto named = load(
      "[dense: 4, dense: {units: 4, name: dense_1}, dense: 4, dense: {units: 1, "
      "activation: sigmoid}]");
  std::vector<std::string> names;
  for (const auto& layer : named.layers) names.push_back(layer.name());
  EXPECT_EQ(names, (std::vector<std::string>{"dense", "dense_1", "dense_2", "dense_3"}));
}

TEST(StartFrom, TakesWeightsByNameAndSaysWhatItLeft) {
  testing::Case c;
  const auto e = c.load();
  experiment::train(e, experiment::prepare(e), c.options());
  const auto file = (c.folder / "run").string();
  const auto run = [&](const std::string& start, std::string& said) {
    const auto next =
        c.load({"train.start_from=" + start, "model.layers.2.dense.name=head", "train.epochs=0"});
    train::Observer observer;
    observer.message = [&](std::string_view line) { said += std::string(line) + "\n"; };
    auto options = c.options("next");
    options.overwrite = true;
    experiment::train(next, experiment::prepare(next), options, observer);
  };
  std::string said;
  const auto refused = thrown([&] { run(file, said); });
  EXPECT_EQ(refused.code, "E-WEIGHTS-01");
  EXPECT_TRUE(refused.says("'dense_1.weight'") && refused.says("'head.weight'")) << refused.message;
  run("{file: " + file + ", match: \"dense.*\"}", said);
  EXPECT_NE(said.find("2 tensors loaded"), std::string::npos) << said;
  EXPECT_NE(said.find("'head.bias'"), std::string::npos) << said;
  const auto before = serialize::read_safetensors(c.folder / "run/model/weights.safetensors");
  const auto after = serialize::read_safetensors(c.folder / "next/model/weights.safetensors");
  for (std::int64_t i = 0; i < before.at("dense.weight").size(); ++i)
    EXPECT_EQ(before.at("dense.weight").at(i), after.at("dense.weight").at(i));
  said.clear();
  run("{file: " + file + ", rename: {\"dense_1.*\": \"head.*\"}}", said);
  EXPECT_NE(said.find("4 tensors loaded"), std::string::npos) << said;
}

}  // namespace
}  // namespace glia
