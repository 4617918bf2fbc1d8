// Groups, times and folds. tests/golden/make_splits.py wrote scikit-learn's answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "glia/base/random.h"
#include "glia/data/csv.h"
#include "glia/data/leakage.h"
#include "glia/data/split.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using nlohmann::json;
using testing::thrown;
using Numbers = std::vector<std::int64_t>;

const json& golden() {
  static const json all = [] {
    std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/splits.json");
    return json::parse(file);
  }();
  return all;
}

// Every row in one part, and each test row in one fold of k.
void expect_folds(const std::vector<Split>& all, std::int64_t rows, std::size_t k) {
  ASSERT_EQ(all.size() % k, 0u);
  for (std::size_t from = 0; from < all.size(); from += k) {
    Numbers tested;
    for (std::size_t f = from; f < from + k; ++f) {
      Numbers every = all[f].train;
      every.insert(every.end(), all[f].validation.begin(), all[f].validation.end());
      every.insert(every.end(), all[f].test.begin(), all[f].test.end());
      std::sort(every.begin(), every.end());
      ASSERT_EQ(every, all_rows(rows));
      tested.insert(tested.end(), all[f].test.begin(), all[f].test.end());
      for (const auto* part : {&all[f].train, &all[f].validation, &all[f].test})
        EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
    }
    std::sort(tested.begin(), tested.end());
    ASSERT_EQ(tested, all_rows(rows));
  }
}

std::set<std::int64_t> of(const Numbers& rows, const Numbers& groups) {
  std::set<std::int64_t> found;
  for (const auto row : rows) found.insert(groups[static_cast<std::size_t>(row)]);
  return found;
}

bool apart(const std::set<std::int64_t>& a, const std::set<std::int64_t>& b) {
  return std::none_of(a.begin(), a.end(), [&](auto x) { return b.contains(x); });
}

Numbers counts(const Numbers& rows, const Numbers& classes, std::size_t k) {
  Numbers counts(k, 0);
  for (const auto row : rows)
    ++counts[static_cast<std::size_t>(classes[static_cast<std::size_t>(row)])];
  return counts;
}

TEST(Folds, SizesOfKFold) {
  for (const auto& test : golden()["plain"]) {
    const auto rows = test["rows"].get<std::int64_t>();
    const auto k = test["folds"].get<std::int64_t>();
    const auto all = folds(rows, {.folds = k});
    expect_folds(all, rows, static_cast<std::size_t>(k));
    for (std::size_t f = 0; f < all.size(); ++f)
      EXPECT_EQ(all[f].test.size(), test["sizes"][f].get<std::size_t>());
  }
}

TEST(Folds, ClassesOfStratifiedKFold) {
  for (const auto& test : golden()["stratified"]) {
    const auto y = test["y"].get<Numbers>();
    const auto k = test["folds"].get<std::int64_t>();
    const auto all = folds(std::ssize(y), {.folds = k, .split = {.stratify = y}});
    expect_folds(all, std::ssize(y), static_cast<std::size_t>(k));
    for (std::size_t f = 0; f < all.size(); ++f) {
      const auto expected = test["counts"][f].get<Numbers>();
      EXPECT_EQ(counts(all[f].test, y, expected.size()), expected);
    }
  }
}

TEST(Folds, GroupsStayTogether) {
  for (const auto& test : golden()["grouped"]) {
    const auto groups = test["groups"].get<Numbers>(), y = test["y"].get<Numbers>();
    const auto k = test["folds"].get<std::int64_t>();
    const auto all = folds(std::ssize(groups), {.folds = k, .split = {.groups = groups}});
    expect_folds(all, std::ssize(groups), static_cast<std::size_t>(k));
    Numbers sizes;
    for (const auto& fold : all) {
      EXPECT_TRUE(apart(of(fold.train, groups), of(fold.test, groups)));
      sizes.push_back(std::ssize(fold.test));
    }
    std::sort(sizes.begin(), sizes.end());
    EXPECT_EQ(sizes, test["sizes"].get<Numbers>()) << "as even as GroupKFold's";
  }
}

