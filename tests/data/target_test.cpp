#include "glia/data/target.h"

#include <gtest/gtest.h>

#include <cmath>

#include "glia/base/error.h"
#include "glia/data/csv.h"

namespace glia::data {
namespace {

using Labels = std::vector<std::string>;

Table column(const std::vector<std::string>& cells) {
  std::string text = "y\n";
  for (const auto& cell : cells) text += cell + "\n";
  return parse_csv(text, {.separator = ',', .header = Header::yes});
}

Target fit(const Table& t, TargetOptions options = {}) {
  options.column = "y";
  return Target::fit(t, all_rows(t.rows()), options);
}

std::string code_of(const Table& t, TargetOptions options, std::string* said = nullptr) {
  try {
    fit(t, options);
  } catch (const Error& error) {
    if (said) *said = error.what();
    return error.code();
  }
  return "";
}

TEST(Target, ATextAmongManyNumbersIsNamedAndNoClass) {
  std::vector<std::string> cells;
  for (int i = 0; i < 400; ++i) cells.push_back(std::to_string(i % 80) + ".5");
  EXPECT_EQ(fit(column(cells)).task, Task::regression);
  cells[41] = "1o.5";
  std::string said;
  EXPECT_EQ(code_of(column(cells), {}, &said), "E-DATA-11");
  for (const char* part : {"<text>:43", "'1o.5'", "task: multiclass"})
    EXPECT_NE(said.find(part), said.npos) << said;
  EXPECT_EQ(fit(column(cells), {.task = Task::multiclass}).classes(), 81);
}

TEST(Target, BinaryLabelsHaveThePositiveLast) {
  const Table t = column({"<=50K.", ">50K.", "<=50K"});
  const Target undeclared = fit(t, {.strip = "."});
  EXPECT_EQ(undeclared.task, Task::binary);
  EXPECT_EQ(undeclared.labels, (Labels{"<=50K", ">50K"}));
  const Target declared = fit(t, {.strip = ".", .positive = "<=50K"});
  EXPECT_EQ(declared.labels, (Labels{">50K", "<=50K"}));
  const Tensor classes = declared.transform(t, all_rows(3));
  EXPECT_EQ(classes.dtype(), DType::i64);
  EXPECT_EQ(classes.at(0), 1);
  EXPECT_EQ(classes.at(1), 0);
  EXPECT_EQ(fit(column({"1", "0", "1"})).labels, (Labels{"0", "1"}));
  EXPECT_EQ(fit(column({"1", "-1", "1"})).labels, (Labels{"-1", "1"}));
}

TEST(Target, InfersTheTask) {
  EXPECT_EQ(fit(column({"a", "b", "c", "a"})).task, Task::multiclass);
  EXPECT_EQ(fit(column({"3", "10", "9", "3"})).labels, (Labels{"3", "9", "10"})) << "by value";
  EXPECT_EQ(fit(column({"1.5", "2", "3"})).task, Task::regression);
  Labels many;
  for (int i = 0; i < 30; ++i) many.push_back(std::to_string(i));
  EXPECT_EQ(fit(column(many)).task, Task::regression);
  EXPECT_EQ(fit(column(many), {.task = Task::multiclass}).classes(), 30);
  EXPECT_EQ(fit(column({"1", "2", "3"}), {.task = Task::regression}).task, Task::regression);
}

TEST(Target, RegressionIsStandardisedAndUndone) {
  const Table t = column({"2", "4", "4", "4", "5", "5", "7", "9"});  // mean 5, deviation 2
  const Target target = fit(t, {.task = Task::regression});
  EXPECT_DOUBLE_EQ(target.mean, 5);
  EXPECT_DOUBLE_EQ(target.std, 2);
  const Tensor y = target.transform(t, all_rows(8));
  EXPECT_EQ(y.shape(), (Shape{8, 1}));
  EXPECT_EQ(y.dtype(), DType::f32);
  EXPECT_EQ(y.at(0), -1.5);
  EXPECT_EQ(target.inverse(y).at(7), 9);
  EXPECT_EQ(target.inverse(-1.5), 2);
  const Target raw = fit(t, {.task = Task::regression, .standardize = false});
  EXPECT_EQ(raw.transform(t, all_rows(8)).at(7), 9);
}

TEST(Target, RefusesWhatCannotBeLearned) {
  std::string said;
  EXPECT_EQ(code_of(column({"1", "?", "2.5", "NaN"}), {}, &said), "E-DATA-23");
  EXPECT_NE(said.find("<text>:3"), said.npos) << said;
  EXPECT_NE(said.find("2 of 4"), said.npos) << said;
  EXPECT_EQ(code_of(column({"a", "?", "b"}), {}), "E-DATA-23");
  EXPECT_EQ(code_of(column({"1", "x", "2.5"}), {.task = Task::regression}, &said), "E-DATA-11");
  EXPECT_NE(said.find("<text>:3"), said.npos) << said;
  EXPECT_EQ(code_of(column({"a", "a"}), {}), "E-DATA-20");
  for (const bool standardize : {false, true})
    EXPECT_EQ(code_of(column({"3", "3.0"}), {.task = Task::regression, .standardize = standardize}),
              "E-DATA-20");
  EXPECT_EQ(code_of(column({"a", "b", "c"}), {.task = Task::binary}), "E-DATA-20");
  EXPECT_EQ(code_of(column({"yes", "no"}), {.positive = "yess"}, &said), "E-DATA-21");
  EXPECT_NE(said.find("did you mean 'yes'"), said.npos) << said;
  EXPECT_EQ(code_of(column({"a", "b", "c"}), {.positive = "a"}), "E-DATA-21");
  EXPECT_EQ(code_of(column({"1e300", "-1e300"}), {.task = Task::regression}), "E-DATA-35");
  Labels texts;
  for (int i = 0; i < 30; ++i) texts.push_back("text " + std::to_string(i));
  EXPECT_EQ(code_of(column(texts), {}), "E-DATA-20");
  EXPECT_THROW(Target::fit(column({"1", "2"}), {}, {.column = "y"}), Error);
}

TEST(Target, ALabelThatTrainingNeverSawIsNamed) {
  const Target target = fit(column({"cat", "dog"}));
  const Table other = column({"dog", "cow"});
  try {
    target.transform(other, all_rows(2));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E-DATA-22");
    EXPECT_NE(std::string(error.what()).find("<text>:3: label 'cow'"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace glia::data
