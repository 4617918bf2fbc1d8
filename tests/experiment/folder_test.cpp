// Experiments on image files.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "glia/base/file.h"
#include "glia/base/random.h"
#include "glia/data/augment.h"
#include "glia/data/image.h"
#include "glia/data/image_source.h"
#include "glia/data/loader.h"
#include "glia/experiment/run.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using testing::thrown;

// Noise with a bright square: in the upper half, or in the lower.
data::Image scene(bool upper, std::uint64_t seed) {
  Random random(seed, "scene");
  data::Image image{30, 40, 3, {}};
  for (int i = 0; i < 3600; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>(random.below(90)));
  const int top = (upper ? 1 : 18) + static_cast<int>(random.below(4)),
            left = 8 + static_cast<int>(random.below(16));
  for (int y = top; y < top + 7; ++y)
    for (int x = left; x < left + 7; ++x)
      for (int c = 0; c < 3; ++c)
        image.pixels[static_cast<std::size_t>((y * 40 + x) * 3 + c)] = 230;
  return image;
}

void save(const fs::path& path, const data::Image& image) {
  fs::create_directories(path.parent_path());
  write_atomically(path, data::encode_png(image));
}

void make(const fs::path& root, int each, std::uint64_t seed) {
  for (int i = 0; i < each; ++i)
    for (const bool upper : {false, true})
      save(root / (upper ? "up" : "down") / (std::to_string(i) + ".png"),
           scene(upper, seed + static_cast<std::uint64_t>(2 * i + upper)));
}

constexpr auto kYaml = R"(
name: squares
data:
  train: {folder: train}
  test: {folder: test}
  validation: 0.2
  images: {size: 12, channels: grey}
  augment: {flip: horizontal, shift: 0.05}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 3, activation: relu}
    - flatten: {}
    - dense: {units: 1, activation: sigmoid}
train:
  loss: binary_crossentropy
  optimizer: {adam: {learning_rate: 1e-2}}
  batch_size: 16
  epochs: 6
  metrics: [accuracy]
seed: 3
)";

struct Squares {
  TempFolder folder;
  Squares() {
    make(folder / "train", 40, 0);
    make(folder / "test", 10, 1000);
  }
  experiment::Experiment load(const std::vector<std::string>& set = {}) const {
    return experiment::parse(kYaml, "squares.yaml", {.set = set}, folder.path());
  }
};

TEST(ImageFolder, TrainsIsSavedAndPredicts) {
  const Squares squares;
  const auto e = squares.load();
  const auto prepared = experiment::prepare(e);
  EXPECT_EQ(prepared.train->size(), 64);
  EXPECT_EQ(prepared.validation->size(), 16);
  const auto result =
      experiment::train(e, prepared, {.folder = squares.folder / "run", .loader_workers = 2});
  ASSERT_TRUE(result.test);
  EXPECT_GE(result.test->metrics.at(0).value, 0.95) << "the square is plain to see";

  const auto bundle = experiment::load_bundle(squares.folder / "run");
  EXPECT_EQ(bundle.encoding.to_json(), prepared.encoding.to_json());
  EXPECT_EQ(bundle.encoding.target.labels, (std::vector<std::string>{"down", "up"}));
  const auto again = bundle.experiment.data->labelled(bundle, {squares.folder / "test"});
  EXPECT_FALSE(again.trained_on);
  EXPECT_EQ(experiment::assess(bundle, *again.rows).metrics.at(0).value,
            result.test->metrics.at(0).value);
  EXPECT_TRUE(bundle.experiment.data->labelled(bundle, {squares.folder / "train"}).trained_on);
  const auto rows = bundle.experiment.data->unlabelled(bundle, squares.folder / "test" / "up");
  EXPECT_EQ(rows.id_name, "file");
  EXPECT_EQ(rows.ids.at(1), "1.png");
  const Tensor predicted = bundle.predict(*rows.rows).at(0);
  int right = 0;
  for (int i = 0; i < 10; ++i) right += predicted.at(i) > 0.5;
  EXPECT_GE(right, 9);
}

