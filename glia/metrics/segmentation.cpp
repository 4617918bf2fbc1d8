#include "glia/metrics/segmentation.h"

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

Metric renamed(Metric metric, std::string name) {
  metric.name = std::move(name);
  metric.interval.reset();
  return metric;
}

// The metrics of class c alone: of the confusion "is it c?".
MaskMetrics mask_of(const ConfusionMatrix& all, const ClassMetrics& row, std::size_t c) {
  const double both = all.at(c, c), either = all.true_total(c) + all.predicted_total(c) - both;
  Metric iou =
      either > 0
          ? defined("iou", both / either)
          : undefined("iou", fmt::format("no pixel is, or is predicted as, '{}'", all.labels[c]));
  return {row.label, std::move(iou), renamed(row.f1, "dice"), renamed(row.recall, "accuracy"),
          row.support};
}

}  // namespace

SegmentationCounts::SegmentationCounts(std::vector<std::string> labels,
                                       std::optional<std::int64_t> ignored)
    : labels_(std::move(labels)), ignored_(ignored), counts_(labels_.size() * labels_.size()) {}

template <class Class>
void SegmentationCounts::count(std::span<const Class> truth, std::span<const Class> predicted) {
  same_size(predicted.size(), truth.size(), "predicted classes", "segmentation");
  const std::size_t k = labels_.size();
  std::vector<std::int64_t> image(counts_.size());
  const auto checked = [&](std::int64_t c, std::size_t pixel, std::string_view what) {
    if (c < 0 || static_cast<std::uint64_t>(c) >= k)
      fail("E-METRIC-03", "segmentation: the {} class of pixel {} is {}; expected 0 .. {}{}", what,
           pixel, c, static_cast<std::int64_t>(k) - 1,
           ignored_ ? fmt::format(", or {} for pixels that do not count", *ignored_) : "");
    return static_cast<std::size_t>(c);
  };
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto t = static_cast<std::int64_t>(truth[i]), p = static_cast<std::int64_t>(predicted[i]);
    if (ignored_ && t == *ignored_) continue;
    ++image[checked(t, i, "true") * k + checked(p, i, "predicted")];
  }
  for (std::size_t i = 0; i < image.size(); ++i) counts_[i] += image[i];
}

void SegmentationCounts::add(Labels truth, Labels predicted) { count(truth, predicted); }
void SegmentationCounts::add(std::span<const std::uint8_t> truth,
                             std::span<const std::uint8_t> predicted) {
  count(truth, predicted);
}

void SegmentationCounts::add(const SegmentationCounts& other) {
  if (other.labels_ != labels_)
    fail("E-METRIC-02", "segmentation: counts of {} classes cannot be added to those of {} others",
         other.labels_.size(), labels_.size());
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

SegmentationResult SegmentationCounts::result() const {
  SegmentationResult result;
  result.confusion = {labels_, {counts_.begin(), counts_.end()}, false};
  const auto& all = result.confusion;
  const Average macro{.averaging = Averaging::macro}, weighted{.averaging = Averaging::weighted};
  result.pixel_accuracy = renamed(accuracy(all), "pixel_accuracy");
  result.mean_iou = renamed(jaccard(all, macro), "mean_iou");
  result.mean_dice = renamed(f1(all, macro), "mean_dice");
  result.mean_accuracy = renamed(recall(all, macro), "mean_accuracy");
  result.frequency_weighted_iou = renamed(jaccard(all, weighted), "frequency_weighted_iou");
  const auto rows = by_class(all);
  for (std::size_t c = 0; c < rows.size(); ++c) result.classes.push_back(mask_of(all, rows[c], c));
  return result;
}

}  // namespace glia::metrics
