#include "glia/metrics/delong.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/auc.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"

namespace glia::metrics {
namespace {

struct Rows {
  std::vector<std::size_t> positive, negative;
};

Rows rows_of(Labels positive) {
  Rows rows;
  for (std::size_t i = 0; i < positive.size(); ++i)
    (positive[i] != 0 ? rows.positive : rows.negative).push_back(i);
  return rows;
}

// The rank of each value from 1, equal ones sharing their mean.
std::vector<double> midranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i)
      ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
    begin = end;
  }
  return ranks;
}

// For each row the share of rows of the other kind that it stands right of: the structural
// components, of positive rows and of negative ones.
struct Components {
  std::vector<double> positive, negative;
  double auc = 0;
};

std::vector<double> at(const Numbers& scores, const std::vector<std::size_t>& rows) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const std::size_t row : rows) values.push_back(scores[row]);
  return values;
}

Components components(const Numbers& scores, const Rows& rows) {
  auto values = at(scores, rows.positive);
  const auto own_positive = midranks(values);
  const auto negatives = at(scores, rows.negative);
  const auto own_negative = midranks(negatives);
  values.insert(values.end(), negatives.begin(), negatives.end());
  const auto all = midranks(values);
  const std::size_t m = own_positive.size(), n = own_negative.size();
  Components c;
  Sum sum;
  for (std::size_t i = 0; i < m; ++i) {
    c.positive.push_back((all[i] - own_positive[i]) / static_cast<double>(n));
    sum.add(c.positive.back());
  }
  for (std::size_t j = 0; j < n; ++j)
    c.negative.push_back(1 - (all[m + j] - own_negative[j]) / static_cast<double>(m));
  c.auc = sum.value() / static_cast<double>(m);
  return c;
}

double covariance(const std::vector<double>& x, const std::vector<double>& y) {
  const double n = static_cast<double>(x.size());
  Sum sum_x, sum_y, products;
  for (std::size_t i = 0; i < x.size(); ++i) sum_x.add(x[i]), sum_y.add(y[i]);
  for (std::size_t i = 0; i < x.size(); ++i)
    products.add((x[i] - sum_x.value() / n) * (y[i] - sum_y.value() / n));
  return products.value() / (n - 1);
}

double covariance(const Components& a, const Components& b) {
  return covariance(a.positive, b.positive) / static_cast<double>(a.positive.size()) +
         covariance(a.negative, b.negative) / static_cast<double>(a.negative.size());
}

std::string why_not(const Numbers& scores, const Rows& rows) {
  for (const auto& [side, name] :
       {std::pair{&rows.positive, "positive"}, {&rows.negative, "negative"}})
    if (side->size() < 2)
      return fmt::format("there {} of the {} class",
                         side->empty() ? "is no row" : "is only one row", name);
  return non_finite(scores, 1, "scores");
}

}  // namespace

AucPair delong(const Numbers& scores_a, const Numbers& scores_b, Labels positive) {
  same_size(scores_a.size(), positive.size(), "scores", "delong");
  same_size(scores_b.size(), positive.size(), "scores", "delong");
  const auto rows = rows_of(positive);
  AucPair pair;
  for (const auto* scores : {&scores_a, &scores_b})
    if (auto why = why_not(*scores, rows); !why.empty()) {
      pair.note = fmt::format("undefined, because {}", why);
      return pair;
    }
  const auto a = components(scores_a, rows), b = components(scores_b, rows);
  pair.a = a.auc, pair.b = b.auc;
  pair.variance_a = covariance(a, a), pair.variance_b = covariance(b, b);
  pair.covariance = covariance(a, b);
  return pair;
}

AucVariance delong(const Numbers& scores, Labels positive) {
  same_size(scores.size(), positive.size(), "scores", "delong");
  const auto rows = rows_of(positive);
  if (const auto why = why_not(scores, rows); !why.empty())
    return {std::nullopt, 0, fmt::format("undefined, because {}", why)};
  const auto c = components(scores, rows);
  return {c.auc, covariance(c, c), ""};
}

Metric roc_auc_with_interval(const Numbers& scores, Labels positive, double level) {
  check_level(level, "roc_auc");
  auto result = roc_auc(scores, positive);
  const auto spread = delong(scores, positive);
  if (!result.value || !spread.auc || spread.variance <= 0) return result;
  const double half = normal_quantile(0.5 + level / 2) * std::sqrt(spread.variance);
  result.interval =
      Interval{std::max(0.0, *result.value - half), std::min(1.0, *result.value + half), level};
  return result;
}

}  // namespace glia::metrics
