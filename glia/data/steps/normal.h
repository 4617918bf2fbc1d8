// Internal: the normal distribution.
#pragma once

namespace glia::data {

// The x below which a standard normal deviate lies with probability p, to about 1e-15; infinite at
// 0 and 1. A rational approximation (P. J. Acklam, 2003) and two steps of Halley's method.
double normal_quantile(double p);

}  // namespace glia::data
