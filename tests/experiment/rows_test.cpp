// Which rows train, how often, and what is a yes: splits, sampling and thresholds of experiments.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "glia/base/file.h"
#include "glia/data/csv.h"
#include "tests/experiment/case.h"
#include "tests/thrown.h"

namespace glia::experiment {
namespace {

using testing::Case;
using testing::thrown;

// Rows of `groups` groups over time; x is the group, so that features tell where a row went.
std::string grouped(int rows, int groups) {
  std::string csv = "patient,day,x,kind\n";
  for (int i = 0; i < rows; ++i)
    csv += "p" + std::to_string(i % groups) + ",2024-01-" + (i / 8 < 9 ? "0" : "") +
           std::to_string(i / 8 + 1) + "," + std::to_string(i % groups) + "." + std::to_string(i) +
           "," + (i % 3 ? "no" : "yes") + "\n";
  return csv;
}

struct Grouped {
  TempFolder folder;
  Grouped() { testing::write(folder / "rows.csv", grouped(120, 12)); }
  Prepared prepare(const std::string& split, const std::string& more = "") const {
    const auto e = parse(
        "data:\n  train: rows.csv\n  target: kind\n  columns: {day: drop}\n"
        "  preprocess: {numeric: [none]}\n  split: " +
            split + "\n" + more +
            "model:\n  layers:\n    - dense: {units: 1, activation: sigmoid}\n"
            "train:\n  loss: binary_crossentropy\n  epochs: 2\n",
        "rows.yaml", {}, folder.path());
    return experiment::prepare(e);
  }
};

// The first feature of each row, rounded down: its patient.
std::multiset<int> patients(const data::Source& rows) {
  auto batch = rows.allocate(rows.size());
  const auto every = data::all_rows(rows.size());
  batch.count = rows.size(), batch.rows = every;
  rows.fill(batch);
  std::multiset<int> found;
  for (std::int64_t row = 0; row < rows.size(); ++row)
    found.insert(static_cast<int>(batch.features.at(row * batch.features.shape()[1].value())));
  return found;
}

TEST(Rows, GroupsAreOnOneSide) {
  const Grouped data;
  const auto prepared = data.prepare("{validation: 0.25, test: 0.25, groups: patient}");
  EXPECT_EQ(prepared.encoding.types().features.shape, (Shape{Dim::symbol("batch"), 1}))
      << "the patient is no feature";
  const auto train = patients(*prepared.train);
  for (const auto* part : {&*prepared.validation, &*prepared.test}) {
    EXPECT_EQ(part->size(), 30);
    for (const int patient : patients(*part)) EXPECT_FALSE(train.contains(patient));
  }
}

TEST(Rows, ByTime) {
  const Grouped data;
  const auto prepared = data.prepare("{validation: 0.2, test: 0.2, time: day}");
  EXPECT_EQ(prepared.train->size(), 72);
  EXPECT_EQ(prepared.test->size(), 24);
  std::string back = grouped(120, 12);
  back += "p1,2023-12-31,1.5,yes\n";
  testing::write(data.folder / "rows.csv", back);
  const auto error = thrown([&] { data.prepare("{validation: 0.2, time: day}"); });
  EXPECT_EQ(error.code, "E-DATA-174");
  EXPECT_TRUE(error.says("rows.csv:122")) << error.message;
  EXPECT_EQ(data.prepare("{validation: 0.2, time: day, sort: true}").train->size(), 97);
}

TEST(Rows, EqualRowsTogether) {
  const Grouped data;
  std::string csv = "patient,day,x,kind\n";
  for (int i = 0; i < 120; ++i) {
    const std::string v = std::to_string(i / 4);
    csv += "p,2024-01-01," + v + "," + (i / 4 % 2 ? "no" : "yes") + "\n";
  }
  testing::write(data.folder / "rows.csv", csv);
  const auto apart = data.prepare("{validation: 0.25, test: 0.25}");
  EXPECT_GT(apart.equal_rows, 0);
  const auto together = data.prepare("{validation: 0.25, test: 0.25, equal_rows_together: true}");
  EXPECT_EQ(together.equal_rows, 0);
}

TEST(Rows, WhatDoesNotGoTogether) {
  const Grouped data;
  const auto code = [&](const std::string& split) {
    return thrown([&] { data.prepare(split); }).code;
  };
  EXPECT_EQ(code("{validation: 0.2, time: day, groups: patient}"), "E-EXP-05");
  EXPECT_EQ(code("{validation: 0.2, time: day, stratify: true}"), "E-EXP-05");
  EXPECT_EQ(code("{validation: 0.2, sort: true}"), "E-EXP-05");
  EXPECT_EQ(code("{validation: 0.2, groups: patients}"), "E-DATA-10");
  EXPECT_EQ(code("{train: 0, validation: 0.2}"), "E-EXP-05");
  EXPECT_EQ(code("{train: 0.8, validation: 0.2}"), "");
}

TEST(Rows, SamplingIsOfTrainingRowsAlone) {
  const Grouped data;
  const std::string split = "{validation: 0.25}";
  const auto plain = data.prepare(split);
  const auto all = [&](const std::string& sampling, const std::string& more = "") {
    return data.prepare(split, "  sampling: " + sampling + "\n" + more);
  };
  EXPECT_EQ(plain.train->size(), 90);
  const auto over = all("oversample"), under = all("undersample"),
             half = all("{oversample: {ratio: 0.75}}");
  EXPECT_EQ(over.train->size(), 120);
  EXPECT_EQ(under.train->size(), 60);
  EXPECT_EQ(half.train->size(), 105);
  EXPECT_EQ(over.validation->size(), plain.validation->size());
  EXPECT_EQ(patients(*over.validation), patients(*plain.validation));
  EXPECT_EQ(over.encoding.to_json(), plain.encoding.to_json()) << "fitted before";
  EXPECT_TRUE(std::any_of(over.notes.begin(), over.notes.end(), [](const auto& note) {
    return note.find("60 of no, 30 of yes became 60 of no, 60 of yes") != note.npos;
  })) << over.notes.back();
  EXPECT_EQ(thrown([&] { all("smote"); }).code, "E-EXP-05") << "patients are categories";
  const auto smote = data.prepare("{validation: 0.25, groups: patient}",
                                  "  sampling: {smote: {k_neighbors: 3}}\n");
  EXPECT_GT(smote.train->size(), 90);
  EXPECT_EQ(thrown([&] { all("over"); }).code, "E-NN-01");
}

double metric(const Assessment& a, const std::string& name) {
  for (const auto& m : a.metrics)
    if (m.name == name) return m.value.value_or(-1);
  return -1;
}

TEST(Threshold, IsChosenSavedAndUsed) {
  const Case c;
  const auto e = c.load({"train.threshold={cost: {false_positive: 1, false_negative: 30}}"});
  std::vector<std::string> messages;
  train::Observer observer;
  observer.message = [&](std::string_view line) { messages.emplace_back(line); };
  const auto result = train(e, prepare(e), c.options(), observer);
  ASSERT_TRUE(result.threshold.has_value());
  EXPECT_LT(result.threshold->threshold, 0.5) << "a yes that is missed is dear";
  EXPECT_LT(result.threshold->value, result.threshold->at_half);
  EXPECT_TRUE(std::any_of(messages.begin(), messages.end(), [](const auto& line) {
    return line.starts_with("threshold ") && line.find("cost") != line.npos;
  }));
  const auto bundle = load_bundle(c.options().folder);
  EXPECT_EQ(bundle.experiment.fit.threshold, result.threshold->threshold) << "to the bit";
  EXPECT_FALSE(bundle.experiment.threshold_goal.has_value());
  const auto prepared = prepare(e);
  EXPECT_EQ(metric(assess(bundle, *prepared.validation), "recall"), 1);
  EXPECT_EQ(metric(*result.validation, "recall"), 1);
  const auto summary = nlohmann::json::parse(read_file(c.options().folder / "result.json"));
  EXPECT_EQ(summary["threshold"]["for"], "cost");
  EXPECT_NE(read_file(c.options().folder / "model" / "README.md").find("threshold"),
            std::string::npos);
}

TEST(Threshold, Mistakes) {
  const Case c;
  const auto load = [&](const std::string& threshold) {
    return thrown([&] { c.load({"train.threshold=" + threshold}); });
  };
  EXPECT_EQ(load("{maximize: f1}").code, "nothing");
  EXPECT_EQ(load("{maximize: f2}").code, "E-METRIC-08");
  EXPECT_EQ(load("{}").code, "E-EXP-04");
  EXPECT_EQ(load("{maximize: f1, cost: {false_positive: 2}}").code, "E-EXP-05");
  EXPECT_EQ(load("{cost: {false_positive: -2}}").code, "E-EXP-05");
  EXPECT_EQ(load("2").code, "E-EXP-05");
  const auto e = c.load({"train.threshold={maximize: f1}", "data.split={test: 0.2}"});
  const auto error = thrown([&] { train(e, prepare(e), c.options()); });
  EXPECT_EQ(error.code, "E-EXP-05");
  EXPECT_TRUE(error.says("validation")) << error.message;
}

}  // namespace
}  // namespace glia::experiment
