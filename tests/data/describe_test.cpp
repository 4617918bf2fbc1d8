// Against pandas: tests/golden/make_tables.py wrote the tables and its summaries of them.
#include "glia/data/describe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/csv.h"
#include "glia/data/json_lines.h"

namespace glia::data {
namespace {

using nlohmann::json;

const json& golden() {
  static const json all = json::parse(std::ifstream(GLIA_SOURCE_DIR "/tests/golden/tables.json"));
  return all;
}

const ColumnSummary& column(const Description& d, const std::string& name) {
  for (const auto& c : d.columns)
    if (c.info.name == name) return c;
  throw std::runtime_error(name);
}

bool found(const Description& d, const std::string& name, const std::string& column = "") {
  for (const auto& f : d.findings)
    if (f.name == name &&
        (column.empty() || std::count(f.columns.begin(), f.columns.end(), column)))
      return true;
  return false;
}

void expect_near(double got, const json& expected, double scale, const std::string& what) {
  EXPECT_NEAR(got, expected.get<double>(), 1e-9 * std::max(1.0, scale)) << what;
}

void expect_summaries(const Table& table, const json& columns) {
  const auto d = describe(table);
  for (const auto& [name, expected] : columns.items()) {
    const auto& c = column(d, name);
    const double scale = std::abs(expected["mean"].get<double>());
    EXPECT_EQ(c.info.rows - c.info.missing, expected["count"].get<std::int64_t>()) << name;
    expect_near(c.info.mean, expected["mean"], scale, name);
    if (!expected["std"].is_null()) expect_near(c.std, expected["std"], 1, name);
    expect_near(c.info.min, expected["min"], scale, name);
    expect_near(c.q1, expected["q1"], scale, name);
    expect_near(c.median, expected["median"], scale, name);
    expect_near(c.q3, expected["q3"], scale, name);
    expect_near(c.info.max, expected["max"], scale, name);
    EXPECT_EQ(c.zeros, expected["zeros"].get<std::int64_t>()) << name;
    if (expected["counts"].is_null()) continue;
    EXPECT_EQ(c.counts, expected["counts"].get<std::vector<std::int64_t>>()) << name;
  }
}

TEST(Describe, AgreesWithPandas) {
  for (const auto& test : golden()["tables"]) {
    expect_summaries(parse_csv(test["csv"]), test["columns"]);
    expect_summaries(parse_json_lines(test["lines"]), test["columns"]);
  }
}

// What is a number to a person and a text to the reader.
TEST(Describe, NumbersWrittenOtherwise) {
  std::string text = "comma;thousands;money;version;plain;group\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{0},{1:02};{2}.{1:03},5;$ 1,{1:03}.50;1.{1}.3;{0}.5;{0}, {1}\n", i,
                        i * 3 % 100, 1 + i);
  const auto d = describe(parse_csv(text, {.separator = ';'}));
  for (const char* name : {"comma", "thousands", "money"})
    EXPECT_TRUE(found(d, "numbers_as_text", name)) << name;
  for (const char* name : {"version", "plain", "group"})
    EXPECT_FALSE(found(d, "numbers_as_text", name)) << name;
}

TEST(Describe, WholeNumbersBeyondADouble) {
  std::string text = "id,small,amount\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},{},{}\n", 1000000000000000000 + i, 9007199254740000 + i * i,
                        1e20 * i + 0.5);
  const auto d = describe(parse_csv(text));
  EXPECT_TRUE(found(d, "long_numbers", "id"));
  EXPECT_FALSE(found(d, "long_numbers", "small"));
}

TEST(Describe, DatesFromTheEarliestToTheLatest) {
  const auto d = describe(parse_csv("day\n03.05.2021\n28.02.2020\n01.12.2020\n"));
  EXPECT_EQ(column(d, "day").earliest, "28.02.2020");
  EXPECT_EQ(column(d, "day").latest, "03.05.2021");
}

