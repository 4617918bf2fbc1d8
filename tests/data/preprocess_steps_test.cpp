// What must hold for every step: nothing is fitted on other rows, JSON keeps every bit, and rows in
// pieces give what they give at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "glia/base/error.h"
#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/csv.h"
#include "glia/data/preprocess.h"
#include "glia/data/steps/category.h"
#include "glia/data/steps/sketch.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

Table table(const std::string& text) {
  return parse_csv(text, {.separator = ',', .header = Header::yes, .threads = 1});
}

constexpr std::int64_t kRows = 90;

// Numbers, categories, dates, texts and a target. In rows that `other` holds, everything is drawn
// anew: other values, other categories, more of them missing.
std::string random_text(const std::set<std::int64_t>& other = {}, bool whole = false) {
  std::string text = "a,b,city,day,note,y\n";
  for (std::int64_t row = 0; row < kRows; ++row) {
    const bool changed = other.contains(row);
    Random random(changed ? 99 : 7, "rows", static_cast<std::uint64_t>(row));
    const double stretch = changed ? 1000 : 1;
    const auto number = [&] {
      const bool hole = !whole && random.uniform() < (changed ? 0.5 : 0.1);
      const double value = std::exp(random.normal()) * stretch;
      return hole ? std::string("NA") : fmt::format("{}", value);
    };
    text += number() + "," + number() + ",";
    text += !whole && random.uniform() < 0.1
                ? "NA"
                : std::string(1, static_cast<char>((changed ? 'p' : 'a') + random.below(5)));
    text += fmt::format(",20{:02}-{:02}-{:02} {:02}:30,", 10 + random.below(changed ? 80 : 9),
                        1 + random.below(12), 1 + random.below(28), random.below(24));
    for (int word = 0; word < 3; ++word)
      text += fmt::format("{}{} ", changed ? "late" : "word", random.below(8));
    if (!whole && random.uniform() < 0.1) text.resize(text.rfind(',') + 1), text += "NA";
    text += random.below(2) == 0 ? ",yes\n" : ",no\n";
  }
  return text;
}

const std::map<std::string, Kind> kKinds = {{"a", Kind::numeric},
                                            {"b", Kind::numeric},
                                            {"city", Kind::categorical},
                                            {"day", Kind::date},
                                            {"note", Kind::text}};

PreprocessOptions with(Chain numeric, Chain categorical = {"impute_mode", "one_hot"}) {
  return {.numeric = std::move(numeric),
          .categorical = std::move(categorical),
          .columns = kKinds,
          .target = TargetOptions{.column = "y"}};
}

// A chain for each step that there is, with what it needs beside it.
std::vector<PreprocessOptions> all_options() {
  std::vector<PreprocessOptions> all;
  for (const auto& info : known_steps(Kind::numeric)) {
    if (info.name == "none") continue;
    Step step(info.name);
    if (step.name == "clip") step.options = {{"low", 0.5}, {"high", 2.0}};
    if (info.options.size() > 0 && info.options.back().name == "indicator")
      all.push_back(with({Step(info.name, {{"indicator", true}}), "standardize"}));
    else
      all.push_back(with({step, "impute_mean"}));
  }
  all.push_back(with({"standardize", "impute_knn", "power"}));
  all.push_back(with({Step("drop_z", {{"factor", 2.0}}), "impute_median",
                      Step("quantile", {{"output", "normal"}})}));
  all.push_back(with({Step("power", {{"method", "box_cox"}}), "impute_iterative"}));
  for (const auto& info : known_steps(Kind::categorical))
    if (!info.name.starts_with("impute_"))
      for (const char* impute : {"impute_mode", "impute_constant"}) {
        Step step(info.name);
        if (info.options.back().name == "min_frequency") step.options["min_frequency"] = 0.2;
        all.push_back(with({"impute_mean"}, {Step(impute, {{"indicator", true}}), step}));
      }
  for (const Chain& chain :
       {Chain{"tfidf"}, Chain{Step("impute_constant", {{"value", "word1"}, {"indicator", true}}),
                              Step("tfidf", {{"max_features", std::int64_t{5}},
                                             {"analyzer", "characters"},
                                             {"max_ngram", std::int64_t{3}}})}}) {
    all.push_back(with({"impute_mean"}));
    all.back().steps = {{"note", chain}};
  }
  return all;
}

std::string steps_of(const PreprocessOptions& options) {
  std::string text;
  for (const auto* chain : {&options.numeric, &options.categorical})
    for (const auto& step : *chain) text += step.name + " ";
  for (const auto& [name, chain] : options.steps) text += name + " by " + chain.back().name;
  return text;
}