// Only training rows are changed, and only from them mean and deviation come.
TEST(ImageFolder, FitsAndAugmentsTrainingRowsOnly) {
  const Squares squares;
  const auto before = experiment::prepare(squares.load());
  EXPECT_NE(dynamic_cast<const data::Augmented*>(before.train.get()), nullptr);
  EXPECT_EQ(dynamic_cast<const data::Augmented*>(before.validation.get()), nullptr);
  EXPECT_EQ(dynamic_cast<const data::Augmented*>(before.test.get()), nullptr);
  make(squares.folder / "test", 10, 5000);
  for (const auto& path : fs::recursive_directory_iterator(squares.folder / "test"))
    if (path.is_regular_file())
      save(path.path(), data::Image{9, 9, 3, std::vector<std::uint8_t>(243, 255)});
  EXPECT_EQ(before.encoding.to_json(), experiment::prepare(squares.load()).encoding.to_json());
  // Validation rows too: those of the split become grey.
  const auto& plain = dynamic_cast<const data::Augmented*>(before.train.get())->source();
  ASSERT_EQ(plain.size() + before.validation->size(), 80);
  const auto& held = dynamic_cast<const data::ImageSource&>(*before.validation);
  for (const auto& path : held.paths())
    save(path, data::Image{9, 9, 3, std::vector<std::uint8_t>(243, 200)});
  const auto after = experiment::prepare(squares.load());
  EXPECT_EQ(before.encoding.to_json(), after.encoding.to_json());
  EXPECT_NE(before.fingerprint, after.fingerprint);
}

TEST(ImageFolder, DamagedFilesAreRefusedOrCounted) {
  const Squares squares;
  const std::string whole = read_file(squares.folder / "train" / "up" / "3.png");
  write_atomically(squares.folder / "train" / "up" / "3.png",
                   std::string_view(whole).substr(0, 50));
  const auto refused = thrown([&] { experiment::prepare(squares.load()); });
  EXPECT_EQ(refused.code, "E-DATA-139");
  EXPECT_TRUE(refused.says("3.png") && refused.says("1 of 80")) << refused.message;
  const auto skipped = experiment::prepare(squares.load({"data.on_error=skip"}));
  EXPECT_EQ(skipped.train->size() + skipped.validation->size(), 79);
  ASSERT_FALSE(skipped.notes.empty());
  EXPECT_NE(skipped.notes[0].find("1 of 80 images are left out"), std::string::npos);
}

TEST(ImageFolder, EqualFilesOnBothSides) {
  const Squares squares;
  fs::copy_file(squares.folder / "train" / "up" / "3.png",
                squares.folder / "test" / "up" / "77.png");
  EXPECT_EQ(experiment::prepare(squares.load()).equal_rows, 1);
  const auto same =
      thrown([&] { experiment::prepare(squares.load({"data.test={folder: train}"})); });
  EXPECT_EQ(same.code, "E-DATA-60");
  fs::create_directory(squares.folder / "test" / "left");
  save(squares.folder / "test" / "left" / "1.png", scene(true, 1));
  EXPECT_EQ(thrown([&] { experiment::prepare(squares.load()); }).code, "E-DATA-134");
}

TEST(ImageFolder, AListAndMixedTargets) {
  const Squares squares;
  std::string list = "file,class\n";
  for (int i = 0; i < 40; ++i)
    for (const std::string name : {"up", "down"})
      list += "train/" + name + "/" + std::to_string(i) + ".png," + name + "\n";
  write_atomically(squares.folder / "list.csv", std::string_view(list));
  const std::string files = "data.train={manifest: list.csv, path: file, label: class}";
  EXPECT_EQ(experiment::prepare(squares.load({files})).train->size(), 64);
  // binary_crossentropy's targets are rows of one number, which can be mixed; numbers of classes
  // cannot.
  EXPECT_NO_THROW(experiment::prepare(squares.load({"data.augment={mixup: 0.2}"})));
  const auto classes = thrown([&] {
    experiment::prepare(
        squares.load({"data.augment={mixup: 0.2}", "train.loss=sparse_categorical_crossentropy"}));
  });
  EXPECT_EQ(classes.code, "E-DATA-138") << classes.message;
}

