// Reports on runs of every kind, whole and damaged.
#include "glia/review/review.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/metrics/compare.h"
#include "tests/review/runs.h"
#include "tests/thrown.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::people;
using testing::Runs;
using testing::thrown;
using testing::write;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string page_of(const fs::path& run, const review::Options& options = Runs::options()) {
  return report::html(review::review({run}, options).document);
}

std::string text_of(const std::vector<fs::path>& runs) {
  return report::render(review::review(runs, Runs::options()).document, {.width = 100});
}

void expect_parts(const std::string& page, const std::vector<std::string>& parts) {
  for (const auto& part : parts) EXPECT_TRUE(holds(page, part)) << part;
}

// The objects that a page gives to its script.
std::vector<json> data_in(const std::string& page) {
  std::vector<json> all;
  const std::string begin = "application/json\">";
  for (auto at = page.find(begin); at != page.npos; at = page.find(begin, at + 1))
    all.push_back(json::parse(
        page.substr(at + begin.size(), page.find("</script>", at) - at - begin.size())));
  return all;
}

TEST(Review, OfTwoClassesHasEverySection) {
  const Runs runs;
  write(runs.folder / "people.csv", people(400));
  const auto run = runs.train(Runs::binary(), "run", {}, true);
  const auto page = page_of(run);
  expect_parts(
      page,
      {">Data</h2>", ">Learning curves</h2>", ">On the test rows, n = 120", "Confusion matrix",
       "ROC curve", "Precision and recall", "Calibration (mean distance", "Choice of a threshold",
       ">The most confident mistakes</h2>", ">Slices</h2>", ">Every row</h2>", ">Model</h2>",
       ">Time and memory by op</h2>", "Of the whole training", ">Settings</h2>", "test accuracy",
       "Kiel", "SHA-256 of the weights", "glia train"});
  EXPECT_FALSE(holds(page, "Left out:"));
  EXPECT_EQ(page, page_of(run)) << "the same run is the same page";
  // The areas are those of the metrics, and the plot has the whole curve.
  bool found = false;
  for (const auto& data : data_in(page)) {
    if (!data.contains("series") || data["x"] != "false positive rate") continue;
    found = true;
    const auto& line = data["series"][0];
    EXPECT_EQ(line["x"].front(), 0);
    EXPECT_EQ(line["y"].back(), 1);
    double area = 0;
    for (std::size_t i = 1; i < line["x"].size(); ++i)
      area += (line["x"][i].get<double>() - line["x"][i - 1].get<double>()) *
              (line["y"][i].get<double>() + line["y"][i - 1].get<double>()) / 2;
    const auto figures = json::parse(review::review({run}, Runs::options()).json);
    EXPECT_NEAR(area, figures["judged"]["test"]["metrics"]["roc_auc"]["value"].get<double>(), 1e-3);
    EXPECT_EQ(figures["judged"]["test"]["rows"], 120);
    EXPECT_EQ(figures["epochs"], 4);
  }
  EXPECT_TRUE(found);
  const auto text = text_of({run});
  expect_parts(text,
               {"Learning curves", "Confusion matrix", "ROC curve", "The most confident mistakes"});
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    EXPECT_LE(report::display_width(text.substr(at, end - at)), 100) << text.substr(at, end - at);
    at = end + 1;
  }
}

TEST(Review, MeasuresStepsWhereTheTrainingDidNot) {
  const Runs runs;
  write(runs.folder / "people.csv", people(200));
  auto options = Runs::options();
  options.measure = true;
  const auto run = runs.train(Runs::binary(), "run");
  const auto before = sha256_file(run / "model" / "weights.safetensors");
  expect_parts(page_of(run, options),
               {"Measured for this report: 10 training steps of 32 made-up rows", "matmul"});
  EXPECT_EQ(before, sha256_file(run / "model" / "weights.safetensors"));
}

TEST(Review, OtherTasks) {
  const Runs runs;
  write(runs.folder / "people.csv", people(300));
  const auto classes =
      page_of(runs.train(Runs::yaml("kind", "dense: {units: 3, activation: softmax}",
                                    "sparse_categorical_crossentropy"),
                         "classes"));
  expect_parts(classes, {"ROC curves of each class against the rest", "By class",
                         "probability of the class"});
  const auto numbers = page_of(
      runs.train(Runs::yaml("amount", "dense: {units: 1}", "mean_squared_error"), "numbers"));
  expect_parts(numbers, {"Predicted against true", "Errors by prediction",
                         ">The largest errors</h2>", "mean absolute error"});
}

