// Several models that answer as one.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/experiment/parts_of_run.h"
#include "tests/experiment/folds_case.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Case;
using testing::Set;
using testing::thrown;

Set ensemble(const std::string& options, const Set& more = {}) {
  Set set{"train.ensemble={" + options + "}", "train.early_stopping.patience=3"};
  set.insert(set.end(), more.begin(), more.end());
  return set;
}

struct Ensembles : Case {
  experiment::RunResult train(const experiment::Experiment& e, const std::string& name,
                              const train::Observer& observer = {}, bool resume = false) const {
    auto o = options(name);
    o.resume = resume;
    return experiment::train(e, experiment::prepare(e), o, observer);
  }
  // Stopped after every `steps` steps and gone on with, to its end.
  experiment::RunResult in_parts(const experiment::Experiment& e, const std::string& name,
                                 int steps) const {
    for (int part = 0;; ++part) {
      std::atomic<bool> stop{false};
      int done = 0;
      train::Observer observer;
      observer.stop = &stop;
      observer.step = [&](const train::StepRecord&) { stop = ++done == steps; };
      auto result = train(e, name, observer, part > 0);
      if (result.history.end != train::End::interrupted) return result;
      EXPECT_LT(part, 200);
    }
  }
};

const experiment::Assessment& validation(const experiment::RunResult& r) { return *r.validation; }

TEST(Ensemble, AnswersWithTheMeanOfItsMembers) {
  const Ensembles c;
  const auto e = c.load(ensemble("members: 3"));
  const auto result = c.train(e, "run");
  const auto bundle = experiment::load_bundle(c.folder / "run");
  ASSERT_TRUE(bundle.ensemble);
  ASSERT_EQ(bundle.ensemble->members.size(), 3u);
  const auto prepared = experiment::prepare(e);
  const auto whole = bundle.predict(*prepared.test).front();
  std::vector<Tensor> members;
  for (int m = 1; m <= 3; ++m)
    members.push_back(experiment::load_bundle(c.folder / ("run/members/" + std::to_string(m)))
                          .predict(*prepared.test)
                          .front());
  for (std::int64_t i = 0; i < whole.size(); ++i) {
    double sum = 0;
    for (const auto& member : members) sum += member.at(i);
    EXPECT_EQ(whole.at(i), double{static_cast<float>(sum / 3)});
  }
  EXPECT_EQ(validation(result).metrics.front().value,
            experiment::assess(bundle, *prepared.validation).metrics.front().value);
  EXPECT_TRUE(result.test);
  EXPECT_EQ(result.members.size(), 3u);
}

TEST(Ensemble, AMemberIsTheTrainingWithItsSeed) {
  const Ensembles c;
  const auto e = c.load(ensemble("members: 2"));
  const auto result = c.train(e, "run");
  const auto single = c.train(c.load({"train.early_stopping.patience=3", "seed=2"}), "single");
  EXPECT_EQ(result.members[1].seed, 2u);
  EXPECT_EQ(sha256_file(c.folder / "run/model/members/2/weights.safetensors"),
            single.weights_sha256);
  EXPECT_EQ(result.members[1].validation->loss, validation(single).loss);
}

TEST(Ensemble, TheLossOfTheMeanIsThatOfItsProbabilities) {
  const Ensembles c;
  for (const char* logits : {"false", "true"}) {
    Set more;
    if (logits == std::string("true"))
      more = {"train.loss={binary_crossentropy: {from_logits: true}}",
              "model.layers.2.dense.activation=linear"};
    const auto e = c.load(ensemble("members: 2", more));
    c.train(e, std::string("run") + logits);
    const auto bundle = experiment::load_bundle(c.folder / (std::string("run") + logits));
    const auto prepared = experiment::prepare(e);
    const auto p = bundle.predict(*prepared.validation).front();
    const auto t = *prepared.validation->all_targets(0);
    double sum = 0;
    for (std::int64_t i = 0; i < p.size(); ++i)
      sum -= std::log(t.at(i) == 1 ? p.at(i) : 1 - p.at(i));
    EXPECT_NEAR(experiment::assess(bundle, *prepared.validation).loss,
                sum / static_cast<double>(p.size()), 1e-5);
  }
}

