// Everything that a resume needs, in one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glia/serialize/safetensors.h"

namespace glia::train {

// Tensors by name (the store's under "store/", others under names of their owners), and small state
// as text by key. One file holds all of it, so that nothing can get out of step.
struct Checkpoint {
  std::int64_t step = 0;
  serialize::TensorMap tensors;
  serialize::Metadata state;
  std::filesystem::path file = {};  // that it was read from, for messages
};

// A folder of checkpoints, step-<number>.safetensors, each with the SHA-256 of its content inside.
// Writing is atomic: a kill at any moment leaves what was there before whole.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path folder, int keep = 2);

  void save(const Checkpoint& checkpoint);  // then removes all but the newest `keep`
  // The newest that is whole; damaged ones are passed over, and `problems` says which and why.
  // Nothing where there is none.
  std::optional<Checkpoint> newest(std::vector<std::string>* problems = nullptr) const;
  // One file. E-CHECK-01 where its content is not what was written; E-SAFE-* where it is no file
  // of tensors any more.
  static Checkpoint load(const std::filesystem::path& file);

 private:
  std::filesystem::path folder_;
  int keep_;
};

// The best of those checkpoints, under `best/` in the same folder: further names of the same files.
// What is kept follows from the scores and the files alone, so a kill between two steps of it is
// mended by the next call.
class BestCheckpoints {
 public:
  // A record at which a checkpoint may have been written; of larger ones the file is kept.
  struct Scored {
    std::int64_t step = 0;
    double score = 0;
  };
  BestCheckpoints(std::filesystem::path folder, int keep);
  void update(std::vector<Scored> all) const;

 private:
  std::filesystem::path folder_;
  std::size_t keep_;
};

}  // namespace glia::train