TEST(Review, SeveralOutputs) {
  const Runs runs;
  write(runs.folder / "people.csv", people(300));
  const auto run = runs.train(R"(name: two
data:
  train: people.csv
  split: {validation: 0.2, test: 0.2}
  target: {yes_or_no: {column: answer, positive: "yes"}, price: amount}
model:
  layers:
    - dense: {name: trunk, units: 6, activation: relu}
    - dense: {name: head, units: 1, activation: sigmoid}
    - dense: {name: price_head, units: 1, inputs: trunk}
  outputs: {yes_or_no: head, price: price_head}
train:
  loss: {yes_or_no: binary_crossentropy, price: mean_squared_error}
  epochs: 3
)",
                              "run");
  expect_parts(page_of(run),
               {"Output yes_or_no", "Output price", "ROC curve", "Predicted against true"});
}

TEST(Review, TextOfTheDataIsTextOnThePage) {
  const Runs runs;
  const std::string evil = "<script>alert(1)</script>";
  auto csv = people(200, evil);
  csv.replace(csv.find("town"), 4, "<img src=x onerror=alert(2)>");
  write(runs.folder / "people.csv", csv);
  const auto run =
      runs.train(Runs::yaml("{column: answer, positive: '" + evil + "'}",
                            "dense: {units: 1, activation: sigmoid}", "binary_crossentropy"),
                 "r<b>un");
  const auto page = page_of(run);
  EXPECT_FALSE(holds(page, evil));
  EXPECT_FALSE(holds(page, "<img src=x"));
  EXPECT_TRUE(holds(page, "&lt;script&gt;alert(1)"));
  EXPECT_FALSE(data_in(page).empty()) << "and what the script reads is whole";
}

TEST(Review, DataThatIsGoneOrChangedIsSaid) {
  const Runs runs;
  write(runs.folder / "people.csv", people(300));
  const auto run = runs.train(Runs::binary(), "run");
  const auto whole = page_of(run);
  EXPECT_TRUE(holds(whole, ">Slices</h2>"));
  write(runs.folder / "people.csv", people(300, "yes", 2));
  const auto changed = page_of(run);
  EXPECT_TRUE(holds(changed, "the data was changed since"));
  EXPECT_FALSE(holds(changed, ">Slices</h2>"));
  write(runs.folder / "people.csv", people(20));
  EXPECT_TRUE(holds(page_of(run), "[E-REPORT-12]") || holds(page_of(run), "there is no row"));
  fs::remove(runs.folder / "people.csv");
  const auto gone = page_of(run);
  EXPECT_TRUE(holds(gone, "there is no such file"));
  expect_parts(gone, {"ROC curve", ">The most confident mistakes</h2>", "test accuracy"});
}

TEST(Review, DamagedFilesAreNamedAndTheRestIsUsed) {
  const Runs runs;
  write(runs.folder / "people.csv", people(200));
  const auto run = runs.train(Runs::binary(), "run");
  const auto metrics = read_file(run / "metrics.jsonl");
  write(run / "metrics.jsonl",
        metrics.substr(0, metrics.size() / 2) + "\n\x01 garbage\n" + std::string(100000, '['));
  auto page = page_of(run);
  expect_parts(page, {"metrics.jsonl", "lines are damaged, the first is line",
                      ">Learning curves</h2>", "ROC curve"});
  write(run / "predictions" / "test.safetensors", "nothing");
  page = page_of(run);
  expect_parts(page, {"test.safetensors", ">On the validation rows, n = "});
  write(run / "model" / "weights.safetensors", "nothing");
  page = page_of(run);
  expect_parts(page, {"weights.safetensors", "test accuracy"});
  write(run / "result.json", "{\"epochs\": [[");
  write(run / "command.json", "\xff\xfe");
  page = page_of(run);
  expect_parts(page, {"result.json", "command.json", "Its result is damaged"});
  write(run / "experiment.yaml", "a: [b");
  expect_parts(page_of(run), {"this is no YAML"});
  fs::remove(run / "experiment.yaml");
  EXPECT_EQ(thrown([&] { page_of(run); }).code, "E-REPORT-14");
  EXPECT_EQ(thrown([&] { page_of(runs.folder / "none"); }).code, "E-REPORT-14");
}

