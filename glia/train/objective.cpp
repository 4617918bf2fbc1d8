#include "glia/train/objective.h"

#include <cmath>

#include "glia/base/format.h"

namespace glia::train {

std::string Output::port(std::string_view word) const {
  return name.empty() ? std::string(word) : fmt::format("{}:{}", word, name);
}

std::string Output::value(std::string_view word) const {
  return name.empty() ? std::string(word) : fmt::format("{}_{}", name, word);
}

Objective::Objective(std::vector<Output> list) : outputs(std::move(list)) {
  if (outputs.empty()) fail("E-TRAIN-07", "[fit] there is no output, and so no loss");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& output = outputs[i];
    if (output.name.empty() && outputs.size() > 1)
      fail("E-TRAIN-07", "[fit] output {} of {} has no name; give each one of its own", i,
           outputs.size());
    if (!(output.weight >= 0) || !std::isfinite(output.weight))
      fail("E-TRAIN-07", "[fit] the loss of output '{}' has weight {}, expected at least 0",
           output.name, output.weight);
    for (std::size_t k = 0; k < i; ++k)
      if (outputs[k].name == output.name)
        fail("E-TRAIN-07", "[fit] two outputs are called '{}'; give each a name of its own",
             output.name);
  }
}

std::string without_output(std::string_view monitored, const std::vector<std::string>& outputs) {
  const std::string_view val = monitored.starts_with("val_") ? "val_" : "";
  const auto rest = monitored.substr(val.size());
  for (const auto& name : outputs)
    if (!name.empty() && rest.starts_with(name + "_"))
      return std::string(val) + std::string(rest.substr(name.size() + 1));
  return std::string(monitored);
}

}  // namespace glia::train
