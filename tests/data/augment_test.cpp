// Augmentation held against torch and colorsys (tests/golden/augment.json, by make_augment.py), and
// against what must be true of it.
#include "glia/data/augment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "glia/base/random.h"
#include "glia/data/image_source.h"
#include "glia/data/loader.h"
#include "glia/data/sampling.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using testing::thrown;

const nlohmann::json& golden() {
  static const auto all = nlohmann::json::parse(
      std::ifstream(std::string(GLIA_SOURCE_DIR) + "/tests/golden/augment.json"));
  return all;
}

std::vector<float> uniform(std::size_t n, std::uint64_t seed) {
  Random random(seed, "pixels");
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(random.uniform());
  return values;
}

TEST(Augment, MovesAsTorchDoes) {
  const int channels = golden().at("channels"), height = golden().at("height"),
            width = golden().at("width");
  const std::vector<float> image = golden().at("image"), black(2, 0.0f);
  for (const auto& c : golden().at("moved")) {
    const auto& m = c.at("motion");
    const Motion motion{m.at("mirror_x"), m.at("mirror_y"), m.at("zoom"), m.at("shear_degrees"),
                        m.at("degrees"),  m.at("right"),    m.at("down")};
    const std::string border = c.at("border");
    std::vector<float> to(image.size());
    move_image(image, channels, height, width, affine_of(motion, width, height),
               border == "constant"  ? Border::constant
               : border == "nearest" ? Border::nearest
                                     : Border::reflect,
               black, to);
    const std::vector<float> expected = c.at("pixels");
    for (std::size_t i = 0; i < to.size(); ++i)
      ASSERT_NEAR(to[i], expected[i], 2e-6) << m.dump() << " " << border << " " << i;
  }
}

TEST(Augment, TurnsHuesAsColorsysDoes) {
  for (const auto& c : golden().at("hues")) {
    std::vector<float> rgb = c.at("rgb");
    Change change;
    change.hue = c.at("hue");
    jitter_colours(change, rgb, 3);
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_NEAR(rgb[k], c.at("turned").at(k).get<float>(), 1e-5) << c.dump();
  }
}

TEST(Augment, FlippingTwiceIsNothing) {
  const auto image = uniform(3 * 8 * 11, 1);
  const std::vector<float> black(3, 0.0f);
  for (const bool x : {true, false}) {
    const Affine flip = affine_of({.mirror_x = x, .mirror_y = !x}, 11, 8);
    std::vector<float> once(image.size()), twice(image.size());
    move_image(image, 3, 8, 11, flip, Border::constant, black, once);
    move_image(once, 3, 8, 11, flip, Border::constant, black, twice);
    EXPECT_NE(once, image);
    EXPECT_EQ(twice, image);
  }
}

TEST(Augment, AMaskMovesAsAnImageOfItDoes) {
  Random random(2, "masks");
  for (int i = 0; i < 200; ++i) {
    std::vector<float> mask(20 * 30);
    for (float& v : mask) v = random.uniform() < 0.5 ? 1 : 0;
    const Affine affine = affine_of({.mirror_x = i % 2 == 0,
                                     .zoom = 0.5 + random.uniform(),
                                     .shear_degrees = 40 * random.uniform(),
                                     .degrees = 360 * random.uniform(),
                                     .right = 5 * random.uniform(),
                                     .down = 5 * random.uniform()},
                                    30, 20);
    const auto border = static_cast<Border>(i % 3);
    std::vector<float> image(mask.size()), moved(mask.size());
    move_image(mask, 1, 20, 30, affine, border, std::vector{0.0f}, image);
    move_mask<float>(mask, 20, 30, affine, border, 0.0f, moved);
    for (std::size_t p = 0; p < mask.size(); ++p) {
      // Where all four neighbours agree, so do both.
      if (image[p] == 0 || image[p] == 1) {
        ASSERT_EQ(moved[p], image[p]);
      }
    }
  }
}

