// Batches of images that are decoded when their turn comes.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "glia/data/dataset.h"
#include "glia/data/image_files.h"

namespace glia::data {

// How an image gets the size of the batch. crop: its middle, after a resize that makes its shorter
// side fit; stretch: as it is, with other proportions; pad: whole, with black beside it.
enum class Fit { crop, stretch, pad };

struct ImageOptions {
  int width = 224, height = 224;  // of the batch's images
  Colour colour = Colour::rgb;
  Fit fit = Fit::crop;
  // Of crop: what the shorter side is made before the middle is cut out, as torchvision's Resize;
  // 0: as small as the batch's size allows.
  int resize = 0;
  Interpolation interpolation = Interpolation::bilinear;
  Pixels pixels = {};  // mean and std of each channel, after the scale of 1/255
};

// What a mask's bytes mean. binary: above 127, f32 [1, H, W] of 0 and 1; classes: numbers, i64 [H,
// W].
enum class MaskKind { binary, classes };

// Images [C, H, W] from files, decoded, resized and normalised by whoever fills the batch. Nothing
// is kept in memory but paths and targets. A file that cannot be read when its turn comes is the
// error of inspect_image or decode_image, with its name.
class ImageSource : public Source {
 public:
  // targets: i64 or f32 [N, ...], in the order of the paths. Errors: E-DATA-70, -71 targets;
  // E-DATA-72 pixels; E-DATA-136 other options.
  ImageSource(std::vector<std::filesystem::path> paths, Tensor targets, ImageOptions options);
  // The target is a mask for each image, of the image's size; it is cut and resized as the image
  // is, by the nearest pixel. Error E-DATA-142 where a mask has another size.
  ImageSource(std::vector<std::filesystem::path> paths, std::vector<std::filesystem::path> masks,
              MaskKind kind, ImageOptions options);

  std::int64_t size() const override { return static_cast<std::int64_t>(paths_.size()); }
  std::vector<Field> inputs() const override;
  std::vector<Field> outputs() const override;
  std::optional<Tensor> all_targets(std::size_t output) const override;
  void fill(Batch& batch) const override;

  // A part of an image of this width and height, for the row at place `i` of the batch: what is
  // made the batch's size, in place of what `fit` says.
  using Choose = std::function<Region(std::size_t i, int width, int height)>;
  void fill(Batch& batch, const Choose& choose) const;

  // The image of a row as it goes into a batch, before `pixels`.
  void render(std::int64_t row, Image& to) const;

  const ImageOptions& options() const { return options_; }
  const std::vector<std::filesystem::path>& paths() const { return paths_; }

  // The same images with other values of `pixels`, or other rows. Errors E-DATA-72, -73.
  ImageSource with_pixels(Pixels pixels) const;
  ImageSource subset(Rows rows) const;

 private:
  struct Cut;
  Cut cut_for(int width, int height) const;
  Cut cut_of(const Region& region, int width, int height) const;
  void take(const Image& from, const Decoded& at, const Cut& cut, Interpolation how,
            Image& to) const;
  void render(std::size_t row, const Choose* choose, std::size_t place, Image& to,
              Image* mask) const;
  void check();
  std::vector<std::filesystem::path> paths_, masks_;
  Tensor targets_;
  MaskKind mask_kind_ = MaskKind::binary;
  ImageOptions options_;
  std::vector<float> scale_, shift_;  // of each channel: what a byte becomes
};

// Mean and standard deviation of each channel over the pixels of images, in 0 to 1, as `render`
// makes them. Sums are whole numbers, so any number of threads gives the same. Where there are more
// than `most` rows, as many are drawn by the seed, and `rows` says how many.
struct PixelStatistics {
  std::vector<float> mean, std;
  std::int64_t rows = 0;
};
PixelStatistics measure_pixels(const ImageSource& source, std::uint64_t seed,
                               std::int64_t most = 2000, int threads = 1);

}  // namespace glia::data
