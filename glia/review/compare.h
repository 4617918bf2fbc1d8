// Internal: two runs on the same rows.
#pragma once

#include "glia/metrics/compare.h"
#include "glia/review/answers.h"

namespace glia::review {

// Of runs that were judged by the same rows: accuracy and ROC-AUC, or errors. Empty, with the
// reason in `why`, where they were not.
std::vector<metrics::Comparison> compared(const StoredRun& a, const StoredRun& b, std::string& why);

}  // namespace glia::review
