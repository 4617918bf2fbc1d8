#include "glia/metrics/calibration.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"
#include "glia/metrics/probability.h"

namespace glia::metrics {
namespace {

// The ends between bins, rising; numpy's arithmetic of linspace and percentile, for a probability
// may lie exactly on an end.
std::vector<double> inner_ends(std::span<const double> probabilities, const CalibrationOptions& o) {
  std::vector<double> ends, rising;
  const double step = 1 / static_cast<double>(o.bins);
  if (o.binning == Binning::quantile) {
    rising.assign(probabilities.begin(), probabilities.end());
    std::sort(rising.begin(), rising.end());
  }
  for (std::size_t i = 1; i < o.bins; ++i) {
    const double share = static_cast<double>(i) * step;
    ends.push_back(o.binning == Binning::uniform ? share : quantile(rising, share * 100 / 100));
  }
  return ends;
}

// hit(i): whether row i was of the class that got probabilities[i].
template <class Hit>
CalibrationCurve binned(std::span<const double> probabilities, const Weights& weight,
                        const CalibrationOptions& o, Hit hit) {
  const auto ends = inner_ends(probabilities, o);
  struct Tally {
    Sum weight, probability, hits;
  };
  std::vector<Tally> tallies(o.bins);
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const auto end = std::lower_bound(ends.begin(), ends.end(), probabilities[i]);
    Tally& tally = tallies[static_cast<std::size_t>(end - ends.begin())];
    tally.weight.add(weight[i]), tally.probability.add(weight[i] * probabilities[i]);
    if (hit(i)) tally.hits.add(weight[i]);
  }
  CalibrationCurve curve;
  for (std::size_t b = 0; b < o.bins; ++b) {
    const double total = tallies[b].weight.value(), hits = tallies[b].hits.value();
    if (total == 0) continue;
    CalibrationBin bin{.low = b == 0 ? 0 : ends[b - 1],
                       .high = b + 1 == o.bins ? 1 : ends[b],
                       .weight = total,
                       .mean_probability = tallies[b].probability.value() / total,
                       .share = hits / total};
    if (!weight.given()) bin.interval = wilson(hits, total, o.confidence);
    curve.bins.push_back(bin);
  }
  return curve;
}

void check_options(const CalibrationOptions& o, std::string_view where) {
  if (o.bins == 0) fail("E-METRIC-06", "{}: got 0 bins; expected at least 1", where);
  check_level(o.confidence, where);
}

// Why there is no curve, "" where there is one.
std::string nothing(const Numbers& probabilities, std::size_t columns, std::size_t rows,
                    const Weights& weight) {
  if (const auto why = nothing_to_count(rows, weight); !why.empty()) return std::string(why);
  auto why = non_finite(probabilities, columns, "probabilities");
  if (why.empty()) check_probabilities(probabilities, columns);
  return why;
}

CalibrationCurve no_curve(std::string_view why) {
  return {{}, fmt::format("undefined, because {}", why)};
}

// `pooled` makes the bins' distances and weights one number.
template <class Pooled>
Metric error_of_bins(std::string name, const Numbers& probabilities, Labels truth,
                     const CalibrationOptions& options, Pooled pooled) {
  const auto curve = reliability(probabilities, truth, options);
  if (curve.bins.empty()) return {std::move(name), std::nullopt, curve.note, std::nullopt};
  return defined(std::move(name), pooled(curve.bins));
}

double distance(const CalibrationBin& bin) { return std::abs(bin.share - bin.mean_probability); }

}  // namespace

CalibrationCurve calibration_curve(const Numbers& probabilities, Labels positive,
                                   const CalibrationOptions& options) {
  constexpr std::string_view kWhere = "calibration_curve";
  check_options(options, kWhere);
  same_size(probabilities.size(), positive.size(), "probabilities", kWhere);
  const Weights weight(options.weights, positive.size(), kWhere);
  if (const auto why = nothing(probabilities, 1, positive.size(), weight); !why.empty())
    return no_curve(why);
  std::vector<double> values(probabilities.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = probabilities[i];
  return binned(values, weight, options, [&](std::size_t i) { return positive[i] != 0; });
}

CalibrationCurve reliability(const Numbers& probabilities, Labels truth,
                             const CalibrationOptions& options) {
  constexpr std::string_view kWhere = "reliability";
  check_options(options, kWhere);
  const std::size_t n = truth.size(), k = columns_of(probabilities, n, kWhere);
  check_classes(truth, std::max<std::size_t>(k, 2), kWhere);
  const Weights weight(options.weights, n, kWhere);
  if (const auto why = nothing(probabilities, k, n, weight); !why.empty()) return no_curve(why);
  std::vector<double> largest(n);
  std::vector<std::int64_t> decision(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (k == 1) {
      decision[i] = probabilities[i] > 0.5;
      largest[i] = std::max(probabilities[i], 1 - probabilities[i]);
      continue;
    }
    std::size_t best = 0;
    for (std::size_t c = 1; c < k; ++c)
      if (probabilities[i * k + c] > probabilities[i * k + best]) best = c;
    decision[i] = static_cast<std::int64_t>(best), largest[i] = probabilities[i * k + best];
  }
  return binned(largest, weight, options, [&](std::size_t i) { return decision[i] == truth[i]; });
}

Metric expected_calibration_error(const Numbers& probabilities, Labels truth,
                                  const CalibrationOptions& options) {
  return error_of_bins("ece", probabilities, truth, options, [](const auto& bins) {
    Sum sum, total;
    for (const auto& bin : bins) sum.add(bin.weight * distance(bin)), total.add(bin.weight);
    return sum.value() / total.value();
  });
}

Metric maximum_calibration_error(const Numbers& probabilities, Labels truth,
                                 const CalibrationOptions& options) {
  return error_of_bins("mce", probabilities, truth, options, [](const auto& bins) {
    double largest = 0;
    for (const auto& bin : bins) largest = std::max(largest, distance(bin));
    return largest;
  });
}

}  // namespace glia::metrics
