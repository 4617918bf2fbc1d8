// Settings of the training in an experiment's file: that they do what they say.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "glia/train/checkpoint.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

using testing::Case;
using testing::thrown;

using Weights = std::map<std::string, std::vector<double>>;

Weights numbers_of(const Store& store) {
  Weights weights;
  for (const auto& name : store.names(Role::parameter)) {
    const Tensor& t = store.at(name);
    for (std::int64_t i = 0; i < t.size(); ++i) weights[name].push_back(t.at(i));
  }
  return weights;
}

// One network, trained by gradient descent at rate 1 over all rows at once unless `set` says
// otherwise.
struct Descent : Case {
  std::vector<std::string> base{
      "model.layers.1.dropout=0", "train.optimizer={sgd: {learning_rate: 1}}",
      "train.batch_size=1000", "train.epochs=1", "train.early_stopping=null"};
  experiment::Experiment with(const std::vector<std::string>& set) const {
    auto all = base;
    all.insert(all.end(), set.begin(), set.end());
    return load(all);
  }
  Weights before(const std::vector<std::string>& set = {}) const {
    const auto e = with(set);
    Store store;
    store.initialize(train::inference_graph(e.model(), train::objective(e.fit),
                                            experiment::prepare(e).encoding.types()),
                     e.fit.seed);
    return numbers_of(store);
  }
  Weights after(const std::vector<std::string>& set = {}) const {
    const auto e = with(set);
    auto o = options();
    o.overwrite = true;
    experiment::train(e, experiment::prepare(e), o);
    return numbers_of(*experiment::load_bundle(folder / "run").store);
  }
  Weights moves(const std::vector<std::string>& set = {}) const {
    const auto start = before(set);
    auto moved = after(set);
    for (auto& [name, values] : moved)
      for (std::size_t i = 0; i < values.size(); ++i) values[i] -= start.at(name)[i];
    return moved;
  }
};

double norm(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v * v;
  return std::sqrt(sum);
}

double norm(const Weights& weights) {
  double sum = 0;
  for (const auto& [name, values] : weights) sum += norm(values) * norm(values);
  return std::sqrt(sum);
}

void expect_near(const Weights& a, const Weights& b, double tolerance, const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, values] : a)
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], b.at(name)[i], tolerance) << what << ": " << name << " " << i;
}

TEST(Clip, BoundsWhatItNames) {
  const Descent d;
  const auto free = d.moves();
  ASSERT_GT(norm(free), 0.05);
  const auto value = d.moves({"train.clip={value: 0.01}"});
  const auto each = d.moves({"train.clip.norm=0.01"});
  const auto all = d.moves({"train.clip.global_norm=0.01"});
  for (const auto& [name, values] : free) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(value.at(name)[i], std::clamp(values[i], -0.01, 0.01), 1e-6) << name;
      EXPECT_NEAR(each.at(name)[i], values[i] * std::min(1.0, 0.01 / norm(values)), 1e-5) << name;
      EXPECT_NEAR(all.at(name)[i], values[i] * 0.01 / norm(free), 1e-5) << name;
    }
  }
  EXPECT_NEAR(norm(all), 0.01, 1e-5);
  EXPECT_EQ(thrown([&] { d.with({"train.clip.norm=-1"}); }).code, "E-OPTION-01");
}

TEST(Groups, SlowFreezeAndDecay) {
  const Descent d;
  const auto start = d.before();
  const auto free = d.moves();
  const auto grouped =
      d.moves({"train.groups=[{match: dense.weight, learning_rate_factor: 0.5}, {match: "
               "\"dense.*\", frozen: "
               "true}, {match: dense_1.bias, weight_decay: 0.25}]"});
  for (std::size_t i = 0; i < free.at("dense.weight").size(); ++i)
    EXPECT_NEAR(grouped.at("dense.weight")[i], 0.5 * free.at("dense.weight")[i], 1e-6);
  EXPECT_EQ(norm(grouped.at("dense.bias")), 0);
  EXPECT_NEAR(grouped.at("dense_1.bias")[0],
              free.at("dense_1.bias")[0] - 0.25 * start.at("dense_1.bias")[0], 1e-6);
  expect_near({{"", grouped.at("dense_1.weight")}}, {{"", free.at("dense_1.weight")}}, 1e-7,
              "of no group");
  const auto unknown = thrown([&] { d.after({"train.groups=[{match: densee.weight}]"}); });
  EXPECT_TRUE(unknown.code == "E-TRAIN-09" && unknown.says("dense.weight")) << unknown.message;
}

