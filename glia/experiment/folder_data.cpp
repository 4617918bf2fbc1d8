#include "glia/experiment/folder_data.h"

#include <algorithm>
#include <numeric>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/base/threads.h"
#include "glia/data/split.h"
#include "glia/experiment/augment_settings.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/previews.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::int64_t>;

// Images that can be read, and their masks where they have any.
struct Found {
  data::ImageFiles files;
  std::vector<fs::path> masks;
};

Found found(const FolderFiles& from, const std::vector<std::string>& classes) {
  if (from.masks.empty())
    return {from.manifest.empty()
                ? data::list_image_folder(from.folder, classes)
                : data::read_image_manifest(from.manifest, from.path, from.label, classes),
            {}};
  Found found{data::list_images(from.images), {}};
  found.masks = data::masks_of(found.files, from.masks);
  return found;
}

// Without what cannot be read, which is counted, or refused.
Found usable(Found all, bool skip, std::vector<std::string>& notes) {
  notes.insert(notes.end(), all.files.notes.begin(), all.files.notes.end());
  const auto check = skip ? data::ImageCheck::pixels : data::ImageCheck::head;
  data::ImageFiles masks;
  masks.paths = all.masks;
  Rows bad;
  std::string first;
  for (const auto* files : {&all.files, &masks}) {
    const auto damaged = data::find_damaged(*files, check, usable_threads());
    if (!skip) data::refuse_damaged(damaged, files->size());
    if (damaged.rows.empty()) continue;
    note_left_out(fmt::format("{} of {} images are left out", with_commas(std::ssize(damaged.rows)),
                              with_commas(files->size())),
                  std::ssize(damaged.rows), damaged.messages, notes);
    if (first.empty()) first = damaged.messages.front();
    bad.insert(bad.end(), damaged.rows.begin(), damaged.rows.end());
  }
  if (bad.empty()) return all;
  std::sort(bad.begin(), bad.end());
  Rows good;
  for (std::int64_t row = 0; row < all.files.size(); ++row)
    if (!std::binary_search(bad.begin(), bad.end(), row)) good.push_back(row);
  if (good.empty())
    fail("E-DATA-139", "none of the {} images can be read; the first: {}",
         with_commas(all.files.size()), first);
  Found rest{all.files.subset(good), {}};
  for (const auto row : good)
    if (!all.masks.empty()) rest.masks.push_back(all.masks[static_cast<std::size_t>(row)]);
  return rest;
}

// Of names and sizes: contents would have to be read whole. Names from the folder on, so that a
// folder may be moved.
std::string digest_of(const Found& found, const std::vector<fs::path>& places) {
  const fs::path root = places.empty() ? fs::path() : places.front();
  Sha256 sha;
  std::error_code error;
  for (const auto& path : found.files.paths)
    sha.update(
        fmt::format("{} {}\n", path.lexically_relative(root).native(), fs::file_size(path, error)));
  for (const auto label : found.files.labels) sha.update(fmt::format("{}\n", label));
  return sha.hex();
}

std::vector<fs::path> paths_at(const Found& found, const Rows& rows) {
  return found.files.subset(rows).paths;
}

Tensor classes_of(const Found& found) {
  return Tensor::of<std::int64_t>({found.files.size()}, found.files.labels);
}

// As the loss wants the targets.
data::ImageSource source_of(const Found& found, const nn::Loss& loss, const data::Target& target,
                            data::MaskKind mask, const data::ImageOptions& options) {
  if (!found.masks.empty()) return {found.files.paths, found.masks, mask, options};
  const bool one_hot = loss.target == nn::Loss::Target::one_hot;
  return {found.files.paths, targets_for(loss, classes_of(found), target.classes(), one_hot),
          options};
}

void refuse_overlap(const data::Leakage& equal, const Found& test) {
  if (equal.equal_rows > 0 && equal.equal_rows == test.files.size())
    fail("E-DATA-60",
         "every one of the {} test images stands in the training images too; name another folder",
         with_commas(equal.equal_rows));
}

}  // namespace

std::vector<data::Field> FolderEncoder::inputs() const {
  const std::int64_t channels = images.colour == data::Colour::rgb ? 3 : 1;
  return {{"features", DType::f32, Shape{channels, images.height, images.width}}};
}

std::vector<fs::path> FolderFiles::places() const {
  std::vector<fs::path> named;
  for (const auto* path : {&folder, &manifest, &images, &masks})
    if (!path->empty()) named.push_back(*path);
  return named;
}

std::shared_ptr<const DataPlan> FolderData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<FolderData>(*this);
  for (auto* files : {&plan->train, &plan->test})
    for (auto* path : {&files->folder, &files->manifest, &files->images, &files->masks})
      if (!path->empty()) *path = find(*path);
  return plan;
}

data::Target FolderData::target_of(const data::ImageFiles& files) const {
  data::Target target;
  target.column = train.masks.empty() ? "label" : "mask";
  target.labels = train.masks.empty() ? files.classes : labels;
  if (target.labels.empty() && mask == data::MaskKind::binary)
    target.labels = {"background", "object"};
  if (target.labels.size() < 2)
    fail("E-DATA-20", "images: {} {}; expected two classes at least{}", target.labels.size(),
         target.labels.size() == 1 ? "class" : "classes",
         train.masks.empty() ? "" : ": name those of the masks with data.labels");
  target.task = target.labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
  return target;
}