TEST(Describe, IsTheSameForAnyNumberOfThreads) {
  const auto table = parse_csv(golden()["tables"].back()["csv"].get<std::string>());
  const auto one = describe(table, {.threads = 1}), four = describe(table, {.threads = 4});
  ASSERT_EQ(one.findings.size(), four.findings.size());
  for (std::size_t i = 0; i < one.findings.size(); ++i)
    EXPECT_EQ(one.findings[i].evidence, four.findings[i].evidence);
  for (std::size_t c = 0; c < one.columns.size(); ++c)
    EXPECT_EQ(one.columns[c].std, four.columns[c].std);
}

TEST(Describe, CountsTheMostFrequentValues) {
  const auto d = describe(parse_csv("a,b\nx,1\ny,2\nx,1\nz,1\ny,3\n"));
  const auto& top = column(d, "a").top;
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].value, "x");
  EXPECT_EQ(top[0].rows, 2);
  EXPECT_EQ(top[1].value, "y");
  EXPECT_EQ(column(d, "b").top.front().value, "1");
  EXPECT_EQ(d.duplicate_rows, 1);
}

// A table of 200 rows: `cells` gives what follows the class in row i.
template <class F>
Description described(const std::string& names, const F& cells, bool target = true) {
  Random random(3, "describe");
  std::string text = "class," + names + "\n";
  for (int i = 0; i < 200; ++i)
    text += std::string(random.uniform() < 0.4 ? "yes" : "no") + "," + cells(i, random) + "\n";
  DescribeOptions options;
  if (target) options.target = TargetOptions{.column = "class"};
  return describe(parse_csv(text), options);
}

TEST(Describe, ZerosFarFromAllElseMayBeMissing) {
  const auto d = described("pulse,children,rain", [](int i, Random& random) {
    return (i % 20 ? std::to_string(50 + random.below(60)) : "0") + "," +
           std::to_string(random.below(4)) + "," +
           (random.below(4) ? std::to_string(random.uniform() * 9) : "0");
  });
  EXPECT_TRUE(found(d, "zeros_as_missing", "pulse"));
  EXPECT_FALSE(found(d, "zeros_as_missing", "children")) << "0 is one of its steps";
  EXPECT_FALSE(found(d, "zeros_as_missing", "rain")) << "its values come near 0";
}

TEST(Describe, AColumnThatTellsTheTargetIsALeak) {
  std::string text = "class,copy,code,far,noise\n";
  Random random(5, "leak");
  for (int i = 0; i < 300; ++i) {
    const auto c = random.below(3);
    const std::string name(1, static_cast<char>('a' + c));
    text += name + ",is " + name + "," + std::to_string(10 * c + random.below(3)) + "," +
            std::to_string(100.0 * static_cast<double>(c) + random.uniform()) + "," +
            std::to_string(random.uniform() + static_cast<double>(c) / 4) + "\n";
  }
  const auto d = describe(parse_csv(text), {.target = TargetOptions{.column = "class"}});
  for (const char* name : {"copy", "code", "far"})
    EXPECT_TRUE(found(d, "target_leak", name)) << name;
  EXPECT_FALSE(found(d, "target_leak", "noise"));
  EXPECT_FALSE(found(d, "target_leak", "class")) << "the target itself is no leak";
}

TEST(Describe, ALeakOfNumbersIsOneThatExplainsTheTarget) {
  std::string text = "price,in_cents,near\n";
  Random random(7, "leak");
  for (int i = 0; i < 300; ++i) {
    const double price = 100 * random.uniform();
    text += std::to_string(price) + "," + std::to_string(100 * price) + "," +
            std::to_string(price + 20 * random.normal()) + "\n";
  }
  const auto d = describe(parse_csv(text), {.target = TargetOptions{.column = "price"}});
  EXPECT_TRUE(found(d, "target_leak", "in_cents"));
  EXPECT_FALSE(found(d, "target_leak", "near"));
  EXPECT_TRUE(d.classes.empty());
}

