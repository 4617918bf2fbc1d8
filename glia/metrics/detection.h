// Metrics of boxes found in images: average precision as COCO and Pascal VOC define it.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// Corners in any unit, continuous: a box from 0 to 10 is 10 wide. Where the second corner is not
// beyond the first, its area is 0.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
};

double area(const Box& box);
// Intersection over union, 0 .. 1; 0 where both have no area.
double iou(const Box& a, const Box& b);

struct TrueBox {
  Box box;
  std::int64_t label = 0;
  bool crowd = false;  // a group: what is found in it is neither right nor wrong
};

struct FoundBox {
  Box box;
  std::int64_t label = 0;
  double score = 0;
};

// How precision between the found recalls is filled in. In both, precision at a recall is the best
// one at that recall or above.
//   points_101  mean over the recalls 0, 0.01, .., 1 (COCO)
//   all_points  the area under the steps (Pascal VOC since 2010)
enum class Interpolation : std::uint8_t { points_101, all_points };

struct DetectionOptions {
  std::vector<double> ious;          // smallest overlaps that count as found; empty: COCO's ten,
                                     // 0.50, 0.55, .., 0.95
  std::size_t max_detections = 100;  // of a class in an image, those of the highest scores
  Interpolation interpolation = Interpolation::points_101;
};

struct DetectionClass {
  std::string label;
  std::size_t truths = 0;                // true boxes that are no crowd
  std::size_t found = 0;                 // predicted boxes that were counted
  Metric ap;                             // mean over the overlaps
  std::vector<Metric> ap_at, recall_at;  // at each overlap
};

struct DetectionResult {
  std::vector<double> ious;
  Metric map;             // mean over classes and overlaps: with COCO's ten its "AP"
  Metric ap50, ap75;      // mean over classes at an overlap of 0.5, of 0.75
  Metric average_recall;  // mean over classes and overlaps of the recall that was reached
  std::vector<DetectionClass> classes;
};

// Takes one image after another and keeps the scores of what was found.
class DetectionCounts {
 public:
  // Error E-METRIC-06 where an overlap is not in (0, 1].
  explicit DetectionCounts(std::vector<std::string> labels, DetectionOptions options = {});

  // Found boxes of a class are matched greedily in falling order of score (equal ones as given),
  // each with the true box of that class that it overlaps most among those that are free; crowds
  // come last and stay free. The overlap with a crowd is the share of the found box that lies in
  // it. Errors E-METRIC-03 (label), E-METRIC-07 (a corner or score that is not finite).
  void add(std::span<const TrueBox> truth, std::span<const FoundBox> found);

  // A class without true boxes has no value; means leave it out and the note says so.
  DetectionResult result() const;

 private:
  enum class State : std::uint8_t { wrong, right, ignored };
  struct Scored {
    double score;
    std::vector<State> at;  // at each overlap
  };
  struct OfClass {
    std::size_t truths = 0;
    std::vector<Scored> found;
  };
  struct ImageOfClass;

  void match(const ImageOfClass& image, OfClass& all) const;
  DetectionClass summary(std::size_t c) const;

  std::vector<std::string> labels_;
  DetectionOptions options_;
  std::vector<OfClass> classes_;
};

}  // namespace glia::metrics
