// Internal: two runs on the same rows.
#pragma once

#include "glia/metrics/compare.h"
#include "glia/review/answers.h"

namespace glia::review {

// Of runs that were judged by the same rows: accuracy and ROC-AUC, or errors. Empty, with the
// reason in `why`, where they were not.
std::vector<metrics::Comparison> compared(const StoredRun& a, const StoredRun& b, std::string& why);

// The same in one metric by its name, of each output: accuracy and ROC-AUC as above, any other by a
// paired bootstrap of the difference. E-METRIC-15 where they were not judged by the same rows,
// E-METRIC-01 an unknown metric or one of another task.
std::vector<metrics::Comparison> compared_in(const StoredRun& a, const StoredRun& b,
                                             const std::string& metric, std::size_t replicates);

}  // namespace glia::review
