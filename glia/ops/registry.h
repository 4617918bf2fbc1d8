// The list of all ops.
#pragma once

#include <string_view>
#include <vector>

#include "glia/ir/op.h"

namespace glia {

const std::vector<const OpDef*>& registry();
const OpDef* find_op(std::string_view name);  // null where there is none

}  // namespace glia
