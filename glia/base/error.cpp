#include "glia/base/error.h"

#include "glia/base/text.h"

namespace glia {

Error::Error(std::string_view code, std::string_view message)
    : std::runtime_error(escaped(message) + " [" + std::string(code) + "]"), code_(code) {}

}  // namespace glia
