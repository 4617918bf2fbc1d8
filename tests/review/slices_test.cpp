// Figures of parts of the rows, and of training sets of several sizes.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/metrics/interval.h"
#include "glia/review/intervals.h"
#include "glia/review/learning_curve.h"
#include "glia/review/slice_by.h"
#include "tests/thrown.h"

namespace glia::review {
namespace {

using testing::thrown;

// Two classes: row i is decided rightly where i is no multiple of `wrong`.
Answers answers(std::size_t count, std::size_t wrong) {
  Answers a;
  a.kind = Answers::Kind::binary;
  a.target.column = "answer";
  a.target.task = data::Task::binary;
  a.target.labels = {"no", "yes"};
  a.count = count;
  for (std::size_t i = 0; i < count; ++i) {
    a.truth.push_back(static_cast<std::int64_t>(i % 2));
    const bool says = (a.truth.back() == 1) == (i % wrong != 0);
    a.predicted.push_back(says ? 0.9 : 0.1);
  }
  return a;
}

TEST(Slices, CountTheRowsOfEachValue) {
  const auto a = answers(300, 5);
  std::vector<std::string> towns;
  for (std::size_t i = 0; i < 300; ++i)
    towns.push_back(i < 200 ? "Ulm" : i < 293 ? "Kiel" : i < 296 ? "" : "Bonn");
  const auto s = slices_by(a, "town", towns, {.metrics = {"accuracy"}});
  ASSERT_EQ(s.slices.size(), 4U);
  EXPECT_EQ(s.slices[0].value, "Ulm");  // the most frequent first
  EXPECT_EQ(s.slices[0].rows, 200U);
  EXPECT_DOUBLE_EQ(*s.slices[0].metrics[0].value, 0.8);
  const auto wilson = metrics::wilson(160, 200);
  EXPECT_DOUBLE_EQ(s.slices[0].metrics[0].interval->low, wilson.low);
  EXPECT_DOUBLE_EQ(s.slices[0].metrics[0].interval->high, wilson.high);
  EXPECT_DOUBLE_EQ(*s.overall[0].value, 0.8);
  EXPECT_EQ(s.small, 2U);
  EXPECT_EQ(s.slices[3].value, "(missing)");
  EXPECT_TRUE(s.slices[3].metrics.empty());
  EXPECT_NE(note_of(s).find("2 slices have too few rows"), std::string::npos) << note_of(s);
  const auto text = report::render(table_of(s), {.unicode = false});
  EXPECT_NE(text.find("too few"), std::string::npos) << text;
}

TEST(Slices, OfNumbersAreBinsOfAboutAsManyRows) {
  const auto a = answers(100, 7);
  std::vector<std::string> ages;
  for (int i = 0; i < 100; ++i) ages.push_back(i == 50 ? "" : std::to_string(20 + i / 2));
  const auto s = slices_by(a, "age", ages, {.metrics = {"accuracy"}, .bins = 4});
  ASSERT_EQ(s.slices.size(), 5U);
  EXPECT_EQ(s.slices.front().value, "20 to 31");
  EXPECT_EQ(s.slices.back().value, "(missing)");
  std::size_t rows = 0;
  for (const auto& slice : s.slices) rows += slice.rows;
  EXPECT_EQ(rows, 100U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(static_cast<double>(s.slices[i].rows), 25, 2);
  // Of few numbers each is a value.
  std::vector<std::string> levels;
  for (int i = 0; i < 100; ++i) levels.push_back(std::to_string(i % 4));
  EXPECT_EQ(slices_by(a, "level", levels).slices.size(), 4U);
}

TEST(Slices, PutRareValuesTogether) {
  const auto a = answers(200, 5);
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("n" + std::to_string(i < 100 ? 0 : i));
  const auto s = slices_by(a, "name", names, {.metrics = {"accuracy"}, .most = 1});
  ASSERT_EQ(s.slices.size(), 2U);
  EXPECT_EQ(s.slices[1].value, "(100 other values)");
  EXPECT_EQ(s.slices[1].rows, 100U);
}

// A group that is always wrong lies apart; by the whole of its interval.
TEST(Slices, SayWhichLieApart) {
  auto a = answers(400, 10);
  std::vector<std::string> groups;
  for (std::size_t i = 0; i < 400; ++i) {
    groups.push_back(i < 40 ? "new" : "old");
    if (i < 40) a.predicted[i] = a.truth[i] == 1 ? 0.2 : 0.8;
  }
  const auto s = slices_by(a, "group", groups, {.metrics = {"accuracy"}});
  EXPECT_NE(note_of(s).find("new worse in accuracy"), std::string::npos) << note_of(s);
}

TEST(Slices, OfTheTargetNeedNoFile) {
  const auto a = answers(40, 5);
  const auto values = values_of("class", a, nullptr, {});
  EXPECT_EQ(values[0], "no");
  EXPECT_EQ(values[1], "yes");
  EXPECT_EQ(values_of("answer", a, nullptr, {}), values);
  EXPECT_EQ(thrown([&] { values_of("age", a, nullptr, {}); }).code, "E-METRIC-13");
  EXPECT_EQ(thrown([&] { slices_by(a, "x", {"1"}); }).code, "E-METRIC-13");
  auto many = a;
  many.by_row = false;
  EXPECT_EQ(thrown([&] { slices_by(many, "x", values); }).code, "E-METRIC-14");
  EXPECT_EQ(thrown([&] { slices_by(a, "x", values, {.metrics = {"rmse"}}); }).code, "E-METRIC-01");
}

// Among rows that are all of one class, what holds classes against each other tells nothing.
TEST(Slices, OfOneClassHaveNoPrecision) {
  const auto a = answers(40, 5);
  const auto s = slices_by(a, "class", values_of("class", a, nullptr, {}),
                           {.metrics = {"accuracy", "f1", "ece"}});
  ASSERT_EQ(s.slices.size(), 2u);
  for (const auto& slice : s.slices) {
    EXPECT_TRUE(slice.metrics[0].value);
    EXPECT_FALSE(slice.metrics[1].value) << "f1";
    EXPECT_FALSE(slice.metrics[2].value) << "ece";
  }
  EXPECT_TRUE(s.overall[1].value && s.overall[2].value);
  EXPECT_EQ(note_of(s).find("better in ece"), std::string::npos);
}

TEST(Slices, ChanceIsSaidOfManyIntervalsOnly) {
  EXPECT_EQ(chance_text(4, "intervals"), "");
  EXPECT_EQ(chance_text(40, "slices"), " Of 40 slices about 2 would lie apart by chance alone.");
}

TEST(LearningCurve, HasScipysIntervals) {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/review.json");
  const auto cases = nlohmann::json::parse(file)["welch"];
  ASSERT_EQ(cases.size(), 20U);
  for (const auto& c : cases) {
    const auto curve = learning_curve("accuracy", true,
                                      {{.rows = 200, .values = c["b"].get<std::vector<double>>()},
                                       {.rows = 100, .values = c["a"].get<std::vector<double>>()}});
    const auto gain = last_gain(curve);
    ASSERT_TRUE(gain && gain->interval);
    EXPECT_NEAR(gain->interval->low, c["low"].get<double>(), 1e-10);
    EXPECT_NEAR(gain->interval->high, c["high"].get<double>(), 1e-10);
  }
}

TEST(LearningCurve, EqualRepeatsAreNoCertainty) {
  const auto curve = learning_curve(
      "m", true, {{.rows = 100, .values = {0.5, 0.5}}, {.rows = 200, .values = {0.6, 0.6}}});
  EXPECT_FALSE(last_gain(curve)->interval);
  EXPECT_NE(verdict(curve).find("cannot be told"), std::string::npos);
}

TEST(LearningCurve, SaysWhetherMoreRowsWouldHelp) {
  const auto says = [](std::vector<double> a, std::vector<double> b, bool larger) {
    return verdict(learning_curve(
        "m", larger,
        {{.rows = 100, .values = std::move(a)}, {.rows = 200, .values = std::move(b)}}));
  };
  EXPECT_NE(says({0.80, 0.81, 0.80}, {0.90, 0.91, 0.90}, true).find("would help."),
            std::string::npos);
  EXPECT_NE(says({0.80, 0.81, 0.80}, {0.90, 0.91, 0.90}, false).find("became worse"),
            std::string::npos);
  EXPECT_NE(says({0.80, 0.90, 0.85}, {0.81, 0.90, 0.86}, true).find("no gain can be told"),
            std::string::npos);
  EXPECT_NE(says({0.8}, {0.9}, true).find("--repeats"), std::string::npos);
  EXPECT_NE(verdict(learning_curve("m", true, {{.rows = 5, .values = {1}}})).find("One size"),
            std::string::npos);
}

}  // namespace
}  // namespace glia::review
