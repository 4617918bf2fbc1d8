// Internal: the distributions that tests and intervals ask for; normal_quantile is in interval.h.
#pragma once

#include <cstddef>

namespace glia::metrics {

// P(Z <= z) of a standard normal Z, and P(|Z| >= |z|).
double normal_below(double z);
double normal_both_tails(double z);

// P(|T| >= |t|) of Student's T with `freedom` > 0 degrees, to about 1e-14 of the result.
double student_both_tails(double t, double freedom);
// The t with P(|T| <= t) = level.
double student_quantile(double level, double freedom);

// P of so few heads, or so many, or more extreme ones, in n throws of a fair coin.
double fair_coin_both_tails(std::size_t heads, std::size_t n);

// P of a sum of signed ranks 1 .. n at least as far from its mean; n <= 50, where every count of
// orders is exact in f64.
double signed_ranks_both_tails(std::size_t rank_sum, std::size_t n);

}  // namespace glia::metrics
