// The `data` section of an experiment on image files, and its encoding.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/experiment/augment_settings.h"
#include "glia/experiment/folder_data.h"
#include "glia/experiment/kinds.h"

namespace glia::experiment {
namespace {

using data::Colour, data::Fit;
using nlohmann::json;

// What people who look for objects would write.
constexpr const char* kBoxes[] = {"boxes", "annotations"};

void refuse_boxes(Settings& s) {
  for (const char* key : kBoxes)
    if (s.has(key))
      fail(
          "E-DATA-243",
          "{}: an experiment learns a label or a mask for each image, and no boxes yet; take masks "
          "(images: NAME, masks: NAME), or write the training in C++, where data::move_boxes moves "
          "boxes along with their image (docs/images.md)",
          s.where(key));
}
constexpr auto kMasks = "images with masks (train: {images: FOLDER, masks: FOLDER})";

FolderFiles read_files(Settings& s, const Places& places) {
  refuse_boxes(s);
  FolderFiles files;
  const auto place = [&](const char* key, const char* meaning, std::filesystem::path& path) {
    if (const auto name = s.text(key, meaning)) path = places.find(s, key, *name);
  };
  place("folder", "of image files: a folder in it for each class", files.folder);
  place("manifest", "instead, a CSV file with the path and the label of each image",
        files.manifest);
  files.path = s.text("path", files.path, "of a manifest: the column of the files, from its place");
  files.label = s.text("label", files.label, "of a manifest: the column of the labels");
  place("images", "instead, a folder of images without classes", files.images);
  place("masks", "and one of their masks, of the same names", files.masks);
  const FolderFiles standard;
  constexpr auto kManifest = "files that a CSV file lists (manifest: FILE)";
  expect_used(s, "path", !files.manifest.empty(), files.path != standard.path, kManifest);
  expect_used(s, "label", !files.manifest.empty(), files.label != standard.label, kManifest);
  const bool pair = !files.images.empty() && !files.masks.empty();
  if (!s.describing() &&
      (files.places().size() != (pair ? 2 : 1) || !(pair || files.images.empty())))
    fail("E-EXP-04", "{}: expected `folder`, or `manifest`, or `images` and `masks`", s.where());
  return files;
}

// Numbers of each channel; one stands for all.
std::vector<float> numbers(Settings& s, const std::string& key, std::string_view meaning,
                           std::size_t channels) {
  std::vector<float> all;
  for (const double x : s.reals(key, {}, meaning)) all.push_back(static_cast<float>(x));
  if (!s.describing() && all.size() > 1 && all.size() != channels)
    fail("E-EXP-05", "{}: got {} numbers, expected one for each of the {} channels", s.where(key),
         all.size(), channels);
  return s.describing() ? std::vector<float>{} : all;
}

void read_normalize(Settings& s, FolderData& plan) {
  const std::size_t channels = plan.images.colour == Colour::rgb ? 3 : 1;
  const auto how =
      s.one_of("normalize", "standardize", {"standardize", "imagenet", "none"},
               "by mean and deviation of the training pixels, of ImageNet's, or / 255");
  auto& pixels = plan.images.pixels;
  pixels.mean = numbers(s, "mean", "of each channel, 0 to 1, instead of normalize", channels);
  pixels.std = numbers(s, "std", "of each channel, likewise", channels);
  if (pixels.mean.empty() != pixels.std.empty())
    fail("E-EXP-04", "{}: mean and std belong together", s.where());
  plan.standardize = pixels.mean.empty() && how == "standardize";
  if (!pixels.mean.empty() || how != "imagenet") return;
  if (channels == 1)
    fail("E-EXP-05", "{}: ImageNet's are of three channels; say channels: rgb",
         s.where("normalize"));
  pixels.mean = {0.485f, 0.456f, 0.406f}, pixels.std = {0.229f, 0.224f, 0.225f};
}

void read_images(Settings& s, FolderData& plan) {
  auto& o = plan.images;
  const auto size = s.integers<int>("size", {o.height, o.width},
                                    "pixels of what the network gets: one, or height and width", 2);
  o.height = size[0], o.width = size[1];
  o.colour =
      s.one_of("channels", "rgb", {"rgb", "grey"}, "of it") == "rgb" ? Colour::rgb : Colour::grey;
  const auto fit = s.one_of("fit", "crop", {"crop", "stretch", "pad"},
                            "the middle; all of it, distorted; or all of it, with black beside");
  o.fit = fit == "crop" ? Fit::crop : fit == "stretch" ? Fit::stretch : Fit::pad;
  o.resize = s.integer("resize", 0,
                       "of crop: what the shorter side is made before; 0: as small as size allows",
                       {.least = 0});
  expect_used(s, "resize", o.fit == Fit::crop, o.resize != 0, "the middle of images (fit: crop)");
  read_normalize(s, plan);
  plan.mask = s.one_of("mask", "binary", {"binary", "classes"},
                       "bytes of masks: above 127 or not, or numbers of classes") == "binary"
                  ? data::MaskKind::binary
                  : data::MaskKind::classes;
  expect_used(s, "mask", !plan.train.masks.empty(), plan.mask != data::MaskKind::binary, kMasks);
  s.done();
}

std::shared_ptr<DataPlan> read_folders(Settings& data, const Places& places,
                                       const std::vector<std::string>& outputs) {
  if (!outputs.empty())
    fail("E-EXP-05", "{}: images have one target, and the model has {} outputs",
         data.where("train"), outputs.size());
  auto plan = std::make_shared<FolderData>();
  Settings train = data.required_map("train", "where the images are", "{folder: NAME}");
  plan->train = read_files(train, places);
  train.done();
  if (auto test = data.map("test", "likewise, of images that are looked at once, at the end")) {
    plan->test = read_files(*test, places);
    test->done();
    if (!data.describing() && plan->test.masks.empty() != plan->train.masks.empty())
      fail("E-EXP-05", "{}: training and test both have masks, or both labels", data.where("test"));
  }
  Settings images = data.map_or_empty("images", "how they are made one size", "size");
  read_images(images, *plan);
  plan->labels = data.texts("labels", {}, "of masks: names of the classes");
  expect_used(data, "labels", !plan->train.masks.empty(), !plan->labels.empty(), kMasks);
  plan->skip = data.one_of("on_error", "fail", {"fail", "skip"},
                           "what is done about damaged files; skip counts them") == "skip";
  plan->augment = read_augment(data);
  plan->augment.masks = !plan->train.masks.empty();
  return plan;
}

json to_json(const Encoding& encoding) {
  const auto* folder = dynamic_cast<const FolderEncoder*>(encoding.encoder.get());
  if (!folder) return {};
  const auto& o = folder->images;
  return {{"width", o.width},
          {"height", o.height},
          {"grey", o.colour == Colour::grey},
          {"fit", static_cast<int>(o.fit)},
          {"resize", o.resize},
          {"mean", o.pixels.mean},
          {"std", o.pixels.std},
          {"target", json::parse(data::to_json(encoding.target))}};
}

Encoding from_json(const json& j) {
  auto folder = std::make_shared<FolderEncoder>();
  auto& o = folder->images;
  o.width = j.at("width").get<int>(), o.height = j.at("height").get<int>();
  o.colour = j.at("grey").get<bool>() ? Colour::grey : Colour::rgb;
  const int fit = j.at("fit").get<int>();
  if (fit < 0 || fit > static_cast<int>(Fit::pad))
    fail("E-BUNDLE-02", "encoding.json: the fit of images is {}, expected 0 to 2", fit);
  o.fit = static_cast<Fit>(fit);
  o.resize = j.at("resize").get<int>();
  o.pixels.mean = j.at("mean").get<std::vector<float>>();
  o.pixels.std = j.at("std").get<std::vector<float>>();
  return {folder, data::target_from_json(j.at("target").dump()), {}};
}

bool claims(Settings& data) {
  if (data.has("train", "folder") || data.has("train", "manifest") || data.has("train", "masks"))
    return true;
  return std::any_of(std::begin(kBoxes), std::end(kBoxes),
                     [&](const char* key) { return data.has("train", key); });
}

}  // namespace

constinit const DataKind folder_kind{
    .name = "image_folder",
    .summary = "where rows are image files (JPEG, PNG, WebP) with labels or masks",
    .claims = claims,
    .read = read_folders,
    .to_json = to_json,
    .from_json = from_json,
};

}  // namespace glia::experiment
