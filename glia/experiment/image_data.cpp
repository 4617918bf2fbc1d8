#include "glia/experiment/image_data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/idx.h"
#include "glia/data/leakage.h"
#include "glia/data/split.h"
#include "glia/experiment/augment_settings.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/previews.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Rows = std::vector<std::int64_t>;

// The file's number of a chosen class: its place among the names, or the number that it is.
std::int64_t number_of(const ImageData& plan, const std::string& name) {
  const auto at = std::find(plan.labels.begin(), plan.labels.end(), name);
  if (at != plan.labels.end()) return at - plan.labels.begin();
  std::int64_t number = -1;
  if (plan.labels.empty() && read_whole(name, number) == std::errc() && number < 256) return number;
  return -1;
}

void expect_classes(const ImageData& plan, Settings& data) {
  std::set<std::string> seen;
  for (const auto& name : plan.classes)
    if (number_of(plan, name) < 0)
      fail("E-EXP-05", "{}: there is no class '{}'{}", data.where("classes"), shown(name),
           plan.labels.empty() ? "; expected numbers from 0 to 255, or names with data.labels"
                               : suggest(name, plan.labels));
    else if (!seen.insert(name).second)
      fail("E-EXP-05", "{}: the class '{}' stands there twice", data.where("classes"), shown(name));
  if (plan.classes.size() == 1)
    fail("E-EXP-05", "{}: expected two classes or more", data.where("classes"));
}

std::shared_ptr<DataPlan> read_images(Settings& data, const Places& places,
                                      const std::vector<std::string>& outputs) {
  if (!outputs.empty())
    fail("E-EXP-05", "{}: images with labels have one target, and the model has {} outputs",
         data.where("train"), outputs.size());
  auto plan = std::make_shared<ImageData>();
  ImageData& images = *plan;
  auto train = data.map("train", "images and labels in IDX files, as they are or packed by gzip");
  images.train_images =
      places.find(*train, "images", train->required_text("images", "a file of images"));
  images.train_labels =
      places.find(*train, "labels", train->required_text("labels", "a file of their labels"));
  train->done();
  if (auto test = data.map("test", "the same of images that are looked at once, at the end")) {
    images.test_images =
        places.find(*test, "images", test->required_text("images", "a file of images"));
    images.test_labels =
        places.find(*test, "labels", test->required_text("labels", "a file of their labels"));
    test->done();
  }
  images.labels = data.texts("labels", {}, "names of the classes; unless given their numbers");
  images.classes = data.texts("classes", {}, "images of these alone are taken; unless given all");
  expect_classes(images, data);
  images.standardize =
      data.flag("standardize", true, "pixels to mean 0 and deviation 1; otherwise / 255");
  images.augment = read_augment(data);
  return plan;
}

void expect_one_label_each(const Tensor& images, const Tensor& labels,
                           const std::filesystem::path& file) {
  if (images.shape()[0] != labels.shape()[0])
    fail("E-DATA-45", "{}: {} labels for {} images", file.string(), labels.shape()[0].text(),
         images.shape()[0].text());
}

// Images with labels, of the chosen classes alone.
struct Labelled {
  Tensor images;   // u8 [N, H, W]
  Tensor classes;  // i64 [N], numbers among the target's
  Rows places;     // of each in its file
};

void expect_labels_below(const Tensor& labels, std::int64_t classes,
                         const std::filesystem::path& file) {
  const auto all = labels.data<std::uint8_t>();
  const auto above =
      std::find_if(all.begin(), all.end(), [&](auto label) { return label >= classes; });
  if (above != all.end())
    fail("E-DATA-22",
         "{}: image {} (counted from 0) has the label {}; expected 0 to {}: the model "
         "and `data.labels` have {} classes",
         file.string(), above - all.begin(), *above, classes - 1, classes);
}

Tensor with_channel(const Tensor& images) {
  const Shape& s = images.shape();
  return images.reshaped({s[0], 1, s[1], s[2]});
}

