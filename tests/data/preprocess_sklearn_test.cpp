// Every step against what scikit-learn makes of the same random tables (make_preprocess.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/data/csv.h"
#include "glia/data/preprocess.h"

namespace glia::data {
namespace {

using nlohmann::json;
using Matrix = std::vector<std::vector<double>>;

json golden(const std::string& name) {
  const char* folder = std::getenv("GLIA_GOLDEN");
  const std::string path = (folder ? std::string(folder) : GLIA_SOURCE_DIR "/tests/golden") +
                           "/preprocess_" + name + ".json";
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return json::parse(file);
}

Table table_of(const json& rows) {
  std::string text;
  for (std::size_t c = 0; c < rows[0].size(); ++c) text += (c ? ",x" : "x") + std::to_string(c);
  for (const auto& row : rows) {
    text += "\n";
    for (std::size_t c = 0; c < row.size(); ++c)
      text += (c ? "," : "") + (row[c].is_null() ? "NA" : fmt::format("{}", row[c].get<double>()));
  }
  return parse_csv(text + "\n", {.separator = ',', .header = Header::yes, .threads = 1});
}

std::map<std::string, Kind> all_numeric(const Table& table) {
  std::map<std::string, Kind> kinds;
  for (const auto& name : table.names()) kinds[name] = Kind::numeric;
  return kinds;
}

// Fitted on the first rows, and then all of them.
Tensor transformed(const Table& table, std::int64_t fitted, const Chain& chain) {
  const auto p =
      Preprocessor::fit(table, all_rows(fitted), {.numeric = chain, .columns = all_numeric(table)});
  return p.transform(table, all_rows(table.rows()), nullptr, DType::f64);
}

// Missing ones must be missing in both; they are filled with a number that nothing else has.
void expect_near(const Tensor& x, const json& wanted, double tolerance, const std::string& what) {
  const auto width = static_cast<std::int64_t>(wanted[0].size());
  for (std::size_t r = 0; r < wanted.size(); ++r)
    for (std::int64_t c = 0; c < width; ++c) {
      const auto& value = wanted[r][static_cast<std::size_t>(c)];
      if (value.is_null()) continue;
      const double expected = value.get<double>();
      ASSERT_NEAR(x.at(static_cast<std::int64_t>(r) * width + c), expected,
                  tolerance * std::max(1.0, std::abs(expected)))
          << what << ", row " << r << ", column " << c;
    }
}

void compare(const json& cases, const std::string& key, double tolerance, auto chain_of,
             const std::string& input = "x") {
  ASSERT_EQ(cases.size(), 100u);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const json& one = cases[i];
    const Tensor x =
        transformed(table_of(one[input]), one["fitted"].get<std::int64_t>(), chain_of(one));
    expect_near(x, one[key], tolerance, key + ", table " + std::to_string(i));
  }
}

// A scaling passes missing values; a constant in the end lets the table be looked at.
Chain then_constant(Step step) {
  return {std::move(step), Step("impute_constant", {{"value", 0.5}})};
}

TEST(PreprocessSklearn, ImputeOneColumn) {
  for (const auto& one : golden("impute")) {
    const Table table = table_of(one["x"]);
    const auto fitted = one["fitted"].get<std::int64_t>();
    for (const std::string name : {"mean", "median", "mode"}) {
      const auto p = Preprocessor::fit(table, all_rows(fitted),
                                       {.numeric = {Step("impute_" + name, {{"indicator", true}})},
                                        .columns = all_numeric(table)});
      std::vector<int> indicators;
      for (std::size_t c = 0; c < 3; ++c) {
        const auto& number = std::get<FittedNumber>(p.columns()[c].fitted);
        const auto& fill = std::get<Fill>(number.steps[0]);
        const double wanted = one[name][c].get<double>();
        EXPECT_NEAR(fill.value, wanted, 1e-9 * std::max(1.0, std::abs(wanted)));
        if (fill.indicator) indicators.push_back(static_cast<int>(c));
      }
      EXPECT_EQ(json(indicators), one["indicators"]);
    }
  }
}

TEST(PreprocessSklearn, ImputeByNeighbours) {
  compare(golden("impute"), "knn", 1e-9, [](const json& one) {
    return Chain{Step("impute_knn", {{"n_neighbors", one["n_neighbors"].get<std::int64_t>()},
                                     {"weights", one["weights"].get<std::string>()}})};
  });
}

TEST(PreprocessSklearn, ImputeByModels) {
  compare(golden("impute"), "iterative", 1e-9,
          [](const json&) { return Chain{"impute_iterative"}; });
}

TEST(PreprocessSklearn, Scale) {
  const json cases = golden("scale");
  compare(cases, "standardize", 1e-9, [](const json&) { return then_constant("standardize"); });
  compare(cases, "min_max", 1e-9, [](const json& one) {
    return then_constant(
        Step("min_max", {{"low", one["low"].get<double>()}, {"high", one["high"].get<double>()}}));
  });
  compare(cases, "robust", 1e-9, [](const json& one) {
    return then_constant(Step(
        "robust", {{"lower", one["lower"].get<double>()}, {"upper", one["upper"].get<double>()}}));
  });
}

TEST(PreprocessSklearn, QuantilesAndWinsorizing) {
  const json cases = golden("shape");
  for (const std::string output : {"uniform", "normal"})
    compare(cases, output, 1e-9, [&](const json& one) {
      return then_constant(
          Step("quantile",
               {{"n_quantiles", one["n_quantiles"].get<std::int64_t>()}, {"output", output}}));
    });
  compare(cases, "winsorize", 1e-9, [](const json&) { return then_constant("winsorize"); });
}

TEST(PreprocessSklearn, Powers) {
  const json cases = golden("power");
  compare(cases, "yeo_johnson", 1e-6, [](const json&) { return Chain{"power"}; });
  compare(
      cases, "box_cox", 1e-6,
      [](const json&) {
        return Chain{Step("power", {{"method", "box_cox"}})};
      },
      "positive");
}

// A table of a category and a target; `each`: a category in each row.
Table categories(const json& x, const json* y, const std::string& around = "") {
  std::string text = y ? "c,y\n" : "c,z\n";
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto word = x[i].get<std::string>();
    text +=
        (around.empty() ? word : word + word + word + around) + "," + (y ? (*y)[i].dump() : "0");
    text += "\n";
  }
  return parse_csv(text, {.separator = ',', .header = Header::yes, .threads = 1});
}

