// What a model consists of: its layers, and what each costs.
#pragma once

#include <string>
#include <vector>

#include "glia/nn/module.h"
#include "glia/report/style.h"
#include "glia/train/graphs.h"
#include "glia/train/groups.h"

namespace glia::experiment {

struct LayerSummary {
  std::string name, kind;
  Shape output;                 // of one row
  std::int64_t parameters = 0;  // learned or not
  std::int64_t frozen = 0;      // of them, those that are not learned
  double operations = 0;   // of one row forwards; additions and multiplications count as one each
  double activations = 0;  // bytes of all results of one row, before ops are fused
};

// Layers in order, for one row. layers: those that make rows of their own, by name (a layer that is
// used again counts its operations twice and its parameters once); none: whatever stands at the
// first level of the model's names. groups: what they freeze counts as frozen.
std::vector<LayerSummary> summarize(const nn::Module& model, const std::vector<nn::Module>& layers,
                                    const train::BatchTypes& types,
                                    const std::vector<train::Group>& groups = {});

// One line on the learned parameters that the optimizer's weight_decay leaves out; empty: none.
std::string undecayed(const nn::Module& model, const train::BatchTypes& types,
                      const optim::Optimizer& optimizer, const std::vector<train::Group>& groups);

LayerSummary total(const std::vector<LayerSummary>& layers);

// The same as a table, for any model. rows: the shape of one row of each input. dtypes: of each
// input (an embedding takes DType::i64); f32 for those that are not given.
std::string summary(const nn::Module& model, const std::vector<Shape>& rows,
                    const std::vector<DType>& dtypes = {});
std::string summary_text(const std::vector<LayerSummary>& layers, const std::vector<Shape>& rows,
                         const report::Style& style = {});

}  // namespace glia::experiment
