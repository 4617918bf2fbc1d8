// Cross-validation of experiments.
#include "glia/experiment/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "glia/base/file.h"
#include "glia/experiment/series_data.h"
#include "glia/experiment/table_data.h"
#include "glia/serialize/safetensors.h"
#include "tests/experiment/folds_case.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using experiment::Experiment;
using experiment::FoldsResult;
using nlohmann::json;
using testing::Case;
using testing::csv;
using testing::kFolds;
using testing::Set;
using testing::thrown;
using testing::train_folds;
using testing::value;
using testing::with;

TEST(Folds, EveryRowIsPredictedOnceByAModelThatHasNotSeenIt) {
  const Case c;
  const auto e = c.load(kFolds);
  const auto r = train_folds(e, c.options());
  // 150 rows, of which a fifth is the test of the final model.
  const auto lines = csv(c.folder / "run/out_of_fold.csv");
  ASSERT_EQ(lines.size(), 121u);
  EXPECT_EQ(lines[0], (std::vector<std::string>{"row", "fold", "target", "label", "probability_no",
                                                "probability_yes"}));
  const auto held = experiment::prepare(c.load()).rows.test;
  std::set<std::int64_t> rows(held.begin(), held.end());
  EXPECT_EQ(rows.size(), 30u);
  for (std::size_t i = 1; i < lines.size(); ++i)
    EXPECT_TRUE(rows.insert(std::stoll(lines[i][0])).second) << "seen before: " << lines[i][0];
  EXPECT_EQ(rows.size(), 150u);
  for (int fold = 1; fold <= 4; ++fold) {
    const auto one = experiment::changed(e, {"data.split.fold=" + std::to_string(fold)});
    const auto prepared = experiment::prepare(one);
    std::set<std::int64_t> own(prepared.rows.train.begin(), prepared.rows.train.end());
    own.insert(prepared.rows.validation.begin(), prepared.rows.validation.end());
    for (std::size_t i = 1; i < lines.size(); ++i)
      if (lines[i][1] == std::to_string(fold)) EXPECT_FALSE(own.contains(std::stoll(lines[i][0])));
    EXPECT_EQ(own.size(), 90u);
  }
}

TEST(Folds, TheEncoderOfAFoldKnowsItsTrainingRowsAlone) {
  const Case c;
  // One row that would move any mean: the folds that do not train on it must not feel it.
  std::string csv_text = testing::table(150);
  csv_text += "1000000,red,yes\n";
  testing::write(c.folder / "rows.csv", csv_text);
  const auto e = c.load(with(kFolds, {"data.split.test=0"}));
  train_folds(e, c.options());
  int with_it = 0;
  for (int fold = 1; fold <= 4; ++fold) {
    const auto place = c.folder / ("run/folds/" + std::to_string(fold));
    const auto prepared =
        experiment::prepare(experiment::changed(e, {"data.split.fold=" + std::to_string(fold)}));
    const auto& rows = prepared.rows.train;
    const bool trains = std::find(rows.begin(), rows.end(), 150) != rows.end();
    const auto saved = experiment::load_bundle(place);
    EXPECT_EQ(saved.encoding.to_json(), prepared.encoding.to_json());
    with_it += trains;
    // The mean that x is standardized by.
    const auto text = saved.encoding.to_json();
    const auto at = text.find("\"center\":");
    ASSERT_NE(at, std::string::npos) << text;
    EXPECT_EQ(std::abs(std::stod(text.substr(at + 9))) > 1000, trains) << text;
  }
  EXPECT_GE(with_it, 2);
  EXPECT_LE(with_it, 3);
}

