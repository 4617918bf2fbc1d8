// Internal: what fitting and applying have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "glia/data/preprocess.h"

namespace glia::data {

struct DropColumn {
  std::string name;
  std::vector<DropOutside> bounds;
};

// The rows whose values lie within all bounds; a missing value does.
std::vector<std::int64_t> rows_within(const Table& table, Rows rows,
                                      const std::vector<DropColumn>& columns,
                                      TransformReport* report);

}  // namespace glia::data