TEST(Review, ARunAtItsBeginning) {
  TempFolder folder;
  fs::create_directories(folder / "run" / "checkpoints");
  write(folder / "run" / "experiment.yaml", "name: x\ntrain: {epochs: 3}\n");
  expect_parts(page_of(folder / "run"), {"Not at its end", ">Settings</h2>"});
  write(folder / "run" / "metrics.jsonl",
        "{\"epoch\": 1, \"loss\": null, \"val_loss\": 1e999, \"seconds\": 1}\n");
  const auto page = page_of(folder / "run");
  EXPECT_FALSE(holds(page, "nan") || holds(page, "inf ")) << page;
  EXPECT_TRUE(holds(text_of({folder / "run"}), "Settings"));
}

TEST(Review, OfTwoRunsOnTheSameRows) {
  const Runs runs;
  write(runs.folder / "people.csv", people(600));
  const auto good = runs.train(Runs::binary(), "good", {"train.epochs=12"});
  const auto poor = runs.train(Runs::binary(), "poor",
                               {"train.epochs=1", "train.optimizer.adam.learning_rate=0.0001"});
  const auto review = review::review({poor, good}, Runs::options());
  const auto figures = json::parse(review.json);
  ASSERT_EQ(figures["comparisons"].size(), 3u);
  EXPECT_TRUE(holds(figures["comparisons"][1]["sentence"].get<std::string>(), "good is better by"));
  EXPECT_EQ(figures["comparisons"][0]["rows"], 180);
  // Only what differs.
  EXPECT_EQ(figures["differing"].size(), 2u) << figures["differing"];
  EXPECT_EQ(figures["differing"]["train.epochs"], json({"1", "12"}));
  const auto page = report::html(review.document);
  expect_parts(page, {">Comparison on the same rows</h2>", "&#39;s exact test",
                      ">Settings that differ</h2>", "good is better by"});
  expect_parts(report::render(review.document, {.width = 100}), {"good", "poor", "val_loss"});
  // Other rows are not compared.
  write(runs.folder / "people.csv", people(500, "yes", 3));
  const auto other = runs.train(Runs::binary(), "other");
  const auto apart = review::review({other, good}, Runs::options());
  EXPECT_FALSE(json::parse(apart.json).contains("comparisons"));
  EXPECT_TRUE(holds(report::html(apart.document), "they were not judged by the same rows"));
}

TEST(Review, OfManyRunsHasOneTable) {
  const Runs runs;
  write(runs.folder / "people.csv", people(200));
  std::vector<fs::path> folders;
  for (int i = 0; i < 5; ++i)
    folders.push_back(runs.train(Runs::binary(), "run" + std::to_string(i),
                                 {"seed=" + std::to_string(i), "train.epochs=2"}));
  fs::create_directories(runs.folder / "begun");
  write(runs.folder / "begun" / "experiment.yaml", "name: people\n");
  folders.push_back(runs.folder / "begun");
  const auto review = review::review(folders, Runs::options());
  const auto page = report::html(review.document);
  expect_parts(page,
               {"6 runs", "data-lines", "best val_loss", "last val_loss", ">seed</td>", "not yet"});
  EXPECT_EQ(json::parse(review.json)["runs"].size(), 6u);
  for (const auto& data : data_in(page))
    if (data.contains("series") && data["x"] == "epoch") {
      EXPECT_EQ(data["series"].size(), 5u);
    }
}

// Folds and members stand in files beside result.json, which a cross-validation writes.
TEST(Review, OfFoldsAndMembersHasATableEach) {
  const Runs runs;
  write(runs.folder / "people.csv", people(300));
  const auto run = runs.train(Runs::binary(), "run",
                              {"train.ensemble={members: 3, kind: seeds, combine: weighted}"});
  write(run / "folds.json",
        R"({"values": {"accuracy": {"mean": 0.75, "deviation": 0.0625, "folds": [0.6875, 0.8125]},
                       "recall": {"mean": null, "folds": [null, "x"]}, "bad": 3},
            "final": {"model": "on all rows for 7 epochs"}})");
  const auto page = page_of(run);
  expect_parts(page, {">Cross-validation</h2>", "0.0625", "0.6875", "0.8125", "fold 2",
                      "on all rows for 7 epochs", ">Members</h2>",
                      "An ensemble of 3 models (seeds, weighted)", "val_accuracy"});
  EXPECT_TRUE(holds(text_of({run}), "Cross-validation"));
  // Folds without a final model are all that was asked for.
  const auto folds = runs.folder / "folds";
  fs::create_directories(folds);
  write(folds / "experiment.yaml", "name: x\ndata: {split: {folds: 2, final_model: false}}\n");
  write(folds / "folds.json", read_file(run / "folds.json"));
  const auto only = page_of(folds);
  expect_parts(only, {">Cross-validation</h2>"});
  EXPECT_FALSE(holds(only, "Not at its end") || holds(only, "Left out"));
}

