// Rows of a table that nothing can be made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "glia/data/table.h"
#include "glia/data/target.h"

namespace glia::data {

// What OnError::skip leaves out where cells are given a meaning: rows with text in one of the
// columns `numbers`, or in the target of a regression, and rows without a target. Returns the
// others; what is left out is added to `skipped`, with file and line. Whether a row is left out
// depends on that row alone. Errors E-DATA-10, -33.
std::vector<std::int64_t> usable_rows(const Table& table, Rows rows,
                                      const std::vector<std::string>& numbers,
                                      const std::vector<TargetOptions>& targets,
                                      SkippedRecords& skipped);

}  // namespace glia::data
