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

// The code alone. `said`: gets the message where something is thrown.
template <class F>
std::string code_of(F f, std::string* said = nullptr) {
  const Thrown error = thrown(f);
  if (said && !error.message.empty()) *said = error.message;
  return error.code;
}

}  // namespace glia::testing
