// From a series to a run's folder and back to a forecast.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/experiment/run.h"
#include "tests/experiment/case.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using testing::thrown;
using testing::write;

// A season of 7 days on a trend, from day `from` on.
std::string days(int from, int to, double later = 0, int changed = 1 << 30) {
  std::string csv = "day,sales\n";
  for (int d = from; d < to; ++d)
    csv += std::to_string(d) + "," +
           std::to_string(100 + 0.5 * d + 10 * std::sin(d * 2 * 3.14159265 / 7) +
                          (d >= changed ? later : 0)) +
           "\n";
  return csv;
}

struct Sales {
  TempFolder folder;
  Sales() { write(folder / "sales.csv", days(0, 200)); }
  experiment::Experiment load(std::vector<std::string> set = {}) const {
    experiment::LoadOptions options;
    options.set = std::move(set);
    return experiment::parse(R"(data:
  train: sales.csv
  series: {target: sales, time: day, window: 7, horizon: 3, differences: [1], seasons: [7]}
  split: {validation: 0.2, test: 0.2}
model:
  layers:
    - flatten: {}
    - dense: {units: 3}
train:
  loss: mean_squared_error
  optimizer: {adam: {learning_rate: 0.02}}
  epochs: 60
  metrics: [rmse]
)",
                             "sales.yaml", options, folder.path());
  }
};

double metric(const experiment::Assessment& a, const std::string& name) {
  for (const auto& m : a.metrics)
    if (m.name == name) return *m.value;
  return NAN;
}

TEST(SeriesExperiment, NothingIsDrawn) {
  const Sales sales;
  for (const std::string set : {"data.split.seed=3", "data.split.stratify=false"}) {
    const auto error = thrown([&] { sales.load({set}); });
    EXPECT_EQ(error.code, "E-EXP-05") << set;
    EXPECT_TRUE(error.says("leave it out")) << error.message;
  }
  const auto resolved = sales.load().resolved;
  EXPECT_EQ(resolved.find("stratify"), resolved.npos);
  EXPECT_NO_THROW(experiment::parse(resolved, "run.yaml", {.data_must_exist = false}));
}

TEST(SeriesExperiment, TrainsEvaluatesAndForecastsInTheUnit) {
  const Sales sales;
  const auto e = sales.load();
  const auto prepared = experiment::prepare(e);
  experiment::RunOptions run;
  run.folder = sales.folder / "run";
  const auto result = experiment::train(e, prepared, run);
  ASSERT_TRUE(result.test.has_value());
  EXPECT_LT(metric(*result.test, "rmse"), 1.0) << "the season has an amplitude of 10";
  const auto bundle = experiment::load_bundle(sales.folder / "run");
  EXPECT_EQ(bundle.encoding.to_json(), prepared.encoding.to_json());
  EXPECT_EQ(metric(experiment::assess(bundle, *prepared.test), "rmse"),
            metric(*result.test, "rmse"));

  write(sales.folder / "new.csv", days(200, 220));
  const auto rows = bundle.experiment.data->unlabelled(bundle, sales.folder / "new.csv");
  EXPECT_EQ(rows.steps, (std::vector<std::string>{"220", "221", "222"}));
  EXPECT_EQ(rows.values, (std::vector<std::string>{"sales"}));
  const auto forecast = bundle.predict(*rows.rows).front();
  for (int h = 0; h < 3; ++h)
    EXPECT_NEAR(forecast.at(h),
                100 + 0.5 * (220 + h) + 10 * std::sin((220 + h) * 2 * 3.14159265 / 7), 3);
  const auto labelled = bundle.experiment.data->labelled(bundle, {sales.folder / "new.csv"});
  EXPECT_EQ(labelled.rows->size(), 20 - 8 - 2);
  EXPECT_FALSE(labelled.trained_on);
}

TEST(SeriesExperiment, FitsOnTrainingRowsOnly) {
  const Sales sales;
  const auto e = sales.load();
  const auto before = experiment::prepare(e);
  write(sales.folder / "sales.csv", days(0, 200, 5000, 120));
  EXPECT_EQ(before.encoding.to_json(), experiment::prepare(e).encoding.to_json());
  write(sales.folder / "sales.csv", days(0, 200, 5000, 119));
  EXPECT_NE(before.encoding.to_json(), experiment::prepare(e).encoding.to_json());
}

TEST(SeriesExperiment, WhatIsToldBeforeTraining) {
  const Sales sales;
  const auto notes = experiment::prepare(sales.load()).notes;
  ASSERT_EQ(notes.size(), 3u);
  EXPECT_TRUE(notes[0].starts_with("training: 110 windows, forecasts of 8 to 119")) << notes[0];
  EXPECT_NE(notes[2].find("that of 7 rows before 3.5"), std::string::npos) << notes[2];
}

TEST(SeriesExperiment, ATestFileLiesLater) {
  const Sales sales;
  write(sales.folder / "later.csv", days(200, 240));
  write(sales.folder / "early.csv", days(150, 240));
  const auto set = [](const char* file) {
    return std::vector<std::string>{"data.test=" + std::string(file), "data.split.test=0"};
  };
  EXPECT_EQ(experiment::prepare(sales.load(set("later.csv"))).test->size(), 40 - 8 - 2);
  EXPECT_EQ(thrown([&] { experiment::prepare(sales.load(set("early.csv"))); }).code, "E-DATA-161");
}

TEST(SeriesExperiment, SettingsThatCannotBe) {
  const Sales sales;
  EXPECT_EQ(thrown([&] { sales.load({"data.series.window=0"}); }).code, "E-EXP-05");
  EXPECT_EQ(thrown([&] { sales.load({"data.series.differences=[0]"}); }).code, "E-DATA-155");
  EXPECT_EQ(thrown([&] { sales.load({"data.series.windows=3"}); }).code, "E-EXP-02");
  EXPECT_EQ(thrown([&] { experiment::prepare(sales.load({"data.series.time=date"})); }).code,
            "E-DATA-10");
  EXPECT_EQ(
      thrown([&] {
        experiment::prepare(sales.load({"train.loss=binary_crossentropy", "train.metrics=[]"}));
      }).code,
      "E-LOSS-01");
}

}  // namespace
}  // namespace glia
