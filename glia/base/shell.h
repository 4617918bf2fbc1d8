// Words and commands as a shell takes them.
#pragma once

#include <string>
#include <vector>

namespace glia {

// A word as a shell takes it, quoted where it must be; and a command line of such words.
std::string shell_word(const std::string& word);
std::string shell_line(const std::vector<std::string>& words);

}  // namespace glia
