// Internal: names of Keras and PyTorch that have another here, for advice in messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glia::experiment {

// As suggest() of glia/base/text.h, but a name of another library gives ours, where that is among
// the candidates: "; did you mean 'dense'?" for Linear.
std::string suggest_ours(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace glia::experiment
