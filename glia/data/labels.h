// Internal: the order and the spelling of labels and categories.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace glia::data {

// The different texts in a stable order: by value where all are whole numbers, else by bytes.
std::vector<std::string> in_order(const std::vector<std::string_view>& texts);

// The place of each text; the keys are views into `ordered`.
std::unordered_map<std::string_view, std::int64_t> places(const std::vector<std::string>& ordered);

// Spaces, and then any of `characters`, taken off both ends.
std::string_view strip(std::string_view text, std::string_view characters);

}  // namespace glia::data
