// Images held against PIL's: tests/golden/images.json, written by make_images.py.
#include "glia/data/image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/base/random.h"
#include "tests/fuzz/image_header_fuzz.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using testing::thrown;

std::string from_base64(const std::string& text) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto digit = letters.find(c);
    if (digit == std::string::npos) break;
    held = held << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 255);
  }
  return bytes;
}

const nlohmann::json& golden() {
  static const auto all = nlohmann::json::parse(
      std::ifstream(std::string(GLIA_SOURCE_DIR) + "/tests/golden/images.json"));
  return all;
}

std::string file_named(const std::string& name) {
  for (const auto& file : golden().at("files"))
    if (file.at("name") == name) return from_base64(file.at("bytes"));
  throw std::runtime_error("no file " + name);
}

// The largest difference of two images, in levels; 1000 where they differ in size.
int difference(const Image& a, int height, int width, const std::string& pixels) {
  if (a.height != height || a.width != width || a.pixels.size() != pixels.size()) return 1000;
  int most = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i)
    most = std::max(most, std::abs(a.pixels[i] - static_cast<std::uint8_t>(pixels[i])));
  return most;
}

// PIL's own libjpeg-turbo is a newer one: both are exact to the standard's bits.
TEST(Image, DecodesAsPilDoes) {
  ASSERT_GE(golden().at("files").size(), 30u);
  for (const auto& file : golden().at("files")) {
    const std::string name = file.at("name"), bytes = from_base64(file.at("bytes"));
    DecodeOptions options{.colour = file.at("grey") ? Colour::grey : Colour::rgb};
    const int shrink = file.at("shrink");
    if (shrink > 1) {
      const auto info = inspect_image(bytes, name);
      options.width = info.width / shrink / 2, options.height = info.height / shrink / 2;
    }
    const Image image = decode_image(bytes, name, options);
    EXPECT_EQ(image.channels, file.at("grey") ? 1 : 3) << name;
    EXPECT_EQ(difference(image, file.at("height"), file.at("width"), from_base64(file["pixels"])),
              0)
        << name;
  }
}

TEST(Image, ResizesAsPilDoesToOneLevel) {
  const auto& all = golden().at("resize");
  const Image source = decode_image(from_base64(all.at("bytes")), "source");
  for (const auto& c : all.at("cases")) {
    const std::vector<double> box = c.at("box");
    const bool nearest = c.at("how") == "nearest";
    Image to;
    resize(source, {box[0], box[1], box[2], box[3]}, c.at("width"), c.at("height"),
           nearest ? Interpolation::nearest : Interpolation::bilinear, to);
    EXPECT_LE(difference(to, c.at("height"), c.at("width"), from_base64(c.at("pixels"))),
              nearest ? 0 : 1)
        << c.at("how") << " " << c.at("width") << " x " << c.at("height");
  }
}

Image noise(int height, int width, int channels, std::uint64_t seed) {
  Image image{height, width, channels, {}};
  Random random(seed, "image");
  for (int i = 0; i < height * width * channels; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
  return image;
}

TEST(Image, ResizingKeepsWhatItMust) {
  for (const int channels : {1, 3}) {
    const Image image = noise(31, 43, channels, 1);
    EXPECT_EQ(resize(image, 43, 31), image) << "its own size";
    EXPECT_EQ(resize(image, 43, 31, Interpolation::nearest), image);
    Image flat{300, 200, channels, {}};
    flat.pixels.assign(static_cast<std::size_t>(300 * 200 * channels), 201);
    for (const int size : {1, 7, 199, 640}) {
      const Image small = resize(flat, size, size);
      EXPECT_TRUE(std::all_of(small.pixels.begin(), small.pixels.end(), [](auto p) {
        return p == 201;
      })) << size;
    }
  }
}

TEST(Image, APartIsThePartOfTheWhole) {
  const Image image = noise(60, 80, 3, 2), half = resize(image, 40, 30);
  Image part;
  resize(image, {20, 10, 60, 50}, 20, 20, Interpolation::bilinear, part);
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 60; ++x)
      ASSERT_EQ(part.pixels[static_cast<std::size_t>(y * 60 + x)],
                half.pixels[static_cast<std::size_t>((y + 5) * 120 + 30 + x)]);
}

TEST(Image, TurningTwiceComesBack) {
  const Image image = noise(3, 5, 3, 3);
  const int back[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    Image turned = image;
    turn(turned, orientation);
    EXPECT_EQ(turned == image, orientation == 1);
    turn(turned, back[orientation]);
    EXPECT_EQ(turned, image) << orientation;
  }
}

TEST(Image, WrittenAsPngItIsTheSame) {
  for (const int channels : {1, 3}) {
    const Image image = noise(17, 9, channels, 4);
    const Colour colour = channels == 1 ? Colour::grey : Colour::rgb;
    EXPECT_EQ(decode_image(encode_png(image), "a.png", {.colour = colour}), image);
  }
  EXPECT_EQ(thrown([] { encode_png({2, 2, 2, std::vector<std::uint8_t>(8)}); }).code, "E-DATA-132");
}

