// Texts in a column of a table, beside numbers: from the file of an experiment to predictions.
#include <gtest/gtest.h>

#include "tests/experiment/case.h"
#include "tests/thrown.h"

namespace glia::experiment {
namespace {

// Amounts and words that only together tell the label.
std::string orders(int rows, std::uint64_t seed) {
  Random random(seed, "orders");
  const std::vector<std::string> calm = {"thanks", "fine", "soon"},
                                 cross = {"refund", "broken", "never"}, any = {"the", "box", "I"};
  std::string csv = "amount,note,churn\n";
  for (int i = 0; i < rows; ++i) {
    const double amount = random.normal();
    const bool angry = random.below(2) == 0, silent = random.below(8) == 0;
    csv += std::to_string(amount) + ",";
    for (int w = 0; !silent && w < 4; ++w) {
      const auto& from = w % 2 == 0 ? any : angry ? cross : calm;
      csv += from[random.below(from.size())] + (w < 3 ? " " : "");
    }
    csv += (angry && !silent) == (amount > 0) ? ",yes\n" : ",no\n";
  }
  return csv;
}

struct Orders {
  TempFolder folder;
  Orders() {
    testing::write(folder / "orders.csv", orders(600, 1));
    testing::write(folder / "new.csv", orders(200, 2));
  }
  Experiment load(std::vector<std::string> set = {}) const {
    LoadOptions options;
    options.set = std::move(set);
    return parse(R"(data:
  train: orders.csv
  target: {column: churn, positive: "yes"}
  split: {validation: 0.2}
  columns: {note: [{impute_constant: {indicator: true}}, {tfidf: {max_features: 50}}]}
model:
  layers:
    - dense: {units: 16, activation: relu}
    - dense: {units: 1, activation: sigmoid}
train:
  loss: binary_crossentropy
  epochs: 30
  optimizer: {adam: {learning_rate: 0.02}}
)",
                 "orders.yaml", options, folder.path());
  }
};

double accuracy(const Assessment& a) {
  for (const auto& m : a.metrics)
    if (m.name == "accuracy") return m.value.value_or(0);
  return 0;
}

TEST(TableText, LearnsFromWordsAndNumbersAndPredicts) {
  const Orders orders;
  const auto e = orders.load();
  const auto prepared = prepare(e);
  EXPECT_TRUE(std::any_of(prepared.notes.begin(), prepared.notes.end(), [](const auto& note) {
    return note.find("9 terms of 480 training texts") != note.npos;
  })) << prepared.notes.back();
  const auto& fitted = prepared.encoding.as<TableEncoder>().preprocessor;
  EXPECT_EQ(fitted.features(), 1 + 9 + 1);
  train(e, prepared, {.folder = orders.folder / "run"});
  const auto bundle = load_bundle(orders.folder / "run");
  EXPECT_EQ(bundle.encoding.to_json(), prepared.encoding.to_json());
  const auto labelled = bundle.experiment.data->labelled(bundle, {orders.folder / "new.csv"});
  EXPECT_GT(accuracy(assess(bundle, *labelled.rows)), 0.93);

  // New rows without a target, their columns in another order, a text missing.
  testing::write(orders.folder / "rows.csv",
                 "note,amount\nI broken box never,2\nthe thanks box fine,2\nNA,2\n");
  const auto rows = bundle.experiment.data->unlabelled(bundle, orders.folder / "rows.csv");
  EXPECT_EQ(rows.report.imputed, 1);
  const Tensor p = bundle.predict(*rows.rows)[0];
  EXPECT_GT(p.at(0), 0.5);
  EXPECT_LT(p.at(1), 0.5);
  EXPECT_LT(p.at(2), 0.5);
}

TEST(TableText, OtherRowsChangeNothingThatIsFitted) {
  const Orders orders;
  const auto e = orders.load({"data.split.stratify=false"});
  const auto before = prepare(e);
  const auto table = data::read_csv(orders.folder / "orders.csv");
  const auto parts = data::split(table.rows(), {.validation = 0.2});
  ASSERT_EQ(std::ssize(parts.validation), before.validation->size());
  std::string csv = "amount,note,churn\n";
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const bool held = std::binary_search(parts.validation.begin(), parts.validation.end(), row);
    csv += std::string(table.cell(row, 0)) + "," +
           (held ? "zebra unheard of" : std::string(table.cell(row, 1))) + "," +
           std::string(table.cell(row, 2)) + "\n";
  }
  testing::write(orders.folder / "orders.csv", csv);
  EXPECT_EQ(prepare(e).encoding.to_json(), before.encoding.to_json());
}

TEST(TableText, StreamedRowsAreTheSame) {
  const Orders orders;
  const auto streamed = prepare(orders.load({"data.stream=true", "data.split.validation=0"}));
  const auto whole = prepare(orders.load({"data.split.validation=0"}));
  // Moments of numbers are summed piece by piece; terms are counted.
  const auto text_of = [](const Prepared& prepared) {
    const auto& columns = prepared.encoding.as<TableEncoder>().preprocessor.columns();
    return std::get<data::FittedText>(columns.back().fitted);
  };
  EXPECT_EQ(text_of(streamed), text_of(whole));
  const auto features = [](const data::Source& rows) {
    const auto all = data::all_rows(rows.size());
    auto batch = rows.allocate(rows.size());
    batch.count = rows.size(), batch.rows = all;
    rows.fill(batch);
    return batch.features;
  };
  const Tensor a = features(*streamed.train), b = features(*whole.train);
  ASSERT_EQ(a.size(), b.size());
  for (std::int64_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a.at(i), b.at(i), 1e-5) << i;
}

}  // namespace
}  // namespace glia::experiment