TEST(Folds, MeansAreThoseOfThePredictionsInTheFile) {
  const Case c;
  const auto r = train_folds(c.load(kFolds), c.options());
  const auto lines = csv(c.folder / "run/out_of_fold.csv");
  std::vector<double> right(4), rows(4), loss(4);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto fold = std::stoul(lines[i][1]) - 1;
    ++rows[fold];
    right[fold] += lines[i][2] == lines[i][3];
    const double p = std::stod(lines[i][5]);
    loss[fold] -= std::log(lines[i][2] == "yes" ? p : 1 - p);
  }
  double mean = 0, squares = 0;
  for (std::size_t f = 0; f < 4; ++f) {
    EXPECT_DOUBLE_EQ(*value(r, "accuracy").folds[f], right[f] / rows[f]);
    EXPECT_NEAR(*value(r, "loss").folds[f], loss[f] / rows[f], 1e-5);
    mean += right[f] / rows[f] / 4;
  }
  for (std::size_t f = 0; f < 4; ++f) squares += std::pow(right[f] / rows[f] - mean, 2);
  EXPECT_NEAR(*value(r, "accuracy").mean, mean, 1e-15);
  EXPECT_NEAR(*value(r, "accuracy").deviation, std::sqrt(squares / 3), 1e-15);
  const auto j = json::parse(read_file(c.folder / "run/folds.json"));
  EXPECT_DOUBLE_EQ(j["values"]["accuracy"]["mean"].get<double>(), mean);
  EXPECT_EQ(j["predictions"], 120);
  ASSERT_TRUE(r.out_of_fold);
  EXPECT_EQ(r.out_of_fold->rows, 120);
  const auto tensors = serialize::read_safetensors(c.folder / "run/out_of_fold.safetensors");
  EXPECT_EQ(tensors.at("predictions.0").shape()[0].value(), 120);
}

TEST(Folds, TheFinalModelTrainsOnAllTheirRowsForTheMedianOfTheirEpochs) {
  const Case c;
  const auto r = train_folds(c.load(kFolds), c.options());
  std::vector<std::int64_t> best;
  for (const auto& fold : r.folds) best.push_back(fold.best_epoch);
  std::sort(best.begin(), best.end());
  const auto epochs = (best[1] + best[2] + 1) / 2;
  ASSERT_TRUE(r.final_run);
  EXPECT_EQ(std::ssize(r.final_run->history.epochs), epochs);
  EXPECT_NE(r.final_note.find("the median of the folds' epochs"), std::string::npos)
      << r.final_note;
  // The same from a file that says so; and the test rows are those of a run without folds.
  const auto alone =
      c.load({"data.split.validation_trains=true", "train.epochs=" + std::to_string(epochs),
              "train.early_stopping=null"});
  const auto prepared = experiment::prepare(alone);
  EXPECT_EQ(prepared.train->size(), 120);
  EXPECT_FALSE(prepared.validation);
  EXPECT_EQ(prepared.rows.test, experiment::prepare(c.load()).rows.test);
  EXPECT_EQ(experiment::train(alone, prepared, c.options("alone")).weights_sha256,
            r.final_run->weights_sha256);
  EXPECT_TRUE(r.final_run->test);
  // The run's own copy says what was asked for.
  EXPECT_NE(read_file(c.folder / "run/experiment.yaml").find("folds: 4"), std::string::npos);
}

TEST(Folds, AreTheSameWhereverTheyWereStopped) {
  const Case c;
  for (const Set& more : {Set{}, Set{"train.ensemble={members: 2}", "data.split.folds=2"}}) {
    const auto e = c.load(with(kFolds, more));
    const std::string tag = more.empty() ? "a" : "b";
    const auto whole = train_folds(e, c.options("whole" + tag));
    auto o = c.options("parts" + tag);
    FoldsResult parts;
    int times = 0;
    do {
      parts = train_folds(e, o, 7);
      o.resume = true;
    } while (parts.interrupted && ++times < 100);
    EXPECT_GT(times, 4);
    ASSERT_TRUE(parts.final_run);
    EXPECT_EQ(parts.final_run->weights_sha256, whole.final_run->weights_sha256);
    for (const char* file : {"out_of_fold.csv", "out_of_fold.safetensors"})
      EXPECT_EQ(sha256_file(o.folder / file), sha256_file(c.folder / ("whole" + tag) / file));
    EXPECT_EQ(*value(parts, "loss").mean, *value(whole, "loss").mean);
    // All ended: nothing is trained again but the final model's last look.
    std::vector<std::string> names;
    train_folds(e, o, 0, &names);
    EXPECT_EQ(names, std::vector<std::string>{"final model"});
  }
}

TEST(Folds, AResumeWithOtherSettingsIsRefused) {
  const Case c;
  train_folds(c.load(kFolds), c.options(), 9);
  auto o = c.options();
  o.resume = true;
  const auto refused = thrown([&] {
    train_folds(c.load(with(kFolds, {"data.split.folds=3", "train.epochs=9"})), o);
  });
  EXPECT_EQ(refused.code, "E-EXP-20");
  EXPECT_TRUE(refused.says("data.split.folds: 3, was 4")) << refused.message;
  EXPECT_TRUE(refused.says("train.epochs: 9, was 6")) << refused.message;
  EXPECT_EQ(thrown([&] { train_folds(c.load(kFolds), c.options()); }).code, "E-RUN-01");
}

