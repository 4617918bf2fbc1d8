// Images from the command line, and the demo.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "glia/data/image.h"
#include "tests/cli/bars.h"
#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kImages = R"(name: bars
data:
  train: {images: train.idx, labels: train-labels.idx}
  test: {images: test.idx, labels: test-labels.idx}
  validation: 0.1
  labels: [row, column]
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 3, activation: relu}
    - max_pool2d: {pool_size: 2}
    - flatten: {}
    - dense: {units: 2, activation: softmax}
train:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 1e-2}}
  batch_size: 16
  epochs: 15
)";

class Images : public testing::Test {
 protected:
  Images() {
    write(folder_ / "train.idx", idx({400, 8, 8}, bars(400)));
    write(folder_ / "train-labels.idx", idx({400}, classes(400)));
    write(folder_ / "test.idx", idx({60, 8, 8}, bars(60, 400)));
    write(folder_ / "test-labels.idx", idx({60}, classes(60)));
    write(folder_ / "bars.yaml", kImages);
  }
  Outcome run(const std::vector<std::string>& arguments) { return glia(folder_.path(), arguments); }
  TempFolder folder_;
};

TEST_F(Images, TrainEvaluatePredict) {
  const auto trained = run({"train", "bars.yaml", "--out", "run", "--threads", "1", "--json"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_GT(Json::parse(trained.out)["test"]["metrics"]["accuracy"]["value"].get<double>(), 0.95);
  const auto evaluated = run({"evaluate", "run", "--images", "test.idx", "--labels",
                              "test-labels.idx", "--threads", "1", "--json"});
  auto metrics = Json::parse(evaluated.out)["metrics"];
  EXPECT_EQ(metrics.erase("ece"), 1u);  // which a training does not say
  EXPECT_EQ(metrics, Json::parse(trained.out)["test"]["metrics"]);
  const auto predicted = run({"predict", "run", "test.idx"});
  ASSERT_EQ(predicted.code, 0) << predicted.err;
  EXPECT_EQ(predicted.out.substr(0, predicted.out.find('\n')),
            "label,probability_row,probability_column");
  EXPECT_EQ(std::count(predicted.out.begin(), predicted.out.end(), '\n'), 61);
}

TEST_F(Images, WrongFilesAreNamed) {
  ASSERT_EQ(run({"train", "bars.yaml", "--out", "run", "--set", "train.epochs=1"}).code, 0);
  const auto expect = [&](const std::vector<std::string>& arguments, const std::string& code) {
    const auto outcome = run(arguments);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("[" + code + "]"), std::string::npos) << code << outcome.err;
  };
  write(folder_ / "short.idx", idx({60, 8, 8}, bars(59)));
  expect({"predict", "run", "short.idx"}, "E-DATA-41");
  write(folder_ / "large.idx", idx({15, 16, 16}, bars(60)));
  expect({"predict", "run", "large.idx"}, "E-SHAPE-01");
  expect({"predict", "run", "bars.yaml"}, "E-DATA-40");
  write(folder_ / "train-labels.idx", idx({399}, classes(399)));
  expect({"train", "bars.yaml", "--out", "other"}, "E-DATA-45");
}

// Bright squares on dark ground, and where they are.
void save_scene(const fs::path& folder, const std::string& name, int at) {
  data::Image image{16, 16, 1, std::vector<std::uint8_t>(256, 20)}, mask = image;
  std::fill(mask.pixels.begin(), mask.pixels.end(), std::uint8_t{0});
  for (int y = at; y < at + 6; ++y)
    for (int x = 4; x < 10; ++x) {
      image.pixels[static_cast<std::size_t>(16 * y + x)] = 220;
      mask.pixels[static_cast<std::size_t>(16 * y + x)] = 255;
    }
  for (const auto* part : {"images", "masks"})
    fs::create_directories((folder / part / name).parent_path());
  write(folder / "images" / name, data::encode_png(image));
  write(folder / "masks" / name, data::encode_png(mask));
}

TEST(Masks, PredictWritesOneForEachImage) {
  TempFolder folder;
  for (int i = 0; i < 20; ++i)
    save_scene(folder.path(), (i % 2 ? "odd/" : "") + std::to_string(i) + ".png", i % 10);
  write(folder / "squares.yaml", R"(data:
  train: {images: images, masks: masks}
  split: {validation: 0.2}
  images: {size: 16, channels: grey}
model:
  layers:
    - conv2d: {filters: 1, kernel_size: 1, activation: sigmoid}
train:
  loss: binary_crossentropy
  optimizer: {adam: {learning_rate: 0.3}}
  batch_size: 4
  epochs: 15
)");
  const auto run = [&](const std::vector<std::string>& arguments) {
    return glia(folder.path(), arguments);
  };
  ASSERT_EQ(run({"train", "squares.yaml", "--out", "run"}).code, 0);
  const auto expect = [&](const std::vector<std::string>& arguments, const std::string& code) {
    const auto outcome = run(arguments);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("[" + code + "]"), std::string::npos) << outcome.err;
  };
  expect({"predict", "run", "images"}, "E-DATA-241");
  expect({"predict", "run", "images", "--json"}, "E-DATA-241");
  expect({"predict", "run", "images", "-o", "squares.yaml"}, "E-DATA-242");
  const auto outcome = run({"predict", "run", "images", "-o", "out"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("20 masks and masks.csv written to out"), std::string::npos);
  const auto list = read(folder / "out/masks.csv");
  EXPECT_EQ(list.substr(0, list.find('\n')), "file,mask,share_background,share_object");
  EXPECT_NE(list.find("\nodd/3.png,odd/3.png,0.859375,0.140625\n"), std::string::npos) << list;
  for (const auto* name : {"4.png", "odd/3.png"})
    EXPECT_EQ(read(folder / "out" / name), read(folder / "masks" / name)) << "the same pixels";
  expect({"predict", "run", "images", "-o", "out"}, "E-DATA-242");
  EXPECT_EQ(run({"predict", "run", "images/4.png", "-o", "out", "--force"}).code, 0);
}

TEST(Demo, ReadsHeldOutDrawingsAndSaysWhatItWrote) {
  TempFolder folder;
  const auto outcome = glia(folder.path(), {"demo", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = Json::parse(outcome.out);
  EXPECT_EQ(json["test"]["rows"], 2000);
  EXPECT_GE(json["test"]["metrics"]["accuracy"]["value"].get<double>(), 0.97);
  EXPECT_EQ(json["folder"], "runs/demo");
  for (const auto* file :
       {"demo.yaml", "data/held-out-images.idx", "run/model/weights.safetensors"})
    EXPECT_TRUE(fs::exists(folder / "runs/demo" / file)) << file;
}

TEST(Demo, ReplacesNothingAndShowsPictures) {
  TempFolder folder;
  const std::vector<std::string> small{"demo",     "--drawings", "300",       "--held-out", "100",
                                       "--epochs", "1",          "--threads", "1"};
  const auto first = glia(folder.path(), small, {{"LANG", "C.UTF-8"}});
  ASSERT_EQ(first.code, 0) << first.err;
  for (const auto* part : {"some of the drawings", "confusion matrix", "what to try next"})
    EXPECT_NE(first.out.find(part), std::string::npos) << part;
  const auto kept = read(folder / "runs/demo/run/result.json");
  EXPECT_EQ(glia(folder.path(), small).code, 0);
  EXPECT_TRUE(fs::exists(folder / "runs/demo-2/run/result.json"));
  EXPECT_EQ(read(folder / "runs/demo/run/result.json"), kept);
  auto named = small;
  named.insert(named.end(), {"--out", "runs/demo"});
  const auto refused = glia(folder.path(), named);
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("[E-CLI-08]"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace glia::cli
