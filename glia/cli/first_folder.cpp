// First experiments for folders: images and labels as IDX files, and sounds.
#include <algorithm>
#include <map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/first_parts.h"
#include "glia/data/idx.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The file whose name has both words; "" where there is none.
fs::path with_words(const std::vector<fs::path>& files, std::string_view a, std::string_view b) {
  for (const auto& file : files) {
    const auto name = file.filename().string();
    if (name.find(a) != name.npos && name.find(b) != name.npos) return file;
  }
  return {};
}

std::string pair_text(const FirstExperimentOptions& options, const fs::path& images,
                      const fs::path& labels) {
  return fmt::format("{{images: {}, labels: {}}}", path_in(options, images),
                     path_in(options, labels));
}

std::optional<FirstExperiment> first_of_idx(const FirstExperimentOptions& options,
                                            const std::vector<fs::path>& files) {
  const auto images = with_words(files, "train", "idx3"),
             labels = with_words(files, "train", "idx1");
  if (images.empty() || labels.empty()) return std::nullopt;
  auto test_images = with_words(files, "t10k", "idx3"),
       test_labels = with_words(files, "t10k", "idx1");
  if (test_images.empty()) test_images = with_words(files, "test", "idx3");
  if (test_labels.empty()) test_labels = with_words(files, "test", "idx1");
  const bool test = !test_images.empty() && !test_labels.empty();
  const Tensor numbers = data::read_idx_labels(labels);
  std::int64_t classes = 2;
  for (const auto label : numbers.data<std::uint8_t>())
    classes = std::max<std::int64_t>(classes, label + 1);
  const auto shape = data::read_idx_images(images).shape();

  FirstExperiment first;
  first.kind = "images";
  first.target.task = classes == 2 ? data::Task::binary : data::Task::multiclass;
  for (std::int64_t c = 0; c < classes; ++c) first.target.labels.push_back(std::to_string(c));
  first.found.columns = {"what", "found"};
  first.found.rows = {{"images", fmt::format("{} of {} x {}", with_commas(shape[0].value()),
                                             shape[1].value(), shape[2].value())},
                      {"classes", std::to_string(classes)},
                      {"test", test ? test_images.filename().string() : "split off"}};
  const auto ending = ending_for(data::Task::multiclass, classes);
  first.yaml = heading(options, with_commas(shape[0].value()) + " images") + "data:\n";
  first.yaml += "  train: " + pair_text(options, images, labels) + "\n";
  if (test) first.yaml += "  test: " + pair_text(options, test_images, test_labels) + "\n";
  first.yaml += test ? "  validation: 0.1  # of the training images\n"
                     : "  split: {train: 0.7, validation: 0.15, test: 0.15, seed: 1}\n";
  // Halved twice where there is room for it.
  const bool large = shape[1].value() >= 16 && shape[2].value() >= 16;
  const std::string block =
      "    - conv2d: {{filters: {}, kernel_size: 3, padding: same, kernel_initializer: "
      "he_normal}}\n"
      "    - batch_norm: {{}}\n"
      "    - relu: {{}}\n";
  first.yaml += "model:\n  layers:\n" + fmt::format(fmt::runtime(block), 16) +
                "    - max_pool2d: {pool_size: 2}\n" + fmt::format(fmt::runtime(block), 32) +
                (large ? "    - max_pool2d: {pool_size: 2}\n" : "") +
                fmt::format(
                    "    - flatten: {{}}\n"
                    "    - dropout: {{rate: 0.3}}\n"
                    "    - dense: {{units: 64, activation: relu, kernel_initializer: "
                    "he_normal}}\n"
                    "    - dense: {{units: {}, activation: softmax}}\n",
                    ending.units);
  first.yaml += training({128, 8, 3}, {ending.units, "softmax", ending.loss, "accuracy"}, "1e-3");
  return first;
}

// "{label}_{part_2}_{part_3}", where all names are made alike.
std::string pattern_of(const std::vector<fs::path>& sounds) {
  std::size_t parts = 0;
  for (const auto& file : sounds) {
    const auto name = file.stem().string();
    const auto count = static_cast<std::size_t>(std::count(name.begin(), name.end(), '_')) + 1;
    if (parts != 0 && count != parts) return "";
    parts = count;
  }
  if (parts < 2) return "";
  std::string pattern = "{label}";
  for (std::size_t p = 2; p <= parts; ++p) pattern += fmt::format("_{{part_{}}}", p);
  return pattern;
}

std::optional<FirstExperiment> first_of_sounds(const FirstExperimentOptions& options,
                                               const std::vector<fs::path>& files) {
  std::vector<fs::path> sounds;
  for (const auto& file : files)
    if (file.extension() == ".wav" || file.extension() == ".flac") sounds.push_back(file);
  if (sounds.empty() || 2 * sounds.size() < files.size()) return std::nullopt;
  std::map<std::string, std::int64_t> labels;
  const bool flat = std::all_of(sounds.begin(), sounds.end(), [&](const auto& file) {
    return file.parent_path() == sounds.front().parent_path();
  });
  const auto pattern = flat ? pattern_of(sounds) : "";
  for (const auto& file : sounds) {
    const auto name = file.stem().string();
    ++labels[flat ? name.substr(0, name.find('_')) : file.parent_path().filename().string()];
  }
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
  const auto conv = [](int filters, int size) {
    return fmt::format(
        "    - conv1d: {{filters: {}, kernel_size: {}, padding: same, kernel_initializer: "
        "he_normal}}\n    - batch_norm: {{}}\n    - relu: {{}}\n",
        filters, size);
  };
  first.yaml +=
      "  split: {train: 0.7, validation: 0.15, test: 0.15, stratify: true, seed: 1}\n"
      "  sounds: {features: log_mel, n_mels: 40, floor: 1e-6}\n"
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

}  // namespace

FirstExperiment first_of_folder(const FirstExperimentOptions& options) {
  if (!options.target.empty())
    fail("E-CLI-12", "{}: a folder has no columns, so there is no target '{}'; leave --target out",
         options.data.string(), shown(options.target));
  const auto files = files_below(options.data);
  if (auto first = first_of_idx(options, files)) return *std::move(first);
  if (auto first = first_of_sounds(options, files)) return *std::move(first);
  fail("E-CLI-12",
       "{}: {} files of which no experiment can be made; expected IDX files of images and labels "
       "(train-images-idx3-ubyte), or sounds (.wav, .flac)",
       options.data.string(), with_commas(std::ssize(files)));
}

}  // namespace glia::cli
