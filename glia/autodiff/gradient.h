// The gradient of a graph, as more of the same graph.
#pragma once

#include "glia/ir/graph.h"

namespace glia {

// d loss / d wrt[i] for each i, by reverse accumulation: ops appended to the graph of `loss`, each
// under the layer whose op it differentiates. loss: a floating scalar (E-GRAD-01). Where a value
// does not influence the loss its gradient is zeros of its shape. Second derivatives: call it again
// on the result. E-GRAD-02 names an op on the way that has no gradient.
Values gradient(Value loss, const Values& wrt);

// The same for several values with given gradients: sum over i of seeds[i] * d ys[i] / d wrt.
Values gradient(const Values& ys, const Values& seeds, const Values& wrt);

}  // namespace glia
