// Images for each second: libjpeg-turbo decoding alone, and the whole way from files to batches
// (read, decode, resize, normalise), on as many threads. The files are made here: 500 x 375,
// slopes, waves, edges and noise, quality 90, 4:2:0.
//
//   build/bench_images [IMAGES [ROUNDS]]
#include <cstdio>
// jpeglib.h needs FILE before it.
#include <jpeglib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "glia/base/file.h"
#include "glia/base/random.h"
#include "glia/data/image_source.h"
#include "glia/data/loader.h"

namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 500, kHeight = 375, kSize = 224;

std::vector<unsigned char> scene(std::uint64_t number) {
  glia::Random random(1, "scene", number);
  const double a = 5 + 60 * random.uniform(), b = 5 + 60 * random.uniform();
  const double edge_x = kWidth * random.uniform(), edge_y = kHeight * random.uniform();
  std::vector<unsigned char> pixels;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const double grain = 12 * (random.uniform() - 0.5);
      for (int c = 0; c < 3; ++c) {
        const double value = 110 + 40 * std::sin(x / a + c) * std::cos(y / b) + 0.1 * (x - y) +
                             35 * (x > edge_x) - 35 * (y > edge_y + 20 * std::sin(x / 9.0)) + grain;
        pixels.push_back(static_cast<unsigned char>(std::clamp(value, 0.0, 255.0)));
      }
    }
  return pixels;
}

std::string encode(std::vector<unsigned char> pixels) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = kWidth, jpeg.image_height = kHeight;
  jpeg.input_components = 3, jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 90, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = pixels.data() + jpeg.next_scanline * kWidth * 3;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string file(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&jpeg);
  std::free(bytes);
  return file;
}

void decode(const std::string& file, std::vector<unsigned char>& pixels) {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&jpeg);
  pixels.resize(std::size_t{jpeg.output_width} * jpeg.output_height * 3);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = pixels.data() + std::size_t{jpeg.output_scanline} * jpeg.output_width * 3;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
}

template <class F>
double seconds(F&& f) {
  const auto from = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

double alone(const std::vector<std::string>& files, int threads) {
  return seconds([&] {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&] {
        std::vector<unsigned char> pixels;
        for (std::size_t i; (i = next++) < files.size();) decode(files[i], pixels);
      });
  });
}

double piped(const glia::data::ImageSource& source, int threads) {
  glia::data::Loader loader(glia::data::borrowed(source), {.batch_size = 16, .workers = threads});
  return seconds([&] {
    loader.start(1);
    while (loader.next()) continue;
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::max(std::atoi(argv[1]), 16) : 400;
  const int rounds = argc > 2 ? std::max(std::atoi(argv[2]), 1) : 7;
  const fs::path folder =
      fs::temp_directory_path() / ("glia-bench-images-" + std::to_string(count));
  fs::create_directories(folder);
  std::vector<fs::path> paths;
  std::vector<std::string> files;
  for (int i = 0; i < count; ++i) {
    paths.push_back(folder / (std::to_string(i) + ".jpg"));
    if (!fs::exists(paths.back()))
      glia::write_atomically(paths.back(), encode(scene(static_cast<std::uint64_t>(i))));
    files.push_back(glia::read_file(paths.back()));
  }
  const glia::data::ImageSource source(
      paths, glia::Tensor(glia::DType::i64, {count}),
      {.width = kSize,
       .height = kSize,
       .pixels = {.mean = {0.485f, 0.456f, 0.406f}, .std = {0.229f, 0.224f, 0.225f}}});
  for (const int threads : {1, 2}) {
    // Interleaved, and the best of each: what else runs on the machine only makes slower.
    double best_alone = 1e9, best_piped = 1e9;
    for (int round = 0; round < rounds; ++round) {
      best_alone = std::min(best_alone, alone(files, threads));
      best_piped = std::min(best_piped, piped(source, threads));
    }
    std::printf(
        "%d threads: libjpeg-turbo alone %.0f images/s, to batches %.0f images/s: %.1f %%\n",
        threads, count / best_alone, count / best_piped, 100 * best_alone / best_piped);
  }
  fs::remove_all(folder);
}
