#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

std::optional<int> axis(Settings& s) {
  if (!s.has("axis")) return std::nullopt;
  return static_cast<int>(s.integer("axis", 1));
}

nn::Module batch_norm(Settings& s) {
  return nn::batch_norm({.momentum = s.real("momentum", 0.1),
                         .epsilon = s.real("epsilon", 1e-5),
                         .scale = s.flag("scale", true),
                         .center = s.flag("center", true),
                         .track_statistics = s.flag("track_statistics", true),
                         .axis = axis(s)});
}

nn::Module layer_norm(Settings& s) {
  return nn::layer_norm({.axes = static_cast<int>(s.integer("axes", 1)),
                         .epsilon = s.real("epsilon", 1e-5),
                         .scale = s.flag("scale", true),
                         .center = s.flag("center", true)});
}

nn::Module rms_norm(Settings& s) {
  return nn::rms_norm({.axes = static_cast<int>(s.integer("axes", 1)),
                       .epsilon = s.real("epsilon", nn::RmsNormOptions{}.epsilon),
                       .scale = s.flag("scale", true)});
}

nn::Module group_norm(Settings& s) {
  return nn::group_norm({.groups = s.integer("groups", 32),
                         .epsilon = s.real("epsilon", 1e-5),
                         .scale = s.flag("scale", true),
                         .center = s.flag("center", true),
                         .axis = axis(s)});
}

nn::Module instance_norm(Settings& s) {
  return nn::instance_norm({.epsilon = s.real("epsilon", 1e-5),
                            .scale = s.flag("scale", false),
                            .center = s.flag("center", false),
                            .axis = axis(s)});
}

}  // namespace

LayerMakers norm_layers() {
  return {{"batch_norm", batch_norm},
          {"layer_norm", layer_norm},
          {"group_norm", group_norm},
          {"instance_norm", instance_norm},
          {"rms_norm", rms_norm}};
}

}  // namespace glia::experiment
