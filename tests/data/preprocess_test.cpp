#include "glia/data/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/data/csv.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

using Names = std::vector<std::string>;

Table table(const std::string& text) {
  return parse_csv(text, {.separator = ',', .header = Header::yes});
}

// Rows 0 to 3 are for training.
Table animals() {
  return table(
      "age,legs,kind,y\n1,4,cat,a\n3,4,dog,b\n?,4,cat,a\n8,4,?,b\n"
      "100,4,cow,a\n?,4,?,b\n");
}
const std::vector<std::int64_t> kTrain = {0, 1, 2, 3}, kOther = {4, 5};

TEST(Preprocess, FitsOnTheRowsItIsGivenAndOnNoOthers) {
  const auto p = Preprocessor::fit(animals(), kTrain, {.target = TargetOptions{.column = "y"}});
  EXPECT_EQ(p.feature_names(), (Names{"age", "legs", "kind=cat", "kind=dog"}));
  // Median of 1, 3, 8 is 3; imputed 1, 3, 3, 8: mean 3.75, variance (2.75^2 + 2 * 0.75^2 + 4.25^2)
  // / 4.
  const double deviation = std::sqrt((2.75 * 2.75 + 2 * 0.75 * 0.75 + 4.25 * 4.25) / 4);
  const Tensor x = p.transform(animals(), kTrain);
  EXPECT_EQ(x.shape(), (Shape{4, 4}));
  EXPECT_NEAR(x.at(0), -2.75 / deviation, 1e-6);
  EXPECT_NEAR(x.at(8), -0.75 / deviation, 1e-6) << "the missing age";
  EXPECT_EQ(x.at(1), 0) << "a constant column: scale 1";
  EXPECT_EQ(x.at(12 + 2), 1) << "a missing kind: the mode";
  EXPECT_EQ(x.at(12 + 3), 0);
}

TEST(Preprocess, CountsTheUnseenAndTheMissing) {
  const auto p = Preprocessor::fit(animals(), kTrain, {.target = TargetOptions{.column = "y"}});
  TransformReport report;
  const Tensor x = p.transform(animals(), kOther, &report);
  EXPECT_EQ(x.at(2), 0) << "an unseen kind: all zeros";
  EXPECT_EQ(x.at(3), 0);
  EXPECT_EQ(report.rows, 2);
  EXPECT_EQ(report.unseen, 1);
  EXPECT_EQ(report.imputed, 2);
  ASSERT_EQ(report.columns.size(), 2u);
  EXPECT_EQ(report.columns[1].unseen_samples, (Names{"cow"}));
  EXPECT_TRUE(report.extra_columns.empty());
}

TEST(Preprocess, MatchesColumnsByNameInAnyOrder) {
  const auto p = Preprocessor::fit(animals(), kTrain, {.target = TargetOptions{.column = "y"}});
  TransformReport report;
  const Tensor x = p.transform(table("kind,note,age,legs\ndog,hi,3,4\n"), &report);
  const std::vector<std::int64_t> same = {1};
  EXPECT_TRUE(same_bits(x, p.transform(animals(), same)));
  EXPECT_EQ(report.extra_columns, (Names{"note"}));
  std::string said;
  EXPECT_EQ(code_of([&] { p.transform(table("legs,b\n4,1\n")); }, &said), "E-DATA-32");
  EXPECT_NE(said.find("age, kind"), said.npos) << said;
  EXPECT_EQ(code_of([&] { p.transform(table("kind,age,legs\ndog,old,4\n")); }, &said), "E-DATA-11");
  EXPECT_NE(said.find("<text>:2"), said.npos) << said;
}

