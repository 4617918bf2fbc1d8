// Internal: what predictions look like, as plots and tables.
#pragma once

#include "glia/report/document.h"
#include "glia/review/answers.h"

namespace glia::review {

constexpr std::size_t kMostPoints = 300;  // of a line
// Some places of `count`, at equal distances.
std::vector<std::size_t> spread(std::size_t count, std::size_t most);

// Value by value over the epochs; of several runs one line for each run.
std::vector<report::Plot> learning_curves(const std::vector<const StoredRun*>& runs);

// Confusion, curves and their areas, calibration; or predictions against truth and their errors.
std::vector<report::Block> pictures_of(const Answers& answers);
std::vector<report::Block> pictures_of_numbers(const Answers& answers);
// The plots among them.
std::vector<report::Plot> plots_of(const Answers& answers);

}  // namespace glia::review
