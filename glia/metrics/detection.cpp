// The order of matching and of sums is that of COCO's own evaluation (pycocotools, cocoeval.py), so
// that the numbers are the same to the last digits.
#include "glia/metrics/detection.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

std::vector<double> coco_overlaps() {
  std::vector<double> ious;
  const double step = (0.95 - 0.5) / 9;
  for (int i = 0; i < 9; ++i) ious.push_back(0.5 + i * step);
  ious.push_back(0.95);
  return ious;
}

double intersection(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

void check_finite(const Box& box, double score, std::string_view what, std::size_t at) {
  for (const double x : {box.left, box.top, box.right, box.bottom, score})
    if (!std::isfinite(x))
      fail("E-METRIC-07",
           "detection: {} box {} of the image is ({}, {}) to ({}, {}){}; expected finite numbers",
           what, at, box.left, box.top, box.right, box.bottom,
           what == "found" ? fmt::format(" with score {}", score) : "");
}

// Precision and recall after each found box, falling in score.
struct Curve {
  std::vector<double> precision, recall;
};

double average(const Curve& curve, Interpolation interpolation) {
  auto best = curve.precision;  // at this recall or above
  for (std::size_t i = best.size(); i > 1; --i) best[i - 2] = std::max(best[i - 2], best[i - 1]);
  Sum sum;
  if (interpolation == Interpolation::all_points) {
    double before = 0;
    for (std::size_t i = 0; i < best.size(); ++i) {
      sum.add((curve.recall[i] - before) * best[i]);
      before = curve.recall[i];
    }
    return sum.value();
  }
  for (int point = 0; point <= 100; ++point) {
    const auto at = std::lower_bound(curve.recall.begin(), curve.recall.end(), point * 0.01);
    if (at != curve.recall.end())
      sum.add(best[static_cast<std::size_t>(at - curve.recall.begin())]);
  }
  return sum.value() / 101;
}

// The mean of the values there are.
Metric mean_of(std::string name, const std::vector<const Metric*>& values, std::string_view what) {
  Sum sum;
  std::size_t used = 0;
  for (const Metric* metric : values)
    if (metric->value) sum.add(*metric->value), ++used;
  if (used == 0) return undefined(std::move(name), "there are no true boxes");
  auto result = defined(std::move(name), sum.value() / static_cast<double>(used));
  if (used < values.size())
    result.note =
        fmt::format("over {} of {} {}: the others have no true boxes", used, values.size(), what);
  return result;
}

}  // namespace

double area(const Box& box) {
  return std::max(0.0, box.right - box.left) * std::max(0.0, box.bottom - box.top);
}

double iou(const Box& a, const Box& b) {
  const double both = intersection(a, b), either = area(a) + area(b) - both;
  return either > 0 ? both / either : 0;
}

// What one image has of one class: found by falling score, true with crowds last.
struct DetectionCounts::ImageOfClass {
  std::vector<const FoundBox*> found;
  std::vector<const TrueBox*> truth;

  double overlap(std::size_t f, std::size_t t) const {
    const Box &a = found[f]->box, &b = truth[t]->box;
    if (!truth[t]->crowd) return iou(a, b);
    const double own = area(a);
    return own > 0 ? intersection(a, b) / own : 0;
  }
};

DetectionCounts::DetectionCounts(std::vector<std::string> labels, DetectionOptions options)
    : labels_(std::move(labels)), options_(std::move(options)), classes_(labels_.size()) {
  if (options_.ious.empty()) options_.ious = coco_overlaps();
  for (const double x : options_.ious)
    if (!(x > 0 && x <= 1))
      fail("E-METRIC-06", "detection: got the overlap {}; expected a number above 0, at most 1", x);
}

void DetectionCounts::add(std::span<const TrueBox> truth, std::span<const FoundBox> found) {
  std::vector<ImageOfClass> image(labels_.size());
  const auto of = [&](std::int64_t label, std::string_view what, std::size_t at) -> ImageOfClass& {
    if (label < 0 || static_cast<std::uint64_t>(label) >= labels_.size())
      fail("E-METRIC-03", "detection: the label of {} box {} is {}; expected 0 .. {}", what, at,
           label, static_cast<std::int64_t>(labels_.size()) - 1);
    return image[static_cast<std::size_t>(label)];
  };
  for (std::size_t i = 0; i < truth.size(); ++i) {
    check_finite(truth[i].box, 0, "true", i);
    of(truth[i].label, "true", i).truth.push_back(&truth[i]);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    check_finite(found[i].box, found[i].score, "found", i);
    of(found[i].label, "found", i).found.push_back(&found[i]);
  }
  for (std::size_t c = 0; c < image.size(); ++c) {
    auto& part = image[c];
    std::stable_sort(part.found.begin(), part.found.end(),
                     [](auto* a, auto* b) { return a->score > b->score; });
    if (part.found.size() > options_.max_detections) part.found.resize(options_.max_detections);
    std::stable_partition(part.truth.begin(), part.truth.end(), [](auto* t) { return !t->crowd; });
    match(part, classes_[c]);
  }
}