TEST(ImageFolder, Masks) {
  const TempFolder folder;
  for (int i = 0; i < 24; ++i) {
    const data::Image image = scene(i % 2 == 0, static_cast<std::uint64_t>(i));
    data::Image mask{30, 40, 1, {}};
    for (std::size_t p = 0; p < image.pixels.size(); p += 3)
      mask.pixels.push_back(image.pixels[p] == 230 ? 255 : 0);
    save(folder / "images" / (std::to_string(i) + ".png"), image);
    save(folder / "masks" / (std::to_string(i) + ".png"), mask);
  }
  const auto e = experiment::parse(R"(
name: masks
data:
  train: {images: images, masks: masks}
  split: {validation: 0.25}
  images: {size: [24, 32], channels: grey}
  augment: {flip: both, rotate: 10}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 3, padding: same, activation: relu}
    - conv2d: {filters: 1, kernel_size: 1, activation: sigmoid}
train:
  loss: binary_crossentropy
  optimizer: {adam: {learning_rate: 3e-2}}
  batch_size: 6
  epochs: 12
  metrics: [accuracy]
)",
                                   "masks.yaml", {}, folder.path());
  const auto prepared = experiment::prepare(e);
  EXPECT_EQ(prepared.train->outputs().at(0).row, (Shape{1, 24, 32}));
  const auto result = experiment::train(e, prepared, {.folder = folder / "run"});
  ASSERT_TRUE(result.validation);
  EXPECT_GE(result.validation->metrics.at(0).value, 0.98) << "0.94 are background";
  const auto bundle = experiment::load_bundle(folder / "run");
  const auto again =
      bundle.experiment.data->labelled(bundle, {folder / "images", folder / "masks"});
  EXPECT_GE(experiment::assess(bundle, *again.rows).metrics.at(0).value, 0.97);
  fs::remove(folder / "masks" / "7.png");
  const auto missing = thrown([&] { experiment::prepare(e); });
  EXPECT_EQ(missing.code, "E-DATA-133");
  EXPECT_TRUE(missing.says("7.png")) << missing.message;
}

TEST(ImageFolder, SettingsThatCannotBe) {
  const Squares squares;
  const auto code = [&](const std::vector<std::string>& set) {
    return thrown([&] { experiment::prepare(squares.load(set)); }).code;
  };
  EXPECT_EQ(code({"data.images={size: 32, resize: 20}"}), "E-DATA-136");
  EXPECT_EQ(code({"data.images={normalize: imagenet, channels: grey}"}), "E-EXP-05");
  EXPECT_EQ(code({"data.images={mean: 0.5}"}), "E-EXP-04");
  EXPECT_EQ(code({"data.train={folder: train, manifest: a.csv}"}), "E-FILE-01");
  EXPECT_EQ(code({"data.train={images: train, folder: train}"}), "E-EXP-04");
  EXPECT_EQ(code({"data.train={images: train, boxes: boxes.csv}"}), "E-DATA-243");
  EXPECT_EQ(code({"data.augment={rotate: 270}"}), "E-DATA-137");
  EXPECT_EQ(code({"data.augment={zoom: [1, 2, 3]}"}), "E-EXP-05");
  EXPECT_EQ(code({"data.augment={spin: 3}"}), "E-EXP-02");
  for (const char* unused : {"data.labels=[up, down]", "data.train={folder: train, path: file}",
                             "data.train={folder: train, label: kind}", "data.images.mask=classes",
                             "data.images={size: 12, channels: grey, fit: pad, resize: 20}"})
    EXPECT_EQ(code({unused}), "E-EXP-05") << unused;
}

TEST(ImageFolder, APreviewShowsRowsBeforeAndAfter) {
  const Squares squares;
  const auto e = squares.load();
  const auto page = e.data->preview(experiment::prepare(e), {.rows = 3, .times = 2});
  ASSERT_EQ(page.blocks.size(), 3u);
  for (const auto& block : page.blocks) {
    const auto& pictures = std::get<report::Pictures>(block).pictures;
    ASSERT_EQ(pictures.size(), 3u);
    for (const auto& picture : pictures) EXPECT_EQ(picture.pixels.size(), 144u);
    EXPECT_TRUE(pictures[0].caption == "up" || pictures[0].caption == "down");
  }
  EXPECT_NE(report::html(page).find("data:image/png;base64,"), std::string::npos);
}

}  // namespace
}  // namespace glia