TEST(Preprocess, EveryStepDoesWhatItSays) {
  const Table t = table("v,c\n2,b\n4,a\n?,b\n12,c\n");
  const auto values = [&](Chain numeric, Chain categorical, double constant = 0) {
    const auto p = Preprocessor::fit(t, {.numeric = numeric,
                                         .categorical = categorical,
                                         .constant = constant,
                                         .columns = {{"c", Kind::categorical}}});
    return p.transform(t);
  };
  const auto v = [&](const Tensor& x, int row) { return x.at(row * (x.size() / 4)); };
  EXPECT_EQ(v(values({"impute_mean"}, {"one_hot"}), 2), 6);
  EXPECT_EQ(v(values({"impute_median"}, {"one_hot"}), 2), 4);
  EXPECT_EQ(v(values({"impute_constant"}, {"one_hot"}, -1), 2), -1);
  const Tensor scaled = values({"impute_mean", "min_max"}, {"one_hot"});
  EXPECT_EQ(v(scaled, 0), 0);
  EXPECT_EQ(v(scaled, 3), 1);
  EXPECT_NEAR(v(scaled, 2), 0.4, 1e-7);
  const Tensor ordinal = values({"impute_mean"}, {"ordinal"});
  EXPECT_EQ(ordinal.shape(), (Shape{4, 2}));
  EXPECT_EQ(ordinal.at(1), 1);
  EXPECT_EQ(ordinal.at(3), 0);
  EXPECT_EQ(ordinal.at(7), 2);
  EXPECT_EQ(code_of([&] { values({"none"}, {"one_hot"}); }), "E-DATA-31")
      << "a missing value, and no step for it";
}

TEST(Preprocess, OrdinalGivesMinusOneForWhatItDoesNotKnow) {
  const Table t = table("c,n\na,1\nb,2\na,3\n"), other = table("c,n\nz,1\n?,1\n");
  const auto p = Preprocessor::fit(t, {.categorical = {"ordinal"}});
  const Tensor x = p.transform(other);
  EXPECT_EQ(x.at(0), -1);
  EXPECT_EQ(x.at(2), -1);
}

TEST(Preprocess, RefusesStepsAndColumnsThatCannotBe) {
  const Table t = table("a,b\n1,x\n2,y\n3,x\n");
  const auto numeric = [&](Chain steps) {
    return code_of([&] { Preprocessor::fit(t, {.numeric = steps}); });
  };
  EXPECT_EQ(numeric({"standardise"}), "E-DATA-14");
  EXPECT_EQ(numeric({"standardize", "impute_mean"}), "nothing") << "missing values pass a scaling";
  EXPECT_EQ(numeric({"standardize", "min_max"}), "E-DATA-14");
  EXPECT_EQ(numeric({"impute_mean", "impute_median"}), "E-DATA-14");
  EXPECT_EQ(numeric({"one_hot"}), "E-DATA-14");
  EXPECT_EQ(numeric({"none"}), "nothing");
  EXPECT_EQ(code_of([&] {
              Preprocessor::fit(t, {.columns = {{"a", Kind::drop}, {"b", Kind::drop}}});
            }),
            "E-DATA-12");
  EXPECT_EQ(code_of([&] {
              Preprocessor::fit(
                  t, {.columns = {{"b", Kind::numeric}}, .target = TargetOptions{.column = "b"}});
            }),
            "E-DATA-24");
  EXPECT_EQ(code_of([&] { Preprocessor::fit(t, {}, {}); }), "E-DATA-34");
  EXPECT_EQ(code_of([&] { Preprocessor::fit(t, std::vector<std::int64_t>{9}, {}); }), "E-DATA-33");
  EXPECT_EQ(code_of([&] {
              Preprocessor::fit(table("a,b\n1,?\n2,?\n"), {.columns = {{"b", Kind::numeric}}});
            }),
            "E-DATA-34");
  EXPECT_EQ(code_of([&] { Preprocessor::fit(table("a\n1e308\n-1e308\n")); }), "E-DATA-35");
  const auto p = Preprocessor::fit(t, {.numeric = {"none"}});
  EXPECT_EQ(code_of([&] { p.transform(table("a,b\n1e300,x\n")); }), "E-DATA-35")
      << "no infinite features";
}

TEST(Preprocess, JsonKeepsEveryBit) {
  std::string text = "v,w,c,y\n";
  Random random(11, "values");
  for (int i = 0; i < 500; ++i)
    text += std::to_string(random.normal()) + "," + std::to_string(1e-9 * random.normal()) +
            ",\"k\xC3\xA9 \"\"" + std::to_string(random.below(9)) + "\"\"\"," +
            std::to_string(random.normal() * 1e6) + "\n";
  const Table t = table(text);
  const auto p = Preprocessor::fit(t, {.target = TargetOptions{.column = "y"}});
  const auto q = Preprocessor::from_json(p.to_json());
  EXPECT_EQ(p.to_json(), q.to_json());
  EXPECT_EQ(p.columns(), q.columns());
  EXPECT_EQ(p.target(), q.target());
  EXPECT_EQ(p.feature_names(), q.feature_names());
  EXPECT_EQ(p.schema().columns.size(), q.schema().columns.size());
  EXPECT_TRUE(same_bits(p.transform(t), q.transform(t)));
}

