// Internal: what is wrong with JSON, in words for a person.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace glia {

// "it is no JSON from byte 17 on", "key 'kind' not found": the parser's own text holds pieces of
// the file and numbers of its own.
std::string json_problem(const nlohmann::json::exception& error);

}  // namespace glia
