// Metrics of masks: a class for each pixel, counted over images as they come.
#pragma once

#include "glia/metrics/confusion.h"

namespace glia::metrics {

// One class of a report: its mask against the true one.
struct MaskMetrics {
  std::string label;
  Metric iou;         // intersection over union, |A and B| / |A or B|
  Metric dice;        // 2 |A and B| / (|A| + |B|): the F1 of its pixels
  Metric accuracy;    // share of its true pixels that were found
  double pixels = 0;  // true ones
};

struct SegmentationResult {
  Metric pixel_accuracy;          // share of pixels whose class is right
  Metric mean_iou, mean_dice;     // over classes; without a value are those in neither mask
  Metric mean_accuracy;           // over classes with true pixels
  Metric frequency_weighted_iou;  // each class by its true pixels
  std::vector<MaskMetrics> classes;
  ConfusionMatrix confusion;  // of pixels
};

// The counts of any number of images, k^2 numbers of memory. Pooled over all pixels, as Pascal VOC
// and Cityscapes do it: a large image counts more than a small one.
class SegmentationCounts {
 public:
  // Pixels whose true class is `ignored` do not count (255 is usual for borders).
  explicit SegmentationCounts(std::vector<std::string> labels,
                              std::optional<std::int64_t> ignored = std::nullopt);

  // truth, predicted: the classes of the same pixels in any order, 0 .. k-1. Errors E-METRIC-02,
  // E-METRIC-03; then nothing of the image was counted.
  void add(Labels truth, Labels predicted);
  void add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted);
  // What another thread counted, of the same classes. Error E-METRIC-02.
  void add(const SegmentationCounts& other);

  // Without confidence intervals: neighbouring pixels are not independent.
  SegmentationResult result() const;

 private:
  template <class Class>
  void count(std::span<const Class> truth, std::span<const Class> predicted);

  std::vector<std::string> labels_;
  std::optional<std::int64_t> ignored_;
  std::vector<std::int64_t> counts_;  // [k, k]
};

}  // namespace glia::metrics