TEST(PreprocessSteps, OtherRowsChangeNothingThatIsFitted) {
  for (std::int64_t fold = 0; fold < 3; ++fold) {
    std::vector<std::int64_t> training;
    std::set<std::int64_t> other;
    for (std::int64_t row = 0; row < kRows; ++row)
      if (row % 3 == fold)
        other.insert(row);
      else
        training.push_back(row);
    const Table as_is = table(random_text()), changed = table(random_text(other));
    for (const auto& options : all_options()) {
      const auto p = Preprocessor::fit(as_is, training, options);
      const auto q = Preprocessor::fit(changed, training, options);
      EXPECT_EQ(p.to_json(), q.to_json()) << steps_of(options);
      const auto rows = p.training_rows(as_is, training);
      EXPECT_EQ(rows, q.training_rows(changed, training));
      EXPECT_TRUE(same_bits(p.transform_training(as_is, rows), q.transform_training(changed, rows)))
          << steps_of(options);
      EXPECT_NE(p.to_json(), Preprocessor::fit(changed, all_rows(kRows), options).to_json())
          << steps_of(options) << ": the other rows do differ";
    }
  }
}

TEST(PreprocessSteps, JsonKeepsEveryBit) {
  const Table t = table(random_text());
  for (const auto& options : all_options()) {
    const auto p = Preprocessor::fit(t, options);
    const auto q = Preprocessor::from_json(p.to_json());
    EXPECT_EQ(p.to_json(), q.to_json()) << steps_of(options);
    EXPECT_EQ(p.feature_names(), q.feature_names());
    TransformReport report;
    EXPECT_TRUE(same_bits(p.transform(t, &report), q.transform(t))) << steps_of(options);
    EXPECT_GT(report.imputed, 0);
  }
}

// Any damage to the JSON is an error, or leaves something that still computes.
TEST(PreprocessSteps, HostileJsonNeverCrashes) {
  const Table t = table(random_text());
  Random random(3, "bytes");
  for (const auto& options : all_options()) {
    const std::string good = Preprocessor::fit(t, options).to_json();
    for (int i = 0; i < 60; ++i) {
      std::string damaged = good;
      for (int n = 0; n < 2; ++n)
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
      try {
        Preprocessor::from_json(damaged).transform(t);
      } catch (const Error&) {
      }
    }
  }
}

Preprocessor in_pieces(const Table& t, const PreprocessOptions& options, std::int64_t size) {
  PreprocessFitter fitter(options);
  const auto rows = all_rows(t.rows());
  do {
    for (std::int64_t at = 0; at < t.rows(); at += size)
      fitter.add(t, Rows(rows).subspan(static_cast<std::size_t>(at),
                                       static_cast<std::size_t>(std::min(size, t.rows() - at))));
  } while (fitter.next_pass());
  return std::move(fitter).finish();
}

TEST(PreprocessSteps, PiecesGiveWhatAllRowsGive) {
  const Table t = table(random_text());
  for (const auto& options : all_options()) {
    const bool together =
        std::any_of(options.numeric.begin(), options.numeric.end(), [](const Step& step) {
          return step.name == "impute_knn" || step.name == "impute_iterative";
        });
    if (together) {
      EXPECT_EQ(code_of([&] { in_pieces(t, options, 20); }), "E-DATA-103");
      continue;
    }
    const auto whole = Preprocessor::fit(t, options), pieces = in_pieces(t, options, 20);
    EXPECT_EQ(whole.feature_names(), pieces.feature_names());
    EXPECT_EQ(*whole.target(), *pieces.target());
    const auto rows = whole.training_rows(t, all_rows(kRows));
    ASSERT_EQ(rows, pieces.training_rows(t, all_rows(kRows))) << steps_of(options);
    // A power is the place of a flat minimum.
    const double tolerance = options.numeric.front().name == "power" ? 1e-6 : 1e-9;
    const Tensor x = whole.transform_training(t, rows, nullptr, 0, DType::f64);
    const Tensor y = pieces.transform_training(t, rows, nullptr, 0, DType::f64);
    for (std::int64_t i = 0; i < x.size(); ++i)
      ASSERT_NEAR(x.at(i), y.at(i), tolerance * std::max(1.0, std::abs(x.at(i))))
          << steps_of(options);
    EXPECT_TRUE(pieces.notes().empty()) << "few rows are all kept, so nothing is approximate";
  }
}

