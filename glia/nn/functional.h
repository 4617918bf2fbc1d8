// Models whose layers form a graph: several inputs and outputs, branches, layers used again.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "glia/nn/module.h"

namespace glia::nn {

// A step of a functional model: a layer applied to what stands under names.
struct Link {
  std::string name;  // by which later steps ask for its result; its parameters stand under it
  // A layer; or the name of an earlier step, whose layer is used again and shares its parameters.
  std::variant<Module, std::string> layer;
  std::vector<std::string> inputs = {};  // of the model, or earlier steps; none: the step before
  std::string where = {};                // begins errors while it is traced: Module::placed()
};

// A model that takes `inputs` in their order and gives `outputs` in theirs (none: the last step's
// result). A step can only ask for what stands before it, so there are no cycles.
//
//   auto model = nn::functional({"numbers", "job"},
//                               {{"left", nn::dense({.units = 8}), {"numbers"}},
//                                {"right", nn::dense({.units = 8}), {"job"}},
//                                {"both", Concatenate{}, {"left", "right"}},
//                                {"price", nn::dense({.units = 1}), {"both"}},
//                                {"kind", nn::dense({.units = 1}), {"both"}}},
//                               {"price", "kind"});
//
// E-NN-04: a name that stands twice or not before its use (with the nearest), a step or an input
// that no output depends on. Where a layer gives several values, all of them stand under its name.
// A struct or a lambda from Values to Values is a model as well, with C++ in the place of names.
Module functional(std::vector<std::string> inputs, std::vector<Link> links,
                  std::vector<std::string> outputs = {});

}  // namespace glia::nn
