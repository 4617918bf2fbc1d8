// Internal: why a loss or a gradient was not finite.
#pragma once

#include <optional>
#include <string>

#include "glia/data/dataset.h"
#include "glia/exec/session.h"
#include "glia/exec/store.h"

namespace glia::train {

struct Reason {
  std::string what, remedy;  // "because ...", and a sentence
};
// found: by the step again, op by op.
Reason reason_of(const data::Batch& batch, const std::optional<NonFinite>& found);

// The first parameter or statistic that is not finite; empty where all are.
std::string bad_variable(const Store& store);

}  // namespace glia::train
