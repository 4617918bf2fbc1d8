// Weights from a file into a model: by name, with every difference said.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "glia/exec/store.h"
#include "glia/serialize/safetensors.h"

namespace glia::serialize {

struct LoadOptions {
  // Which of the model's tensors are to be filled, by name; '*' stands for any text: "encoder.*".
  std::string match = "*";
  // Name in the file -> name in the model. A '*' at the end of both stands for the rest of the
  // name: {"layers.0.*", "dense.*"}. The first that fits is taken. E-WEIGHTS-04 for another '*'.
  std::vector<std::pair<std::string, std::string>> rename = {};
  // Every tensor that `match` asks for must be there and fit, and every tensor of the file whose
  // name `match` fits must be taken; otherwise nothing is loaded. Not strict: what fits is loaded.
  bool strict = true;
};

struct LoadReport {
  std::vector<std::string> loaded;   // names in the model
  std::vector<std::string> skipped;  // of the file, a line each with the reason
  std::vector<std::string> left;     // of the model, as they were, a line each with the reason
  std::vector<std::string> unused;   // rules of `rename` that no name of the file fits
  std::string text() const;          // for a person: counts, then the lines
};

// Copies tensors into the store's parameters and statistics of the same name, dtype and shape
// (floating dtypes are converted). PyTorch's `num_batches_tracked`, which nothing here needs, is
// passed over. E-WEIGHTS-01 lists every tensor that does not fit, E-WEIGHTS-02 where nothing would
// be loaded, E-WEIGHTS-03 a value that is not finite; the store is then as it was.
LoadReport load_weights(Store& store, const TensorMap& tensors, const LoadOptions& options = {});
LoadReport load_weights(Store& store, const std::filesystem::path& file,
                        const LoadOptions& options = {});

// The store's parameters and statistics, under their names, which are PyTorch's.
TensorMap weights_of(const Store& store);

}  // namespace glia::serialize
