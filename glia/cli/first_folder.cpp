// First experiments for folders, and among them for sounds.
#include <algorithm>
#include <map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/first_parts.h"
#include "glia/data/sound.h"

namespace glia::cli {
namespace {

// "{label}_{part_2}_{part_3}", where all names are made alike; else "".
std::string pattern_of(const std::vector<Found>& sounds) {
  std::size_t parts = 0;
  for (const auto& found : sounds) {
    const auto name = found.file.stem().string();
    const auto count = static_cast<std::size_t>(std::count(name.begin(), name.end(), '_')) + 1;
    if (parts != 0 && count != parts) return "";
    parts = count;
  }
  if (parts < 2) return "";
  std::string pattern = "{label}";
  for (std::size_t p = 2; p <= parts; ++p) pattern += fmt::format("_{{part_{}}}", p);
  return pattern;
}

// How sounds become features. Where a few are much longer than the others, their length would make
// all of them long: they are cut.
std::string sounds_line(const data::SoundCheck& check, std::vector<std::string>& notes) {
  constexpr double kTimes = 3;
  std::vector<double> seconds;
  for (const auto& file : check.files)
    if (file.rate > 0) seconds.push_back(static_cast<double>(file.frames) / file.rate);
  std::string cut;
  if (std::sort(seconds.begin(), seconds.end()); !seconds.empty()) {
    const double usual = seconds[(seconds.size() - 1) * 19 / 20];
    if (seconds.back() > kTimes * usual) {
      cut = fmt::format("seconds: {:.2g}, ", usual);
      notes.push_back(
          fmt::format("19 of 20 sounds have at most {:.2g} s and the longest {:.4g} s: they are "
                      "cut at {:.2g} s "
                      "(`seconds`)",
                      usual, seconds.back(), usual));
    }
  }
  return "  sounds: {" + cut + "features: log_mel, n_mels: 40, floor: 1e-6}\n";
}

}  // namespace

std::string left_out_line(std::int64_t bad, std::int64_t files, std::string_view what,
                          const std::vector<std::string>& problems,
                          std::vector<std::string>& notes) {
  if (bad == 0) return "";
  notes.push_back(fmt::format("{} of {} {} cannot be read and will be left out: {}{}",
                              with_commas(bad), with_commas(files), what, problems.front(),
                              bad > 1 ? "; ..." : ""));
  return fmt::format("  on_error: skip  # {} of {} {} cannot be read\n", with_commas(bad),
                     with_commas(files), what);
}

std::optional<FirstExperiment> first_of_sounds(const FirstExperimentOptions& options,
                                               const std::vector<Found>& files) {
  std::vector<Found> sounds;
  std::copy_if(files.begin(), files.end(), std::back_inserter(sounds),
               [](const Found& found) { return is_sound(found.file); });
  if (sounds.empty() || 2 * sounds.size() < files.size()) return std::nullopt;
  const bool flat = label_by_names(sounds);
  const auto pattern = flat ? pattern_of(sounds) : "";
  std::map<std::string, std::int64_t> labels;
  for (const auto& found : sounds) ++labels[found.label];
  if (labels.size() < 2 || (flat && pattern.empty()))
    fail("E-CLI-12",
         "{}: sounds whose classes are neither folders nor the beginnings of their names "
         "(dog_1.wav); put the sounds of each class into a folder of its own",
         options.data.string());
  FirstExperiment first;
  first.kind = "sounds";
  first.target.task = labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
  first.found.columns = {"class", "sounds"};
  for (const auto& [label, count] : labels) {
    first.target.labels.push_back(label);
    first.found.rows.push_back({{label}, {with_commas(count)}});
  }
  const auto classes = static_cast<std::int64_t>(labels.size());
  const auto ending = ending_for(data::Task::multiclass, classes);
  first.yaml = heading(options, with_commas(std::ssize(sounds)) + " sounds") + "data:\n";
  first.yaml += fmt::format("  train: {{folder: {}{}}}\n", path_in(options, options.data),
                            flat ? fmt::format(", names: \"{}\"", pattern) : "");
  if (flat && pattern.find("part_2") != pattern.npos)
    first.notes.push_back(
        "parts of the names may say who speaks: `groups: part_2` keeps equal ones together");
  const auto list = data::sounds_at(options.data);
  const auto check = data::check_sounds(list);
  first.yaml +=
      left_out_line(std::ssize(check.bad), list.size(), "sounds", check.problems, first.notes);
  first.yaml += sounds_line(check, first.notes);
  const auto conv = [](int filters, int size) {
    return fmt::format(
        "    - conv1d: {{filters: {}, kernel_size: {}, padding: same, kernel_initializer: "
        "he_normal}}\n    - batch_norm: {{}}\n    - relu: {{}}\n",
        filters, size);
  };
  first.yaml +=
      "  split: {train: 0.7, validation: 0.15, test: 0.15, stratify: true, seed: 1}\n"
      "  augment:  # of training sounds, anew in each epoch\n"
      "    shift: 0.1\n"
      "    time_masks: {count: 1, frames: 8}\n"
      "    frequency_masks: {count: 1, values: 6}\n"
      "model:\n  layers:\n" +
      conv(64, 5) + "    - max_pool1d: {pool_size: 2}\n" + conv(64, 5) +
      "    - max_pool1d: {pool_size: 2}\n" + conv(64, 3) +
      fmt::format(
          "    - global_max_pool1d: {{}}\n    - dropout: {{rate: 0.3}}\n"
          "    - dense: {{units: {}, activation: softmax}}\n",
          ending.units);
  first.yaml += training({32, 40, 15}, {ending.units, "softmax", ending.loss, "accuracy"}, "2e-3");
  return first;
}

FirstExperiment first_of_folder(const FirstExperimentOptions& options) {
  if (!options.target.empty())
    fail("E-CLI-12", "{}: a folder has no columns, so there is no target '{}'; leave --target out",
         options.data.string(), shown(options.target));
  const auto files = files_below(options.data);
  if (auto first = first_of_images(options, files)) return *std::move(first);
  if (auto first = first_of_sounds(options, files)) return *std::move(first);
  fail("E-CLI-12",
       "{}: {} files of which no experiment can be made; expected IDX files of images and labels "
       "(train-images-idx3-ubyte), images (.jpg, .png, .webp) or sounds (.wav, .flac)",
       options.data.string(), with_commas(std::ssize(files)));
}

}  // namespace glia::cli