TEST(Augment, BoxesHoldWhatTheyHeld) {
  Random random(3, "boxes");
  for (int i = 0; i < 300; ++i) {
    const double left = 5 + std::floor(random.uniform() * 15),
                 top = 5 + std::floor(random.uniform() * 10);
    const Box box{left, top, left + 4 + std::floor(random.uniform() * 8), top + 4, 7};
    std::vector<float> mask(30 * 40, 0.0f), moved(mask.size());
    for (int y = static_cast<int>(box.top); y < box.bottom; ++y)
      for (int x = static_cast<int>(box.left); x < box.right; ++x)
        mask[static_cast<std::size_t>(y * 40 + x)] = 1;
    const Affine affine = affine_of({.mirror_y = i % 2 == 0,
                                     .zoom = 0.8 + random.uniform(),
                                     .degrees = i % 5 == 0 ? 0 : 360 * random.uniform(),
                                     .right = 30 * (random.uniform() - 0.5)},
                                    40, 30);
    move_mask<float>(mask, 30, 40, affine, Border::constant, 0.0f, moved);
    const auto boxes = move_boxes(std::vector{box}, 30, 40, affine, 0);
    double most_x = -1, most_y = -1, least_x = 99, least_y = 99;
    for (int p = 0; p < 1200; ++p)
      if (moved[static_cast<std::size_t>(p)] > 0) {
        most_x = std::max(most_x, p % 40 + 1.0), most_y = std::max(most_y, p / 40 + 1.0);
        least_x = std::min(least_x, p % 40 + 0.0), least_y = std::min(least_y, p / 40 + 0.0);
      }
    if (most_x < 0) continue;
    ASSERT_EQ(boxes.size(), 1u);
    EXPECT_EQ(boxes[0].label, 7);
    // To half a pixel: the mask's are whole ones.
    EXPECT_LE(boxes[0].left, least_x + 0.51);
    EXPECT_LE(boxes[0].top, least_y + 0.51);
    EXPECT_GE(boxes[0].right, most_x - 0.51);
    EXPECT_GE(boxes[0].bottom, most_y - 0.51);
    if (i % 5 == 0) {  // not turned: they fit
      EXPECT_NEAR(boxes[0].left, least_x, 1.01);
      EXPECT_NEAR(boxes[0].bottom, most_y, 1.01);
    }
  }
  const Affine away = affine_of({.right = 8}, 10, 10);
  const std::vector<Box> boxes = {{0, 0, 4, 4, 1}, {0, 0, 2, 2, 2}, {5, 5, 7, 7, 3}};
  EXPECT_EQ(move_boxes(boxes, 10, 10, away),
            (std::vector<Box>{{8, 0, 10, 4, 1}, {8, 0, 10, 2, 2}}));
  EXPECT_EQ(move_boxes(boxes, 10, 10, away, 0.6), (std::vector<Box>{{8, 0, 10, 2, 2}}));
}

TEST(Augment, WhatIsDrawnLiesWhereItShould) {
  const AugmentOptions options{.flip_horizontal = 0.3,
                               .rotate = 10,
                               .zoom = {0.5, 2},
                               .cutout = Cutout{.probability = 0.25, .area = {0.1, 0.2}},
                               .brightness = 0.4,
                               .hue = 0.1};
  int flips = 0, cuts = 0, larger = 0;
  double turned = 0, square = 0, brightness = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    Random random(1, "augment", static_cast<std::uint64_t>(i));
    const Change c = draw_change(options, 50, 50, true, random);
    const double zoom = 1 / std::sqrt(std::abs(c.affine.a * c.affine.e - c.affine.b * c.affine.d));
    const bool flip = c.affine.a * c.affine.e - c.affine.b * c.affine.d < 0;
    const double angle = std::atan2(c.affine.d, c.affine.e) * 180 / std::acos(-1.0);
    flips += flip, larger += zoom > 1;
    turned += angle, square += angle * angle, brightness += c.brightness;
    ASSERT_LE(std::abs(angle), 10.0001);
    ASSERT_GE(zoom, 0.4999);
    ASSERT_LE(zoom, 2.0001);
    ASSERT_LE(std::abs(c.hue), 0.1);
    if (c.cutout) {
      ++cuts;
      const double share =
          (c.cutout->right - c.cutout->left) * (c.cutout->bottom - c.cutout->top) / 2500;
      EXPECT_GT(share, 0.08);
      EXPECT_LT(share, 0.22);
    }
  }
  EXPECT_NEAR(flips / 20000.0, 0.3, 0.015);
  EXPECT_NEAR(cuts / 20000.0, 0.25, 0.015);
  EXPECT_NEAR(larger / 20000.0, 0.5, 0.015) << "1/2 and 2 are equally far";
  EXPECT_NEAR(turned / kDraws, 0, 0.15);
  EXPECT_NEAR(square / kDraws, 100.0 / 3, 1) << "the variance of an even draw";
  EXPECT_NEAR(brightness / kDraws, 1, 0.01);
}