Prepared FolderData::prepare(const Experiment& e) const {
  Prepared prepared;
  const Found all = usable(found(train, {}), skip, prepared.notes);
  Encoding encoding{nullptr, target_of(all.files), {}};
  const auto classes = all.masks.empty() ? all.files.labels : Rows{};
  auto parts = parts_of(split, all.files.size(), split_options(split, classes, encoding.target));
  draw_training_rows(split, classes, encoding.target, {}, parts);
  const data::ImageSource source = source_of(all, e.fit.loss, encoding.target, mask, images);
  auto encoder = std::make_shared<FolderEncoder>();
  encoder->images = images;
  if (standardize) {
    const auto fitted =
        data::measure_pixels(source.subset(parts.train), e.fit.seed, 2000, usable_threads());
    encoder->images.pixels.mean = fitted.mean, encoder->images.pixels.std = fitted.std;
    if (fitted.rows < std::ssize(parts.train))
      prepared.notes.push_back(fmt::format(
          "mean and deviation of the pixels are those of {} training images, drawn of {}",
          with_commas(fitted.rows), with_commas(std::ssize(parts.train))));
  }
  const auto& pixels = encoder->images.pixels;
  const auto part = [&](const Rows& rows) -> std::shared_ptr<const data::Source> {
    if (rows.empty()) return nullptr;
    return std::make_shared<data::ImageSource>(source.subset(rows).with_pixels(pixels));
  };
  prepared.train = augmented(part(parts.train), augment, pixels, e.fit.seed);
  prepared.validation = part(parts.validation);
  prepared.test = part(parts.test);
  prepared.rows = parts;
  const auto training = paths_at(all, parts.train);
  const auto equal = [&](const std::vector<fs::path>& paths) {
    return data::count_equal_files(training, paths);
  };
  note_equal_rows("validation images", equal(paths_at(all, parts.validation)).equal_rows,
                  prepared.notes);
  prepared.equal_rows = equal(paths_at(all, parts.test)).equal_rows;
  prepared.training_digest = prepared.fingerprint = digest_of(all, train.places());
  if (test.given() && split.fold == 0) {
    const Found other = usable(found(test, encoding.target.labels), skip, prepared.notes);
    // Rows that are held out for validation count here too: they are of the same files.
    refuse_overlap(data::count_equal_files(all.files.paths, other.files.paths), other);
    prepared.equal_rows = equal(other.files.paths).equal_rows;
    prepared.test = std::make_shared<data::ImageSource>(
        source_of(other, e.fit.loss, encoding.target, mask, encoder->images));
    prepared.rows.test = data::all_rows(other.files.size());
    prepared.fingerprint = sha256_hex(prepared.fingerprint + digest_of(other, test.places()));
  }
  note_equal_rows("test images", prepared.equal_rows, prepared.notes);
  note_parts(split, prepared);
  encoding.encoder = std::move(encoder);
  prepared.encoding = std::move(encoding);
  return prepared;
}

NewRows FolderData::labelled(const Bundle& bundle, const std::vector<fs::path>& files) const {
  const auto& encoder = bundle.encoding.as<FolderEncoder>();
  FolderFiles from = train;
  from.folder.clear(), from.manifest.clear();
  if (files.size() == 2)
    from.images = files[0], from.masks = files[1];
  else
    (fs::is_directory(files.front()) ? from.folder : from.manifest) = files.front();
  if ((files.size() == 2) != !train.masks.empty())
    fail("E-BUNDLE-04", "{}: this model takes {}", files.front().string(),
         train.masks.empty() ? "a folder of classes, or a manifest with labels"
                             : "a folder of images and one of their masks");
  if (files.size() == 1) from.images.clear(), from.masks.clear();
  NewRows result;
  std::vector<std::string> notes;
  const auto& target = bundle.encoding.target;
  const Found all =
      usable(found(from, target.labels), false, notes);  // no row of a judgement is skipped
  result.rows = std::make_shared<data::ImageSource>(
      source_of(all, bundle.experiment.fit.loss, target, mask, encoder.images));
  result.trained_on = digest_of(all, from.places()) == bundle.training_digest;
  return result;
}

NewRows FolderData::unlabelled(const Bundle& bundle, const fs::path& file) const {
  const auto& encoder = bundle.encoding.as<FolderEncoder>();
  std::vector<std::string> notes;
  const Found all = usable({data::list_images(file), {}}, false, notes);
  NewRows result;
  result.rows = std::make_shared<data::ImageSource>(
      all.files.paths, Tensor(DType::i64, {all.files.size()}), encoder.images);
  result.id_name = "file";
  for (const auto& path : all.files.paths)
    result.ids.push_back(path == file ? path.filename().native()
                                      : path.lexically_relative(file).native());
  return result;
}

RawRows FolderData::raw(Part part, std::span<const std::int64_t> places) const {
  const auto& from = part == Part::test && test.given() ? test : train;
  std::vector<std::string> notes;
  const Found all = usable(found(from, {}), skip, notes);
  expect_places(places, all.files.size(), from.places().front());
  const auto files = all.files.subset({places.begin(), places.end()});
  // As the model sees them: small.
  data::ImageSource source(files.paths, Tensor(DType::i64, {files.size()}), images);
  data::Batch batch = source.allocate(files.size());
  const auto rows = data::all_rows(files.size());
  batch.count = files.size(), batch.rows = rows;
  source.fill(batch);
  RawRows raw;
  for (std::int64_t i = 0; i < files.size(); ++i) {
    const auto& path = files.paths[static_cast<std::size_t>(i)];
    raw.names.push_back(path.lexically_relative(from.places().front()).native());
    raw.pictures.push_back(picture_of(batch.features, i, images.pixels, ""));
    if (!all.masks.empty()) continue;
    raw.truth.push_back(
        files.classes[static_cast<std::size_t>(files.labels[static_cast<std::size_t>(i)])]);
  }
  return raw;
}

report::Document FolderData::preview(const Prepared& prepared,
                                     const PreviewOptions& options) const {
  return image_preview(prepared, prepared.encoding.as<FolderEncoder>().images.pixels, options);
}

}  // namespace glia::experiment
