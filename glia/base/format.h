// Internal: formatting through fmt. Include it from sources only, never from a public header.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "glia/base/error.h"

namespace glia {

// Throws Error(code, message made with fmt).
template <class... Args>
[[noreturn]] void fail(std::string_view code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace glia
