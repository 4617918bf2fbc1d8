// First experiments for images: IDX files, a folder for each class, and images with masks.
#include <algorithm>
#include <map>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/first_parts.h"
#include "glia/data/idx.h"
#include "glia/data/image.h"
#include "glia/data/image_files.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kHalve = "    - max_pool2d: {pool_size: 2}\n";

std::string block(int filters, int kernel) {
  return fmt::format(
      "    - conv2d: {{filters: {}, kernel_size: {}, padding: same, kernel_initializer: "
      "he_normal}}\n"
      "    - batch_norm: {{}}\n"
      "    - relu: {{}}\n",
      filters, kernel);
}

// The file whose name has both words; "" where there is none.
fs::path with_words(const std::vector<Found>& files, std::string_view a, std::string_view b) {
  for (const auto& found : files) {
    const auto name = found.file.filename().string();
    if (name.find(a) != name.npos && name.find(b) != name.npos) return found.file;
  }
  return {};
}

std::string pair_text(const FirstExperimentOptions& options, const fs::path& images,
                      const fs::path& labels) {
  return fmt::format("{{images: {}, labels: {}}}", path_in(options, images),
                     path_in(options, labels));
}

// What some of the images are like.
struct Look {
  int size = 64;  // what the network gets: no larger than they are
  bool grey = true;
};

// Without pixels where the file is damaged; what is wrong with it is told elsewhere.
data::Image decoded(const fs::path& file) {
  try {
    return data::decode_image(read_file(file), file.string());
  } catch (const Error& error) {
    if (error.code() == "E-DATA-89") throw;  // nothing is wrong with the file
    return {};
  }
}

Look look_at(const std::vector<Found>& pictures) {
  constexpr std::size_t kMost = 16;
  constexpr int kLargest = 128;
  Look look{kLargest, true};
  std::vector<int> sides;  // the shorter ones
  const std::size_t step = std::max<std::size_t>(1, pictures.size() / kMost);
  for (std::size_t i = 0; i < pictures.size(); i += step) {
    const auto image = decoded(pictures[i].file);
    if (image.pixels.empty()) continue;
    sides.push_back(std::min(image.width, image.height));
    for (std::size_t p = 0; p + 2 < image.pixels.size() && image.channels == 3; p += 3)
      look.grey = look.grey && image.pixels[p] == image.pixels[p + 1] &&
                  image.pixels[p] == image.pixels[p + 2];
  }
  // A few small ones among many do not make all of them small.
  std::sort(sides.begin(), sides.end());
  if (!sides.empty()) look.size = std::min(kLargest, sides[sides.size() / 4]);
  look.size = std::max(16, look.size / 16 * 16);  // halves come out even
  return look;
}

// "on_error: skip" where some cannot be read, and a note of them.
std::string skip_line(const std::vector<Found>& pictures, std::vector<std::string>& notes) {
  data::ImageFiles files;
  for (const auto& found : pictures) files.paths.push_back(found.file);
  const auto damaged = data::find_damaged(files, data::ImageCheck::head, 0);
  return left_out_line(std::ssize(damaged.rows), files.size(), "images", damaged.messages, notes);
}

std::string images_line(const Look& look, std::string_view more) {
  return fmt::format("  images: {{size: {}, channels: {}{}}}\n", look.size,
                     look.grey ? "grey" : "rgb", more);
}

// Folders of images and of masks, side by side; "" where these are not.
std::pair<fs::path, fs::path> mask_folders(const fs::path& folder) {
  static const std::vector<std::string> images = {"images", "image", "imgs", "img"};
  static const std::vector<std::string> masks = {"masks", "mask", "labels", "label"};
  std::pair<fs::path, fs::path> found;
  for (const auto& name : images)
    if (fs::is_directory(folder / name)) found.first = folder / name;
  for (const auto& name : masks)
    if (fs::is_directory(folder / name)) found.second = folder / name;
  return found;
}

FirstExperiment first_of_masks(const FirstExperimentOptions& options, const fs::path& images,
                               const fs::path& masks, const std::vector<Found>& pictures) {
  std::vector<Found> inputs;
  std::copy_if(pictures.begin(), pictures.end(), std::back_inserter(inputs),
               [&](const auto& f) { return f.file.parent_path().filename() == images.filename(); });
  const auto look = look_at(inputs);
  FirstExperiment first;
  first.kind = "masks";
  first.target.task = data::Task::binary;
  first.target.labels = {"0", "1"};
  first.found.columns = {"what", "found"};
  first.found.rows = {
      {"images", with_commas(std::ssize(inputs))},
      {"folders", fmt::format("{}, {}", images.filename().string(), masks.filename().string())},
      {"colours", look.grey ? "grey" : "red, green, blue"}};
  first.notes.push_back(
      "masks are taken for two classes, bytes above 127 and others; "
      "`mask: classes` takes them for numbers of classes");
  first.yaml = heading(options, with_commas(std::ssize(inputs)) + " images with masks") + "data:\n";
  first.yaml += fmt::format("  train: {{images: {}, masks: {}}}\n", path_in(options, images),
                            path_in(options, masks));
  first.yaml += "  split: {train: 0.7, validation: 0.15, test: 0.15, seed: 1}\n" +
                images_line(look, ", fit: stretch, mask: binary");
  first.yaml +=
      "  augment:  # of training images, anew in each epoch; masks move along\n"
      "    flip: both\n"
      "model:\n  layers:\n" +
      block(16, 3) + block(16, 3) + kHalve + block(32, 3) + "    - upsampling2d: {size: 2}\n" +
      block(16, 3) + "    - conv2d: {filters: 1, kernel_size: 1, activation: sigmoid}\n";
  first.yaml += training({4, 40, 12}, {"1", "sigmoid", "binary_crossentropy", "accuracy"}, "2e-3");
  return first;
}

