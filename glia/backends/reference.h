// The reference backend: every op of ops.def, naively, in double precision. It is the judge that
// other backends are held against, and it runs what they lack.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "glia/ir/target.h"
#include "glia/tensor/tensor.h"

namespace glia {

// Kernels of the formulas in the ops' documentation, on one thread whatever `threads` says.
// Floating values are computed in double and rounded once, when they are stored; whole numbers are
// exact (64 bits, wrapping). NaN propagates, through maxima too. Takes every layout. All inputs are
// read before anything is written, so an output may lie where any input of its size lies. Kernels
// allocate. Sources (input, variable) have no kernel. Fingerprint: "reference".
const Target& reference_target();

// The reference kernel of an op that is defined outside the library: all inputs as plain row-major
// tensors -> the outputs, of the types that `node` has. Then every program can run the op, and
// interpret() too. E-REF-04 where the op has one already, or is the library's own. Call it before
// the first program with this op is compiled; not synchronised.
using ReferenceKernel = std::vector<Tensor> (*)(const Node& node, const std::vector<Tensor>& in);
void register_reference_kernel(const OpDef& op, ReferenceKernel kernel);

// Runs a graph node by node and keeps everything: for tests, and to find out where a step went
// wrong. `given` has a tensor for every input and variable, by name. Every value comes back as a
// plain row-major tensor of its dtype, whatever its layout. Updates are not carried out: look up
// the value that graph.updates() names. Errors: E-REF-01 (a tensor is missing), E-REF-02 (a tensor
// of another type), E-SHAPE-09 (a symbol that is not bound).
std::map<Value, Tensor> interpret(const Graph& graph, const std::map<std::string, Tensor>& given);

// The first node that made NaN or an infinity out of finite inputs (sources count too); null where
// there is none. `values` is what interpret() gave.
const Node* first_non_finite(const Graph& graph, const std::map<Value, Tensor>& values);

}  // namespace glia
