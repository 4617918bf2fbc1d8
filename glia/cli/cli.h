// The command line as a whole.
#pragma once

#include <string>
#include <vector>

namespace glia::cli {

// Runs `glia` with these arguments (without the program's name) and gives the exit code.
int run(std::vector<std::string> arguments);

}  // namespace glia::cli
