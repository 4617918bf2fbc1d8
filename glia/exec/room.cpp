#include "glia/exec/room.h"

#include "glia/base/memory.h"

namespace glia {

std::optional<double> lacking_room(double bytes) {
  constexpr double kSmall = 64 << 20;
  if (bytes <= kSmall) return {};
  const auto available = available_memory();
  if (!available || static_cast<double>(*available) >= bytes) return {};
  return static_cast<double>(*available);
}

}  // namespace glia
