// What a call throws, as something to compare.
#pragma once

#include <string>
#include <string_view>

#include "glia/base/error.h"

namespace glia::testing {

// The code and message of what a call throws.
struct Thrown {
  std::string code = "nothing", message;
  bool says(std::string_view part) const { return message.find(part) != std::string::npos; }
};
template <class F>
Thrown thrown(F f) {
  try {
    f();
  } catch (const Error& e) {
    return {e.code(), e.what()};
  }
  return {};
}

}  // namespace glia::testing
