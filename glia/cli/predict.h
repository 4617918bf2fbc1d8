// Internal: what `glia predict` has in several files.
#pragma once

#include <string>

#include "glia/cli/command.h"
#include "glia/experiment/run.h"

namespace glia::cli {

struct PredictOptions {
  std::string run, file, out;
  int threads = 0;
  bool force = false;
};

// Of a model whose predictions are images: a PNG file for each in the folder options.out, and
// masks.csv there with their names. A mask has the size that the model takes; its pixels are 0 and
// 255 of a model that gives one probability, else the numbers of classes, as training reads them.
// Errors: E-DATA-241 no folder is named; E-DATA-242 it cannot be one, or holds files already.
int predict_masks(const experiment::Bundle& bundle, const PredictOptions& options,
                  Context& context);

// The shortest text that reads back to the same bits.
std::string exact(float value);

}  // namespace glia::cli