TEST(Describe, NamesWhatIsOddInColumns) {
  const auto d = described("same,number,weight,length,spaced,word,again,hole", [](int i,
                                                                                  Random& random) {
    const auto word = std::string(random.below(2) ? "red" : random.below(9) ? "blue" : "Blue");
    return "7," + std::to_string(5000 + 3 * i) + "," +
           std::to_string(random.below(3) ? 60 + random.below(30) : 60000 + random.below(30000)) +
           "," + std::to_string(random.below(100)) + (random.below(4) ? " cm" : " in") + "," +
           (i == 9 ? "\"ab \"" : "ab") + "," + word + "," + word + "," +
           (random.below(3) ? "" : "1.5");
  });
  EXPECT_TRUE(found(d, "constant", "same"));
  EXPECT_TRUE(found(d, "identifier", "number"));
  EXPECT_TRUE(found(d, "mixed_scales", "weight"));
  EXPECT_TRUE(found(d, "mixed_units", "length"));
  EXPECT_TRUE(found(d, "outer_spaces", "spaced"));
  EXPECT_TRUE(found(d, "spellings", "word"));
  EXPECT_TRUE(found(d, "duplicate_columns", "again"));
  EXPECT_TRUE(found(d, "mostly_missing", "hole"));
  EXPECT_FALSE(found(d, "imbalance"));
  EXPECT_FALSE(found(d, "duplicate_rows"));
}

TEST(Describe, ValuesThatWereCutOffAreNamed) {
  const auto d = described("price,age", [](int, Random& random) {
    return std::to_string(std::min(400.0, 500 * random.uniform())) + "," +
           std::to_string(random.below(60));
  });
  EXPECT_TRUE(found(d, "capped", "price"));
  EXPECT_FALSE(found(d, "capped", "age"));
}

TEST(Describe, SoundColumnsAreLeftInPeace) {
  const auto d = described("age,city,height", [](int, Random& random) {
    return std::to_string(18 + random.below(60)) + "," + (random.below(2) ? "Rome" : "Oslo") + "," +
           std::to_string(1.7 + 0.1 * random.normal());
  });
  EXPECT_TRUE(d.findings.empty()) << d.findings.front().name << ": " << d.findings.front().evidence;
}

TEST(Describe, RareClassesAndUselessTargetsAreNamed) {
  std::string text = "a,b\n";
  for (int i = 0; i < 100; ++i) text += std::string(i % 20 ? "no" : "yes") + ",1\n";
  const auto d = describe(parse_csv(text), {.target = TargetOptions{.column = "a"}});
  EXPECT_TRUE(found(d, "imbalance", "a"));
  EXPECT_EQ(d.classes.back().rows, 5);
  EXPECT_TRUE(found(describe(parse_csv(text), {.target = TargetOptions{.column = "b"}}),
                    "unusable_target", "b"));
}

TEST(Describe, FindsWhatIsKnownOfRealTables) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA is not set";
  const auto of = [&](const std::string& file, const std::string& target) {
    return describe(read_csv(std::string(folder) + "/" + file),
                    {.target = TargetOptions{.column = target}});
  };
  const auto pima = of("pima/pima-indians-diabetes.csv", "column_9");
  for (const char* name : {"column_2", "column_3", "column_4", "column_5", "column_6"})
    EXPECT_TRUE(found(pima, "zeros_as_missing", name)) << name;
  EXPECT_FALSE(found(pima, "zeros_as_missing", "column_1")) << "pregnancies";
  const auto adult = of("adult/adult-train.csv", "column_15");
  EXPECT_EQ(adult.duplicate_rows, 24);
  EXPECT_FALSE(found(adult, "zeros_as_missing"));
  EXPECT_TRUE(found(of("california-housing/housing.csv", "median_house_value"), "capped",
                    "median_house_value"));
  EXPECT_TRUE(found(of("titanic/titanic.csv", "Survived"), "mostly_missing", "Cabin"));
  EXPECT_TRUE(found(of("wine-quality/winequality-red.csv", "column_12"), "imbalance"));
  for (const auto* d : {&pima, &adult}) EXPECT_FALSE(found(*d, "target_leak"));
}

}  // namespace
}  // namespace glia::data
