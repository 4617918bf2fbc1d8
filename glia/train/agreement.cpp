#include "glia/train/agreement.h"

#include <set>

#include "glia/base/format.h"

namespace glia::train {

Differences differences(const Agreement& saved, const Agreement& now) {
  const auto value_in = [](const Agreement& side, const std::string& name) {
    for (const Settings* settings : {&side.fixed, &side.free})
      if (const auto it = settings->find(name); it != settings->end()) return it->second;
    return std::string("not given");
  };
  std::set<std::string> names;
  for (const Agreement* side : {&saved, &now})
    for (const Settings* settings : {&side->fixed, &side->free})
      for (const auto& [name, value] : *settings) names.insert(name);
  Differences result;
  for (const auto& name : names) {
    const auto before = value_in(saved, name), after = value_in(now, name);
    if (before == after) continue;
    const bool fixed = saved.fixed.contains(name) || now.fixed.contains(name);
    (fixed ? result.refused : result.told)
        .push_back(fmt::format("{}: {}, was {}", name, after, before));
  }
  return result;
}

}  // namespace glia::train
