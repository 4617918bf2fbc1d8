// Steps of columns in an experiment's file, and what becomes of them in a run.
#include <gtest/gtest.h>

#include <set>

#include "tests/experiment/case.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using data::Chain;
using data::Kind;
using data::Step;
using experiment::Experiment;
using testing::table_of;
using testing::thrown;

Experiment parse(const std::string& data) {
  experiment::LoadOptions options;
  options.data_must_exist = false;
  return experiment::parse(
      "data:\n  train: rows.csv\n  target: {column: y}\n" + data +
          "model:\n  layers: [{dense: 1}]\ntrain: {loss: mean_squared_error}\n",
      "steps.yaml", options);
}

TEST(PreprocessSettings, EveryFormOfAChain) {
  const auto e = parse(R"(  preprocess:
    numeric: [{drop_z: 4}, impute_constant: {indicator: true}, {quantile: {output: normal}}]
    categorical: [{impute_constant: none}, {one_hot: {min_frequency: 0.01}}]
    date: {date_parts: [year, month]}
    constant: -1
  columns:
    age: [impute_knn, power]
    city: {target: {smooth: 10}}
    fare: winsorize
    when: {date_parts: {slashes: day_first}}
    note: drop
    grade: categorical
    remark: tfidf
    letter: [{impute_constant: {indicator: true}}, {tfidf: {max_ngram: 2, max_df: 0.5}}]
    title: {tfidf: 300}
)");
  const auto& p = table_of(e).preprocess;
  ASSERT_EQ(p.numeric.size(), 3u);
  EXPECT_EQ(p.numeric[0].number("factor"), 4);
  EXPECT_EQ(p.numeric[1].number("value"), -1) << "the constant of old";
  EXPECT_TRUE(p.numeric[1].flag("indicator"));
  EXPECT_EQ(p.numeric[2].text("output"), "normal");
  EXPECT_EQ(p.numeric[2].whole("n_quantiles"), 1000);
  EXPECT_EQ(p.categorical[0].text("value"), "none");
  EXPECT_EQ(p.categorical[1].number("min_frequency"), 0.01);
  EXPECT_EQ(p.date.size(), 1u);
  EXPECT_EQ(p.columns,
            (std::map<std::string, Kind>{{"note", Kind::drop}, {"grade", Kind::categorical}}));
  ASSERT_EQ(p.steps.size(), 7u);
  EXPECT_EQ(p.steps.at("remark")[0].whole("max_features"), 5000);
  EXPECT_EQ(p.steps.at("letter")[0].text("value"), "");
  EXPECT_EQ(p.steps.at("letter")[1].number("max_df"), 0.5);
  EXPECT_EQ(p.steps.at("title")[0].whole("max_features"), 300);
  EXPECT_EQ(p.steps.at("city")[0].text("smooth"), "10");
  EXPECT_EQ(p.steps.at("age")[1].name, "power");
  EXPECT_EQ(p.steps.at("fare")[0].number("upper"), 0.95);
  EXPECT_EQ(p.steps.at("when")[0].text("slashes"), "day_first");

  const auto again = experiment::parse(e.resolved, "run.yaml", {.data_must_exist = false});
  EXPECT_EQ(again.resolved, e.resolved) << "all defaults stand there";
  EXPECT_EQ(table_of(again).preprocess.numeric, p.numeric);
  EXPECT_EQ(table_of(again).preprocess.steps, p.steps);
}

TEST(PreprocessSettings, NothingGivenIsAsItWas) {
  const auto p = table_of(parse("")).preprocess;
  EXPECT_EQ(p.numeric, data::complete(Kind::numeric, Chain{"impute_median", "standardize"}));
  EXPECT_EQ(p.categorical, data::complete(Kind::categorical, Chain{"impute_mode", "one_hot"}));
  const auto one = table_of(parse("  preprocess: {numeric: standardize}\n")).preprocess;
  EXPECT_EQ(one.numeric, (Chain{"standardize"})) << "a single step needs no list";
}