// The classes' shares of the folds differ as little as those of StratifiedGroupKFold, taken over
// all cases: in one of them either may be luckier.
TEST(Folds, GroupsWithClasses) {
  double ours = 0, theirs = 0;
  for (const auto& test : golden()["grouped"]) {
    const auto groups = test["groups"].get<Numbers>(), y = test["y"].get<Numbers>();
    const auto k = test["folds"].get<std::int64_t>();
    const auto all =
        folds(std::ssize(groups), {.folds = k, .split = {.stratify = y, .groups = groups}});
    expect_folds(all, std::ssize(groups), static_cast<std::size_t>(k));
    for (std::size_t c = 0; c < 3; ++c) {
      const auto n = static_cast<double>(std::count(y.begin(), y.end(), static_cast<int>(c)));
      double squares = 0;
      for (const auto& fold : all) {
        EXPECT_TRUE(apart(of(fold.train, groups), of(fold.test, groups)));
        const double share = static_cast<double>(counts(fold.test, y, 3)[c]) / n;
        squares += std::pow(share - 1 / static_cast<double>(k), 2) / static_cast<double>(k);
      }
      ours += std::sqrt(squares) / 3;
    }
    theirs += test["spread"].get<double>();
  }
  EXPECT_LT(ours, 1.1 * theirs);
}

TEST(Folds, WindowsOfTimeSeriesSplit) {
  for (const auto& test : golden()["series"]) {
    const auto rows = test["rows"].get<std::int64_t>();
    std::vector<double> times;
    for (std::int64_t row = 0; row < rows; ++row) times.push_back(static_cast<double>(row));
    const auto all = folds(rows, {.folds = test["folds"].get<std::int64_t>(),
                                  .gap = test["gap"].get<std::int64_t>(),
                                  .split = {.times = times}});
    ASSERT_EQ(all.size(), test["parts"].size());
    for (std::size_t f = 0; f < all.size(); ++f) {
      const auto part = test["parts"][f].get<Numbers>();
      EXPECT_EQ(all[f].train, all_rows(part[0]));
      EXPECT_EQ(all[f].test.front(), part[1]);
      EXPECT_EQ(all[f].test.back(), part[2]);
    }
  }
}

TEST(Folds, SeedsRepeatsAndValidation) {
  Numbers y;
  for (int i = 0; i < 120; ++i) y.push_back(i % 4 == 0 ? 1 : 0);
  const auto make = [&](std::uint64_t seed) {
    return folds(
        120,
        {.folds = 4, .repeats = 3, .split = {.validation = 0.25, .seed = seed, .stratify = y}});
  };
  const auto all = make(1), again = make(1), other = make(2);
  expect_folds(all, 120, 4);
  ASSERT_EQ(all.size(), 12u);
  for (std::size_t f = 0; f < all.size(); ++f) {
    EXPECT_EQ(all[f].test, again[f].test);
    EXPECT_EQ(all[f].validation, again[f].validation);
    EXPECT_NE(all[f].test, other[f].test);
    EXPECT_NE(all[f].test, all[(f + 4) % 12].test) << "each repeat draws anew";
    EXPECT_EQ(counts(all[f].validation, y, 2)[1] * 4, std::ssize(all[f].validation) - 2)
        << "5 or 6 of 23";
  }
}

// The same folds on every machine: worked out once, by hand of Philox alone.
TEST(Folds, AreThoseOfTheSeed) {
  const auto order = Random(7, "folds", 0).permutation(9);
  const auto all = folds(9, {.folds = 3, .split = {.seed = 7}});
  for (std::size_t i = 0; i < 9; ++i) {
    const auto& test = all[i % 3].test;
    EXPECT_TRUE(std::find(test.begin(), test.end(), order[i]) != test.end());
  }
}

