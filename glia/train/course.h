// Internal: what the sequence of a training's updates depends on, in words, beside what a caller's
// own settings say.
#pragma once

#include "glia/train/trainer.h"

namespace glia::train {

// rows: of the training. Equal for equal options; numbers that options hide in functions, as those
// of an optimizer, stand as a digest of what the functions do.
Settings course(const FitOptions& options, const Objective& objective, std::int64_t rows);

}  // namespace glia::train