TEST(Folds, InnerFoldsSelectAndTheOuterRowsJudge) {
  const Case c;
  // One candidate learns nothing.
  const auto e = c.load(
      with(kFolds, {"data.split.folds=2", "data.split.inner_folds=2", "train.select_by=roc_auc",
                    "train.select=[{train.optimizer.adam.learning_rate: 1e-9}, "
                    "{train.optimizer.adam.learning_rate: 0.05, train.epochs: 8}]"}));
  std::vector<std::string> names;
  const auto r = train_folds(e, c.options(), 0, &names);
  for (const auto& fold : r.folds) EXPECT_EQ(fold.candidate, 2);
  // 2 x 2 inner trainings for each of 2 folds and for the final model, and these themselves.
  EXPECT_EQ(names.size(), 2 * 4 + 4 + 2 + 1u);
  EXPECT_EQ(names.front(), "fold 1/2, candidate 1/2, inner fold 1/2");
  // No inner training sees an outer test row.
  for (int fold = 1; fold <= 2; ++fold) {
    const auto tag = "data.split.fold=" + std::to_string(fold);
    const auto outer = experiment::prepare(experiment::changed(e, {tag})).rows.test;
    const std::set<std::int64_t> judged(outer.begin(), outer.end());
    for (int inner = 1; inner <= 2; ++inner) {
      const auto rows =
          experiment::prepare(
              experiment::changed(e, {tag, "data.split.inner_fold=" + std::to_string(inner)}))
              .rows;
      for (const auto* part : {&rows.train, &rows.validation, &rows.test})
        for (const auto row : *part) EXPECT_FALSE(judged.contains(row));
    }
  }
  EXPECT_NE(r.final_note.find("candidate 2"), std::string::npos) << r.final_note;
  const auto j = json::parse(read_file(c.folder / "run/folds.json"));
  EXPECT_EQ(j["each"][0]["selection"]["selected"], 2);
  EXPECT_EQ(j["final"]["selection"]["selected"], 2);
}

// What cannot be trained, or not be compared, is found before the first training.
TEST(Folds, CandidatesAreLookedAtFirst) {
  const Case c;
  const auto code = [&](const std::string& select, const Set& more = {}) {
    const auto e = c.load(with(
        with(kFolds, {"data.split.folds=2", "data.split.inner_folds=2", "train.select=" + select}),
        more));
    const auto problem = thrown([&] { train_folds(e, c.options("refused")); });
    EXPECT_FALSE(fs::exists(c.folder / "refused")) << select;
    return problem.code;
  };
  EXPECT_EQ(code("[{train.epochs: 5}, {train.loss: sparse_categorical_crossentropy, model.layers: "
                 "[{dense: {units: 2, activation: softmax}}]}]",
                 {"train.select_by=accuracy"}),
            "E-EXP-25");
  EXPECT_EQ(code("[{train.epochs: 5}, {train.loss: {binary_focal_crossentropy: {gamma: 5}}}]"),
            "E-EXP-24");
  EXPECT_EQ(code("[{train.epochs: 5}, {train.schedule: {reduce_on_plateau: {monitor: val_loss}}}]"),
            "E-EXP-22");
  EXPECT_EQ(code("[{train.epochs: 5}, {train.time_budget: 5}]"), "E-EXP-22");
  EXPECT_EQ(code("[{train.epochs: 5}, {train.metrics: [accurcy]}]"), "E-METRIC-01");
}