// Images of one grey each, with one-hot targets.
std::shared_ptr<const Dataset> flat(std::int64_t rows, bool one_hot = true) {
  Tensor images(DType::u8, {rows, 1, 8, 8}), hot(DType::f32, {rows, 4}),
      classes(DType::i64, {rows});
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t p = 0; p < 64; ++p) images.set(r * 64 + p, static_cast<double>(r % 256));
    hot.set(r * 4 + r % 4, 1);
    classes.set(r, static_cast<double>(r % 4));
  }
  return std::make_shared<Dataset>(images, one_hot ? hot : classes);
}

TEST(Augmented, MixupBlendsImagesAndTargetsByOneShare) {
  const auto source = std::make_shared<Augmented>(flat(64), AugmentOptions{.mixup = 0.4}, 5);
  Loader loader(source, {.batch_size = 8, .shuffle = true});
  double sum = 0, square = 0;
  int batches = 0;
  for (std::int64_t epoch = 0; epoch < 100; ++epoch) {
    loader.start(epoch);
    while (const Batch* b = loader.next()) {
      const double a = static_cast<double>(b->rows[3]), before = static_cast<double>(b->rows[2]);
      const double own = (b->features.at(3 * 64) * 255 - before) / (a - before);
      ASSERT_GE(own, -1e-3);
      ASSERT_LE(own, 1.001);
      for (std::int64_t i = 0; i < 8; ++i) {
        const auto row = b->rows[static_cast<std::size_t>(i)];
        const auto other = b->rows[static_cast<std::size_t>(i == 0 ? 7 : i - 1)];
        EXPECT_NEAR(b->features.at(i * 64 + 5) * 255,
                    own * static_cast<double>(row) + (1 - own) * static_cast<double>(other), 1e-2);
        double total = 0;
        for (std::int64_t c = 0; c < 4; ++c) {
          EXPECT_NEAR(b->targets.at(i * 4 + c), own * (row % 4 == c) + (1 - own) * (other % 4 == c),
                      1e-3);
          total += b->targets.at(i * 4 + c);
        }
        EXPECT_NEAR(total, 1, 1e-6);
      }
      sum += own, square += own * own, ++batches;
    }
  }
  const double mean = sum / batches;  // of Beta(0.4, 0.4): 1/2, and 1 / (4 (2 * 0.4 + 1))
  EXPECT_NEAR(mean, 0.5, 0.05);
  EXPECT_NEAR(square / batches - mean * mean, 1 / (4 * 1.8), 0.015);
}

TEST(Augmented, CutmixKeepsTheShareOfThePixels) {
  const auto source = std::make_shared<Augmented>(flat(32), AugmentOptions{.cutmix = 1}, 5);
  Loader loader(source, {.batch_size = 8, .shuffle = true});
  while (const Batch* b = loader.next())
    for (std::int64_t i = 0; i < 8; ++i) {
      const auto row = b->rows[static_cast<std::size_t>(i)];
      int own = 0;
      for (std::int64_t p = 0; p < 64; ++p)
        own += std::abs(b->features.at(i * 64 + p) * 255 - static_cast<double>(row)) < 0.01;
      const auto other = b->rows[static_cast<std::size_t>(i == 0 ? 7 : i - 1)];
      if (row % 4 != other % 4) {
        EXPECT_NEAR(b->targets.at(i * 4 + row % 4), own / 64.0, 1e-5);
      }
    }
}

std::vector<Tensor> epoch_of(const std::shared_ptr<const Source>& source, int workers,
                             std::int64_t epoch, std::int64_t from = 0) {
  Loader loader(source, {.batch_size = 6, .shuffle = true, .workers = workers});
  loader.start(epoch, from);
  std::vector<Tensor> all;
  while (const Batch* b = loader.next())
    all.push_back(b->features.clone()), all.push_back(b->targets.clone());
  return all;
}

