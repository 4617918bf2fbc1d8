// A threshold that is chosen by costs, on real data: what it costs out of fold.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "glia/data/csv.h"
#include "glia/data/preprocess.h"
#include "glia/data/split.h"
#include "glia/metrics/threshold.h"
#include "glia/nn/layers.h"
#include "glia/train/predictor.h"
#include "glia/train/trainer.h"

namespace glia::train {
namespace {

using Rows = std::vector<std::int64_t>;

// Bad customers are the yes (the label 2): to call one good costs 5, a good one bad costs 1.
constexpr metrics::ErrorCosts kCosts{.false_positive = 1, .false_negative = 5};

struct Fold {
  double with_chosen = 0, with_half = 0;  // costs of the test rows
  double threshold = 0;
};

Fold run_fold(const data::Table& table, const data::Split& rows, std::uint64_t seed) {
  // Fitted on the fold's training rows alone.
  const auto fitted = data::Preprocessor::fit(
      table, rows.train, {.target = data::TargetOptions{.column = "column_21"}});
  const auto part = [&](const Rows& of) {
    const Tensor classes = fitted.target()->transform(table, of);
    return data::Dataset(fitted.transform(table, of),
                         classes.to(DType::f32).reshaped({std::ssize(of), 1}));
  };
  const auto model =
      nn::sequential({nn::dense({.units = 16, .activation = nn::relu}), nn::dropout({.rate = 0.3}),
                      nn::dense({.units = 1, .activation = nn::sigmoid})});
  FitOptions options{.loss = nn::binary_crossentropy(),
                     .epochs = 25,
                     .seed = seed,
                     .early_stopping = EarlyStopping{.patience = 5}};
  const auto validation = part(rows.validation), test = part(rows.test);
  Store store;
  fit(model, part(rows.train), &validation, store, options);
  Predictor predictor(model, objective(options), validation.feature_shape(), store, 1);
  const auto probabilities = [&](const data::Dataset& of) { return predictor.run(of)[0]; };
  const auto truth = [](const data::Dataset& of) {
    const Tensor targets = of.targets();
    Rows classes;
    for (const float y : targets.data<float>()) classes.push_back(static_cast<std::int64_t>(y));
    return classes;
  };
  const Tensor seen = probabilities(validation), unseen = probabilities(test);
  const auto chosen =
      metrics::choose_threshold(seen.data<float>(), truth(validation),
                                {.goal = metrics::ThresholdGoal::cost, .costs = kCosts});
  const auto cost = [&](double threshold) {
    return metrics::mean_cost(unseen.data<float>(), truth(test), threshold, kCosts) *
           static_cast<double>(test.size());
  };
  return {cost(chosen.threshold), cost(0.5), chosen.threshold};
}

TEST(GermanCredit, TheChosenThresholdCostsLessOutOfFold) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA does not name the folder of real data";
  const auto table = data::read_csv(std::filesystem::path(folder) / "german-credit" / "german.csv");
  const auto every = data::all_rows(table.rows());
  const auto target = data::Target::fit(table, every, {.column = "column_21"});
  const Tensor classes = target.transform(table, every);
  const auto y = classes.data<std::int64_t>();
  const auto folds = data::folds(
      table.rows(),
      {.folds = 5,
       .split = {.validation = 0.25, .seed = 3, .stratify = y, .labels = target.labels}});
  ASSERT_EQ(folds.size(), 5u);
  double chosen = 0, half = 0;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    const auto fold = run_fold(table, folds[f], f + 1);
    chosen += fold.with_chosen, half += fold.with_half;
    EXPECT_LT(fold.threshold, 0.5) << "a bad customer is suspected early";
  }
  RecordProperty("cost_per_row_chosen", std::to_string(chosen / 1000));
  RecordProperty("cost_per_row_half", std::to_string(half / 1000));
  EXPECT_LT(chosen, 0.8 * half);
  EXPECT_LT(chosen, 700) << "what it costs to call everybody bad";
}

}  // namespace
}  // namespace glia::train
