// Two models on the same rows: how much better one is, and whether that may be chance.
#pragma once

#include "glia/metrics/bootstrap.h"

namespace glia::metrics {

struct Comparison {
  std::string name;  // of the metric
  bool larger_is_better = true;
  bool share = true;                 // 0 .. 1, told in points of a hundred
  std::optional<double> a, b;        // the two values
  std::optional<Interval> interval;  // of b - a
  std::optional<double> p_value;     // of no difference, two-sided
  std::size_t rows = 0;
  std::string test;  // "McNemar's exact test"
  std::string note;  // why something is missing

  std::optional<double> difference() const;  // b - a

  // "B is better by 0.8 points of accuracy; 95 % interval 0.2 to 1.4; p = 0.010 (McNemar's exact
  // test); n = 2,000." Where the test does not tell the two apart at the interval's level (or 5 %):
  // "No difference in accuracy can be told: B is ahead by 0.1 points; ...".
  std::string sentence(std::string_view name_a = "A", std::string_view name_b = "B") const;
};

// Accuracy. truth, a, b: [N] class numbers. McNemar's test on the rows where only one is right,
// exact (binomial), and the interval of Agresti and Min (2005), Wald's with half a row more in each
// of the four cells. Error E-METRIC-02.
Comparison compare_accuracy(Labels truth, Labels a, Labels b, double confidence = 0.95);

// ROC-AUC. scores: [N]; positive: [N], nonzero for rows of the positive class. DeLong's test for
// correlated areas. Errors E-METRIC-02, E-METRIC-06.
Comparison compare_roc_auc(const Numbers& scores_a, const Numbers& scores_b, Labels positive,
                           double confidence = 0.95);

// Any metric, by its name and the two models' values under the same weights: rows are drawn in
// pairs. The p-value is that of the percentile interval: twice the smaller share of replicates on
// one side of 0, one replicate added to each. Errors as for bootstrap.
Comparison compare_metric(std::string name, bool larger_is_better, bool share, std::size_t rows,
                          const Statistic& a, const Statistic& b,
                          const BootstrapOptions& options = {});

// Mean errors of rows: errors_a, errors_b: [N], for example absolute ones; smaller is better.
//   paired_t  Student's t on the differences, with its interval
//   wilcoxon  the signed-rank test, which outliers do not carry away; rows without a difference are
//             left out; exact up to 50 rows without equal ranks, else by the normal distribution
//             with the correction for them. The interval is that of the mean difference (paired t).
// Errors E-METRIC-02, E-METRIC-06, E-METRIC-07 (an error that is not finite).
enum class PairedTest : std::uint8_t { paired_t, wilcoxon };
Comparison compare_errors(std::string name, const Numbers& errors_a, const Numbers& errors_b,
                          PairedTest test = PairedTest::paired_t, double confidence = 0.95);

}  // namespace glia::metrics