TEST(Folds, NestedOnesStayInTheTrainingRows) {
  Numbers y, groups;
  Random random(8, "rows");
  for (int i = 0; i < 90; ++i) {
    y.push_back(static_cast<std::int64_t>(random.below(3)));
    groups.push_back(i / 3);
  }
  for (const bool grouped : {false, true}) {
    SplitOptions split{.validation = 0.2, .stratify = y};
    if (grouped) split.groups = groups;
    const auto nested = nested_folds(90, {.folds = 3, .split = split}, 4);
    ASSERT_EQ(nested.size(), 3u);
    for (const auto& [outer, inner] : nested) {
      ASSERT_EQ(inner.size(), 4u);
      Numbers tested;
      for (const auto& fold : inner) {
        for (const auto* part : {&fold.train, &fold.validation, &fold.test}) {
          EXPECT_FALSE(part->empty());
          EXPECT_TRUE(apart(of(*part, all_rows(90)), of(outer.test, all_rows(90))));
          if (grouped) {
            EXPECT_TRUE(apart(of(*part, groups), of(outer.test, groups)));
          }
        }
        if (grouped) {
          EXPECT_TRUE(apart(of(fold.train, groups), of(fold.test, groups)));
        }
        tested.insert(tested.end(), fold.test.begin(), fold.test.end());
      }
      EXPECT_EQ(tested.size(), outer.train.size() + outer.validation.size());
    }
  }
}

TEST(Split, GroupsStayTogetherInTheirShares) {
  Random random(6, "groups");
  for (int trial = 0; trial < 200; ++trial) {
    const auto rows = static_cast<std::int64_t>(60 + random.below(300));
    Numbers groups, y;
    for (std::int64_t row = 0; row < rows; ++row) {
      groups.push_back(static_cast<std::int64_t>(random.below(40)) + (trial % 2 ? 0 : 1000000));
      y.push_back(static_cast<std::int64_t>(random.below(3)));
    }
    SplitOptions options{.validation = 0.2, .test = 0.2, .groups = groups};
    if (trial % 3 == 0) options.stratify = y;
    const auto s = split(rows, options);
    EXPECT_TRUE(apart(of(s.train, groups), of(s.test, groups)));
    EXPECT_TRUE(apart(of(s.train, groups), of(s.validation, groups)));
    EXPECT_TRUE(apart(of(s.test, groups), of(s.validation, groups)));
    EXPECT_EQ(std::ssize(s.train) + std::ssize(s.validation) + std::ssize(s.test), rows);
    EXPECT_NEAR(static_cast<double>(s.test.size()), 0.2 * static_cast<double>(rows),
                0.06 * static_cast<double>(rows));
  }
}

TEST(Split, FewGroups) {
  const Numbers three = {5, 5, 5, 5, 5, 5, 5, 7, 9}, two = {0, 0, 1, 1, 1, 0, 0, 0, 0};
  const auto s = split(9, {.validation = 0.01, .test = 0.01, .groups = three});
  EXPECT_EQ(s.train.size(), 7u);
  EXPECT_EQ(s.validation.size() + s.test.size(), 2u);
  const auto error = thrown([&] { split(9, {.validation = 0.1, .test = 0.1, .groups = two}); });
  EXPECT_EQ(error.code, "E-DATA-173");
  EXPECT_TRUE(error.says("2 groups")) << error.message;
  EXPECT_EQ(thrown([&] { folds(9, {.folds = 4, .split = {.groups = three}}); }).code, "E-DATA-173");
}

TEST(Split, ByTimeWithEqualTimesTogether) {
  Random random(9, "times");
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> times;
    for (int i = 0; i < 80; ++i) times.push_back(static_cast<double>(random.below(25)));
    const auto s = split(80, {.validation = 0.2, .test = 0.2, .times = times});
    const auto range = [&](const Numbers& rows) {
      double low = 1e9, high = -1e9;
      for (const auto row : rows) {
        low = std::min(low, times[static_cast<std::size_t>(row)]);
        high = std::max(high, times[static_cast<std::size_t>(row)]);
      }
      return std::pair(low, high);
    };
    EXPECT_LT(range(s.train).second, range(s.validation).first);
    EXPECT_LT(range(s.validation).second, range(s.test).first);
    EXPECT_EQ(s.train.size() + s.validation.size() + s.test.size(), 80u);
    EXPECT_NEAR(static_cast<double>(s.train.size()), 48, 8);
  }
  const std::vector<double> same(5, 1.0);
  EXPECT_EQ(thrown([&] { split(5, {.test = 0.4, .times = same}); }).code, "E-DATA-175");
}

