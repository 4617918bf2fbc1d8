#include "glia/runs/run.h"

#include <array>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::runs {
namespace {

constexpr std::array<std::string_view, 5> kStates{"running", "stopped", "interrupted", "failed",
                                                  "finished"};

}  // namespace

std::string_view name_of(State state) { return kStates[static_cast<std::size_t>(state)]; }

std::vector<std::string> state_names() { return {kStates.begin(), kStates.end()}; }

State state_from(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == name) return static_cast<State>(i);
  fail("E-RUN-18", "a run is in no state '{}'{}", shown(name), suggest(name, state_names()));
}

std::optional<double> Run::find(std::string_view wanted) const {
  for (const auto& [key, value] : metrics)
    if (key == wanted) return value;
  if (wanted == "epochs") return static_cast<double>(epochs);
  if (wanted == "id") return static_cast<double>(id);
  if (wanted == "seconds") return seconds;
  return std::nullopt;
}

}  // namespace glia::runs
