#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

// What of these a normalisation has.
template <class Options>
Options common(Settings& s) {
  Options o;
  if constexpr (requires { o.axes; })
    o.axes = s.integer("axes", o.axes, "how many of the last axes are normalised together");
  o.epsilon = s.real("epsilon", o.epsilon, "is added to the variance before the root");
  o.scale = s.flag("scale", o.scale, "learn a factor");
  if constexpr (requires { o.center; })
    o.center = s.flag("center", o.center, "learn a number that is added");
  if constexpr (requires { o.axis; })
    o.axis = s.integer<int>("axis", "axis of the channels; unless given the usual one of the rank");
  return o;
}

nn::Module batch_norm(Settings& s) {
  auto o = common<nn::BatchNormOptions>(s);
  o.momentum = s.real("momentum", o.momentum, "share of the new batch in the running statistics");
  o.track_statistics = s.flag("track_statistics", o.track_statistics,
                              "keep running statistics, which prediction takes");
  return nn::batch_norm(o);
}

nn::Module group_norm(Settings& s) {
  auto o = common<nn::GroupNormOptions>(s);
  o.groups = s.integer("groups", o.groups, "groups into which the channels are cut");
  return nn::group_norm(o);
}

}  // namespace

LayerMakers norm_layers() {
  return {{"batch_norm", "each channel to mean 0 and variance 1 over the batch", batch_norm},
          {"layer_norm", "each row to mean 0 and variance 1 over its last axes",
           [](Settings& s) { return nn::layer_norm(common<nn::LayerNormOptions>(s)); }},
          {"group_norm", "groups of channels of each row to mean 0 and variance 1", group_norm},
          {"instance_norm", "each channel of each row to mean 0 and variance 1",
           [](Settings& s) { return nn::instance_norm(common<nn::InstanceNormOptions>(s)); }},
          {"rms_norm", "each row divided by the root of its mean square",
           [](Settings& s) { return nn::rms_norm(common<nn::RmsNormOptions>(s)); }}};
}

}  // namespace glia::experiment