TEST(PreprocessSettings, MistakesAreNamedWithTheirLine) {
  const auto expect = [](const std::string& data, const std::string& code,
                         const std::string& words) {
    const auto [got, message] = thrown([&] { parse(data); });
    EXPECT_EQ(got, code) << data;
    EXPECT_NE(message.find(words), message.npos) << message;
    EXPECT_NE(message.find("steps.yaml:4"), message.npos) << message;
  };
  expect("  preprocess: {numeric: [standardise]}\n", "E-DATA-14", "did you mean 'standardize'");
  expect("  preprocess: {numeric: [one_hot]}\n", "E-DATA-14", "unknown step 'one_hot'");
  expect("  preprocess: {numeric: [standardize, min_max]}\n", "E-DATA-14", "cannot follow");
  expect("  preprocess: {numeric: [{clip: {lo: 1}}]}\n", "E-EXP-02", "did you mean 'low'");
  expect("  preprocess: {numeric: [{quantile: {output: gauss}}]}\n", "E-EXP-05", "normal");
  expect("  preprocess: {numeric: [{robust: {lower: 3}}]}\n", "E-DATA-100", "expected 0 to 1");
  expect("  columns: {age: [impute_mean, one_hot]}\n", "E-DATA-14", "one kind of column");
  expect("  columns: {age: [powr]}\n", "E-DATA-14", "did you mean 'power'");
  expect("  columns: {age: {impute_constant: 3}}\n", "E-DATA-14", "more than an imputation");
  expect("  columns: {note: {tfidf: {max_feature: 3}}}\n", "E-EXP-02", "'max_features'");
  expect("  columns: {note: {tfidf: {min_ngram: 3, max_ngram: 2}}}\n", "E-DATA-100", "below");
  expect("  columns: {age: numerc}\n", "E-DATA-13", "did you mean 'numeric'");
  expect("  columns: [age]\n", "E-EXP-03", "expected column: kind");
}

TEST(PreprocessSettings, ARunDropsTrainingRowsOnlyAndPredictsAsItLearned) {
  testing::Case c;
  const auto e =
      c.load({"data.columns={x: [{drop_iqr: {factor: 0.5}}, {quantile: {output: normal}}], "
              "colour: {target: {folds: 3}}}"});
  const auto prepared = experiment::prepare(e);
  const auto whole = experiment::prepare(c.load({"data.columns={colour: {target: {folds: 3}}}"}));
  EXPECT_LT(prepared.train->size(), whole.train->size());
  EXPECT_EQ(prepared.validation->size(), whole.validation->size());
  EXPECT_EQ(prepared.test->size(), whole.test->size());
  ASSERT_FALSE(prepared.notes.empty());
  EXPECT_NE(prepared.notes.back().find("left out as outliers"), std::string::npos);
  // A colour has one value on rows that are not trained on, and one for each fold on those that
  // are.
  const auto values = [](const data::Source& rows) {
    const std::int64_t n = rows.size();
    const auto all = data::all_rows(n);
    data::Batch batch{.count = n,
                      .features = Tensor(DType::f32, {n, 2}),
                      .targets = Tensor(DType::f32, {n, 1}),
                      .weights = Tensor(DType::f32, {n}),
                      .rows = all};
    rows.fill(batch);
    std::set<double> different;
    for (std::int64_t i = 0; i < n; ++i) different.insert(batch.features.at(2 * i + 1));
    return different.size();
  };
  EXPECT_EQ(values(*whole.validation), 3u);
  EXPECT_EQ(values(*whole.train), 9u);

  experiment::train(e, prepared, c.options());
  const auto bundle = experiment::load_bundle(c.folder / "run");
  const auto rows = e.data->labelled(bundle, {c.folder / "rows.csv"});
  EXPECT_EQ(rows.rows->size(), 150) << "no row is dropped that is not trained on";
  EXPECT_EQ(values(*rows.rows), 3u);
}

}  // namespace
}  // namespace glia
