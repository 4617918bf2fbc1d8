// Internal: whether memory suffices, asked before it is taken.
#pragma once

#include <optional>

namespace glia {

// The bytes that are available, where they are fewer than these. Small needs are not asked for:
// reading what the system says costs more than it tells.
std::optional<double> lacking_room(double bytes);

}  // namespace glia
