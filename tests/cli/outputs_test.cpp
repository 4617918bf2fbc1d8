// Models of several outputs, and files of weights, at the command line.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/cli/process.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

const char* const kPeople = R"(data:
  train: people.csv
  split: {validation: 0.25}
  inputs: {numbers: [age], work: [job]}
  target: {price: cost, kind: kind}
model:
  layers:
    - dense: {name: left, units: 4, activation: relu, inputs: numbers}
    - dense: {name: right, units: 4, activation: relu, inputs: work, trainable: false}
    - concatenate: {inputs: [left, right]}
    - dense: {name: a, units: 1}
    - dense: {name: b, units: 1, activation: sigmoid, inputs: concatenate}
  outputs: {price: a, kind: b}
train:
  loss: {price: mean_squared_error, kind: binary_crossentropy}
  epochs: 2
)";

TEST(Outputs, AreTrainedShownAndPredictedByName) {
  TempFolder folder;
  std::ofstream(folder / "people.yaml") << kPeople;
  std::ofstream csv(folder / "people.csv");
  csv << "age,job,cost,kind\n";
  for (int i = 0; i < 80; ++i)
    csv << 20.5 + 0.37 * i << (i % 3 ? ",clerk," : ",smith,") << 3.5 * i << (i % 2 ? ",yes" : ",no")
        << "\n";
  csv.close();
  const auto trained = glia(folder.path(), {"train", "people.yaml", "--out", "run"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_NE(trained.out.find("kind_accuracy"), std::string::npos) << trained.out;
  const auto predicted = glia(folder.path(), {"predict", "run", "people.csv"});
  EXPECT_EQ(predicted.code, 0) << predicted.err;
  EXPECT_TRUE(predicted.out.starts_with("price,kind,kind_probability_no,kind_probability_yes\n"))
      << predicted.out.substr(0, 80);
  const auto evaluated = glia(folder.path(), {"evaluate", "run", "--data", "people.csv", "--json"});
  EXPECT_NE(evaluated.out.find("\"price_rmse\""), std::string::npos) << evaluated.out;
  const auto summary = glia(folder.path(), {"summary", "run"});
  EXPECT_NE(summary.out.find("26 trainable, 12 frozen"), std::string::npos) << summary.out;
  const auto weights = glia(folder.path(), {"weights", "run"});
  EXPECT_NE(weights.out.find("left.weight"), std::string::npos) << weights.out;
  EXPECT_NE(weights.out.find("8 tensors, 38 elements"), std::string::npos) << weights.out;
}

}  // namespace
}  // namespace glia::cli
