// One training, as it is remembered.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glia::runs {

// stopped: killed, or of a machine that went down; interrupted: ended by Ctrl-C, with a checkpoint.
enum class State : std::uint8_t { running, stopped, interrupted, failed, finished };
std::string_view name_of(State state);
std::vector<std::string> state_names();
State state_from(std::string_view name);  // E-RUN-18 with the nearest name

using Metrics = std::vector<std::pair<std::string, double>>;  // in the order to show

struct Run {
  std::int64_t id = 0;           // in the index; 0: it is in none
  std::string name;              // the experiment's
  std::filesystem::path folder;  // absolute
  State state = State::running;
  std::string end;  // why it ended: "early_stopping", or an error's code; "" not known
  double started = 0, ended = 0;  // seconds since 1970; 0: not known
  double seconds = 0;             // of training, all parts of a resumed run
  std::int64_t epochs = 0;        // that are done
  std::string command;            // of the last part: "glia train adult.yaml"
  std::string host;
  std::int64_t process = 0;  // its number on that host
  // Of experiment.yaml, of what was read as data, and of the model's weights; "" not known.
  std::string experiment_sha256, data_sha256, weights_sha256;
  // "val_loss": of the last record of the training; "validation.accuracy", "test.accuracy": of the
  // model that was kept.
  Metrics metrics;

  // A metric, or "epochs", "seconds", "id".
  std::optional<double> find(std::string_view name) const;
};

}  // namespace glia::runs
