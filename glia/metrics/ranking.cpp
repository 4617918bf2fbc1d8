#include "glia/metrics/ranking.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

// Rows of equal score, at the places first .. first + size - 1, counted from 0.
struct Tie {
  std::size_t first = 0, size = 0, relevant = 0;
  double gain = 0;  // sum of relevance
};

struct Query {
  std::vector<Tie> ties;               // by falling score
  std::vector<double> gains;           // relevances, falling: the best order
  std::size_t relevant = 0, look = 0;  // look: places that are looked at

  std::size_t seen(const Tie& tie) const {  // how many of its places
    return tie.first >= look ? 0 : std::min(tie.size, look - tie.first);
  }
};

std::vector<Query> read(const Numbers& scores, const Numbers& relevance, Labels queries,
                        std::size_t k) {
  std::vector<std::size_t> order(queries.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return queries[a] != queries[b] ? queries[a] < queries[b]
           : scores[a] != scores[b] ? scores[a] > scores[b]
                                    : a < b;
  });
  std::vector<Query> all;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t row = order[i];
    if (i == 0 || queries[row] != queries[order[i - 1]]) all.emplace_back();
    Query& query = all.back();
    if (query.ties.empty() || scores[row] != scores[order[i - 1]])
      query.ties.push_back({.first = query.gains.size()});
    Tie& tie = query.ties.back();
    const bool relevant = relevance[row] > 0;
    ++tie.size, tie.relevant += relevant, tie.gain += relevance[row];
    query.relevant += relevant, query.gains.push_back(relevance[row]);
  }
  for (Query& query : all) {
    std::sort(query.gains.begin(), query.gains.end(), std::greater<>());
    query.look = k == 0 ? query.gains.size() : std::min(k, query.gains.size());
  }
  return all;
}

template <class OfQuery>
Metric over_queries(std::string name, const Numbers& scores, const Numbers& relevance,
                    Labels queries, std::size_t k, OfQuery of_query) {
  same_size(scores.size(), queries.size(), "scores", name);
  same_size(relevance.size(), queries.size(), "relevances", name);
  for (std::size_t i = 0; i < relevance.size(); ++i)
    if (!(relevance[i] >= 0) || std::isinf(relevance[i]))
      fail("E-METRIC-06", "{}: the relevance of row {} is {}; expected a finite number >= 0", name,
           i, relevance[i]);
  if (k > 0) name += fmt::format("_at_{}", k);
  if (queries.empty()) return undefined(std::move(name), "there are no rows");
  if (const auto why = non_finite(scores, 1, "scores"); !why.empty())
    return undefined(std::move(name), why);
  const auto all = read(scores, relevance, queries, k);
  Sum sum;
  std::size_t used = 0;
  for (const Query& query : all)
    if (query.relevant > 0) sum.add(of_query(query)), ++used;
  if (used == 0) return undefined(std::move(name), "no query has a relevant row");
  auto result = defined(std::move(name), sum.value() / static_cast<double>(used));
  if (used < all.size())
    result.note =
        fmt::format("over {} of {} queries: the others have no relevant row", used, all.size());
  return result;
}

double discount(std::size_t place) { return 1 / std::log2(static_cast<double>(place) + 2); }

double ndcg_of(const Query& query) {
  Sum got, best;
  for (const Tie& tie : query.ties) {
    Sum discounts;
    for (std::size_t i = 0; i < query.seen(tie); ++i) discounts.add(discount(tie.first + i));
    got.add(tie.gain / static_cast<double>(tie.size) * discounts.value());
  }
  for (std::size_t i = 0; i < query.look; ++i) best.add(query.gains[i] * discount(i));
  return got.value() / best.value();
}

// The first tie that has a relevant row holds the first one. `none_before`: the chance that none is
// on the tie's places up to here, a product of draws without putting back.
double reciprocal_rank(const Query& query) {
  for (const Tie& tie : query.ties) {
    if (tie.relevant == 0) continue;
    Sum expected;
    double none_before = 1;
    for (std::size_t i = 0; i < query.seen(tie) && none_before > 0; ++i) {
      const double here = static_cast<double>(tie.relevant) / static_cast<double>(tie.size - i);
      expected.add(none_before * here / static_cast<double>(tie.first + i + 1));
      none_before *= 1 - here;
    }
    return expected.value();
  }
  return 0;
}

double precision_of(const Query& query) {
  Sum sum;
  double before = 0;  // relevant rows above the tie
  for (const Tie& tie : query.ties) {
    const double relevant = static_cast<double>(tie.relevant), size = static_cast<double>(tie.size);
    for (std::size_t i = 0; i < query.seen(tie) && tie.relevant > 0; ++i) {
      // Given a relevant row here, the tie's other relevant ones are spread over its other places.
      const double above = tie.size > 1 ? (relevant - 1) * static_cast<double>(i) / (size - 1) : 0;
      sum.add(relevant / size * (before + above + 1) / static_cast<double>(tie.first + i + 1));
    }
    before += relevant;
  }
  return sum.value() / static_cast<double>(std::min(query.look, query.relevant));
}

double recall_of(const Query& query) {
  Sum found;
  for (const Tie& tie : query.ties)
    found.add(static_cast<double>(tie.relevant * query.seen(tie)) / static_cast<double>(tie.size));
  return found.value() / static_cast<double>(query.relevant);
}

double hit_of(const Query& query) {
  double none = 1;
  for (const Tie& tie : query.ties)
    for (std::size_t i = 0; i < query.seen(tie); ++i)
      none *=
          std::max(0.0, 1 - static_cast<double>(tie.relevant) / static_cast<double>(tie.size - i));
  return 1 - none;
}

void check_k(std::size_t k, std::string_view where) {
  if (k == 0) fail("E-METRIC-06", "{}: got k = 0; expected at least 1", where);
}

}  // namespace

Metric ndcg(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k) {
  return over_queries("ndcg", scores, relevance, queries, k, ndcg_of);
}

Metric mrr(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k) {
  return over_queries("mrr", scores, relevance, queries, k, reciprocal_rank);
}

Metric mean_average_precision(const Numbers& scores, const Numbers& relevance, Labels queries,
                              std::size_t k) {
  return over_queries("map", scores, relevance, queries, k, precision_of);
}

Metric recall_at_k(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k) {
  check_k(k, "recall_at_k");
  return over_queries("recall", scores, relevance, queries, k, recall_of);
}

Metric hit_rate(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k) {
  check_k(k, "hit_rate");
  return over_queries("hit_rate", scores, relevance, queries, k, hit_of);
}

}  // namespace glia::metrics