void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b, std::size_t skip = 0) {
  ASSERT_EQ(a.size(), b.size() + skip);
  for (std::size_t i = 0; i < b.size(); ++i) EXPECT_TRUE(same_bits(a[i + skip], b[i])) << i;
}

const AugmentOptions kEverything{.flip_horizontal = 0.5,
                                 .flip_vertical = 0.5,
                                 .rotate = 20,
                                 .shift_x = 0.1,
                                 .shift_y = 0.1,
                                 .zoom = {0.8, 1.2},
                                 .shear = 10,
                                 .crop_padding = 2,
                                 .resized_crop = ResizedCrop{.area = {0.5, 1}},
                                 .cutout = Cutout{},
                                 .brightness = 0.3,
                                 .contrast = 0.3,
                                 .saturation = 0.3,
                                 .hue = 0.1,
                                 .noise = 0.05,
                                 .mixup = 0.4,
                                 .cutmix = 1,
                                 .border = Border::reflect};

TEST(Augmented, SameBitsForAnyNumberOfWorkersAndFromAnyBatch) {
  const TempFolder folder;
  std::vector<std::filesystem::path> paths;
  for (int i = 0; i < 20; ++i) {
    Image image{18 + i, 24, 3, {}};
    for (const float v :
         uniform(static_cast<std::size_t>((18 + i) * 72), static_cast<std::uint64_t>(i)))
      image.pixels.push_back(static_cast<std::uint8_t>(255 * v));
    paths.push_back(folder / (std::to_string(i) + ".png"));
    std::ofstream(paths.back(), std::ios::binary) << encode_png(image);
  }
  Tensor targets(DType::f32, {20, 2});
  for (int i = 0; i < 20; ++i) targets.set(2 * i + i % 2, 1);
  const auto files =
      std::make_shared<ImageSource>(paths, targets, ImageOptions{.width = 16, .height = 16});
  for (const std::shared_ptr<const Source>& source :
       {std::shared_ptr<const Source>(files), std::shared_ptr<const Source>(flat(20))}) {
    const auto augmented = std::make_shared<Augmented>(source, kEverything, 9);
    const auto expected = epoch_of(augmented, 0, 3);
    for (const int workers : {1, 2, 4}) expect_same(expected, epoch_of(augmented, workers, 3));
    expect_same(expected, epoch_of(augmented, 2, 3, 2), 4);
    const auto other = epoch_of(augmented, 0, 4);
    EXPECT_FALSE(same_bits(expected[0], other[0])) << "each epoch has its own";
    EXPECT_FALSE(same_bits(expected[0],
                           epoch_of(std::make_shared<Augmented>(source, kEverything, 8), 0, 3)[0]));
  }
}

TEST(Augmented, ARowIsChangedAloneWhereNothingIsMixed) {
  const auto source = flat(20);
  AugmentOptions options = kEverything;
  options.mixup = options.cutmix = 0;
  const Augmented augmented(source, options, 9);
  const auto row_of = [&](std::vector<std::int64_t> rows, std::int64_t at) {
    Batch b = augmented.allocate(4);
    b.epoch = 2, b.count = static_cast<std::int64_t>(rows.size()), b.rows = rows;
    augmented.fill(b);
    const auto data = b.features.data<float>();
    return std::vector<float>(data.begin() + at * 64, data.begin() + (at + 1) * 64);
  };
  EXPECT_EQ(row_of({7, 3}, 1), row_of({1, 2, 9, 3}, 3));
}

