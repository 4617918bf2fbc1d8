// Internal: fitted columns as JSON, and back. Doubles are written with the shortest digits that
// read back to the same bits; what is read is checked as if an enemy had written it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "glia/data/steps/fitted.h"

namespace glia::data {

[[noreturn]] void bad(const std::string& what);  // E-DATA-30

// Values under a key; E-DATA-30 where they are something else.
double finite(const nlohmann::json& from, const char* key);
std::int64_t count(const nlohmann::json& from, const char* key);  // not negative
double scale(const nlohmann::json& from, const char* key);        // above 0
std::vector<std::string> texts(const nlohmann::json& from, const char* key, bool different);

nlohmann::json write(const FittedColumn& column);
FittedColumn read_fitted(const nlohmann::json& from);
nlohmann::json write(const Imputer& imputer);
Imputer read_imputer(const nlohmann::json& from);

// Each member of each imputer must be one column.
void check_imputers(const std::vector<FittedColumn>& columns, const std::vector<Imputer>& imputers);

}  // namespace glia::data