data::Pixels fitted_pixels(const Tensor& images, const Rows& rows, bool standardize) {
  data::Pixels pixels;
  if (!standardize) return pixels;
  const auto bytes = images.data<std::uint8_t>();
  const std::int64_t each = images.size() / images.shape()[0].value();
  std::uint64_t sum = 0, squares = 0;  // exact
  for (const auto row : rows)
    for (std::int64_t i = 0; i < each; ++i) {
      const std::uint64_t v = bytes[static_cast<std::size_t>(row * each + i)];
      sum += v, squares += v * v;
    }
  const double n = static_cast<double>(each) * static_cast<double>(rows.size());
  const double mean = static_cast<double>(sum) / n;
  const double deviation = std::sqrt(std::max(0.0, static_cast<double>(squares) / n - mean * mean));
  pixels.mean = {static_cast<float>(mean / 255)};
  pixels.std = {static_cast<float>(deviation > 0 ? deviation / 255 : 1)};
  return pixels;
}

// Of numbers, u8 [N], as the file has them.
data::Target labels_of(const ImageData& plan, const Tensor& numbers) {
  data::Target target;
  target.column = "label";
  std::int64_t most = 0;
  for (const auto label : numbers.data<std::uint8_t>()) most = std::max<std::int64_t>(most, label);
  const auto named = static_cast<std::int64_t>(plan.labels.size());
  if (named > 0) expect_labels_below(numbers, named, plan.train_labels);
  target.labels = plan.classes;
  if (target.labels.empty())
    for (std::int64_t c = 0; c < std::max(named, most + 1); ++c)
      target.labels.push_back(named > 0 ? plan.labels[static_cast<std::size_t>(c)]
                                        : std::to_string(c));
  target.task = target.labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
  return target;
}

// E-DATA-22 for a label that the target has not; where classes were chosen, such images are left
// out.
Labelled chosen(const ImageData& plan, Tensor images, const Tensor& numbers,
                const data::Target& target, const fs::path& file) {
  const std::int64_t rows = images.shape()[0].value();
  if (plan.classes.empty()) {
    expect_labels_below(numbers, target.classes(), file);
    return {std::move(images), numbers.to(DType::i64), data::all_rows(rows)};
  }
  std::vector<std::int64_t> class_of(256, -1);
  for (std::size_t c = 0; c < plan.classes.size(); ++c)
    class_of[static_cast<std::size_t>(number_of(plan, plan.classes[c]))] =
        static_cast<std::int64_t>(c);
  Labelled some;
  std::vector<std::int64_t> classes;
  for (std::int64_t row = 0; row < rows; ++row)
    if (const auto c = class_of[numbers.data<std::uint8_t>()[static_cast<std::size_t>(row)]];
        c >= 0)
      some.places.push_back(row), classes.push_back(c);
  for (std::size_t c = 0; c < plan.classes.size(); ++c)
    if (std::find(classes.begin(), classes.end(), static_cast<std::int64_t>(c)) == classes.end())
      fail("E-EXP-05", "data.classes: {} has no image of the class '{}'", file.string(),
           shown(plan.classes[c]));
  some.classes = Tensor::of<std::int64_t>({std::ssize(classes)}, classes);
  some.images = Tensor(DType::u8, {std::ssize(classes), images.shape()[1], images.shape()[2]});
  const auto each = images.bytes() / static_cast<std::size_t>(rows);
  auto* to = some.images.raw();
  for (const auto row : some.places) {
    std::memcpy(to, images.raw() + static_cast<std::size_t>(row) * each, each);
    to += each;
  }
  return some;
}

// Labelled images of the size that a model takes.
void expect_shape(const Tensor& images, const ImageEncoder& encoder, const fs::path& file) {
  const Shape& s = images.shape();
  if (!(Shape{1, s[1], s[2]} == encoder.shape))
    fail("E-SHAPE-01", "{}: images are {}, the model takes {}; bring them to that size first",
         file.string(), s.text(), encoder.shape.text());
}

json to_json(const Encoding& encoding) {
  const auto* images = dynamic_cast<const ImageEncoder*>(encoding.encoder.get());
  if (!images) return {};
  return {{"shape", images->shape.sizes()},
          {"scale", images->pixels.scale},
          {"mean", images->pixels.mean},
          {"std", images->pixels.std},
          {"labels", encoding.target.labels}};
}

