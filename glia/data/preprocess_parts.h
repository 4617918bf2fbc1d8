// Internal: what fitting and applying have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "glia/data/preprocess.h"

namespace glia::data {

// Steps one after the other. Error E-DATA-102.
void apply_steps(const Table& table, Rows rows, const std::string& column,
                 std::span<const NumericStep> steps, std::vector<double>& values);

// The place of the step of several columns, or the end.
std::size_t together_at(const FittedNumber& number);

struct DropColumn {
  std::string name;
  std::vector<DropOutside> bounds;
};

// The rows whose values lie within all bounds; a missing value does.
std::vector<std::int64_t> rows_within(const Table& table, Rows rows,
                                      const std::vector<DropColumn>& columns,
                                      TransformReport* report);

}  // namespace glia::data
