// Internal: the two kinds of reports.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "glia/review/review.h"
#include "glia/review/stored_run.h"

namespace glia::review {

// Each fills `json` with what it says in figures.
report::Document run_page(const StoredRun& run, const Options& options,
                          nlohmann::ordered_json& json);
report::Document runs_page(const std::vector<StoredRun>& runs, const Options& options,
                           nlohmann::ordered_json& json);

// A run's figures as JSON: what result.json and metrics.jsonl say, best and last values.
nlohmann::ordered_json to_json(const StoredRun& run);

}  // namespace glia::review
