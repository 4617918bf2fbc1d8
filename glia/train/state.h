// Internal: what a training keeps in a checkpoint, written and read again. Readers trust nothing:
// a checkpoint with a right digest may still be forged, or of another version.
#pragma once

#include <nlohmann/json.hpp>

#include "glia/exec/store.h"
#include "glia/train/agreement.h"
#include "glia/train/checkpoint.h"
#include "glia/train/running.h"

namespace glia::train {

// Where a training stands, beside its tensors.
struct State {
  std::int64_t epoch = 0, batch = 0;  // done: whole epochs, and batches of the one after them
  std::vector<Running::Sums> running;
  std::vector<EpochRecord> epochs, within;
  std::vector<Event> events;
  double seconds = 0;
  double epoch_seconds = 0;  // of the epoch that was begun
  // What callbacks asked for after an epoch's last batch, when a person interrupted there.
  std::string asked_stop;
  bool asked_validation = false;
  std::string fingerprint;
  Agreement settings, course;
};
void save_state(const State& state, Checkpoint& checkpoint);
State load_state(const Checkpoint& checkpoint);  // E-CHECK-01
// E-CHECK-01 where a training with `batches` in an epoch is never there.
void check_place(const State& state, const Checkpoint& checkpoint, std::int64_t batches);

// An object of JSON in a checkpoint's state. Everything that is not as asked for is E-CHECK-01.
class StateReader {
 public:
  StateReader(const Checkpoint& checkpoint, std::string key);
  StateReader(const StateReader& whole, nlohmann::json part)
      : checkpoint_(whole.checkpoint_), key_(whole.key_), value_(std::move(part)) {}
  std::int64_t integer(const char* name, std::int64_t least, std::int64_t most) const;
  double number(const char* name) const;  // finite
  std::string text(const char* name) const;
  const nlohmann::json& list(const char* name) const;
  Settings settings(const char* name) const;  // an object of texts
  [[noreturn]] void damaged(const std::string& what) const;

 private:
  const nlohmann::json& at(const char* name) const;

  const Checkpoint& checkpoint_;
  std::string key_;
  nlohmann::json value_;
};

// The tensors of a checkpoint whose names begin with `prefix`, without it.
serialize::TensorMap tensors_under(const Checkpoint& checkpoint, std::string_view prefix);

// Everything that does not fit between tensors and the variables of a store, a line each; empty
// where all do. only_model: of parameters and statistics.
std::string mismatches(const Store& store, const serialize::TensorMap& tensors, bool only_model);

}  // namespace glia::train