TEST(WeightDecay, LeavesOutBiasesUnlessToldOtherwise) {
  const Descent d;
  const auto start = d.before(), free = d.moves();
  const auto decayed = d.moves({"train.optimizer.sgd.weight_decay=0.125"});
  const auto every =
      d.moves({"train.optimizer.sgd={learning_rate: 1, weight_decay: 0.125, decay_all: true}"});
  for (const auto& [name, values] : free)
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double pull = 0.125 * start.at(name)[i];
      EXPECT_NEAR(decayed.at(name)[i], values[i] - (name.ends_with("bias") ? 0 : pull), 1e-6)
          << name;
      EXPECT_NEAR(every.at(name)[i], values[i] - pull, 1e-6) << name;
    }
}

TEST(Accumulate, TheBatchesOfAnEpochAreOne) {
  const Descent d;
  expect_near(d.after({"train.epochs=3"}),
              d.after({"train.epochs=3", "train.batch_size=30", "train.accumulate=99"}), 1e-5,
              "accumulated");
  EXPECT_EQ(thrown([&] { d.with({"train.accumulate=0"}); }).code, "E-EXP-05");
}

TEST(Average, OfEpochsIsTheirMean) {
  const Descent d;
  const auto one = d.after(), two = d.after({"train.epochs=2"});
  auto mean = two;
  for (auto& [name, values] : mean)
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = (values[i] + one.at(name)[i]) / 2;
  expect_near(d.after({"train.epochs=2", "train.average=mean"}), mean, 1e-6, "mean");
  expect_near(d.after({"train.epochs=2", "train.average={mean: {from_epoch: 2}}"}), two, 1e-7,
              "from the second");
  expect_near(d.after({"train.epochs=2", "train.average={exponential: {decay: 0}}"}), two, 1e-7,
              "no memory");
  EXPECT_GT(std::abs(norm(mean) - norm(two)), 1e-4);
}

TEST(Constraints, HoldForTheLayerThatHasThem) {
  const Descent d;
  const auto rows_of = [](const std::vector<double>& values, std::size_t columns) {
    std::vector<double> norms;
    for (std::size_t i = 0; i < values.size(); i += columns)
      norms.push_back(
          norm(std::vector<double>(values.begin() + static_cast<std::ptrdiff_t>(i),
                                   values.begin() + static_cast<std::ptrdiff_t>(i + columns))));
    return norms;
  };
  const std::string key = "model.layers.0.dense.kernel_constraint=";
  const auto unit = d.after({key + "unit_norm"});
  const auto most = d.after({key + "{max_norm: {value: 0.05}}"});
  const auto positive = d.after({key + "non_negative"});
  for (const double n : rows_of(unit.at("dense.weight"), 4)) EXPECT_NEAR(n, 1, 1e-5);
  for (const double n : rows_of(most.at("dense.weight"), 4)) EXPECT_LE(n, 0.05 + 1e-6);
  for (const double v : positive.at("dense.weight")) EXPECT_GE(v, 0);
  EXPECT_GT(norm(most.at("dense_1.weight")), 0.1);
  double lowest = 0;
  for (const double v : d.after().at("dense.weight")) lowest = std::min(lowest, v);
  EXPECT_LT(lowest, 0);
  const auto bias = d.after({"model.layers.0.dense.bias_constraint=non_negative"});
  for (const double v : bias.at("dense.bias")) EXPECT_GE(v, 0);
}

TEST(Trainable, FalseKeepsALayerAsItBegan) {
  const Descent d;
  const auto moved = d.moves({"model.layers.0.dense.trainable=false"});
  EXPECT_EQ(norm(moved.at("dense.weight")), 0);
  EXPECT_EQ(norm(moved.at("dense.bias")), 0);
  EXPECT_GT(norm(moved.at("dense_1.weight")), 0);
}

