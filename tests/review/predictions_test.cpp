// What a run keeps of the rows that it was judged by.
#include "glia/experiment/predictions.h"

#include <gtest/gtest.h>

#include "glia/base/file.h"
#include "glia/data/read_table.h"
#include "tests/review/runs.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using experiment::Predictions;
using testing::Runs;
using testing::thrown;
using testing::write;

Predictions some(std::int64_t n) {
  Predictions p;
  p.rows = n;
  p.loss = 0.25;
  p.of_file = true;
  std::vector<float> values, truth;
  for (std::int64_t i = 0; i < n; ++i)
    p.numbers.push_back(10 * i), values.push_back(static_cast<float>(i)),
        truth.push_back(static_cast<float>(-i));
  p.outputs.push_back(
      {"price", 0.5, Tensor::of<float>({n, 1}, values), Tensor::of<float>({n, 1}, truth), {}});
  return p;
}

TEST(Predictions, AreTheSameAfterwards) {
  TempFolder folder;
  save_predictions(folder / "p" / "test.safetensors", some(7));
  const auto p = experiment::load_predictions(folder / "p" / "test.safetensors");
  EXPECT_EQ(p.rows, 7);
  EXPECT_EQ(p.loss, 0.25);
  EXPECT_TRUE(p.of_file);
  EXPECT_EQ(p.numbers, some(7).numbers);
  ASSERT_EQ(p.outputs.size(), 1u);
  EXPECT_EQ(p.outputs[0].name, "price");
  EXPECT_EQ(p.outputs[0].loss, 0.5);
  EXPECT_EQ(p.outputs[0].predictions.at(6), 6);
  EXPECT_EQ(p.outputs[0].targets.at(6), -6);
}

TEST(Predictions, OfManyBytesRowsAtEqualDistancesAreKept) {
  TempFolder folder;
  save_predictions(folder / "t.safetensors", some(1000), 80);  // 8 bytes a row
  const auto p = experiment::load_predictions(folder / "t.safetensors");
  EXPECT_EQ(p.rows, 1000);
  ASSERT_EQ(p.kept(), 10);
  EXPECT_EQ(p.numbers[3], 3000);
  EXPECT_EQ(p.outputs[0].predictions.at(3), 300);
}

TEST(Predictions, DamagedOnesAreNamed) {
  TempFolder folder;
  const auto file = folder / "t.safetensors";
  save_predictions(file, some(5));
  const auto whole = read_file(file);
  const auto code = [&](const std::string& bytes) {
    write(file, bytes);
    return thrown([&] { experiment::load_predictions(file); }).code;
  };
  EXPECT_EQ(code(whole.substr(0, whole.size() - 3)).substr(0, 6), "E-SAFE");
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"row\"", "\"wor\""},
                                 {"target:", "tarted:"},
                                 {"\"rows\":\"5\"", "\"rows\":\"4\""},
                                 {"\"outputs\":\"1\"", "\"outputs\":\"9\""}}) {
    auto bytes = whole;
    const auto at = bytes.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    EXPECT_EQ(code(bytes.replace(at, from.size(), to)), "E-REPORT-11") << from;
  }
}

// Each kept row is the one of the file that its number says.
TEST(Predictions, RowsAreThoseOfTheFile) {
  const Runs runs;
  write(runs.folder / "people.csv", testing::people(200));
  const auto run =
      runs.train(Runs::yaml("amount", "dense: {units: 1}", "mean_squared_error"), "run");
  const auto table = data::read_csv(runs.folder / "people.csv", {});
  for (const auto* part : {"validation", "test"}) {
    const auto p =
        experiment::load_predictions(run / "predictions" / (std::string(part) + ".safetensors"));
    ASSERT_TRUE(p.of_file);
    EXPECT_EQ(p.kept(), std::string(part) == "test" ? 60 : 40);
    for (std::int64_t i = 0; i < p.kept(); ++i)
      EXPECT_NEAR(p.outputs[0].targets.at(i),
                  table.number(p.numbers[static_cast<std::size_t>(i)], table.column("amount")),
                  1e-5);
  }
  // And what is assessed of them is what the training said.
  const auto bundle = experiment::load_bundle(run);
  const auto kept =
      experiment::assess(bundle.experiment, bundle.encoding,
                         experiment::load_predictions(run / "predictions" / "test.safetensors"));
  const auto again = experiment::assess(
      bundle, *experiment::prepare(experiment::parse(Runs::yaml("amount", "dense: {units: 1}",
                                                                "mean_squared_error"),
                                                     "again", {}, runs.folder.path()))
                   .test);
  ASSERT_EQ(kept.metrics.size(), again.metrics.size());
  for (std::size_t i = 0; i < kept.metrics.size(); ++i)
    EXPECT_EQ(kept.metrics[i].value, again.metrics[i].value);
  EXPECT_EQ(kept.loss, again.loss);
}

}  // namespace
}  // namespace glia
