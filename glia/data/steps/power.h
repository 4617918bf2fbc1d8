// Internal: powers that make values look normal.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace glia::data {

// Box & Cox, "An analysis of transformations", 1964: (x^lambda - 1) / lambda, log x for 0; x > 0,
// NaN otherwise. Yeo & Johnson, "A new family of power transformations", 2000: the same of x + 1
// where x >= 0, and its mirror image with 2 - lambda below.
double box_cox(double x, double lambda);
double yeo_johnson(double x, double lambda);

// The lambda of the largest likelihood for values (and how often each came), by Brent's method
// within bounds where nothing overflows; 1 where all values are equal. Box & Cox: all above 0.
double fit_box_cox(std::span<const std::pair<double, std::int64_t>> points);
double fit_yeo_johnson(std::span<const std::pair<double, std::int64_t>> points);

}  // namespace glia::data