// The formulas of docs/defaults.md, at 10 steps in each of 20 epochs.
TEST(Schedules, AreThoseOfTheirNames) {
  const Case c;
  const auto factor = [&](const std::string& yaml) {
    const auto schedule = c.load({"train.schedule=" + yaml}).fit.schedule;
    return [schedule](std::int64_t step) { return schedule.factor({step, 10, 200}); };
  };
  using Formula = std::function<double(double epoch, double t)>;  // t: share of the run
  const auto half_cosine = [](double x) { return (1 + std::cos(std::numbers::pi * x)) / 2; };
  const std::vector<std::pair<std::string, Formula>> all{
      {"constant", [](double, double) { return 1.0; }},
      {"{step: {every: 3, factor: 0.5}}",
       [](double e, double) { return std::pow(0.5, std::floor(std::floor(e) / 3)); }},
      {"{multi_step: {milestones: [4, 9], factor: 0.2}}",
       [](double e, double) { return e < 4   ? 1.0
                                     : e < 9 ? 0.2
                                             : 0.04; }},
      {"{exponential: {factor: 0.9}}",
       [](double e, double) { return std::pow(0.9, std::floor(e)); }},
      {"{polynomial: {power: 2, minimum: 0.1}}",
       [](double, double t) { return 0.1 + 0.9 * std::pow(1 - t, 2); }},
      {"{linear: {start: 0.5, end: 0.25, epochs: 4}}",
       [](double e, double) { return 0.5 - 0.25 * std::min(e / 4, 1.0); }},
      {"{cosine: {minimum: 0.1}}", [&](double, double t) { return 0.1 + 0.9 * half_cosine(t); }},
      {"{cosine_restarts: {period: 5, minimum: 0.2}}",
       [&](double e, double) { return 0.2 + 0.8 * half_cosine(std::fmod(e, 5) / 5); }},
  };
  for (const auto& [yaml, formula] : all) {
    const auto at = factor(yaml);
    for (const std::int64_t step : {0, 9, 10, 35, 40, 49, 50, 90, 121, 199})
      EXPECT_NEAR(at(step),
                  formula(static_cast<double>(step) / 10, static_cast<double>(step) / 200), 1e-9)
          << yaml << " " << step;
  }
  const auto cycle = factor("{one_cycle: {rise: 0.25, start_divisor: 10, end_divisor: 100}}");
  EXPECT_NEAR(cycle(0), 0.1, 1e-9);
  EXPECT_NEAR(cycle(199), 0.1 / 100, 1e-3);
  double top = 0;
  std::int64_t where = 0;
  for (std::int64_t i = 0; i < 200; ++i)
    if (cycle(i) > top) top = cycle(i), where = i;
  EXPECT_NEAR(top, 1, 1e-3);
  EXPECT_NEAR(static_cast<double>(where), 50, 2);
  const auto warm = factor("{exponential: {factor: 0.9, warmup: 2}}");
  for (std::int64_t i = 0; i < 20; ++i)
    EXPECT_NEAR(warm(i), static_cast<double>(i + 1) / 21, 1e-9) << i;
  EXPECT_NEAR(warm(20), 1, 1e-9);
  const auto plateau =
      c.load(
           {"train.schedule={reduce_on_plateau: {monitor: val_accuracy, factor: 0.3, patience: 2, "
            "threshold: 0.01, cooldown: 1, minimum: 0.05}}"})
          .fit.schedule.plateau.value();
  EXPECT_EQ(plateau.monitor, "val_accuracy");
  EXPECT_EQ(plateau.factor, 0.3);
  EXPECT_EQ(plateau.patience, 2);
  EXPECT_EQ(plateau.threshold, 0.01);
  EXPECT_EQ(plateau.cooldown, 1);
  EXPECT_EQ(plateau.minimum, 0.05);
}

