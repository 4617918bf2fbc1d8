// One thing to measure: a training step, or a prediction of one row.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "glia/exec/session.h"
#include "glia/experiment/experiment.h"
#include "glia/serialize/safetensors.h"

namespace glia::bench {

// From an experiment file only `model` and `train` are taken; the rows are random numbers.
struct ExerciseOptions {
  std::filesystem::path experiment;
  Shape features;            // of one row
  std::int64_t batch = 32;   // rows of a step
  std::int64_t classes = 2;  // of sparse_categorical_crossentropy
  int threads = 1;
  bool dropout = true;  // false: left out, to compare losses with a peer of other random numbers
};

// The same initial weights and batches for us and for the peer, through a file of safetensors.
// "features" [batches, N, ...], "target" [batches, N, 1] f32 or [batches, N] i64, and the weights
// under their names.
void write_material(const ExerciseOptions& options, const std::filesystem::path& path);

class Exercise {
 public:
  virtual ~Exercise() = default;
  virtual void reset() = 0;  // back to the initial weights, and to the first batch
  virtual void once() = 0;   // binds the next batch and runs
  virtual Session& session() = 0;
  double result();  // of the last run: the loss, or the prediction's first element

  // Of one run, the mean over `runs`, each stretch after an untimed one. The weights are reset now
  // and then, untimed: a long training on few rows ends in numbers so small that they are slow.
  Timing time(long runs);

  virtual std::string_view output() const = 0;
};

std::unique_ptr<Exercise> training_step(const ExerciseOptions& options,
                                        const std::filesystem::path& material);
std::unique_ptr<Exercise> prediction(const ExerciseOptions& options,
                                     const std::filesystem::path& material);

}  // namespace glia::bench