Tensor encoded(const json& one, const json* y, Step step, std::optional<Task> task,
               const std::string& around = "") {
  PreprocessOptions options{.categorical = {std::move(step)},
                            .columns = {{"c", Kind::categorical}}};
  if (y)
    options.target = TargetOptions{.column = "y", .task = task, .standardize = false};
  else
    options.columns["z"] = Kind::drop;
  const auto p = Preprocessor::fit(categories(one["x"], y, around),
                                   all_rows(one["fitted"].get<std::int64_t>()), options);
  const Table each = categories(one["each"], nullptr, around);
  return p.transform(each, all_rows(each.rows()), nullptr, DType::f64);
}

TEST(PreprocessSklearn, EncodeByTarget) {
  for (const auto& one : golden("encode"))
    for (const Task task : {Task::binary, Task::multiclass, Task::regression}) {
      const json& wanted = one[std::string(name_of(task))];
      const std::string smooth =
          one["smooth"].is_string() ? one["smooth"].get<std::string>() : one["smooth"].dump();
      const Tensor x = encoded(one, &wanted["y"], Step("target", {{"smooth", smooth}}), task);
      expect_near(x, wanted["encoded"], 1e-9, std::string(name_of(task)));
    }
}

TEST(PreprocessSklearn, EncodeWithoutTarget) {
  for (const auto& one : golden("encode")) {
    const double least = one["min_frequency"].get<double>();
    const auto exactly = [&](const Step& step, const std::string& key, const std::string& around) {
      expect_near(encoded(one, nullptr, step, {}, around), one[key], 0, key);
    };
    exactly(Step("one_hot", {{"min_frequency", least}}), "one_hot", "");
    exactly(Step("ordinal", {{"min_frequency", least}}), "ordinal", "");
    exactly(Step("hashing", {{"n_features", one["n_features"].get<std::int64_t>()}}), "hashing",
            "\xC3\xA9");
  }
}

}  // namespace
}  // namespace glia::data