std::optional<FirstExperiment> first_of_idx(const FirstExperimentOptions& options,
                                            const std::vector<Found>& files) {
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
  first.yaml = heading(options, with_commas(shape[0].value()) + " images") + "data:\n";
  first.yaml += "  train: " + pair_text(options, images, labels) + "\n";
  if (test) first.yaml += "  test: " + pair_text(options, test_images, test_labels) + "\n";
  first.yaml += test ? "  validation: 0.1  # of the training images\n"
                     : "  split: {train: 0.7, validation: 0.15, test: 0.15, seed: 1}\n";
  // Halved twice where there is room for it.
  const bool large = shape[1].value() >= 16 && shape[2].value() >= 16;
  first.yaml += "model:\n  layers:\n" + block(16, 3) + kHalve + block(32, 3) +
                (large ? kHalve : "") +
                fmt::format(
                    "    - flatten: {{}}\n"
                    "    - dropout: {{rate: 0.3}}\n"
                    "    - dense: {{units: 64, activation: relu, kernel_initializer: "
                    "he_normal}}\n"
                    "    - dense: {{units: {}, activation: softmax}}\n",
                    classes);
  first.yaml += training({128, 8, 3}, ending_for(data::Task::multiclass, classes), "1e-3");
  return first;
}

std::optional<FirstExperiment> first_of_pictures(const FirstExperimentOptions& options,
                                                 const std::vector<Found>& files) {
  std::vector<Found> pictures;
  std::copy_if(files.begin(), files.end(), std::back_inserter(pictures),
               [](const Found& found) { return is_picture(found.file); });
  if (pictures.empty() || 2 * pictures.size() < files.size()) return std::nullopt;
  if (const auto [images, masks] = mask_folders(options.data); !images.empty() && !masks.empty())
    return first_of_masks(options, images, masks, pictures);
  // torchvision's layout, the training's and the test's folders perhaps beside each other.
  const bool parted = fs::is_directory(options.data / "train");
  const fs::path train = parted ? options.data / "train" : options.data;
  fs::path test;
  for (const char* name : {"test", "val", "valid"})
    if (parted && test.empty() && fs::is_directory(options.data / name)) test = options.data / name;
  std::map<std::string, std::int64_t> labels;
  for (const auto& found : pictures) {
    const auto inside = found.file.lexically_relative(train);
    if (inside.empty() || *inside.begin() == "..") continue;
    ++labels[std::next(inside.begin()) == inside.end() ? "" : inside.begin()->string()];
  }
  if (labels.size() < 2 || labels.contains(""))
    fail("E-CLI-12", "{}: images whose classes are no folders; put those of each class into one",
         train.string());
  const auto look = look_at(pictures);
  FirstExperiment first;
  const auto skip = skip_line(pictures, first.notes);
  first.kind = "image_folder";
  first.target.task = labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
  first.found.columns = {"class", "images"};
  for (const auto& [label, count] : labels) {
    first.target.labels.push_back(label);
    first.found.rows.push_back({{label}, {with_commas(count)}});
  }
  const auto classes = static_cast<std::int64_t>(labels.size());
  first.yaml = heading(options, with_commas(std::ssize(pictures)) + " images") + "data:\n";
  first.yaml += fmt::format("  train: {{folder: {}}}\n", path_in(options, train));
  if (!test.empty()) first.yaml += fmt::format("  test: {{folder: {}}}\n", path_in(options, test));
  first.yaml += (test.empty() ? "  split: {train: 0.7, validation: 0.15, test: 0.15, seed: 1}\n"
                              : "  validation: 0.15  # of the training images\n") +
                skip + images_line(look, "");
  first.yaml +=
      "  augment:  # of training images, anew in each epoch\n"
      "    flip: horizontal\n"
      "    shift: 0.1\n"
      "model:\n  layers:\n" +
      block(32, 3) + kHalve + block(64, 3) + kHalve + block(128, 3) +
      fmt::format(
          "    - global_average_pool2d: {{}}\n    - dropout: {{rate: 0.3}}\n"
          "    - dense: {{units: {}, activation: softmax}}\n",
          classes);
  first.yaml += training({32, 30, 6}, ending_for(data::Task::multiclass, classes), "1e-3");
  return first;
}

}  // namespace

std::optional<FirstExperiment> first_of_images(const FirstExperimentOptions& options,
                                               const std::vector<Found>& files) {
  if (auto first = first_of_idx(options, files)) return first;
  return first_of_pictures(options, files);
}

}  // namespace glia::cli