TEST(Schedules, APlateauLowersTheRate) {
  const Case c;
  const auto e =
      c.load({"train.schedule={reduce_on_plateau: {factor: 0.5, patience: 0, threshold: "
              "0.9}}",
              "train.epochs=5"});
  const auto result = experiment::train(e, experiment::prepare(e), c.options());
  EXPECT_NEAR(*result.history.epochs.at(0).find("learning_rate"), 0.02, 1e-9);
  EXPECT_LT(*result.history.epochs.at(4).find("learning_rate"), 0.02 / 4);
}

// A checkpoint whose digest is right and whose plateau is not: as someone would write it by hand.
TEST(Schedules, AForgedPlateauIsRefused) {
  const Case c;
  const std::vector<std::string> set{"train.schedule=reduce_on_plateau", "train.epochs=3"};
  const auto e = c.load(set);
  const auto prepared = experiment::prepare(e);
  experiment::train(e, prepared, c.options());
  train::Checkpoints checkpoints(c.folder / "run/checkpoints");
  const auto whole = checkpoints.newest().value();
  auto longer = set;
  longer.back() = "train.epochs=4";
  const auto next = c.load(longer);
  auto resume = c.options();
  resume.resume = true;
  const auto resumed = [&](const std::string& plateau) {
    auto forged = whole;
    forged.state["reduce_on_plateau"] = plateau;
    checkpoints.save(forged);
    return thrown([&] { experiment::train(next, prepared, resume); }).code;
  };
  const auto state = whole.state.at("reduce_on_plateau");
  const auto with = [&](const std::string& key, const std::string& value) {
    auto text = state;
    const auto at = text.find(':', text.find("\"" + key + "\"")) + 1;
    return text.replace(at, text.find_first_of(",}", at) - at, value);
  };
  for (const auto& [key, value] :
       {std::pair{"factor", "2"}, std::pair{"factor", "-0.5"}, std::pair{"factor", "\"1\""},
        std::pair{"factor", "null"}, std::pair{"waited", "-1"}, std::pair{"waited", "0.5"},
        std::pair{"cooling", "-7"}, std::pair{"seen", "2"}, std::pair{"best", "[]"}})
    EXPECT_EQ(resumed(with(key, value)), "E-CHECK-01") << key << " " << value;
  EXPECT_EQ(resumed("{}"), "E-CHECK-01");
  EXPECT_EQ(resumed(state), "nothing");
}

// Everything that has a default, once left out and once as the run wrote it down.
TEST(Resolved, TrainsToTheSameBits) {
  const Case c;
  const auto e = c.load(
      {"model.layers=[dense: {units: 7, activation: leaky_relu, kernel_initializer: he_normal, "
       "kernel_constraint: max_norm}, batch_norm, dense: {units: 6, activation: {elu: {alpha: "
       "0.5}}, "
       "kernel_initializer: {orthogonal: {gain: 1.5}}, l2: 1e-3, bias: false}, layer_norm, "
       "dropout: "
       "0.3, gaussian_noise, dense: {units: 1, activation: sigmoid, name: head}]",
       "train.optimizer={adamw: {learning_rate: 0.013}}",
       "train.schedule={one_cycle: {warmup: 0.7}}", "train.clip.global_norm=0.7",
       "train.accumulate=2", "train.average=exponential",
       "train.groups=[{match: \"dense.*\", learning_rate_factor: 0.3}]", "train.batch_size=16",
       "train.loss={binary_crossentropy: {label_smoothing: 0.05}}", "train.epochs=3",
       "train.class_weight=balanced", "data.split.seed=5", "seed=11"});
  experiment::LoadOptions none;
  const auto again = experiment::parse(e.resolved, "again.yaml", none, c.folder.path());
  EXPECT_EQ(again.resolved, e.resolved);
  const auto a = experiment::train(e, experiment::prepare(e), c.options("a"));
  const auto b = experiment::train(again, experiment::prepare(again), c.options("b"));
  EXPECT_EQ(a.weights_sha256, b.weights_sha256);
  ASSERT_EQ(a.history.epochs.size(), b.history.epochs.size());
  for (std::size_t i = 0; i < a.history.epochs.size(); ++i)
    EXPECT_EQ(a.history.epochs[i].values, b.history.epochs[i].values);
}

}  // namespace
}  // namespace glia