// A candidate without a value in some inner fold is not chosen, and that is told.
TEST(Folds, AnUndefinedValueIsNotTheBest) {
  const Case c;
  const Set nested =
      with(kFolds, {"data.split.folds=2", "data.split.inner_folds=2", "train.select_by=precision",
                    "train.epochs=1", "data.split.final_model=false"});
  const std::string never = "{train.threshold: 1}", always = "{train.threshold: 0.000001}";
  const auto r = train_folds(c.load(with(nested, {"train.select=[" + never + ", " + always + "]"})),
                             c.options());
  for (const auto& fold : r.folds) EXPECT_EQ(fold.candidate, 2);
  ASSERT_EQ(r.notes.size(), 2u);
  EXPECT_NE(r.notes[0].find("precision of candidate 1 is undefined in 2 of 2"), std::string::npos)
      << r.notes[0];
  EXPECT_EQ(thrown([&] {
              train_folds(c.load(with(nested, {"train.select=[" + never +
                                               ", {train.threshold: 1, "
                                               "train.batch_size: 16}]"})),
                          c.options("none"));
            }).code,
            "E-EXP-24");
}

// Without the best weights a model is that of its last epoch, and so is the final one.
TEST(Folds, EpochsAreThoseOfTheWeightsThatWereKept) {
  const Case c;
  const auto r =
      train_folds(c.load(with(kFolds, {"train.early_stopping.restore_best=false", "train.epochs=9",
                                       "train.optimizer.adam.learning_rate=0.3"})),
                  c.options());
  std::vector<std::int64_t> epochs;
  for (const auto& fold : r.folds) {
    EXPECT_EQ(fold.best_epoch, fold.epochs);
    epochs.push_back(fold.epochs);
  }
  std::sort(epochs.begin(), epochs.end());
  ASSERT_TRUE(r.final_run);
  EXPECT_EQ(std::ssize(r.final_run->history.epochs), (epochs[1] + epochs[2] + 1) / 2);
}

TEST(Folds, ThresholdOfTheFinalModelIsChosenOutOfFold) {
  const Case c;
  const auto e = c.load(with(kFolds, {"train.threshold={maximize: f1}"}));
  const auto r = train_folds(e, c.options());
  const auto saved = experiment::load_bundle(c.folder / "run");
  ASSERT_TRUE(saved.experiment.fit.threshold);
  EXPECT_NE(r.final_note.find("chosen on the out-of-fold predictions"), std::string::npos);
  // Each fold has its own, of its own validation rows.
  EXPECT_TRUE(experiment::load_bundle(c.folder / "run/folds/1").experiment.fit.threshold);
}

// The CSV decides each row by its fold's threshold; so does what is said of all of them.
TEST(Folds, OutOfFoldDecisionsAreByEachFoldsThreshold) {
  const Case c;
  const auto e = c.load(with(kFolds, {"train.threshold={cost: {false_positive: 1, false_negative: "
                                      "8}}"}));
  const auto r = train_folds(e, c.options());
  const auto lines = csv(c.folder / "run/out_of_fold.csv");
  double right = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) right += lines[i][2] == lines[i][3];
  ASSERT_TRUE(r.out_of_fold);
  EXPECT_TRUE(std::isnan(r.out_of_fold->loss));
  for (const auto& metric : r.out_of_fold->metrics)
    if (metric.name == "accuracy")
      EXPECT_DOUBLE_EQ(*metric.value, right / static_cast<double>(lines.size() - 1));
  std::set<double> thresholds;
  for (int fold = 1; fold <= 4; ++fold)
    thresholds.insert(*experiment::load_bundle(c.folder / "run/folds" / std::to_string(fold))
                           .experiment.fit.threshold);
  EXPECT_GT(thresholds.size(), 1u);  // else the first fold's would do
}

// A row that is predicted in each repeat is one row: its interval knows no more of it.
TEST(Folds, OfRepeatsEachRowCountsOnce) {
  const Case c;
  const auto e = c.load(with(kFolds, {"data.split.folds=2", "data.split.repeats=3",
                                      "train.epochs=2", "data.split.final_model=false"}));
  const auto r = train_folds(e, c.options());
  const auto lines = csv(c.folder / "run/out_of_fold.csv");
  EXPECT_EQ(lines.size(), 3 * 120 + 1u);
  std::map<std::string, std::pair<double, std::string>> rows;  // probability of yes, truth
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto& row = rows[lines[i][0]];
    row.first += std::stod(lines[i].back()) / 3;
    row.second = lines[i][2];
  }
  double loss = 0;
  for (const auto& [row, said] : rows)
    loss -= std::log(said.second == "yes" ? said.first : 1 - said.first) / 120;
  ASSERT_TRUE(r.out_of_fold);
  EXPECT_EQ(r.out_of_fold->rows, 120);
  for (const auto& metric : r.out_of_fold->metrics)
    if (metric.name == "log_loss") EXPECT_NEAR(*metric.value, loss, 1e-6);
}