Encoding from_json(const json& j) {
  auto images = std::make_shared<ImageEncoder>();
  images->shape = Shape(j.at("shape").get<std::vector<std::int64_t>>());
  if (images->shape.rank() != 3)
    fail("E-BUNDLE-02", "encoding.json: the shape of images is {}, expected three dimensions",
         images->shape.text());
  images->pixels.scale = j.at("scale").get<float>();
  images->pixels.mean = j.at("mean").get<std::vector<float>>();
  images->pixels.std = j.at("std").get<std::vector<float>>();
  Encoding encoding{images, {}, {}};
  encoding.target.labels = j.at("labels").get<std::vector<std::string>>();
  encoding.target.column = "label";
  encoding.target.task =
      encoding.target.labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
  return encoding;
}

}  // namespace

constinit const DataKind image_kind{
    .name = "images",
    .summary = "where rows are images with labels (IDX)",
    .claims = [](Settings& data) { return data.is_map("train"); },
    .read = read_images,
    .to_json = to_json,
    .from_json = from_json,
};

std::vector<fs::path> ImageData::test_files() const {
  if (test_images.empty()) return {};
  return {test_images, test_labels};
}

std::shared_ptr<const DataPlan> ImageData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<ImageData>(*this);
  for (auto* file :
       {&plan->train_images, &plan->train_labels, &plan->test_images, &plan->test_labels})
    if (!file->empty()) *file = find(*file);
  return plan;
}

Prepared ImageData::prepare(const Experiment& e) const {
  if (!test_images.empty()) data::refuse_same_file(train_images, test_images);
  const Tensor all_images = data::read_idx_images(train_images);
  const Tensor numbers = data::read_idx_labels(train_labels);
  expect_one_label_each(all_images, numbers, train_labels);
  auto encoder = std::make_shared<ImageEncoder>();
  Encoding encoding{encoder, labels_of(*this, numbers), {}};
  const auto [images, classes, places] =
      chosen(*this, all_images, numbers, encoding.target, train_labels);
  const auto of_rows = class_numbers(classes);
  auto parts =
      parts_of(split, images.shape()[0].value(), split_options(split, of_rows, encoding.target));
  draw_training_rows(split, of_rows, encoding.target, {}, parts);
  encoder->pixels = fitted_pixels(images, parts.train, standardize);
  encoder->shape = Shape{1, images.shape()[1], images.shape()[2]};
  const auto dataset = [&](const Tensor& x, const Tensor& y) {
    const bool one_hot = e.fit.loss.target == nn::Loss::Target::one_hot;
    return data::Dataset(with_channel(x),
                         targets_for(e.fit.loss, y, encoding.target.classes(), one_hot), {},
                         encoder->pixels);
  };
  const data::Dataset all = dataset(images, classes);
  const auto part = [&](const Rows& rows) {
    return std::make_shared<data::Dataset>(all.subset(rows));
  };
  Prepared prepared;
  prepared.train = augmented(part(parts.train), augment, encoder->pixels, e.fit.seed);
  if (e.fit.loss.target == nn::Loss::Target::one_hot)
    prepared.notes.push_back(
        fmt::format("[{}] the numbers of classes are made rows of 0 and 1 for it; "
                    "sparse_categorical_crossentropy takes them as they are",
                    e.fit.loss.name));
  prepared.training_digest = data::content_digest(images);
  if (!parts.validation.empty()) prepared.validation = part(parts.validation);
  if (!parts.test.empty()) prepared.test = part(parts.test);
  const auto in_file = [&](Rows rows) {
    for (auto& row : rows) row = places[static_cast<std::size_t>(row)];
    return rows;
  };
  prepared.rows = {in_file(parts.train), in_file(parts.validation), in_file(parts.test)};
  const auto equal = [&](const Rows& rows) {
    return rows.empty() ? 0
                        : data::count_equal_images(images, parts.train, images, rows).equal_rows;
  };
  note_equal_rows("validation images", equal(parts.validation), prepared.notes);
  prepared.equal_rows = equal(parts.test);
  Sha256 sha;
  sha.update({all_images.raw(), all_images.bytes()});
  sha.update({numbers.raw(), numbers.bytes()});
  if (!test_images.empty() && split.fold == 0) {
    const Tensor all_test = data::read_idx_images(test_images);
    const Tensor truth = data::read_idx_labels(test_labels);
    expect_one_label_each(all_test, truth, test_labels);
    const auto [test, test_classes, test_rows] =
        chosen(*this, all_test, truth, encoding.target, test_labels);
    if (!(Shape{1, test.shape()[1], test.shape()[2]} == encoder->shape))
      fail("E-SHAPE-01", "{}: images are {}, those of the training {}", test_images.string(),
           test.shape().text(), images.shape().text());
    prepared.equal_rows =
        data::check_leakage(images, train_images.string(), test, test_images.string()).equal_rows;
    prepared.test = std::make_shared<data::Dataset>(dataset(test, test_classes));
    prepared.rows.test = test_rows;
    sha.update({all_test.raw(), all_test.bytes()});
    sha.update({truth.raw(), truth.bytes()});
  }
  note_equal_rows("test images", prepared.equal_rows, prepared.notes);
  note_parts(split, prepared);
  prepared.encoding = std::move(encoding);
  prepared.fingerprint = sha.hex();
  return prepared;
}