TEST(Ensemble, FittedWeightsAreNoWorseThanTheMeanOnTheRowsTheyWereFittedOn) {
  const Ensembles c;
  const auto mean = c.train(c.load(ensemble("members: 3")), "mean");
  const auto weighted = c.train(c.load(ensemble("members: 3, combine: weighted")), "weighted");
  EXPECT_LE(validation(weighted).loss, validation(mean).loss + 1e-6);
  for (const auto& member : weighted.members)
    EXPECT_LE(validation(weighted).loss, member.validation->loss + 1e-6);
  const auto stacked =
      c.train(c.load(ensemble("members: 3, combine: stacking, ridge: 0.1")), "stacked");
  EXPECT_LE(validation(stacked).loss, validation(mean).loss + 0.02);
  const auto loaded = experiment::load_bundle(c.folder / "stacked");
  EXPECT_EQ(loaded.ensemble->combiners.front().bias.size(), 1u);
  EXPECT_EQ(experiment::assess(loaded, *experiment::prepare(c.load()).validation).loss,
            validation(stacked).loss);
}

TEST(Ensemble, IsTheSameWhereverItWasStopped) {
  const Ensembles c;
  for (const char* kind : {"seeds", "bagging", "folds", "snapshots"}) {
    Set set{"train.ensemble={members: 3, kind: " + std::string(kind) + "}"};
    if (kind == std::string("snapshots"))
      set.emplace_back("train.early_stopping=null");
    else
      set.emplace_back("train.early_stopping.patience=2");
    const auto e = c.load(set);
    const auto whole = c.train(e, std::string("whole-") + kind);
    for (const int steps : {4, 7}) {
      const auto parts = c.in_parts(e, kind + std::to_string(steps), steps);
      EXPECT_EQ(parts.weights_sha256, whole.weights_sha256) << kind << " " << steps;
      EXPECT_EQ(validation(parts).loss, validation(whole).loss);
    }
    EXPECT_EQ(c.train(e, std::string("whole-") + kind, {}, true).weights_sha256,
              whole.weights_sha256);
  }
}

TEST(Ensemble, SnapshotsEndWhereTheRateIsLowest) {
  const Ensembles c;
  const auto e = c.load({"train.ensemble={members: 3, kind: snapshots}", "train.epochs=6",
                         "train.early_stopping=null"});
  c.train(e, "run");
  // The last is what the same schedule leaves.
  const auto single = c.train(c.load({"train.schedule={cosine_restarts: {period: 2}}",
                                      "train.epochs=6", "train.early_stopping=null"}),
                              "single");
  EXPECT_EQ(sha256_file(c.folder / "run/training/model/weights.safetensors"),
            single.weights_sha256);
  const auto bundle = experiment::load_bundle(c.folder / "run");
  const auto last = experiment::load_bundle(c.folder / "single");
  for (const auto& name : last.store->names(Role::parameter)) {
    const auto& a = bundle.ensemble->members[2]->at(name);
    const auto& b = last.store->at(name);
    for (std::int64_t i = 0; i < a.size(); ++i) ASSERT_EQ(a.at(i), b.at(i));
  }
}

TEST(Ensemble, OutOfBagIsOfRowsThatMembersLack) {
  const Ensembles c;
  const auto e = c.load(ensemble("members: 4, kind: bagging"));
  const auto result = c.train(e, "run");
  const auto rows = experiment::prepare(e).train->size();
  ASSERT_TRUE(result.out_of_bag);
  // A row is in all four samples with probability (1 - 1 / e)^4 = 0.16.
  EXPECT_GT(result.out_of_bag->rows, rows / 2);
  EXPECT_LT(result.out_of_bag->rows, rows);
  EXPECT_GT(result.out_of_bag->loss, 0);
}

// Answers that nothing tells: what is said out of bag is chance, too. With copies of rows it would
// not be, so nothing is said.
TEST(Ensemble, OutOfBagIsNoBetterThanChanceOnNoise) {
  const Ensembles c;
  Random random(7, "noise");
  std::string rows = "x,colour,kind\n";
  for (int i = 0; i < 300; ++i)
    rows += std::to_string(random.normal()) + "," + "c" + std::to_string(random.below(20)) + "," +
            (random.below(4) ? "no" : "yes") + "\n";
  testing::write(c.folder / "rows.csv", rows);
  const auto auc_of = [&](const std::string& name, const std::vector<std::string>& more) {
    const auto result = c.train(
        c.load(ensemble("members: 5, kind: bagging",
                        testing::with({"train.epochs=20", "train.early_stopping=null"}, more))),
        name);
    if (result.out_of_bag)
      for (const auto& metric : result.out_of_bag->metrics)
        if (metric.name == "roc_auc") return *metric.value;
    return -1.0;
  };
  EXPECT_NEAR(auc_of("plain", {}), 0.5, 0.12);
  EXPECT_EQ(auc_of("copies", {"data.sampling={oversample: {}}"}), -1);
  EXPECT_EQ(auc_of("groups", {"data.split.groups=colour", "data.split.stratify=false"}), -1);
}

