// Internal: which tables are streamed where nothing else is said.
#pragma once

#include <filesystem>

namespace glia::experiment {

// A CSV file of more than a quarter of the free memory: cells take about as much as their text,
// features again, and the system must breathe.
bool is_large(const std::filesystem::path& file);

}  // namespace glia::experiment