// Of oversampling: a row's first copy stays as it was, each other is changed in its own way.
TEST(Augmented, CopiesOfARowDiffer) {
  const auto augmented = std::make_shared<Augmented>(flat(20), kEverything, 9);
  AugmentOptions options = kEverything;
  options.mixup = options.cutmix = 0;
  const auto alone = std::make_shared<Augmented>(flat(20), options, 9);
  const auto picked = picked_rows(alone, {7, 3, 7, 7});
  const auto rows_of = [](const Source& source, std::vector<std::int64_t> rows) {
    Batch b = source.allocate(4);
    b.epoch = 2, b.count = std::ssize(rows), b.rows = rows;
    source.fill(b);
    EXPECT_TRUE(b.drawn_by.empty()) << "a batch is handed back as it came";
    std::vector<std::vector<float>> values;
    const auto all = b.features.data<float>();
    for (std::int64_t row = 0; row < b.count; ++row)
      values.emplace_back(all.begin() + row * 64, all.begin() + (row + 1) * 64);
    return values;
  };
  const auto copies = rows_of(*picked, {0, 1, 2, 3}), rows = rows_of(*alone, {7, 3});
  EXPECT_EQ(copies[0], rows[0]);
  EXPECT_EQ(copies[1], rows[1]);
  EXPECT_NE(copies[2], copies[0]);
  EXPECT_NE(copies[3], copies[0]);
  EXPECT_NE(copies[3], copies[2]);
  EXPECT_EQ(rows_of(*picked, {3, 2})[0], copies[3]) << "whatever else the batch holds";
  EXPECT_EQ(rows_of(*picked_rows(picked, {2, 2}), {0})[0], copies[2]);
  EXPECT_NE(rows_of(*picked_rows(picked, {2, 2}), {1})[0], copies[2]);
  const std::shared_ptr<const Source> many =
      picked_rows(augmented, {0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 1, 1, 0, 0});
  const auto expected = epoch_of(many, 0, 3);
  for (const int workers : {1, 2, 4}) expect_same(expected, epoch_of(many, workers, 3));
  expect_same(expected, epoch_of(many, 2, 3, 1), 2);
}

TEST(Augmented, NothingAskedIsNothingDone) {
  const auto source = flat(20);
  EXPECT_TRUE(AugmentOptions{}.none());
  expect_same(epoch_of(source, 0, 1),
              epoch_of(std::make_shared<Augmented>(source, AugmentOptions{}, 1), 0, 1));
}

// What is outside is black also where pixels were normalised, and masks move with their images.
TEST(Augmented, MasksMoveWithTheirImages) {
  Tensor images(DType::u8, {10, 1, 12, 12}), masks(DType::f32, {10, 1, 12, 12}),
      maps(DType::i64, {10, 12, 12});
  Random random(1, "pixels");
  for (std::int64_t i = 0; i < images.size(); ++i) {
    const bool on = (i / 3) % 2 == 0;
    images.set(i, on ? 255 : 0), masks.set(i, on), maps.set(i, on);
  }
  const Pixels pixels{.mean = {0.4f}, .std = {0.2f}};
  for (const Tensor& targets : {masks, maps}) {
    const auto data = std::make_shared<Dataset>(images, targets, Tensor(), pixels);
    const AugmentOptions options{.flip_horizontal = 0.5,
                                 .flip_vertical = 0.5,
                                 .crop_padding = 4,
                                 .masks = true,
                                 .pixels = pixels};
    Loader loader(std::make_shared<Augmented>(data, options, 3), {.batch_size = 10});
    const Batch* b = loader.next();
    for (std::int64_t i = 0; i < images.size(); ++i)
      ASSERT_NEAR(b->features.at(i), (b->targets.at(i) - 0.4) / 0.2, 1e-5);
  }
}

TEST(Augmented, WhatCannotBeIsRefused) {
  const auto code = [](AugmentOptions options, bool one_hot = true) {
    return thrown([&] { Augmented(flat(4, one_hot), options, 1); }).code;
  };
  EXPECT_EQ(code({.flip_horizontal = 1.5}), "E-DATA-137");
  EXPECT_EQ(code({.zoom = {2, 1}}), "E-DATA-137");
  EXPECT_EQ(code({.hue = 0.6}), "E-DATA-137");
  EXPECT_EQ(code({.mixup = 1}, false), "E-DATA-138");
  EXPECT_EQ(code({.masks = true}), "E-DATA-142");
  const auto table = std::make_shared<Dataset>(Tensor(DType::f32, {4, 3}), Tensor(DType::i64, {4}));
  EXPECT_EQ(thrown([&] { Augmented(table, {}, 1); }).code, "E-DATA-141");
}

}  // namespace
}  // namespace glia::data
