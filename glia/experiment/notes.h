// Internal: what is told of data. A note that warns begins with "warning: " and a code of
// docs/doctor.md, by which `train: {allow: [CODE]}` waives it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glia::experiment {

class DataPlan;
struct Prepared;
struct SplitPlan;

std::string warning(std::string_view code, std::string_view text);
// Removes warnings of these codes. What is left out (D-62) stays told by its count.
void waive(std::vector<std::string>& notes, const std::vector<std::string>& codes);

// D-60. `what`: "test rows". Equal ones may be chance, so they are told and not refused.
void note_equal_rows(std::string_view what, std::int64_t count, std::vector<std::string>& notes);
// D-61: columns of one value, by their names.
void note_constants(std::vector<std::string> columns, std::vector<std::string>& notes);
// D-62. `what`: "2 rows are left out"; `first`: why, of the first of `count`; each is a line.
void note_left_out(std::string_view what, std::int64_t count, std::span<const std::string> first,
                   std::vector<std::string>& notes);
// D-63: how many rows the parts have, where it is odd.
void note_parts(const SplitPlan& plan, Prepared& prepared);

}  // namespace glia::experiment