TEST(Preprocess, HostileJsonIsAnErrorAndNeverACrash) {
  const std::string good =
      Preprocessor::fit(animals(), kTrain, {.target = TargetOptions{.column = "y"}}).to_json();
  const auto read = [](const std::string& text) {
    return code_of([&] { Preprocessor::from_json(text); });
  };
  EXPECT_EQ(read(good), "nothing");
  for (const std::string bad :
       {"", "[]", "{}", "null", "\"x\"", "{\"format\":\"glia-preprocessor\"}", "\xFF"})
    EXPECT_EQ(read(bad), "E-DATA-30") << bad;
  EXPECT_EQ(read(std::string(1000000, '[')), "E-DATA-30");
  const auto with = [&](const std::string& from, const std::string& to) {
    const auto at = good.find(from);
    EXPECT_NE(at, good.npos) << from;
    return read(std::string(good).replace(at, from.size(), to));
  };
  EXPECT_EQ(with("\"scale\": 1.0", "\"scale\": 0.0"), "E-DATA-30");
  EXPECT_EQ(with("\"scale\": 1.0", "\"scale\": -1.0"), "E-DATA-30");
  EXPECT_EQ(with("\"scale\": 1.0", "\"scale\": 1e999"), "E-DATA-30");
  EXPECT_EQ(with("\"mode\": 0", "\"mode\": 2"), "E-DATA-30");
  EXPECT_EQ(with("\"mode\": 0", "\"mode\": -1"), "E-DATA-30");
  EXPECT_EQ(with("\"binary\"", "\"multiclas\""), "E-DATA-30");
  EXPECT_EQ(with("\"version\": 1", "\"version\": 2"), "E-DATA-30");
  EXPECT_EQ(with("\"dog\"", "\"cat\""), "E-DATA-30") << "a category twice";
  Random random(2, "bytes");
  for (int i = 0; i < 3000; ++i) {  // any damage: an Error, or something that still computes
    std::string damaged = good;
    for (int n = 0; n < 3; ++n)
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    try {
      Preprocessor::from_json(damaged).transform(animals());
    } catch (const Error&) {
    }
  }
  for (std::size_t n = 0; n < good.size(); n += 7) read(good.substr(0, n));
}

// 6 numbers and 99 categories once "?" is missing: the 105 columns that others report for Adult.
TEST(Preprocess, AdultAsPublished) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA does not name the folder of real data";
  const CsvOptions csv{.names = {"age", "workclass", "fnlwgt", "education", "education_num",
                                 "marital_status", "occupation", "relationship", "race", "sex",
                                 "capital_gain", "capital_loss", "hours_per_week", "native_country",
                                 "income"}};
  const std::filesystem::path data(folder);
  const Table train = read_csv(data / "adult/adult-train.csv", csv),
              test = read_csv(data / "adult/adult-test.csv", csv);
  const auto p = Preprocessor::fit(
      train, {.target = TargetOptions{.column = "income", .strip = ".", .positive = ">50K"}});
  EXPECT_EQ(p.features(), 105);
  EXPECT_EQ(p.target()->labels, (Names{"<=50K", ">50K"}));
  const auto& age = std::get<FittedNumber>(p.columns()[0].fitted);
  ASSERT_EQ(age.steps.size(), 2u);
  EXPECT_NEAR(std::get<Linear>(age.steps[1]).center, 38.58164675532078, 1e-9);
  EXPECT_NEAR(std::get<Linear>(age.steps[1]).scale, 13.640223092304277, 1e-9);
  TransformReport report;
  p.transform(train, &report);
  EXPECT_EQ(report.imputed, 1836 + 1843 + 583);
  const Tensor y = p.target()->transform(test, all_rows(test.rows()));
  std::int64_t positive = 0;
  for (const auto c : y.data<std::int64_t>()) positive += c;
  EXPECT_EQ(positive, 3846) << "of the test file, by adult.names' 23.6 %";
  p.transform(test, &report);
  EXPECT_EQ(report.unseen, 0);
}

}  // namespace
}  // namespace glia::data
