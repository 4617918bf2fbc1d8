#include "glia/train/resuming.h"

#include <algorithm>

#include "glia/base/format.h"

namespace glia::train {
namespace {

// The one setting that is refused only because of another.
std::string why_epochs(const FitOptions& o, const std::vector<std::string>& refused) {
  const bool epochs = std::any_of(refused.begin(), refused.end(), [](std::string_view line) {
    return line.starts_with("epochs:") || line.starts_with("train.epochs:");
  });
  if (!epochs || !o.schedule.whole_run) return "";
  return fmt::format(
      "the schedule '{}' spans all epochs: with another number of them, every step would have "
      "had another learning rate\n",
      o.schedule.name);
}

// Settings that are free: ": train.epochs, train.checkpoint.keep".
std::string may_change(const Agreement& agreement) {
  std::vector<std::string> names;
  for (const auto& [name, value] : agreement.free) names.push_back(name);
  return names.empty() ? "" : fmt::format(": {}", fmt::join(names, ", "));
}

std::vector<std::string> expect_same_run(const State& saved, const FitOptions& o,
                                         const Agreement& course, const std::string& fingerprint) {
  auto found = differences(saved.settings, o.agreement);
  // The course says the same in other words, so it is asked only where the settings agree.
  auto told = std::move(found.told);
  if (found.refused.empty()) found = differences(saved.course, course);
  if (!found.refused.empty())
    fail("E-TRAIN-03",
         "cannot resume: this run is not the one that wrote the checkpoint:\n  {}\n"
         "{}begin anew in another folder, or give the same again; what may change is told in "
         "docs/resume.md{}",
         fmt::join(found.refused, "\n  "), why_epochs(o, found.refused), may_change(o.agreement));
  if (saved.fingerprint != fingerprint && !o.accept_fingerprint)
    fail("E-TRAIN-03",
         "cannot resume: the checkpoint's fingerprint is '{}', this run's is '{}'; the result "
         "would not be, to the bit, what one machine gives: say --accept-fingerprint to go on",
         saved.fingerprint, fingerprint);
  if (saved.epoch > o.epochs || (saved.epoch == o.epochs && saved.batch > 0))
    fail("E-TRAIN-03",
         "cannot resume: {} epochs are asked for, and the checkpoint is in epoch {} already",
         o.epochs, saved.batch > 0 ? saved.epoch + 1 : saved.epoch);
  return told;
}

}  // namespace

std::optional<Resumed> find_resumed(const FitOptions& o, const Agreement& course,
                                    const std::string& fingerprint, std::int64_t batches,
                                    std::vector<std::string>& problems) {
  const auto& folder = o.checkpoint.folder;
  if (folder.empty()) return std::nullopt;
  auto checkpoint = Checkpoints(folder).newest(&problems);
  if (!checkpoint && !problems.empty())
    fail("E-CHECK-02",
         "{}: no checkpoint there is whole, so nothing is resumed and nothing replaced:\n  {}\n"
         "put a copy of one back, or begin anew in another folder",
         folder.string(), fmt::join(problems, "\n  "));
  if (!checkpoint) return std::nullopt;
  Resumed resumed{std::move(*checkpoint), {}, {}};
  resumed.state = load_state(resumed.checkpoint);
  resumed.told = expect_same_run(resumed.state, o, course, fingerprint);
  check_place(resumed.state, resumed.checkpoint, batches);
  return resumed;
}

void load_store(const Checkpoint& checkpoint, Store& store) {
  const auto tensors = tensors_under(checkpoint, "store/");
  if (const auto lines = mismatches(store, tensors, false); !lines.empty())
    fail("E-TRAIN-03",
         "cannot resume: the checkpoint's tensors are not those of this run's model and "
         "optimizer:{}",
         lines);
  for (const auto& [name, tensor] : tensors) store.assign(name, tensor);
}

}  // namespace glia::train
