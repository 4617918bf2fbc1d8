// Internal: JSON that others wrote.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace glia::runs {

// Discarded where it is no JSON, or nested so deeply that walking through it would take the stack
// with it.
inline nlohmann::json parse_json(std::string_view text) {
  using nlohmann::json;
  constexpr int kDeepest = 64;
  bool deep = false;
  auto value = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        deep |= depth > kDeepest;
        return depth <= kDeepest;
      },
      false);
  return deep ? json(json::value_t::discarded) : value;
}

}  // namespace glia::runs