TEST(PreprocessSteps, ASketchKeepsItsBound) {
  constexpr std::int64_t kMany = 300000;
  for (const int shape : {0, 1, 2}) {
    QuantileSketch sketch(256);
    std::vector<double> values;
    Random random(5, "values");
    for (std::int64_t i = 0; i < kMany; ++i) {
      const double value = shape == 0   ? random.normal()
                           : shape == 1 ? static_cast<double>(i)  // in order
                                        : static_cast<double>(random.below(10));
      values.push_back(value);
      sketch.add(value);
    }
    std::sort(values.begin(), values.end());
    const double bound = sketch.rank_error();
    EXPECT_GT(bound, 0);
    EXPECT_LT(bound, 0.05);
    for (double q = 0; q <= 1; q += 0.01) {
      const double value = sketch.quantile(q);
      const auto below = std::lower_bound(values.begin(), values.end(), value) - values.begin();
      const auto above = std::upper_bound(values.begin(), values.end(), value) - values.begin();
      const double reach = bound + 1.0 / kMany;
      EXPECT_LE(static_cast<double>(below) / kMany, q + reach) << shape;
      EXPECT_GE(static_cast<double>(above) / kMany, q - reach) << shape;
    }
  }
}

TEST(PreprocessSteps, ManyPiecesSayHowFarTheyAreOff) {
  std::string text = "a\n";
  Random random(6, "many");
  for (int i = 0; i < 60000; ++i) text += fmt::format("{:.6f}\n", random.normal());
  const Table t = table(text);
  const PreprocessOptions options{.numeric = {"impute_median", "robust"}};
  const auto whole = Preprocessor::fit(t, options), pieces = in_pieces(t, options, 1000);
  ASSERT_EQ(pieces.notes().size(), 1u);
  EXPECT_NE(pieces.notes()[0].find("rank error at most"), std::string::npos);
  const auto& exact = std::get<FittedNumber>(whole.columns()[0].fitted);
  const auto& near = std::get<FittedNumber>(pieces.columns()[0].fitted);
  EXPECT_GT(near.rank_error, 0);
  EXPECT_LT(near.rank_error, 0.002);
  const auto scale = [](const FittedNumber& n) { return std::get<Linear>(n.steps[1]).scale; };
  EXPECT_NEAR(scale(near), scale(exact), 0.01);
  EXPECT_EQ(Preprocessor::from_json(pieces.to_json()).notes(), pieces.notes());
  EXPECT_EQ(whole.notes().size(), 0u);
}

TEST(PreprocessSteps, AnotherPassMustBringTheSameRows) {
  const Table t = table(random_text());
  PreprocessFitter fitter(with({"impute_mean", "quantile", "standardize"}));
  fitter.add(t);
  ASSERT_TRUE(fitter.next_pass());
  fitter.add(t, std::vector<std::int64_t>{1, 2, 3});
  EXPECT_EQ(code_of([&] { fitter.next_pass(); }), "E-DATA-107");
}

// No row's own target is in its encoding: a fold's rows have what is fitted without them.
TEST(PreprocessSteps, TargetEncodingIsCrossFitted) {
  const Table t = table(random_text({}, true));
  constexpr std::int64_t kFolds = 4;
  const auto options =
      with({"none"}, {Step("target", {{"folds", kFolds}, {"seed", std::int64_t{3}}})});
  const auto p = Preprocessor::fit(t, options);
  const auto rows = all_rows(kRows);
  const Tensor x = p.transform_training(t, rows, nullptr, 0, DType::f64);
  std::vector<int> sizes(kFolds);
  for (std::int64_t fold = 0; fold < kFolds; ++fold) {
    std::vector<std::int64_t> others;
    for (const auto row : rows)
      if (fold_of(row, kFolds, 3) != fold) others.push_back(row);
    const Tensor wanted =
        Preprocessor::fit(t, others, options).transform(t, rows, nullptr, DType::f64);
    for (const auto row : rows)
      if (fold_of(row, kFolds, 3) == fold) {
        ++sizes[static_cast<std::size_t>(fold)];
        const auto at = row * p.features() + 2;
        EXPECT_NEAR(x.at(at), wanted.at(at), 1e-12);
      }
  }
  for (const int size : sizes) EXPECT_NEAR(size, kRows / kFolds, 1);
  EXPECT_FALSE(same_bits(x, p.transform(t, rows, nullptr, DType::f64)));
  const Tensor later = p.transform_training(t, Rows(rows).subspan(30), nullptr, 30, DType::f64);
  for (std::int64_t i = 0; i < later.size(); ++i)
    EXPECT_EQ(later.at(i), x.at(30 * p.features() + i)) << "a part of the rows, by its position";
}

