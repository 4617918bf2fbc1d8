// The layers. Names are Keras's, parameters' names, layouts and defaults PyTorch's;
// docs/defaults.md lists every difference from both.
#pragma once

#include "glia/nn/activations.h"
#include "glia/nn/attention.h"
#include "glia/nn/combine.h"
#include "glia/nn/conv.h"
#include "glia/nn/dense.h"
#include "glia/nn/embedding.h"
#include "glia/nn/functional.h"
#include "glia/nn/module.h"
#include "glia/nn/noise.h"
#include "glia/nn/norm.h"
#include "glia/nn/pool.h"
#include "glia/nn/positions.h"
#include "glia/nn/recurrent.h"
#include "glia/nn/shaping.h"
#include "glia/nn/transformer.h"
#include "glia/nn/upsampling.h"
