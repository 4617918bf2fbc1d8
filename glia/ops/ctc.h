// Connectionist temporal classification.
#pragma once

#include "glia/ir/graph.h"

namespace glia {

// The negative logarithm of the probability of each row's labels, over all ways in which blanks and
// repetitions spread them over its steps: Graves et al., ICML 2006. log_probabilities: [N, T, K];
// labels: [N, S] i64, ended by a negative number; steps: [N] i64, how many of T are real -> [N].
// Infinite where the labels do not fit into the steps, NaN for a label that is no class or
// `blank`, and where a real step holds one.
Value ctc_loss(Value log_probabilities, Value labels, Value steps, std::int64_t blank = 0);

// E-SHAPE-01, E-SHAPE-03 and E-DTYPE-03 unless inputs 0 to 2 are as above.
void expect_ctc(const Call& call);

extern const OpDef ctc_loss_def, ctc_loss_gradient_def;

}  // namespace glia
