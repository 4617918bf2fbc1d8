#include "glia/ops/registry.h"

#include "glia/ops/ctc.h"
#include "glia/ops/ops.h"
#include "glia/ops/recurrent.h"

namespace glia {

const std::vector<const OpDef*>& registry() {
  static const std::vector<const OpDef*> ops{
#define OP(name) &name##_def,
#include "glia/ops/ops.def"
#undef OP
  };
  return ops;
}

const OpDef* find_op(std::string_view name) {
  for (const OpDef* op : registry())
    if (op->name == name) return op;
  return nullptr;
}

}  // namespace glia
