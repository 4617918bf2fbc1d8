// Augmentation: training images changed at random, otherwise in each epoch.
#pragma once

#include <memory>
#include <optional>

#include "glia/data/augment_geometry.h"
#include "glia/data/dataset.h"
#include "glia/data/image.h"

namespace glia {
class Random;
}

namespace glia::data {

struct Range {
  double low = 0, high = 0;  // drawn evenly between them
  friend bool operator==(const Range&, const Range&) = default;
};

// Inception's crop (Szegedy et al., "Going Deeper with Convolutions", 2015), as torchvision's
// RandomResizedCrop: a part of this share of the image's area and this ratio of width to height,
// made the size of the batch.
struct ResizedCrop {
  Range area{0.08, 1}, ratio{3.0 / 4, 4.0 / 3};
};

// A rectangle without content (DeVries and Taylor, "Improved Regularization ... with Cutout", 2017;
// Zhong et al., "Random Erasing Data Augmentation", 2020).
struct Cutout {
  double probability = 0.5;
  Range area{0.02, 0.33}, ratio{0.3, 3.3};
};

// What is left at its default changes nothing. In whatever order they are named, images are moved
// first, then coloured, then disturbed, then cut out, then mixed.
struct AugmentOptions {
  double flip_horizontal = 0, flip_vertical = 0;  // probabilities
  double rotate = 0;                              // degrees, to both sides
  double shift_x = 0, shift_y = 0;                // shares of the side, to both sides
  Range zoom{1, 1};                               // 2: twice as large
  double shear = 0;                               // degrees, to both sides
  int crop_padding = 0;  // pixels around the image, of which its size is then cut out at random
  std::optional<ResizedCrop> resized_crop;
  std::optional<Cutout> cutout;
  // Factors from 1 - x to 1 + x; hue: turned by up to this share of the circle, at most 0.5. As
  // torchvision's ColorJitter, but always in this order.
  double brightness = 0, contrast = 0, saturation = 0, hue = 0;
  double noise = 0;  // normal, of this deviation; white is 1
  // Images and targets of a batch blended in pairs, by a share from Beta(alpha, alpha); with both,
  // one of them for each batch. Zhang et al., "mixup", 2018; Yun et al., "CutMix", 2019. They need
  // targets that are rows of numbers (one-hot), and a loss that takes those.
  double mixup = 0, cutmix = 0;  // alpha; 0: not
  Border border = Border::constant;
  double fill = 0;  // of a constant border, from 0, black, to 1
  // Targets are masks [..., H, W], of the size of the images, and move along. Of a constant border
  // they are 0; colours, noise and cutout leave them alone.
  bool masks = false;
  // How the images of the source were normalised, so that black, white and colours are known.
  Pixels pixels = {};

  bool none() const;  // nothing is changed
  bool mixes() const { return mixup > 0 || cutmix > 0; }
};

// What happens to one image, drawn.
struct Change {
  Affine affine;
  double brightness = 1, contrast = 1, saturation = 1, hue = 0;
  std::optional<Region> cutout;  // in whole pixels
};

// The change of an image [height, width] for what `random` draws. `resized_crop`: whether that is
// part of it, or was done before.
Change draw_change(const AugmentOptions& options, int height, int width, bool resized_crop,
                   Random& random);
// A part of an image, as ResizedCrop has it; the middle where none fits in ten attempts.
Region draw_crop(const ResizedCrop& crop, int height, int width, Random& random);

// An image f32 [channels, height, width] of values from 0, black, to 1; 1 or 3 channels.
// Saturation and hue of a grey image stay as they are.
void jitter_colours(const Change& change, std::span<float> image, int channels);

// Rows of another source, whose first input is images f32 [C, H, W], changed as they are filled in.
// What happens to a row follows from (seed, epoch, row) alone, and what it is mixed with from
// (seed, epoch, rows of the batch): batches are the same with any number of workers, and after a
// restart. Of images from files, resized_crop takes its part from the image as it was stored.
class Augmented : public Source {
 public:
  // Errors: E-DATA-137 options; E-DATA-138 mixup or cutmix where the first target is no row of f32;
  // E-DATA-141 other input than images; E-DATA-142 masks of another size.
  Augmented(std::shared_ptr<const Source> source, AugmentOptions options, std::uint64_t seed);

  std::int64_t size() const override { return source_->size(); }
  std::vector<Field> inputs() const override { return source_->inputs(); }
  std::vector<Field> outputs() const override { return source_->outputs(); }
  bool has_weights() const override { return source_->has_weights(); }
  Shape weight_shape() const override { return source_->weight_shape(); }
  std::optional<Tensor> all_targets(std::size_t output) const override {
    return source_->all_targets(output);
  }
  std::shared_ptr<const Order> order(bool shuffle, std::uint64_t seed,
                                     std::int64_t epoch) const override {
    return source_->order(shuffle, seed, epoch);
  }
  void fill(Batch& batch) const override;

  const Source& source() const { return *source_; }  // as it is without

 private:
  void change(Batch& batch, std::size_t row, bool cropped) const;
  void mix(Batch& batch) const;
  std::shared_ptr<const Source> source_;
  AugmentOptions options_;
  std::uint64_t seed_;
  int channels_ = 1, height_ = 1, width_ = 1;
  std::vector<float> scale_, shift_;  // of each channel: from 0..1 to the source's numbers
};

}  // namespace glia::data