TEST(Ensemble, WeightsThatCannotBeAreRefused) {
  const Ensembles c;
  c.train(c.load(ensemble("members: 3, combine: weighted")), "run");
  const auto file = c.folder / "run/model/ensemble.json";
  const auto good = json::parse(read_file(file));
  for (const auto& weights : {json{5, -3, -1}, json{1e308, 1e308, 1e308}, json{0.5, 0.2, 0.2}}) {
    auto bad = good;
    bad["outputs"][0]["weights"] = weights;
    write_atomically(file, bad.dump());
    EXPECT_EQ(thrown([&] { experiment::load_bundle(c.folder / "run"); }).code, "E-BUNDLE-02")
        << weights;
  }
}

TEST(Ensemble, ThresholdIsChosenAfterCombining) {
  const Ensembles c;
  const auto e = c.load(ensemble("members: 3", {"train.threshold={maximize: f1}"}));
  const auto result = c.train(e, "run");
  ASSERT_TRUE(result.threshold);
  EXPECT_EQ(experiment::load_bundle(c.folder / "run").experiment.fit.threshold,
            result.threshold->threshold);
  EXPECT_FALSE(experiment::load_bundle(c.folder / "run/members/1").experiment.fit.threshold);
}

TEST(Ensemble, RefusesWhatCannotBe) {
  const Ensembles c;
  const auto code = [&](const Set& set) {
    return thrown([&] {
             const auto e = c.load(set);
             c.train(e, "no");
           })
        .code;
  };
  const std::string map = "train.ensemble=";
  EXPECT_EQ(code({map + "{members: 1}"}), "E-EXP-05");
  EXPECT_EQ(code({map + "{kind: forest}"}), "E-EXP-05");
  EXPECT_EQ(code({map + "{member: 3}"}), "E-EXP-02");
  EXPECT_EQ(code({map + "{ridge: 1, combine: stacking}", "train.ensemble.ridge=-1"}), "E-EXP-24");
  EXPECT_EQ(code({map + "{kind: snapshots, members: 4}", "train.early_stopping=null"}), "E-EXP-24");
  EXPECT_EQ(code({map + "{kind: snapshots, members: 3}"}), "E-EXP-24");  // early stopping
  EXPECT_EQ(
      code({map + "{combine: weighted}", "data.split.validation=0", "train.early_stopping=null"}),
      "E-EXP-24");
  EXPECT_EQ(code({map + "{kind: folds}", "data.sampling=oversample"}), "E-EXP-24");
  EXPECT_EQ(code({map + "{members: 2}", "train.time_budget=10"}), "E-EXP-24");
  EXPECT_FALSE(fs::exists(c.folder / "no"));
  // A resume under other settings, also where a member has ended.
  c.train(c.load(ensemble("members: 2")), "run");
  const auto other = c.load(ensemble("members: 2", {"train.batch_size=8"}));
  const auto refused = thrown([&] { c.train(other, "run", {}, true); });
  EXPECT_EQ(refused.code, "E-EXP-20");
  EXPECT_TRUE(refused.says("train.batch_size: 8, was 32")) << refused.message;
}

TEST(Ensemble, ADamagedBundleIsNamed) {
  const Ensembles c;
  c.train(c.load(ensemble("members: 2, combine: weighted")), "run");
  const auto file = c.folder / "run/model/ensemble.json";
  const std::string good = read_file(file);
  const auto code = [&](const std::string& text) {
    std::ofstream(file) << text;
    return thrown([&] { experiment::load_bundle(c.folder / "run"); }).code;
  };
  EXPECT_EQ(code(good), "nothing");
  for (std::size_t cut = 0; cut + 2 < good.size(); cut += 7)
    EXPECT_EQ(code(good.substr(0, cut)), "E-BUNDLE-02") << cut;
  EXPECT_EQ(code(R"({"kind": "seeds", "members": 1000000000, "outputs": []})"), "E-BUNDLE-02");
  EXPECT_EQ(code(std::string(100'000, '[')), "E-BUNDLE-02");
  std::ofstream(file) << good;
  fs::remove(c.folder / "run/model/members/2/weights.safetensors");
  EXPECT_EQ(thrown([&] { experiment::load_bundle(c.folder / "run"); }).code, "E-FILE-01");
}

}  // namespace
}  // namespace glia
