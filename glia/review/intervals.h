// Internal: where the intervals of metrics are from, and how many of them miss.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "glia/metrics/metric.h"

namespace glia::review {

// "95 % intervals: of shares Wilson's, of the ROC-AUC DeLong's": of those that are there; "" where
// none is. replicates: of the bootstrap, by which the others are made.
std::string interval_sources(const std::vector<metrics::Metric>& metrics, std::size_t replicates);

// " Of 40 slices about 2 would lie apart by chance alone.": how many of so many 95 % intervals miss
// the value that they are of; "" below twenty, of which it is less than one.
std::string chance_text(std::size_t count, std::string_view what);

}  // namespace glia::review
