#include "glia/data/schema.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "glia/base/error.h"
#include "glia/data/csv.h"

namespace glia::data {
namespace {

std::string code_of(const Table& table, const SchemaOptions& options, std::string* said) {
  try {
    infer_schema(table, options);
  } catch (const Error& error) {
    *said = error.what();
    return error.code();
  }
  return "";
}

// Twelve rows: an id, a category, a number with a missing value, a name, nothing, a constant.
Table people() {
  std::string text = "id,city,age,name,empty,same\n";
  for (int i = 1; i <= 12; ++i)
    text += std::to_string(i) + (i % 2 ? ",Rome," : ",Oslo,") +
            (i == 3 ? "?" : std::to_string(20 + i % 5)) + ",name" + std::to_string(i) + ",,7\n";
  return parse_csv(text);
}

TEST(Schema, InfersWhatColumnsAre) {
  const Schema schema = infer_schema(people());
  const auto kind = [&](const char* name) { return schema.find(name)->kind; };
  EXPECT_EQ(kind("id"), Kind::drop);
  EXPECT_EQ(kind("city"), Kind::categorical);
  EXPECT_EQ(kind("age"), Kind::numeric);
  EXPECT_EQ(kind("name"), Kind::drop);
  EXPECT_EQ(kind("empty"), Kind::drop);
  EXPECT_EQ(kind("same"), Kind::numeric);
  for (const char* name : {"id", "name", "empty", "same"})
    EXPECT_NE(schema.find(name)->reason, "") << name;
  const ColumnInfo& age = *schema.find("age");
  EXPECT_EQ(age.missing, 1);
  EXPECT_EQ(age.numbers, 11);
  EXPECT_EQ(age.distinct, 5);
  EXPECT_EQ(age.min, 20);
  EXPECT_EQ(age.max, 24);
  EXPECT_NEAR(age.mean, (21 + 22 + 24 + 20 + 21 + 22 + 23 + 24 + 20 + 21 + 22) / 11.0, 1e-12);
  EXPECT_EQ(age.samples.front(), "21");
  EXPECT_EQ(schema.find("city")->samples, (std::vector<std::string>{"Rome", "Oslo"}));
}

TEST(Schema, AnIdIsFoundInAnyPartOfTheRows) {
  const std::vector<std::int64_t> part = {0, 1, 2, 4, 5, 7, 8, 9, 10, 11};
  EXPECT_EQ(infer_schema(people(), part).find("id")->kind, Kind::drop);
}

TEST(Schema, WhatIsDeclaredHolds) {
  const Schema schema =
      infer_schema(people(), {.kinds = {{"id", Kind::numeric}, {"age", Kind::categorical}}});
  EXPECT_EQ(schema.find("id")->kind, Kind::numeric);
  EXPECT_EQ(schema.find("age")->kind, Kind::categorical);
  std::string said;
  EXPECT_EQ(code_of(people(), {.kinds = {{"agee", Kind::drop}}}, &said), "E-DATA-10");
  EXPECT_NE(said.find("did you mean 'age'"), said.npos) << said;
  EXPECT_EQ(code_of(people(), {.kinds = {{"city", Kind::numeric}}}, &said), "E-DATA-11");
  EXPECT_NE(said.find("<text>:2"), said.npos) << said;
  EXPECT_NE(said.find("'Rome'"), said.npos) << said;
  EXPECT_THROW(kind_from("numerical"), Error);
}

TEST(Schema, ATypoAmongNumbersIsNamed) {
  std::string text = "a\n";
  for (int i = 0; i < 50; ++i) text += std::to_string(i % 7) + "\n";
  const Schema schema = infer_schema(parse_csv(text + "1o\n"));
  EXPECT_EQ(schema.columns[0].kind, Kind::numeric);  // so that what takes numbers refuses it
  EXPECT_NE(schema.columns[0].reason.find("'1o' (<text>:52)"), std::string::npos)
      << schema.columns[0].reason;
}

TEST(Schema, NumbersInMostValuesMakeANumericColumn) {
  const auto kind = [](int numbers, int texts) {
    std::string text = "a\n";
    for (int i = 0; i < numbers; ++i) text += std::to_string(i % 7) + "\n";
    for (int i = 0; i < texts; ++i) text += "?\nred\n";  // missing ones do not count
    return infer_schema(parse_csv(text)).columns[0].kind;
  };
  EXPECT_EQ(kind(9999, 1), Kind::numeric);
  EXPECT_EQ(kind(95, 5), Kind::numeric);
  EXPECT_EQ(kind(94, 6), Kind::categorical);
  EXPECT_EQ(kind(0, 3), Kind::categorical);
}

// Published: pandas' describe() of these files in many a notebook.
TEST(Schema, TitanicAndHousingAsPublished) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA does not name the folder of real data";
  const std::filesystem::path data(folder);
  const Schema titanic = infer_schema(read_csv(data / "titanic/titanic.csv"));
  EXPECT_EQ(titanic.find("PassengerId")->kind, Kind::drop);
  EXPECT_EQ(titanic.find("Name")->kind, Kind::drop);
  EXPECT_EQ(titanic.find("Ticket")->kind, Kind::text);
  EXPECT_EQ(titanic.find("Ticket")->distinct, 681);
  EXPECT_EQ(titanic.find("Cabin")->kind, Kind::text);
  EXPECT_EQ(titanic.find("Cabin")->missing, 687);
  EXPECT_EQ(titanic.find("Embarked")->kind, Kind::categorical);
  EXPECT_EQ(titanic.find("Age")->missing, 177);
  EXPECT_NEAR(titanic.find("Age")->mean, 29.699118, 1e-6);
  const Schema housing = infer_schema(read_csv(data / "california-housing/housing.csv"));
  EXPECT_EQ(housing.find("total_bedrooms")->missing, 207);
  EXPECT_NEAR(housing.find("total_bedrooms")->mean, 537.870553, 1e-6);
  EXPECT_EQ(housing.find("ocean_proximity")->distinct, 5);
  EXPECT_EQ(housing.find("ocean_proximity")->kind, Kind::categorical);
}

}  // namespace
}  // namespace glia::data
