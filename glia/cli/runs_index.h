// Internal: where the index of runs is, and how trainings come into it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "glia/cli/training.h"
#include "glia/runs/index.h"

namespace glia::cli {

// `given` (--index), else GLIA_RUNS_INDEX, else glia/runs.db under XDG_STATE_HOME or
// ~/.local/state. "none", or a process without a home: no index, "".
std::filesystem::path index_file(const std::string& given);
CLI::Option* add_index(CLI::App& command, std::string& file);

// What the index has of a training, from its beginning to its end. What is wrong with the index is
// said once, and harms nothing.
class IndexEntry {
 public:
  // data: the digest of what was read.
  IndexEntry(Context& context, const experiment::RunOptions& run, std::string index,
             const Origin& origin, std::string data);
  void begin();  // the folder is this training's
  // Nothing without a beginning. One that failed before it wrote anything (a resume that was
  // refused) leaves what the index had of the folder. seconds: of several trainings, all of them.
  void end(runs::State state, const std::string& why, std::optional<double> seconds = {});

 private:
  void write(const std::function<void(runs::Index& index, runs::Run& run)>& fill);

  Context& context_;
  std::filesystem::path folder_;
  std::string index_, command_, data_;
  std::pair<std::size_t, std::filesystem::file_time_type> written_;  // before the training
  std::optional<runs::Run> before_;                                  // what the index had
  std::int64_t id_ = 0;
  bool resumed_ = false, begun_ = false, given_up_ = false;
};

// Trains by `work`, and keeps the index up to date: running from the moment at which the folder is
// this training's, then how it ended. What is wrong with the index is said, and harms nothing.
using Work = std::function<experiment::RunResult(const experiment::RunOptions& run)>;
experiment::RunResult indexed(Context& context, const TrainingRequest& request, const Work& work);

}  // namespace glia::cli
