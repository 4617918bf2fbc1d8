// What a model said of the rows that it was judged by. A run keeps it, so that reports and
// comparisons need neither the model nor the data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "glia/data/source.h"
#include "glia/tensor/tensor.h"
#include "glia/train/predictor.h"

namespace glia::experiment {

struct Bundle;

struct Predictions {
  struct Output {
    std::string name;    // of several; the only one has none
    double loss = 0;     // of all rows
    Tensor predictions;  // f32 [n, ...]: probabilities, or values in the target's unit
    Tensor targets;      // i64 or f32 [n, ...]
    Tensor mask;         // boolean [n, ...]; empty where all is real
  };
  std::vector<Output> outputs;
  Tensor weights;         // f32 [n, ...]; empty where the rows have none
  std::int64_t rows = 0;  // that were judged; n of them are here
  double loss = 0;
  // Of each of the n rows its number in its file, from 0; or where that is not known, its number
  // among those that were judged.
  std::vector<std::int64_t> numbers;
  bool of_file = false;
  // Of two classes, of each row: where rows were predicted by models with thresholds of their own.
  // No file holds them.
  std::vector<double> thresholds;

  std::int64_t kept() const { return static_cast<std::int64_t>(numbers.size()); }
};

// Of all rows. `places`: the number of each in its file, or none. Cost: one pass through the model.
Predictions predicted(const Bundle& bundle, const data::Source& rows,
                      const std::vector<std::int64_t>& places = {}, int threads = 1,
                      int workers = 0);
// Of what evaluate() gave of these rows.
Predictions predicted(const Bundle& bundle, const data::Source& rows, train::Evaluation evaluation,
                      const std::vector<std::int64_t>& places = {});

// A safetensors file: "row", "weights", and of each output "prediction", "target" and "mask", with
// ":<name>" where there are several. Of more than `most` bytes (masks, language models) rows at
// equal distances are kept, as many as fit.
inline constexpr std::int64_t kMostPredictionBytes = std::int64_t{64} << 20;
void save_predictions(const std::filesystem::path& file, const Predictions& predictions,
                      std::int64_t most = kMostPredictionBytes);
// Errors: those of read_safetensors; E-REPORT-11 tensors that are not what save_predictions writes.
Predictions load_predictions(const std::filesystem::path& file);

}  // namespace glia::experiment
