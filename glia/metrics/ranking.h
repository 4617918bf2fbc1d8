// Metrics of search results and recommendations: for each query, how high the relevant rows stand.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// scores, relevance, queries: [N]; a query is the rows that share its number, in any places. k: how
// many of a query's rows are looked at, from the highest score; 0 means all. Relevance is a grade
// >= 0 for ndcg, and relevant or not (> 0) for the others. Each metric is the mean over queries;
// those without a relevant row have no value, are left out, and the note counts them.
//
// Among equal scores every order is as good as any other, so a query's value is the mean over all
// of them, exactly (McSherry and Najork, "Computing information retrieval performance measures
// efficiently in the presence of tied scores", ECIR 2008): a model that scores all rows alike
// cannot profit from the order in which they were given.
//
// Undefined where a score is not finite. Errors E-METRIC-02, E-METRIC-06 (a relevance that is
// negative or not finite). O(N log N). Names: "ndcg", or with a k "ndcg_at_10".

// Gain sum of relevance / log2(place + 1) over the best possible one (Jarvelin and Kekalainen
// 2002), with the relevance itself as gain. As scikit-learn's ndcg_score.
Metric ndcg(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k = 0);

// 1 / place of the first relevant row; 0 where none is among the k. Mean reciprocal rank.
Metric mrr(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k = 0);

// Average precision: the sum over relevant rows among the k of the share of relevant ones up to
// them, over min(k, relevant rows). Mean average precision.
Metric mean_average_precision(const Numbers& scores, const Numbers& relevance, Labels queries,
                              std::size_t k = 0);

// Share of a query's relevant rows that are among the k; share of queries with at least one.
Metric recall_at_k(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k);
Metric hit_rate(const Numbers& scores, const Numbers& relevance, Labels queries, std::size_t k);

}  // namespace glia::metrics
