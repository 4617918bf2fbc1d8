#include "glia/train/groups.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::train {

bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*') {
      ++p, ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (star != std::string_view::npos) {  // the star takes one letter more
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

const Group* group_of(const std::vector<Group>& groups, std::string_view name) {
  for (const Group& group : groups)
    if (matches(group.match, name)) return &group;
  return nullptr;
}

void check_groups(const UpdateOptions& o, const std::vector<std::string>& names) {
  const auto expect_match = [&](const std::string& pattern, std::string_view what) {
    for (const auto& name : names)
      if (matches(pattern, name)) return;
    fail("E-TRAIN-09", "{} '{}' matches no parameter{}", what, pattern, suggest(pattern, names));
  };
  for (const Group& group : o.groups) {
    expect_match(group.match, "the group");
    for (const double number : {group.learning_rate_factor, group.weight_decay.value_or(0)})
      if (!(number >= 0) || !std::isfinite(number))
        fail("E-TRAIN-02", "the group '{}' has {}, expected numbers of at least 0", group.match,
             number);
    if (group.from_epoch < 1)
      fail("E-TRAIN-02", "the group '{}' is learned from epoch {}, expected at least 1",
           group.match, group.from_epoch);
  }
  for (const auto& on : o.constraints)
    expect_match(on.match, "the constraint " + on.constraint.name + " on");
}

double decay_of(const optim::Optimizer& optimizer, const Group* group, int rank) {
  if (group && group->weight_decay) return *group->weight_decay;
  return rank >= 2 || optimizer.decay_all ? optimizer.weight_decay : 0;
}

}  // namespace glia::train