NewRows ImageData::labelled(const Bundle& bundle, const std::vector<fs::path>& files) const {
  if (files.size() != 2)
    fail("E-BUNDLE-04", "{}: this model takes images, with a file of their labels",
         files.front().string());
  const auto& encoder = bundle.encoding.as<ImageEncoder>();
  const Tensor all = data::read_idx_images(files[0]), numbers = data::read_idx_labels(files[1]);
  expect_shape(all, encoder, files[0]);
  expect_one_label_each(all, numbers, files[1]);
  const auto [x, y, places] = chosen(*this, all, numbers, bundle.encoding.target, files[1]);
  const bool one_hot = bundle.experiment.fit.loss.target == nn::Loss::Target::one_hot;
  const Tensor targets =
      targets_for(bundle.experiment.fit.loss, y, bundle.encoding.target.classes(), one_hot);
  NewRows result;
  result.rows = std::make_shared<data::Dataset>(with_channel(x), targets, Tensor(), encoder.pixels);
  result.trained_on = data::content_digest(x) == bundle.training_digest;
  return result;
}

NewRows ImageData::unlabelled(const Bundle& bundle, const fs::path& file) const {
  const auto& encoder = bundle.encoding.as<ImageEncoder>();
  const Tensor images = data::read_idx_images(file);
  expect_shape(images, encoder, file);
  NewRows result;
  result.rows = std::make_shared<data::Dataset>(with_channel(images),
                                                Tensor(DType::i64, {images.shape()[0].value()}),
                                                Tensor(), encoder.pixels);
  return result;
}

RawRows ImageData::raw(Part part, std::span<const std::int64_t> places) const {
  const bool own = part == Part::test && !test_images.empty();
  const auto& file = own ? test_images : train_images;
  const Tensor images = data::read_idx_images(file);
  const Tensor numbers = data::read_idx_labels(own ? test_labels : train_labels);
  expect_one_label_each(images, numbers, own ? test_labels : train_labels);
  expect_places(places, images.shape()[0].value(), file);
  const auto height = images.shape()[1].value(), width = images.shape()[2].value();
  const auto bytes = images.data<std::uint8_t>();
  RawRows raw;
  for (const auto place : places) {
    const auto* from = bytes.data() + place * height * width;
    raw.pictures.push_back({.width = static_cast<int>(width),
                            .height = static_cast<int>(height),
                            .pixels = {from, from + height * width}});
    const auto label = static_cast<std::size_t>(numbers.at(place));
    raw.truth.push_back(label < labels.size() ? labels[label] : std::to_string(label));
  }
  return raw;
}

report::Document ImageData::preview(const Prepared& prepared, const PreviewOptions& options) const {
  return image_preview(prepared, prepared.encoding.as<ImageEncoder>().pixels, options);
}

}  // namespace glia::experiment
