// What a resumed run has in common with the run that wrote its checkpoint.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace glia::train {

using Settings = std::map<std::string, std::string, std::less<>>;  // "train.batch_size" -> "64"

// Settings of a run in a canonical form: equal text where they mean the same. A resume refuses
// another value of what is fixed, and tells of another value of what is free: that which changes no
// step already taken.
struct Agreement {
  Settings fixed, free;
};

struct Differences {
  std::vector<std::string> refused, told;  // "train.batch_size: 64, was 32"
};
// A setting that either side calls fixed is fixed.
Differences differences(const Agreement& saved, const Agreement& now);

}  // namespace glia::train