void DetectionCounts::match(const ImageOfClass& image, OfClass& all) const {
  for (const auto* t : image.truth) all.truths += !t->crowd;
  const std::size_t first = all.found.size(), overlaps = options_.ious.size();
  for (const auto* f : image.found)
    all.found.push_back({f->score, std::vector<State>(overlaps, State::wrong)});
  std::vector<double> overlap;
  for (std::size_t f = 0; f < image.found.size(); ++f)
    for (std::size_t t = 0; t < image.truth.size(); ++t) overlap.push_back(image.overlap(f, t));
  for (std::size_t at = 0; at < overlaps; ++at) {
    std::vector<bool> taken(image.truth.size());
    for (std::size_t f = 0; f < image.found.size(); ++f) {
      double best = std::min(options_.ious[at], 1 - 1e-10);
      const TrueBox* chosen = nullptr;
      std::size_t index = 0;
      for (std::size_t t = 0; t < image.truth.size(); ++t) {
        const bool crowd = image.truth[t]->crowd;
        if (taken[t] && !crowd) continue;
        if (chosen && !chosen->crowd && crowd) break;  // only crowds follow
        const double here = overlap[f * image.truth.size() + t];
        if (here < best) continue;
        best = here, chosen = image.truth[t], index = t;
      }
      if (!chosen) continue;
      taken[index] = true;
      all.found[first + f].at[at] = chosen->crowd ? State::ignored : State::right;
    }
  }
}

DetectionClass DetectionCounts::summary(std::size_t c) const {
  const OfClass& all = classes_[c];
  DetectionClass row{.label = labels_[c], .truths = all.truths, .found = all.found.size()};
  std::vector<const Scored*> order;
  for (const auto& scored : all.found) order.push_back(&scored);
  std::stable_sort(order.begin(), order.end(),
                   [](auto* a, auto* b) { return a->score > b->score; });
  const auto none = fmt::format("no true box is '{}'", labels_[c]);
  for (std::size_t at = 0; at < options_.ious.size(); ++at) {
    if (all.truths == 0) {
      row.ap_at.push_back(undefined("ap", none)),
          row.recall_at.push_back(undefined("recall", none));
      continue;
    }
    Curve curve;
    double right = 0, wrong = 0;
    for (const auto* scored : order) {
      if (scored->at[at] == State::ignored) {  // moves neither
        if (right + wrong == 0) continue;
      } else {
        (scored->at[at] == State::right ? right : wrong) += 1;
      }
      curve.precision.push_back(right / (right + wrong));
      curve.recall.push_back(right / static_cast<double>(all.truths));
    }
    row.ap_at.push_back(defined("ap", average(curve, options_.interpolation)));
    row.recall_at.push_back(defined("recall", right / static_cast<double>(all.truths)));
  }
  std::vector<const Metric*> values;
  for (const auto& metric : row.ap_at) values.push_back(&metric);
  row.ap = all.truths == 0 ? undefined("ap", none) : mean_of("ap", values, "overlaps");
  return row;
}

DetectionResult DetectionCounts::result() const {
  DetectionResult result;
  result.ious = options_.ious;
  for (std::size_t c = 0; c < labels_.size(); ++c) result.classes.push_back(summary(c));
  const auto over_classes = [&](std::string name, auto pick) {
    std::vector<const Metric*> values;
    for (const auto& row : result.classes) values.push_back(&pick(row));
    return mean_of(std::move(name), values, "classes");
  };
  const auto at_overlap = [&](std::string name, double wanted) {
    for (std::size_t at = 0; at < result.ious.size(); ++at)
      if (std::abs(result.ious[at] - wanted) < 1e-9)
        return over_classes(std::move(name), [&](const DetectionClass& row) -> const Metric& {
          return row.ap_at[at];
        });
    return undefined(std::move(name), fmt::format("the overlap {} was not asked for", wanted));
  };
  result.map = over_classes("map", [](const DetectionClass& r) -> const Metric& { return r.ap; });
  result.ap50 = at_overlap("ap50", 0.5);
  result.ap75 = at_overlap("ap75", 0.75);
  std::vector<Metric> recalls;  // of each class, the mean over overlaps
  for (const auto& row : result.classes) {
    std::vector<const Metric*> values;
    for (const auto& metric : row.recall_at) values.push_back(&metric);
    recalls.push_back(mean_of("recall", values, "overlaps"));
  }
  std::vector<const Metric*> values;
  for (const auto& metric : recalls) values.push_back(&metric);
  result.average_recall = mean_of("average_recall", values, "classes");
  return result;
}

}  // namespace glia::metrics
