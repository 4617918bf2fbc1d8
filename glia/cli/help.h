// Internal: how the command speaks of itself.
#pragma once

#include <string>

#include "glia/cli/command.h"
#include "glia/report/style.h"

namespace glia::cli {

std::string version();                             // "glia 0.1.0"
std::string welcome(const report::Style& style);   // of `glia` alone
std::string overview(const report::Style& style);  // of `glia --help`
void declare(CLI::App& app, Context& context);     // all commands
}  // namespace glia::cli
