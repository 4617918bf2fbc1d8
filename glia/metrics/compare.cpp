#include "glia/metrics/compare.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/delong.h"
#include "glia/metrics/distributions.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"

namespace glia::metrics {
namespace {

// "0.8 points of accuracy", "1,234 of rmse".
std::string amount(double x, bool share) {
  // Less than a tenth of a point is not rounded away.
  if (share && x != 0 && std::abs(x) < 1e-3) return fmt::format("{:.2g}", 100 * x);
  return share ? fmt::format("{:.1f}", 100 * x) : fmt::format("{:.4g}", x);
}

std::string p_text(double p) { return p < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", p); }

}  // namespace

std::optional<double> Comparison::difference() const {
  if (!a || !b) return std::nullopt;
  return *b - *a;
}

std::string Comparison::sentence(std::string_view name_a, std::string_view name_b) const {
  const auto apart = difference();
  if (!apart)
    return fmt::format("{} and {} cannot be compared in {}: {}.", name_a, name_b, name, note);
  // Told from the side of the model that is ahead: the amounts are then positive.
  const bool b_ahead = (*apart > 0) == larger_is_better;
  const double sign = *apart > 0 ? 1 : -1;
  const auto ahead = b_ahead ? name_b : name_a;
  const auto unit = share ? "points of " : "in ";
  std::string facts;
  if (interval) {
    const double ends[2] = {sign * interval->low, sign * interval->high};
    facts += fmt::format("; {:g} % interval {} to {}", 100 * interval->level,
                         amount(std::min(ends[0], ends[1]), share),
                         amount(std::max(ends[0], ends[1]), share));
  }
  if (p_value) facts += fmt::format("; {} ({})", p_text(*p_value), test);
  facts += fmt::format("; n = {}", with_commas(static_cast<long long>(rows)));
  if (!note.empty()) facts += fmt::format("; {}", note);
  if (*apart == 0) return fmt::format("{} and {} have the same {}{}.", name_a, name_b, name, facts);
  const double doubt = interval ? 1 - interval->level : 0.05;
  if (p_value && *p_value < doubt)
    return fmt::format("{} is better by {} {}{}{}.", ahead, amount(sign * *apart, share), unit,
                       name, facts);
  return fmt::format("No difference in {} can be told: {} is ahead by {}{}{}.", name, ahead,
                     amount(sign * *apart, share), share ? " points" : "", facts);
}

Comparison compare_accuracy(Labels truth, Labels a, Labels b, double confidence) {
  same_size(a.size(), truth.size(), "predicted classes of A", "compare_accuracy");
  same_size(b.size(), truth.size(), "predicted classes of B", "compare_accuracy");
  check_level(confidence, "compare_accuracy");
  Comparison result{.name = "accuracy", .rows = truth.size(), .test = "McNemar's exact test"};
  if (truth.empty()) {
    result.note = "there are no rows";
    return result;
  }
  std::size_t both = 0, only_a = 0, only_b = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool right_a = a[i] == truth[i], right_b = b[i] == truth[i];
    both += right_a && right_b, only_a += right_a && !right_b, only_b += right_b && !right_a;
  }
  const double n = static_cast<double>(truth.size());
  result.a = static_cast<double>(both + only_a) / n;
  result.b = static_cast<double>(both + only_b) / n;
  result.p_value = fair_coin_both_tails(only_b, only_a + only_b);
  const double apart = static_cast<double>(only_b) - static_cast<double>(only_a);
  const double unlike = static_cast<double>(only_a + only_b) + 1;
  const double center = apart / (n + 2);
  const double half =
      normal_quantile(0.5 + confidence / 2) * std::sqrt(unlike - apart * apart / (n + 2)) / (n + 2);
  result.interval =
      Interval{std::max(-1.0, center - half), std::min(1.0, center + half), confidence};
  return result;
}

Comparison compare_roc_auc(const Numbers& scores_a, const Numbers& scores_b, Labels positive,
                           double confidence) {
  check_level(confidence, "compare_roc_auc");
  const auto pair = delong(scores_a, scores_b, positive);
  Comparison result{.name = "roc_auc",
                    .a = pair.a,
                    .b = pair.b,
                    .rows = positive.size(),
                    .test = "DeLong's test",
                    .note = pair.note};
  const auto apart = result.difference();
  if (!apart) return result;
  const double variance = pair.variance_of_difference();
  // Equal orders leave a variance of rounding errors.
  if (!(variance > 1e-18)) {
    if (*apart == 0) result.p_value = 1;
    result.note = "the variance of the difference is 0";
    return result;
  }
  const double half = normal_quantile(0.5 + confidence / 2) * std::sqrt(variance);
  result.interval =
      Interval{std::max(-1.0, *apart - half), std::min(1.0, *apart + half), confidence};
  result.p_value = normal_both_tails(*apart / std::sqrt(variance));
  return result;
}

Comparison compare_metric(std::string name, bool larger_is_better, bool share, std::size_t rows,
                          const Statistic& a, const Statistic& b, const BootstrapOptions& options) {
  Comparison result{.name = std::move(name),
                    .larger_is_better = larger_is_better,
                    .share = share,
                    .rows = rows,
                    .test = "paired bootstrap"};
  const auto difference = [&](std::span<const double> weights) -> std::optional<double> {
    const auto of_a = a(weights), of_b = b(weights);
    if (!of_a || !of_b) return std::nullopt;
    return *of_b - *of_a;
  };
  const auto spread = bootstrap(rows, difference, options);
  result.interval = spread.interval, result.note = spread.note;
  if (rows == 0) return result;
  const std::vector<double> once(rows, 1);
  result.a = a(once), result.b = b(once);
  if (!spread.interval) {
    if (spread.value == 0.0 && !spread.replicates.empty()) result.p_value = 1;
    return result;
  }
  const auto& all = spread.replicates;
  const auto [first, last] = std::equal_range(all.begin(), all.end(), 0.0);
  const auto fewest = std::min(last - all.begin(), all.end() - first);
  result.p_value =
      std::min(1.0, 2 * static_cast<double>(fewest + 1) / static_cast<double>(all.size() + 1));
  return result;
}

namespace {

struct Differences {
  std::vector<double> values;  // b - a
  double mean = 0, standard_error = 0;
};

Differences differences(const Numbers& a, const Numbers& b) {
  Differences d;
  Sum sum, squares;
  for (std::size_t i = 0; i < a.size(); ++i) {
    d.values.push_back(b[i] - a[i]);
    sum.add(d.values.back());
  }
  const double n = static_cast<double>(a.size());
  d.mean = sum.value() / n;
  for (const double x : d.values) squares.add((x - d.mean) * (x - d.mean));
  d.standard_error = std::sqrt(squares.value() / (n - 1) / n);
  return d;
}

// Two-sided; nothing where no row differs.
std::optional<double> wilcoxon(const std::vector<double>& differences) {
  std::vector<std::pair<double, bool>> sizes;  // and whether above 0
  for (const double x : differences)
    if (x != 0) sizes.emplace_back(std::abs(x), x > 0);
  if (sizes.empty()) return std::nullopt;
  std::sort(sizes.begin(), sizes.end());
  const double n = static_cast<double>(sizes.size());
  double above = 0, ties = 0;
  for (std::size_t begin = 0; begin < sizes.size();) {
    std::size_t end = begin;
    while (end < sizes.size() && sizes[end].first == sizes[begin].first) ++end;
    for (std::size_t i = begin; i < end; ++i)
      if (sizes[i].second) above += static_cast<double>(begin + end + 1) / 2;
    const double size = static_cast<double>(end - begin);
    ties += size * (size * size - 1);
    begin = end;
  }
  if (ties == 0 && sizes.size() <= 50)
    return signed_ranks_both_tails(static_cast<std::size_t>(above), sizes.size());
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
  return normal_both_tails((above - n * (n + 1) / 4) / std::sqrt(variance));
}

void check_errors(const Numbers& errors, std::string_view which) {
  if (const auto why = non_finite(errors, 1, "errors"); !why.empty())
    fail("E-METRIC-07", "compare_errors: of {} {}", which, why);
}

}  // namespace

Comparison compare_errors(std::string name, const Numbers& errors_a, const Numbers& errors_b,
                          PairedTest test, double confidence) {
  same_size(errors_b.size(), errors_a.size(), "errors of B", "compare_errors");
  check_errors(errors_a, "A"), check_errors(errors_b, "B");
  check_level(confidence, "compare_errors");
  const bool by_rank = test == PairedTest::wilcoxon;
  Comparison result{.name = std::move(name),
                    .larger_is_better = false,
                    .share = false,
                    .rows = errors_a.size(),
                    .test = by_rank ? "Wilcoxon's signed-rank test" : "paired t-test"};
  if (result.rows == 0) {
    result.note = "there are no rows";
    return result;
  }
  Sum sum_a, sum_b;
  for (std::size_t i = 0; i < result.rows; ++i) sum_a.add(errors_a[i]), sum_b.add(errors_b[i]);
  const double n = static_cast<double>(result.rows);
  result.a = sum_a.value() / n, result.b = sum_b.value() / n;
  if (result.rows < 2) {
    result.note = "there is only one row";
    return result;
  }
  const auto d = differences(errors_a, errors_b);
  if (by_rank) result.p_value = wilcoxon(d.values);
  if (by_rank && !result.p_value) result.p_value = 1;
  if (d.standard_error == 0) {
    if (!by_rank && d.mean == 0) result.p_value = 1;
    result.note = "the difference is the same in every row";
    return result;
  }
  const double half = student_quantile(confidence, n - 1) * d.standard_error;
  result.interval = Interval{d.mean - half, d.mean + half, confidence};
  if (!by_rank) result.p_value = student_both_tails(d.mean / d.standard_error, n - 1);
  return result;
}

}  // namespace glia::metrics
