#include "glia/experiment/class_weights.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::experiment {

std::vector<double> class_weights(const Experiment& e, const Prepared& prepared) {
  const auto& labels = prepared.encoding.target.labels;
  if (e.class_weights.empty() && !e.balanced_class_weights) return {};
  if (labels.empty())
    fail("E-EXP-05", "{}: the target holds numbers, not classes; remove it", e.class_weights_place);
  if (e.balanced_class_weights) {
    const auto all = prepared.train->all_targets(0);
    if (!all)
      fail("E-EXP-05",
           "{}: classes are not counted where rows do not fit into the memory; say {{class: "
           "weight}} for each",
           e.class_weights_place);
    const Tensor& targets = *all;
    const auto k = static_cast<std::int64_t>(labels.size());
    std::vector<std::int64_t> classes;
    const std::int64_t rows = targets.shape()[0].value(), width = targets.size() / rows;
    for (std::int64_t i = 0; i < rows; ++i) {
      std::int64_t label = static_cast<std::int64_t>(targets.at(i * width));
      for (std::int64_t c = 0; width > 1 && c < width; ++c)
        if (targets.at(i * width + c) == 1) label = c;
      classes.push_back(label);
    }
    return data::balanced_class_weights(classes, k);
  }
  std::vector<double> weights(labels.size(), 1);
  for (const auto& [label, weight] : e.class_weights) {
    const auto at = std::find(labels.begin(), labels.end(), label);
    if (at == labels.end())
      fail("E-EXP-05", "{}: there is no class '{}'{}", e.class_weights_place, label,
           suggest(label, labels));
    weights[static_cast<std::size_t>(at - labels.begin())] = weight;
  }
  if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; }))
    fail("E-EXP-05",
         "{}: the weights of all {} classes are 0, so nothing would be learned; give one of them a "
         "weight above 0",
         e.class_weights_place, labels.size());
  return weights;
}

}  // namespace glia::experiment
