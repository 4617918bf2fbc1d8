// Internal: the regression of the iterative imputer.
#pragma once

#include <span>
#include <vector>

namespace glia::data {

struct RidgeModel {
  std::vector<double> coefficients;
  double intercept = 0;
};

// Bayesian ridge regression: MacKay, "Bayesian interpolation", 1992, with the starting values, the
// priors (1e-6) and the end (300 rounds, or coefficients that change by less than 1e-3 in all) of
// scikit-learn's BayesianRidge. x: [N, features] row by row, y: [N]; N > 0.
RidgeModel fit_bayesian_ridge(std::span<const double> x, std::span<const double> y);

}  // namespace glia::data
