// Folders of runs as they lie on the disk.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/runs/run.h"

namespace glia::runs {

// What trainings write into a run's folder, beside what somebody else may have put there.
std::span<const char* const> parts();
// An experiment.yaml alone may be the one that someone wrote, with the data beside it.
bool holds_run(const std::filesystem::path& folder);

using Say = std::function<void(std::string_view line)>;

// What the folder says of its run. A file that is damaged is named by `say`, and the others are
// used. The state is running where a process holds the folder's lock, stopped where there is no
// result. Where nothing says when it began, it is what the files' times and `seconds` give.
Run read_run(const std::filesystem::path& folder, const Say& say = {});

// A record of metrics.jsonl.
struct Record {
  std::int64_t epoch = 0, step = 0;
  double seconds = 0;  // of the epoch
  Metrics values;      // those that are numbers
};
// All of them; `say` counts lines that are damaged.
std::vector<Record> read_records(const std::filesystem::path& folder, const Say& say = {});

// The settings of experiment.yaml, flat: {"train.batch_size", "128"},
// {"model.layers.0.dense.units", "64"}; at most 5,000 of them.
std::vector<std::pair<std::string, std::string>> read_settings(const std::filesystem::path& folder,
                                                               const Say& say = {});

// Run folders in `folder`, itself included, and below it, sorted. Links and hidden folders are not
// followed, nor what lies inside a run. E-RUN-14 where it is no folder.
std::vector<std::filesystem::path> find_runs(const std::filesystem::path& folder);

// Removes a run's files, and its folder where nothing else lies in it; gives what was left. Nothing
// is touched where E-RUN-16: a process trains there, or -17: it holds no run.
std::vector<std::string> remove_run(const std::filesystem::path& folder);
// The same errors, without removing anything.
void expect_removable(const std::filesystem::path& folder);

}  // namespace glia::runs
