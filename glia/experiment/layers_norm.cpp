#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module batch_norm(Settings& s) {
  return nn::batch_norm({.momentum = s.real("momentum", 0.1), .epsilon = s.real("epsilon", 1e-5)});
}

}  // namespace

LayerMakers norm_layers() { return {{"batch_norm", batch_norm}}; }

}  // namespace glia::experiment