// Two whole epochs of 4 updates with a validation within each, and a part of a third.
TEST(Review, RecordsWithinAnEpochAreNoEpochs) {
  const Runs runs;
  write(runs.folder / "people.csv", people(300));
  const auto run = runs.train(Runs::binary(), "run");
  std::string lines;
  const auto add = [&](int epoch, int step, int batch, double loss, double val_loss) {
    json line{{"epoch", epoch}, {"step", step}, {"loss", loss}, {"val_loss", val_loss}};
    line["learning_rate"] = 0.001, line["seconds"] = 1;
    if (batch > 0) line["batch"] = batch;
    lines += line.dump() + "\n";
  };
  add(1, 3, 3, 0.1, 0.9), add(1, 4, 0, 0.5, 0.8);
  add(2, 6, 2, 0.2, 0.3), add(2, 8, 0, 0.4, 0.7);
  add(3, 9, 1, 0.05, 0.6);
  write(run / "metrics.jsonl", lines);
  auto result = json::parse(read_file(run / "result.json"));
  result["best_epoch"] = 2, result["best_step"] = 6;
  write(run / "result.json", result.dump());
  const auto figures = json::parse(review::review({run}, Runs::options()).json);
  EXPECT_EQ(figures["epochs"], 2.25);
  EXPECT_FALSE(figures["values"].contains("batch"));
  EXPECT_EQ(figures["values"]["loss"]["best"], 0.4) << "of whole epochs";
  EXPECT_EQ(figures["values"]["loss"]["last"], 0.4);
  EXPECT_EQ(figures["values"]["val_loss"]["best"], 0.3);
  EXPECT_EQ(figures["values"]["val_loss"]["last"], 0.6);
  bool found = false;
  for (const auto& data : data_in(page_of(run))) {
    if (!data.contains("series") || data["x"] != "epoch") continue;
    if (data["series"].size() != 2) continue;
    found = true;
    EXPECT_EQ(data["series"][0]["x"], json({1, 2}));
    EXPECT_EQ(data["series"][1]["x"], json({0.75, 1, 1.5, 2, 2.25}));
    EXPECT_EQ(data["mark"], 1.5);
  }
  EXPECT_TRUE(found);
}

// The figure in the title is of the bins that are drawn.
TEST(Review, TheCalibrationInTheTitleIsThatOfThePlot) {
  const Runs runs;
  write(runs.folder / "people.csv", people(400));
  const auto page = page_of(runs.train(Runs::binary(), "run"));
  const std::string words = "Calibration (mean distance from perfect ";
  const auto at = page.find(words);
  ASSERT_NE(at, page.npos);
  for (const auto& data : data_in(page)) {
    if (!data.contains("series") || data["y"] != "share that is so") continue;
    const auto& line = data["series"][0];
    double gap = 0, rows = 0;
    for (std::size_t i = 0; i < line["x"].size(); ++i) {
      const double n = std::stod(line["z"][i].get<std::string>());
      gap += n * std::abs(line["x"][i].get<double>() - line["y"][i].get<double>()), rows += n;
    }
    EXPECT_NEAR(std::stod(page.substr(at + words.size())), gap / rows, 1e-4);
  }
}

TEST(Review, OpsAreMeasuredWithTheThreadsOfTheTraining) {
  const Runs runs;
  write(runs.folder / "people.csv", people(300));
  const auto run = runs.train(Runs::binary(), "run");
  auto options = Runs::options();
  options.measure = true;
  const auto page = page_of(run, options);
  expect_parts(page, {"1 thread, the middle of 5 such measurements", "the training took"});
}

}  // namespace
}  // namespace glia
