#include "glia/base/error.h"

namespace glia {

Error::Error(std::string_view code, std::string_view message)
    : std::runtime_error(std::string(message) + " [" + std::string(code) + "]"), code_(code) {}

}  // namespace glia
