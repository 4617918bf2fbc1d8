#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

constexpr auto kEpsilon = "is added to the variance before the root";
constexpr auto kScale = "learn a factor";
constexpr auto kCenter = "learn a number that is added";

std::optional<int> axis(Settings& s) {
  const auto given =
      s.integer("axis", "axis of the channels; unless given the usual one of the rank");
  if (!given) return std::nullopt;
  return static_cast<int>(*given);
}

nn::Module batch_norm(Settings& s) {
  return nn::batch_norm(
      {.momentum = s.real("momentum", 0.1, "share of the new batch in the running statistics"),
       .epsilon = s.real("epsilon", 1e-5, kEpsilon),
       .scale = s.flag("scale", true, kScale),
       .center = s.flag("center", true, kCenter),
       .track_statistics =
           s.flag("track_statistics", true, "keep running statistics, which prediction takes"),
       .axis = axis(s)});
}

nn::Module layer_norm(Settings& s) {
  return nn::layer_norm({.axes = static_cast<int>(s.integer(
                             "axes", 1, "how many of the last axes are normalised together")),
                         .epsilon = s.real("epsilon", 1e-5, kEpsilon),
                         .scale = s.flag("scale", true, kScale),
                         .center = s.flag("center", true, kCenter)});
}

nn::Module rms_norm(Settings& s) {
  return nn::rms_norm({.axes = static_cast<int>(s.integer(
                           "axes", 1, "how many of the last axes are normalised together")),
                       .epsilon = s.real("epsilon", nn::RmsNormOptions{}.epsilon, kEpsilon),
                       .scale = s.flag("scale", true, kScale)});
}

nn::Module group_norm(Settings& s) {
  return nn::group_norm(
      {.groups = s.integer("groups", 32, "groups into which the channels are cut"),
       .epsilon = s.real("epsilon", 1e-5, kEpsilon),
       .scale = s.flag("scale", true, kScale),
       .center = s.flag("center", true, kCenter),
       .axis = axis(s)});
}

nn::Module instance_norm(Settings& s) {
  return nn::instance_norm({.epsilon = s.real("epsilon", 1e-5, kEpsilon),
                            .scale = s.flag("scale", false, kScale),
                            .center = s.flag("center", false, kCenter),
                            .axis = axis(s)});
}

}  // namespace

LayerMakers norm_layers() {
  return {{"batch_norm", "each channel to mean 0 and variance 1 over the batch", batch_norm},
          {"layer_norm", "each row to mean 0 and variance 1 over its last axes", layer_norm},
          {"group_norm", "groups of channels of each row to mean 0 and variance 1", group_norm},
          {"instance_norm", "each channel of each row to mean 0 and variance 1", instance_norm},
          {"rms_norm", "each row divided by the root of its mean square", rms_norm}};
}

}  // namespace glia::experiment
