// Internal: the scale on which a linear model of members' answers works.
#pragma once

#include "glia/nn/losses.h"

namespace glia::experiment {

inline constexpr double kLeastProbability = 1e-7;  // 0 has no logarithm

// Of classes each number is a yes or no of its own, or they are one of several.
inline bool one_of_several(const nn::Loss& loss) {
  return loss.target == nn::Loss::Target::indices || loss.target == nn::Loss::Target::one_hot;
}

// Log-odds of a yes, logarithms of one of several, values as they are.
double link(const nn::Loss& loss, double answer);

}  // namespace glia::experiment
