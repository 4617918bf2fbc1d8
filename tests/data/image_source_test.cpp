#include "glia/data/image_source.h"

#include <gtest/gtest.h>

#include <cmath>

#include "glia/base/file.h"
#include "glia/base/random.h"
#include "glia/data/loader.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;
using testing::thrown;

Image noise(int height, int width, int channels, std::uint64_t seed) {
  Image image{height, width, channels, {}};
  Random random(seed, "image");
  for (int i = 0; i < height * width * channels; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
  return image;
}

fs::path save(const fs::path& path, const Image& image) {
  fs::create_directories(path.parent_path());
  write_atomically(path, encode_png(image));
  return path;
}

// root/{ant,bee}/..., with what people leave lying about.
void make_folder(const fs::path& root) {
  save(root / "bee" / "2.png", noise(6, 8, 3, 1));
  save(root / "bee" / "deep" / "1.PNG", noise(6, 8, 3, 2));
  save(root / "ant" / "9.png", noise(6, 8, 3, 3));
  save(root / "ant" / "10.png", noise(6, 8, 3, 4));
  write_atomically(root / "ant" / ".hidden.png", std::string_view("x"));
  write_atomically(root / "ant" / "notes.txt", std::string_view("x"));
  save(root / ".cache" / "1.png", noise(6, 8, 3, 5));
}

TEST(ImageFiles, AFolderOfFolders) {
  const TempFolder folder;
  make_folder(folder.path());
  const auto files = list_image_folder(folder.path());
  EXPECT_EQ(files.classes, (std::vector<std::string>{"ant", "bee"}));
  EXPECT_EQ(files.labels, (std::vector<std::int64_t>{0, 0, 1, 1}));
  std::vector<std::string> names;
  for (const auto& path : files.paths) names.push_back(path.filename());
  EXPECT_EQ(names, (std::vector<std::string>{"10.png", "9.png", "2.png", "1.PNG"}));
  ASSERT_EQ(files.notes.size(), 1u);
  EXPECT_NE(files.notes[0].find("notes.txt"), std::string::npos) << files.notes[0];
  EXPECT_EQ(list_images(folder.path()).size(), 4);
  EXPECT_EQ(list_images(files.paths[0]).paths, std::vector{files.paths[0]});

  const auto other = thrown([&] { list_image_folder(folder.path(), {"bee", "wasp"}); });
  EXPECT_EQ(other.code, "E-DATA-134");
  EXPECT_TRUE(other.says("ant"));
  EXPECT_EQ(list_image_folder(folder.path(), {"bee", "cat", "ant"}).labels,
            (std::vector<std::int64_t>{2, 2, 0, 0}));
  fs::create_directory(folder / "empty");
  EXPECT_EQ(thrown([&] { list_image_folder(folder.path()); }).code, "E-DATA-133");
  EXPECT_EQ(thrown([&] { list_image_folder(folder / "bee" / "deep"); }).code, "E-DATA-133");
  EXPECT_EQ(thrown([&] { list_image_folder(folder / "none"); }).code, "E-FILE-01");
  std::filesystem::create_directory(folder / "d\xffg");
  EXPECT_EQ(thrown([&] { list_image_folder(folder.path()); }).code, "E-DATA-261");
}

TEST(ImageFiles, AListWithLabels) {
  const TempFolder folder;
  make_folder(folder.path());
  const auto list = folder / "list.csv";
  write_atomically(list, std::string_view("path,label\nbee/2.png,yes\nant/9.png,no\n"));
  const auto files = read_image_manifest(list);
  EXPECT_EQ(files.classes, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(files.labels, (std::vector<std::int64_t>{1, 0}));
  write_atomically(list, std::string_view("path,label\nbee/2.png,yes\nant/8.png,no\n"));
  const auto missing = thrown([&] { read_image_manifest(list); });
  EXPECT_EQ(missing.code, "E-DATA-135");
  EXPECT_TRUE(missing.says("list.csv:3") && missing.says("8.png")) << missing.message;
  write_atomically(list, std::string_view("path,label\nbee/2.png,\nant/9.png,no\n"));
  EXPECT_EQ(thrown([&] { read_image_manifest(list); }).code, "E-DATA-135");
}

TEST(ImageFiles, DamageIsFoundBeforeTheFirstStepAndCounted) {
  const TempFolder folder;
  make_folder(folder.path());
  const std::string whole = read_file(folder / "bee" / "2.png");
  std::string pixels = whole;  // the head is good, the pixels are not
  pixels[whole.size() - 20] = static_cast<char>(pixels[whole.size() - 20] + 1);
  write_atomically(folder / "bee" / "2.png", std::string_view(pixels));
  write_atomically(folder / "ant" / "9.png", std::string_view(whole).substr(0, 60));
  const auto files = list_image_folder(folder.path());
  for (const int threads : {1, 4}) {
    EXPECT_EQ(find_damaged(files, ImageCheck::head, threads).rows, std::vector<std::int64_t>{1});
    const auto all = find_damaged(files, ImageCheck::pixels, threads);
    EXPECT_EQ(all.rows, (std::vector<std::int64_t>{1, 2}));
    const auto refused = thrown([&] { refuse_damaged(all, files.size()); });
    EXPECT_EQ(refused.code, "E-DATA-139");
    EXPECT_TRUE(refused.says("2 of 4") && refused.says("9.png") && refused.says("2.png"));
  }
  const std::vector<std::int64_t> rest = {0, 3};
  EXPECT_TRUE(find_damaged(files.subset(rest), ImageCheck::pixels).rows.empty());
}

TEST(ImageFiles, EqualFilesAreCounted) {
  const TempFolder folder;
  const auto a = save(folder / "a.png", noise(4, 4, 3, 1)),
             b = save(folder / "b.png", noise(4, 4, 3, 2)),
             c = save(folder / "c.png", noise(4, 4, 3, 1));
  const std::vector<fs::path> train = {a}, test = {b, c};
  const auto equal = count_equal_files(train, test);
  EXPECT_EQ(equal.equal_rows, 1);
  EXPECT_EQ(equal.first_equal, 1);
  EXPECT_EQ(count_equal_files(train, std::vector{b}).equal_rows, 0);
}

struct Made {
  TempFolder folder;
  std::vector<fs::path> paths;
  std::vector<Image> images;
  Tensor targets{DType::i64, {7}};
  Made() {
    for (int i = 0; i < 7; ++i) {
      images.push_back(noise(20 + i, 31 - 2 * i, 3, static_cast<std::uint64_t>(i)));
      paths.push_back(save(folder / (std::to_string(i) + ".png"), images.back()));
      targets.set(i, i % 3);
    }
  }
};

TEST(ImageSource, ResizesTheShorterSideAndCutsTheMiddle) {
  const Made made;
  for (const int shorter : {0, 16}) {
    const ImageSource source(made.paths, made.targets,
                             {.width = 12, .height = 12, .resize = shorter});
    Image got;
    for (std::size_t i = 0; i < made.paths.size(); ++i) {
      source.render(static_cast<std::int64_t>(i), got);
      // torchvision: Resize(s), CenterCrop(12).
      const Image& whole = made.images[i];
      const int s = shorter ? shorter : 12, least = std::min(whole.width, whole.height);
      const Image small = resize(whole, s * whole.width / least, s * whole.height / least);
      const int left = static_cast<int>(std::nearbyint((small.width - 12) / 2.0));
      const int top = static_cast<int>(std::nearbyint((small.height - 12) / 2.0));
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 36; ++x)
          ASSERT_NEAR(
              got.pixels[static_cast<std::size_t>(y * 36 + x)],
              small.pixels[static_cast<std::size_t>((y + top) * small.width * 3 + 3 * left + x)],
              1);
    }
  }
}

TEST(ImageSource, PadsWithBlackOrStretches) {
  const Made made;
  Image got;
  const ImageSource stretched(made.paths, made.targets,
                              {.width = 9, .height = 14, .fit = Fit::stretch});
  stretched.render(0, got);
  EXPECT_EQ(got, resize(made.images[0], 9, 14));
  const ImageSource padded(made.paths, made.targets, {.width = 31, .height = 31, .fit = Fit::pad});
  padded.render(0, got);  // 31 x 20
  for (int y = 0; y < 31; ++y)
    for (int x = 0; x < 93; ++x)
      ASSERT_EQ(
          got.pixels[static_cast<std::size_t>(y * 93 + x)],
          y < 5 || y >= 25 ? 0 : made.images[0].pixels[static_cast<std::size_t>((y - 5) * 93 + x)]);
}

TEST(ImageSource, BatchesAreTheSameForAnyNumberOfWorkers) {
  const Made made;
  const ImageSource source(made.paths, made.targets,
                           {.width = 8,
                            .height = 10,
                            .pixels = {.mean = {0.4f, 0.5f, 0.6f}, .std = {0.2f, 0.3f, 0.4f}}});
  std::vector<Tensor> expected;
  for (const int workers : {0, 1, 2, 4}) {
    Loader loader(borrowed(source), {.batch_size = 3, .shuffle = true, .workers = workers});
    std::vector<Tensor> got;
    while (const Batch* b = loader.next()) {
      got.push_back(b->features.clone());
      for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(b->weights.at(i), i < b->count ? 1 : 0);
      for (std::int64_t i = 0; i < b->count; ++i) {
        const auto row = b->rows[static_cast<std::size_t>(i)];
        EXPECT_EQ(b->targets.at(i), made.targets.at(row));
        Image image;
        source.render(row, image);
        for (std::int64_t c = 0; c < 3; ++c)
          for (std::int64_t p = 0; p < 80; ++p)
            ASSERT_NEAR(b->features.at((i * 3 + c) * 80 + p),
                        (image.pixels[static_cast<std::size_t>(p * 3 + c)] / 255.0 - 0.4 -
                         0.1 * static_cast<double>(c)) /
                            (0.2 + 0.1 * static_cast<double>(c)),
                        1e-5);
      }
    }
    ASSERT_EQ(got.size(), 3u);
    for (std::int64_t i = 240; i < 720; ++i) EXPECT_EQ(got.back().at(i), 0) << "padding";
    if (expected.empty()) expected = got;
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(same_bits(got[i], expected[i]));
  }
}

TEST(ImageSource, StatisticsAreThoseOfThePixels) {
  const Made made;
  const ImageSource source(made.paths, made.targets, {.width = 8, .height = 8});
  double sum[3] = {}, square[3] = {};
  for (std::int64_t row = 0; row < 7; ++row) {
    Image image;
    source.render(row, image);
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
      sum[i % 3] += image.pixels[i] / 255.0, square[i % 3] += std::pow(image.pixels[i] / 255.0, 2);
  }
  const auto all = measure_pixels(source, 1), again = measure_pixels(source, 1, 2000, 3);
  EXPECT_EQ(all.rows, 7);
  for (std::size_t c = 0; c < 3; ++c) {
    const double mean = sum[c] / (7 * 64);
    EXPECT_NEAR(all.mean[c], mean, 1e-6);
    EXPECT_NEAR(all.std[c], std::sqrt(square[c] / (7 * 64) - mean * mean), 1e-6);
  }
  EXPECT_EQ(all.mean, again.mean);
  EXPECT_EQ(measure_pixels(source, 1, 4).rows, 4) << "a sample says how large it was";
}

TEST(ImageSource, MasksMoveAlong) {
  const Made made;
  std::vector<fs::path> masks;
  for (std::size_t i = 0; i < made.paths.size(); ++i) {
    Image mask = made.images[i];
    for (auto& byte : mask.pixels) byte = byte > 127 ? 255 : 0;
    Image one{mask.height, mask.width, 1, {}};
    for (std::size_t p = 0; p < mask.pixels.size(); p += 3) one.pixels.push_back(mask.pixels[p]);
    masks.push_back(save(made.folder / "masks" / (std::to_string(i) + ".png"), one));
  }
  const ImageOptions options{.width = 9, .height = 9, .interpolation = Interpolation::nearest};
  const ImageSource source(made.paths, masks, MaskKind::binary, options);
  EXPECT_EQ(source.outputs().at(0).row, (Shape{1, 9, 9}));
  Loader loader(borrowed(source), {.batch_size = 7});
  const Batch* b = loader.next();
  for (std::int64_t i = 0; i < 7; ++i)
    for (std::int64_t p = 0; p < 81; ++p)  // the red of a pixel says what its mask is
      ASSERT_EQ(b->targets.at(i * 81 + p), b->features.at(i * 243 + p) * 255 > 127.5 ? 1 : 0);
  const ImageSource wrong(made.paths, std::vector(7, masks[0]), MaskKind::binary, options);
  Loader bad(borrowed(wrong), {.batch_size = 7});
  EXPECT_EQ(thrown([&] { bad.next(); }).code, "E-DATA-142");
}

TEST(ImageSource, OptionsThatCannotBe) {
  const Made made;
  const auto code = [&](ImageOptions options) {
    return thrown([&] { ImageSource(made.paths, made.targets, options); }).code;
  };
  EXPECT_EQ(code({.width = 0}), "E-DATA-136");
  EXPECT_EQ(code({.width = 32, .height = 32, .resize = 31}), "E-DATA-136");
  EXPECT_EQ(code({.pixels = {.mean = {0.1f, 0.2f}}}), "E-DATA-72");
  EXPECT_EQ(thrown([&] { ImageSource(made.paths, Tensor(DType::i64, {3}), {}); }).code,
            "E-DATA-70");
}

}  // namespace
}  // namespace glia::data