TEST(Split, RefusesWhatDoesNotGoTogether) {
  const std::vector<double> times = {1, 2, 3, 4};
  const Numbers groups = {0, 0, 1, 1};
  EXPECT_EQ(thrown([&] { split(4, {.test = 0.5, .groups = groups, .times = times}); }).code,
            "E-DATA-177");
  EXPECT_EQ(thrown([&] { split(5, {.test = 0.5, .groups = groups}); }).code, "E-DATA-52");
  EXPECT_EQ(thrown([&] { split(5, {.test = 0.5, .times = times}); }).code, "E-DATA-52");
  const auto code = [](const FoldOptions& o) { return thrown([&] { folds(4, o); }).code; };
  EXPECT_EQ(code({.folds = 1}), "E-DATA-176");
  EXPECT_EQ(code({.folds = 5}), "E-DATA-176");
  EXPECT_EQ(code({.folds = 2, .repeats = 0}), "E-DATA-176");
  EXPECT_EQ(code({.folds = 2, .gap = 1}), "E-DATA-176");
  EXPECT_EQ(code({.folds = 2, .repeats = 2, .split = {.times = times}}), "E-DATA-176");
  EXPECT_EQ(code({.folds = 2, .gap = 9, .split = {.times = times}}), "E-DATA-175");
}

Table table(const std::string& text) { return parse_csv(text, {}, "a.csv"); }

TEST(SplitColumns, GroupsAndEqualRows) {
  const Table t = table("id,v,w\nb,1,x\na,2,y\nb,2,y\nc,1.0,x\n");
  EXPECT_EQ(groups_of(t, 0), (Numbers{0, 1, 0, 2}));
  const auto equal = groups_of_equal_rows(t, {.id_column = "id"});
  EXPECT_EQ(equal, (Numbers{0, 1, 1, 0})) << "numbers by value";
  EXPECT_EQ(joined_groups(groups_of(t, 0), equal), (Numbers{0, 0, 0, 0}))
      << "b joins both pairs of equal rows";
  EXPECT_EQ(joined_groups(Numbers{0, 1, 2, 1}, Numbers{5, 6, 7, 8}), (Numbers{0, 1, 2, 1}));
  const auto error = thrown([] { groups_of(table("g,v\na,1\n,2\n"), 0); });
  EXPECT_EQ(error.code, "E-DATA-174");
  EXPECT_TRUE(error.says("a.csv:3")) << error.message;
}

TEST(SplitColumns, Times) {
  EXPECT_EQ(times_of(table("t,v\n2024-05-31,1\n2024-06-01T00:00:01,2\n"), 0),
            (std::vector<double>{1717113600, 1717200001}));
  EXPECT_EQ(times_of(table("t\n1.5\n2\n"), 0), (std::vector<double>{1.5, 2}));
  const Table back = table("t\n2024-01-02\n2024-01-04\n2024-01-03\n2024-01-01\n");
  const auto error = thrown([&] { times_of(back, 0); });
  EXPECT_EQ(error.code, "E-DATA-174");
  for (const char* part : {"a.csv:4", "2024-01-03", "2024-01-04", "line 3", "2 such"})
    EXPECT_TRUE(error.says(part)) << error.message;
  EXPECT_EQ(times_of(back, 0, false).size(), 4u);
  EXPECT_EQ(thrown([] { times_of(table("t,v\nsoon,1\n2024-01-01,2\n"), 0); }).code, "E-DATA-174");
}

}  // namespace
}  // namespace glia::data