TEST(PreprocessSteps, OutliersAreLeftOutOfTrainingAndCounted) {
  std::string text = "a,c\n";
  for (int i = 0; i < 30; ++i) text += fmt::format("{},x\n", i % 10);
  const Table t = table(text + "1000,x\nNA,y\n-500,x\n");
  const PreprocessOptions options{.numeric = {"drop_iqr", "impute_mean", "min_max"},
                                  .columns = {{"c", Kind::categorical}}};
  const auto p = Preprocessor::fit(t, options);
  TransformReport report;
  const auto rows = p.training_rows(t, all_rows(t.rows()), &report);
  EXPECT_EQ(rows.size(), 31u) << "a missing value is no outlier";
  EXPECT_EQ(report.dropped, 2);
  ASSERT_EQ(report.columns.size(), 1u);
  EXPECT_EQ(report.columns[0].dropped, 2);
  const Tensor x = p.transform(t);
  EXPECT_EQ(x.shape()[0].value(), 33) << "nothing is left out where rows are predicted";
  EXPECT_NEAR(x.at(30 * 3), 1000.0 / 9, 1e-4) << "scaled by the rows that stay";
  EXPECT_EQ(code_of([&] {
              Preprocessor::fit(table("a\n1\n2\n4\n"),
                                {.numeric = {Step("drop_z", {{"factor", 0.0}}), "impute_mean"}});
            }),
            "E-DATA-108");
}

TEST(PreprocessSteps, Dates) {
  const Table t =
      table("day,y\n2020-01-01,1\n2020-01-02 12:00,2\n2020-07-01,3\nNA,4\n01.08.2020,5\n");
  const auto p = Preprocessor::fit(
      t, {.date = {"impute_median",
                   Step("date_parts",
                        {{"parts", std::vector<std::string>{"days", "year", "month", "weekday"}},
                         {"standardize", false}})},
          .columns = {{"y", Kind::drop}}});
  EXPECT_EQ(p.schema().columns[0].kind, Kind::date) << "inferred";
  EXPECT_EQ(p.feature_names(),
            (std::vector<std::string>{"day:days", "day:month_sin", "day:month_cos",
                                      "day:weekday_sin", "day:weekday_cos"}))
      << "all have one year";
  TransformReport report;
  const Tensor x = p.transform(t, all_rows(5), &report, DType::f64);
  EXPECT_EQ(report.imputed, 1);
  EXPECT_EQ(x.at(0), 0);
  EXPECT_EQ(x.at(5), 1.5);
  EXPECT_EQ(x.at(2 * 5), 182);
  EXPECT_NEAR(x.at(2 * 5 + 1), 0, 1e-12) << "July: half of the circle";
  EXPECT_NEAR(x.at(2 * 5 + 2), -1, 1e-12);
  EXPECT_NEAR(x.at(3), std::sin(2 * M_PI * 2 / 7), 1e-12) << "a Wednesday";
  std::string said;
  EXPECT_EQ(code_of([&] { p.transform(table("day\n2020-02-30\n")); }, &said), "E-DATA-101");
  EXPECT_NE(said.find("<text>:2"), said.npos) << said;
  EXPECT_NE(said.find("2020-02-30"), said.npos) << said;
  const Table slashes = table("day\n03/05/2020\n04/05/2020\n");
  const auto first = [&](const std::string& order) {
    const auto q = Preprocessor::fit(
        slashes,
        {.steps = {{"day", {Step("date_parts", {{"slashes", order}, {"standardize", false}})}}}});
    return q.transform(slashes).at(q.features());
  };
  EXPECT_EQ(first("day_first"), 1) << "the next day";
  EXPECT_EQ(first("month_first"), 31) << "the next month";
}

