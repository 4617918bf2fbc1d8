// Temperature scaling: one number that makes a network's probabilities as sure as they are right.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

struct Temperature {
  double value = 1;        // probabilities are softmax(logits / value); above 1: less sure
  double loss_before = 0;  // mean -log p(true class) in nats, with temperature 1
  double loss_after = 0;   // never larger than loss_before
  std::string note;        // where it could not be found, and 1 or a bound was taken
};

// The temperature with the smallest mean -log p(true class), to be fitted on validation rows, never
// on those of training or test (Guo et al., "On calibration of modern neural networks", 2017). It
// changes no decision. logits: [N, k], or [N] of class 1 of two; truth: [N]; weights: [N] or empty.
// The loss is convex in 1 / temperature, so its one minimum is found to machine precision, by
// Newton's method within a bracket, in f64. Bounds are 0.001 and 1000: where the rows are separated
// without error the best temperature is 0, where the logits are worse than none it is infinite.
// Without rows, or with a logit that is not finite, the value is 1 and the note says why. Errors
// E-METRIC-02, E-METRIC-03, E-METRIC-04.
Temperature fit_temperature(const Numbers& logits, Labels truth,
                            std::span<const double> weights = {});

// softmax(logits / temperature) by rows of `columns` numbers, or sigmoid where columns is 1.
// Error E-METRIC-06 where the temperature is not above 0, E-METRIC-02 where the columns do not fit.
std::vector<double> scaled_probabilities(const Numbers& logits, std::size_t columns,
                                         double temperature);

// Logits of probabilities that a model with softmax (or sigmoid, columns 1) gave: log p, or
// log p - log(1 - p). Probabilities are held within epsilon of their type from 0 and 1.
std::vector<double> logits_of(const Numbers& probabilities, std::size_t columns);

}  // namespace glia::metrics
