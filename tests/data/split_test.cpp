#include "glia/data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "glia/base/error.h"
#include "glia/base/random.h"

namespace glia::data {
namespace {

std::string code_of(std::int64_t rows, const SplitOptions& options, std::string* said = nullptr) {
  try {
    split(rows, options);
  } catch (const Error& error) {
    if (said) *said = error.what();
    return error.code();
  }
  return "";
}

void expect_partition(const Split& s, std::int64_t rows) {
  std::vector<std::int64_t> all = s.train;
  all.insert(all.end(), s.validation.begin(), s.validation.end());
  all.insert(all.end(), s.test.begin(), s.test.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(static_cast<std::int64_t>(all.size()), rows);
  for (std::int64_t r = 0; r < rows; ++r) ASSERT_EQ(all[static_cast<std::size_t>(r)], r);
}

TEST(Split, GivesTheSharesAndEveryRowOnce) {
  const auto s = split(20640, {.validation = 0.1, .test = 0.2, .seed = 1});
  expect_partition(s, 20640);
  EXPECT_EQ(s.test.size(), 4128u);
  EXPECT_EQ(s.validation.size(), 2064u);
}

TEST(Split, TheSeedDecides) {
  const auto a = split(1000, {.validation = 0.2, .seed = 1});
  EXPECT_EQ(a.validation, split(1000, {.validation = 0.2, .seed = 1}).validation);
  EXPECT_NE(a.validation, split(1000, {.validation = 0.2, .seed = 2}).validation);
}

TEST(Split, SmallTablesKeepARowInEveryPart) {
  for (std::int64_t rows = 3; rows < 12; ++rows) {
    for (const double share : {0.01, 0.3, 0.49}) {
      const auto s = split(rows, {.validation = share, .test = share});
      expect_partition(s, rows);
      EXPECT_GE(s.train.size(), 1u);
      EXPECT_GE(s.validation.size(), 1u);
      EXPECT_GE(s.test.size(), 1u);
    }
  }
}

TEST(Split, StratifiedKeepsEveryClassWithinOneRow) {
  Random random(5, "cases");
  for (int trial = 0; trial < 300; ++trial) {
    const auto rows = static_cast<std::int64_t>(30 + random.below(200));
    const auto classes = static_cast<std::int64_t>(2 + random.below(6));
    std::vector<std::int64_t> of(static_cast<std::size_t>(rows));
    for (std::size_t r = 0; r < of.size(); ++r)  // two of each at least, then any
      of[r] = static_cast<std::int64_t>(r) < 2 * classes
                  ? static_cast<std::int64_t>(r) % classes
                  : static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(classes)));
    const double validation = 0.05 + 0.4 * random.uniform(), test = 0.05 + 0.4 * random.uniform();
    const auto s = split(rows, {.validation = validation, .test = test, .stratify = of});
    expect_partition(s, rows);
    for (std::int64_t c = 0; c < classes; ++c) {
      const auto count = [&](const std::vector<std::int64_t>& part) {
        return static_cast<double>(std::count_if(part.begin(), part.end(), [&](std::int64_t r) {
          return of[static_cast<std::size_t>(r)] == c;
        }));
      };
      const auto n = static_cast<double>(std::count(of.begin(), of.end(), c));
      EXPECT_LT(std::abs(count(s.validation) - validation * n), 1.0);
      EXPECT_LT(std::abs(count(s.test) - test * n), 1.0);
      EXPECT_LT(std::abs(count(s.train) - (1 - validation - test) * n), 1.0);
      EXPECT_GE(count(s.train), 1.0);
    }
    // The parts as wholes stay near their shares, too: roundings do not add up over the classes.
    EXPECT_NEAR(static_cast<double>(s.test.size()), test * static_cast<double>(rows), 2.0);
  }
}

TEST(Split, TrainingHasARowOfEveryClassHoweverSmallItsShare) {
  const std::vector<std::int64_t> pairs = {0, 0, 1, 1, 2, 2};
  const auto s = split(6, {.validation = 0.45, .test = 0.45, .stratify = pairs});
  ASSERT_EQ(s.train.size(), 3u);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(s.train[c] / 2, static_cast<std::int64_t>(c));
}

TEST(Split, NoPartIsLeftWithoutARow) {
  const std::vector<std::int64_t> halves = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  std::string said;
  EXPECT_EQ(code_of(10, {.validation = 0.001, .stratify = halves}, &said), "E-DATA-50");
  for (const char* part : {"validation", "0.001", "10 rows"})
    EXPECT_NE(said.find(part), said.npos) << said;
}

TEST(Split, RefusesWhatCannotBe) {
  for (const double bad : {-0.1, 1.0, 1.5, std::nan("")})
    EXPECT_EQ(code_of(10, {.test = bad}), "E-DATA-50");
  EXPECT_EQ(code_of(10, {.validation = 0.5, .test = 0.5}), "E-DATA-50");
  EXPECT_EQ(code_of(1, {.test = 0.5}), "E-DATA-50");
  EXPECT_EQ(code_of(0, {}), "E-DATA-50");
  const std::vector<std::int64_t> lone = {0, 0, 1, 0}, few = {0, 1}, negative = {0, -1, 0, 0};
  std::string said;
  EXPECT_EQ(code_of(4, {.test = 0.5, .stratify = lone, .labels = {"no", "yes"}}, &said),
            "E-DATA-51");
  EXPECT_NE(said.find("'yes'"), said.npos) << said;
  EXPECT_EQ(code_of(4, {.test = 0.5, .stratify = few}), "E-DATA-52");
  EXPECT_EQ(code_of(4, {.test = 0.5, .stratify = negative}), "E-DATA-52");
}

}  // namespace
}  // namespace glia::data