TEST(Image, WhatIsNoImageIsCalledByItsName) {
  for (const auto& [bytes, word] :
       std::vector<std::pair<std::string, std::string>>{{"", "empty"},
                                                        {"GIF89a....", "GIF"},
                                                        {"BM....", "BMP"},
                                                        {"<html>", "markup"},
                                                        {"hello", "no image"}}) {
    const auto error = thrown([&] { decode_image(bytes, "cat.jpg"); });
    EXPECT_EQ(error.code, "E-DATA-130");
    EXPECT_TRUE(error.says("cat.jpg") && error.says(word)) << error.message;
  }
}

TEST(Image, ABombIsRefusedBeforeItIsDecoded) {
  std::string png = file_named("png");
  for (const std::size_t at : {std::size_t{16}, std::size_t{20}})
    png.replace(at, 4, "\0\0\x7f\xff", 4);
  EXPECT_EQ(thrown([&] { decode_image(png, "a.png"); }).code, "E-DATA-132");
  png.replace(16, 4, "\0\0\0\0", 4);
  EXPECT_EQ(thrown([&] { decode_image(png, "a.png"); }).code, "E-DATA-132");
}

// What is decoded in part is the same as what is decoded whole and cut afterwards.
TEST(Image, OfAJpegOnlyTheColumnsThatAreNeeded) {
  const auto bytes = file_named("jpeg wide");
  const auto info = inspect_image(bytes, "wide.jpg");
  const Image whole = decode_image(bytes, "wide.jpg");
  Random random(3, "columns");
  for (int i = 0; i < 100; ++i) {
    const double left = random.uniform() * (info.width - 2),
                 right = left + 1 + random.uniform() * 40;
    Image part;
    const auto at = decode_image(bytes, "wide.jpg", info, {.left = left, .right = right}, part);
    EXPECT_EQ(at.width, whole.width);
    ASSERT_LE(at.left, left);
    ASSERT_GE(at.left + part.width, std::min<double>(std::floor(right) + 1, whole.width));
    EXPECT_LT(part.width, whole.width);
    for (int y = 0; y < whole.height; ++y)
      for (int x = static_cast<int>(left); x <= std::min(static_cast<int>(right), whole.width - 1);
           ++x)
        for (int c = 0; c < 3; ++c)
          ASSERT_EQ(part.pixels[static_cast<std::size_t>((y * part.width + x - at.left) * 3 + c)],
                    whole.pixels[static_cast<std::size_t>((y * whole.width + x) * 3 + c)]);
  }
}

TEST(Image, HeadsSurviveAnything) {
  Random random(6, "heads");
  int read = 0;
  for (const auto& [name, whole] : image_header_seeds()) {
    const char* broken = nullptr;
    if (head_survives(whole, &broken)) {
      const auto info = inspect_image(whole, name);
      EXPECT_TRUE(info.width == 30 && info.height == 20)
          << name << info.width << " " << info.height;
      EXPECT_EQ(info.orientation, name == "webp_lossless" ? 1 : 6) << name;
      ++read;
    }
    for (int i = 0; i < 3000; ++i) {
      std::string bytes = whole;
      for (std::uint64_t k = random.below(4); k-- > 0;)
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
      if (random.below(3) == 0) bytes.resize(random.below(bytes.size()));
      head_survives(bytes, &broken);
      ASSERT_EQ(broken, nullptr) << name << ": " << broken;
    }
  }
  EXPECT_EQ(read, 4);
}

// Each scan of a few bytes costs a pass over all pixels.
TEST(Image, ManyScansAreRefused) {
  const std::string whole = file_named("jpeg progressive");
  const auto last = whole.rfind("\xff\xda");
  ASSERT_NE(last, whole.npos);
  const auto scan = whole.substr(last, whole.size() - 2 - last);
  std::string bytes = whole.substr(0, whole.size() - 2);
  for (int i = 0; i < 5'000; ++i) bytes += scan;
  const auto error = thrown([&] { decode_image(bytes + "\xff\xd9", "many.jpg"); });
  EXPECT_EQ(error.code, "E-DATA-131");
  EXPECT_TRUE(error.says("more than 100 scans")) << error.message;
}

// Cut short anywhere, or with a byte changed: an image, or an error of ours that names the file.
TEST(Image, DamageIsNamedAndNeverCrashes) {
  Random random(5, "damage");
  for (const std::string name : {"jpeg 4:2:0", "jpeg progressive", "jpeg turned 6", "png palette",
                                 "png transparent", "webp", "webp lossy", "webp turned 8"}) {
    const std::string whole = file_named(name);
    for (int i = 0; i < 300; ++i) {
      std::string bytes = whole;
      const bool cut = i % 2 == 0;
      const auto at = static_cast<std::size_t>(random.below(whole.size()));
      if (cut)
        bytes.resize(at);
      else
        bytes[at] = static_cast<char>(random.next());
      const auto error = thrown([&] { decode_image(bytes, "cat.jpg"); });
      if (error.code == "nothing" && !cut) continue;
      if (cut && error.code == "nothing") {
        EXPECT_GE(at + 2, whole.size()) << name << ": cut at " << at << " of " << whole.size();
        continue;
      }
      EXPECT_TRUE(error.code.starts_with("E-DATA-13")) << error.code << error.message;
      EXPECT_TRUE(error.says("cat.jpg")) << error.message;
    }
  }
}

}  // namespace
}  // namespace glia::data
