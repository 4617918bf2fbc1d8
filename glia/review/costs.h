// Internal: what a model costs: its layers, and the time of its ops.
#pragma once

#include <vector>

#include "glia/report/document.h"
#include "glia/review/review.h"
#include "glia/review/stored_run.h"

namespace glia::review {

// Times added up by layer, op and kernel, the longest first.
std::vector<InstructionTime> by_op(const std::vector<InstructionTime>& times);

std::vector<report::Block> layers_of(const experiment::Bundle& bundle);

// Of the training's profile where it has one; else a few steps are measured on made-up rows.
std::vector<report::Block> times_of(const StoredRun& run, const Options& options);

}  // namespace glia::review
