// Internal: results as JSON. The words are those of the run's files.
#pragma once

#include <nlohmann/json.hpp>

#include "glia/cli/terminal.h"
#include "glia/experiment/run.h"
#include "glia/report/plot.h"
#include "glia/review/slice_by.h"

namespace glia::cli {

using Json = nlohmann::ordered_json;

Json number(double value);  // null where it is not finite
Json to_json(const experiment::Assessment& assessment);
Json to_json(const train::History& history);
Json to_json(const data::TransformReport& report);
Json to_json(const InstructionTime& time);
Json to_json(const review::Slices& slices);
Json to_json(const report::Plot& plot);

// One line, or indented for a person at a terminal. Invalid UTF-8 out of files is replaced.
void print_json(Terminal& terminal, const Json& json);

}  // namespace glia::cli
