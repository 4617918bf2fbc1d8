// The one exception of the library.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace glia {

// A mistake that a user can mend. what() says where, what was found, what was expected and what to
// try, and ends with the code in brackets: "... [E-SHAPE-03]". docs/errors.md explains every code.
// A message is text for a terminal: control characters in it are escaped, so that none cuts it
// short (a zero byte) or redraws the screen. Broken invariants of the library itself are not
// Errors: they are assertions.
class Error : public std::runtime_error {
 public:
  Error(std::string_view code, std::string_view message);
  const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

}  // namespace glia