TEST(Folds, PredictionsOfAnotherFormAreRefused) {
  const Case c;
  train_folds(c.load(kFolds), c.options(), 40);
  const auto file = c.folder / "run/folds/1/held_out.safetensors";
  ASSERT_TRUE(fs::exists(file));
  auto read = serialize::read_safetensors(file);
  const auto rows = read.at("rows").size();
  read.tensors["predictions.0"] = Tensor(DType::f32, {rows, 1000});
  serialize::write_safetensors(file, read.tensors, read.metadata);
  auto o = c.options();
  o.resume = true;
  EXPECT_EQ(thrown([&] { train_folds(c.load(kFolds), o); }).code, "E-EXP-25");
}

TEST(Folds, OfASeriesFollowOneAnotherInTime) {
  TempFolder folder;
  std::string text = "day,sales\n";
  for (int d = 0; d < 200; ++d)
    text += std::to_string(d) + "," + std::to_string(100 + d % 7 + 0.1 * d) + "\n";
  testing::write(folder / "sales.csv", text);
  const auto e = experiment::parse(R"(data:
  train: sales.csv
  series: {target: sales, time: day, window: 7, horizon: 2}
  split: {validation: 0.2, folds: 3}
model: {layers: [{flatten: {}}, {dense: {units: 2}}]}
train: {loss: mean_squared_error, epochs: 2}
)",
                                   "sales.yaml", {}, folder.path());
  experiment::RunOptions o;
  o.folder = folder / "run";
  const auto r = train_folds(e, o);
  ASSERT_EQ(r.folds.size(), 3u);
  std::int64_t before = 0;
  for (int fold = 1; fold <= 3; ++fold) {
    const auto prepared =
        experiment::prepare(experiment::changed(e, {"data.split.fold=" + std::to_string(fold)}));
    // Windows that grow, and test rows behind all that was trained on.
    EXPECT_GT(prepared.train->size(), before);
    before = prepared.train->size();
    EXPECT_GE(prepared.rows.test.front(), 200 * fold / 4 - 1);
    EXPECT_LT(prepared.rows.test.back(), 200 * (fold + 1) / 4);
  }
  EXPECT_TRUE(fs::exists(folder / "run/model/weights.safetensors"));
}

TEST(Folds, RefuseWhatCannotBe) {
  const Case c;
  const auto code = [&](const Set& set) {
    return thrown([&] { train_folds(c.load(set), c.options("no")); }).code;
  };
  EXPECT_EQ(code({}), "E-EXP-22");
  EXPECT_EQ(code({"data.split.folds=4", "train.time_budget=5"}), "E-EXP-22");
  EXPECT_EQ(code({"data.split.fold=2"}), "E-EXP-22");
  EXPECT_EQ(code({"data.split.repeats=2"}), "E-EXP-22");
  EXPECT_EQ(code({"data.split.folds=4", "data.split.inner_folds=2"}), "E-EXP-24");
  EXPECT_EQ(code({"data.split.folds=4", "train.select=[{train.epochs: 1}, {train.epochs: 2}]"}),
            "E-EXP-24");
  EXPECT_EQ(code({"data.split.folds=4", "data.split.inner_folds=2",
                  "train.select=[{data.split.seed: 1}, {seed: 2}]"}),
            "E-EXP-24");
  EXPECT_EQ(code({"data.split.folds=4", "data.split.inner_folds=2",
                  "train.select=[{train.epochs: 1}, {train.epochs: 2}]",
                  "train.select_by=accuracy_of_all"}),
            "E-METRIC-01");
  EXPECT_EQ(code({"data.split.folds=4", "train.schedule=reduce_on_plateau"}), "E-EXP-22");
  EXPECT_FALSE(fs::exists(c.folder / "no"));
  EXPECT_EQ(code({"data.split.folds=300"}), "E-DATA-176");
  EXPECT_EQ(code({"data.split.folds=3", "data.stream=true"}), "E-EXP-22");
  EXPECT_EQ(thrown([&] {
              const auto e = c.load({"data.split.folds=4"});
              experiment::train(e, experiment::prepare(e), c.options("no"));
            }).code,
            "E-EXP-22");
}

}  // namespace
}  // namespace glia
