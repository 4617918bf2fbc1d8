// Internal: what the codes of errors and findings mean.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace glia::cli {

std::string_view explanations();  // docs/errors.d and docs/doctor.md, put in by the build

// "E-DATA-03" or "D-24" -> the sentences on it.
std::map<std::string, std::string> explained_codes();

}  // namespace glia::cli
