// Against scikit-learn for masks and pycocotools for boxes: tests/golden/make_metrics_images.py
// wrote the cases and their values.
#include "glia/metrics/detection.h"
#include "glia/metrics/segmentation.h"
#include "golden.h"

namespace glia::metrics {
namespace {

TEST(GoldenImages, Masks) {
  const json file = golden_file("metrics_images.json");
  int at = 0;
  for (const auto& test : file["masks"]) {
    const auto where = "masks " + std::to_string(at++);
    const auto labels = numbered_labels(test["k"].get<std::size_t>());
    SegmentationCounts whole(labels, 255), first(labels, 255), rest(labels, 255);
    bool odd = false;
    for (const auto& image : test["images"]) {
      const auto t = classes_of(image[0]), p = classes_of(image[1]);
      whole.add(t, p);
      const std::vector<std::uint8_t> small_t(t.begin(), t.end()), small_p(p.begin(), p.end());
      ((odd = !odd) ? first : rest).add(small_t, small_p);
    }
    first.add(rest);
    for (const auto& result : {whole.result(), first.result()}) {
      const auto& expected = test["expected"];
      for (const auto* metric : {&result.pixel_accuracy, &result.mean_iou, &result.mean_dice,
                                 &result.mean_accuracy, &result.frequency_weighted_iou}) {
        expect_same(*metric, expected.at(metric->name), where);
        EXPECT_FALSE(metric->interval);
      }
      for (std::size_t c = 0; c < result.classes.size(); ++c) {
        expect_same(result.classes[c].iou, expected["iou"][c], where);
        expect_same(result.classes[c].dice, expected["dice"][c], where);
      }
    }
  }
  EXPECT_EQ(at, 200);
}

// [left, top, width, height], as COCO writes them.
Box box_of(const json& row) {
  const auto x = row.get<std::vector<double>>();
  return {x[0], x[1], x[0] + x[2], x[1] + x[3]};
}

DetectionResult detected(const json& test, Interpolation interpolation) {
  DetectionOptions options;
  options.max_detections = test["max_detections"].get<std::size_t>();
  options.interpolation = interpolation;
  DetectionCounts counts(numbered_labels(test["k"].get<std::size_t>()), options);
  for (const auto& image : test["images"]) {
    std::vector<TrueBox> truth;
    std::vector<FoundBox> found;
    for (const auto& row : image[0])
      truth.push_back({box_of(row), row[4].get<std::int64_t>(), row[5].get<int>() == 1});
    for (const auto& row : image[1])
      found.push_back({box_of(row), row[4].get<std::int64_t>(), row[5].get<double>()});
    counts.add(truth, found);
  }
  return counts.result();
}

TEST(GoldenImages, Boxes) {
  const json file = golden_file("metrics_images.json");
  int at = 0;
  for (const auto& test : file["boxes"]) {
    const auto where = "boxes " + std::to_string(at++);
    const auto& expected = test["expected"];
    const auto result = detected(test, Interpolation::points_101);
    for (const auto* metric : {&result.map, &result.ap50, &result.ap75, &result.average_recall})
      expect_same(*metric, expected.at(metric->name), where);
    for (std::size_t c = 0; c < result.classes.size(); ++c)
      expect_same(result.classes[c].ap, expected["ap"][c], where);
    expect_same(detected(test, Interpolation::all_points).map, expected["map_all_points"], where);
  }
  EXPECT_EQ(at, 200);
}

}  // namespace
}  // namespace glia::metrics