// As SimpleImputer(missing_values=0, add_indicator=True), and empty cells too.
TEST(PreprocessSteps, AValueMayStandForAMissingOne) {
  const Step zero("missing", {{"value", 0.0}}), mean("impute_mean", {{"indicator", true}});
  const Table t = table("a,b\n0,0\n2,1\n4,0\nNA,1\n");
  const auto p = Preprocessor::fit(t, {.steps = {{"a", {zero, mean}}, {"b", {"none"}}}});
  const Tensor x = p.transform(t);
  const std::vector<double> expected{3, 1, 0, 2, 0, 1, 4, 0, 0, 3, 1, 1};
  ASSERT_EQ(x.size(), std::ssize(expected));
  for (std::int64_t i = 0; i < x.size(); ++i)
    EXPECT_EQ(x.at(i), expected[static_cast<std::size_t>(i)]);
  EXPECT_TRUE(same_bits(x, Preprocessor::from_json(p.to_json()).transform(t)));
  const auto code = [&](const Chain& chain, std::string* said = nullptr) {
    return code_of([&] { Preprocessor::fit(t, {.steps = {{"b", chain}}}); }, said);
  };
  EXPECT_EQ(code({"standardize", zero}), "E-DATA-14");
  EXPECT_EQ(code({"impute_mean", zero}), "E-DATA-14");
  EXPECT_EQ(code({"drop_z", zero, "impute_knn"}), "nothing");
  std::string said;
  EXPECT_EQ(code({zero, "standardize"}, &said), "E-DATA-31") << "nothing fills it";
}

TEST(PreprocessSteps, ColumnsMayHaveStepsOfTheirOwn) {
  const Table t = table("a,b,c\n1,1,x\n2,NA,y\n4,3,x\n");
  const auto p =
      Preprocessor::fit(t, {.columns = {{"c", Kind::drop}},
                            .steps = {{"b", {"impute_mode", "min_max"}}, {"c", {"ordinal"}}}});
  EXPECT_EQ(p.features(), 2) << "a column that is dropped stays so";
  const Tensor x = p.transform(t);
  EXPECT_EQ(x.at(1), 0);
  EXPECT_EQ(x.at(3), 0);
  EXPECT_EQ(x.at(5), 1);
  const auto code = [&](std::map<std::string, Chain> steps, std::string* said = nullptr) {
    return code_of([&] { Preprocessor::fit(t, {.steps = std::move(steps)}); }, said);
  };
  EXPECT_EQ(code({{"nope", {"power"}}}), "E-DATA-10");
  std::string said;
  EXPECT_EQ(code({{"a", {"powr"}}}, &said), "E-DATA-14");
  EXPECT_NE(said.find("did you mean 'power'"), said.npos) << said;
  EXPECT_EQ(code({{"a", {Step("clip", {{"lo", 1.0}})}}}, &said), "E-DATA-100");
  EXPECT_NE(said.find("did you mean 'low'"), said.npos) << said;
  EXPECT_EQ(code({{"a", {"clip"}}}), "E-DATA-100");
  EXPECT_EQ(code({{"a", {Step("winsorize", {{"lower", 0.9}, {"upper", 0.1}})}}}), "E-DATA-100");
  EXPECT_EQ(code({{"a", {Step("impute_knn", {{"n_neighbors", 2.5}})}}}), "E-DATA-100");
  EXPECT_EQ(code({{"a", {"impute_mean", "impute_knn"}}}), "E-DATA-14");
  EXPECT_EQ(code({{"a", {"impute_mean", "drop_z"}}}), "E-DATA-14");
  EXPECT_EQ(code({{"c", {"one_hot", "ordinal"}}}), "E-DATA-14");
  EXPECT_EQ(code({{"c", {"target"}}}), "E-DATA-105");
  EXPECT_EQ(code({{"c", {"tfidf", "impute_constant"}}}), "E-DATA-14");
  EXPECT_EQ(
      code({{"c",
             {Step("tfidf", {{"min_ngram", std::int64_t{3}}, {"max_ngram", std::int64_t{2}}})}}}),
      "E-DATA-100");
  EXPECT_EQ(code({{"c", {Step("tfidf", {{"min_df", 10.0}})}}}, &said), "E-DATA-169");
  EXPECT_NE(said.find("column 'c'"), said.npos) << said;
  EXPECT_EQ(code({{"b", {"power"}}}), "E-DATA-31");
  EXPECT_EQ(code_of([&] {
              Preprocessor::fit(table("a\n13.284\n13.285\n13.286\n13.29\n13.326\n"),
                                {.numeric = {"power"}});
            }),
            "E-DATA-109");
  const auto boxed = [&] {
    return Preprocessor::fit(t, {.steps = {{"a", {Step("power", {{"method", "box_cox"}})}}}});
  };
  EXPECT_EQ(code_of([&] { boxed().transform(table("a,b,c\n0,1,x\n")); }, &said), "E-DATA-102");
  EXPECT_NE(said.find("<text>:2"), said.npos) << said;
}

}  // namespace
}  // namespace glia::data
