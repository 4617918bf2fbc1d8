#include "glia/experiment/array_data.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/leakage.h"
#include "glia/data/npy.h"
#include "glia/data/split.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Rows = std::vector<std::int64_t>;

bool is_archive(const fs::path& file) { return file.extension() == ".npz"; }

ArrayFiles read_files(Settings& s, const Places& places) {
  ArrayFiles files;
  const auto features = s.required_text("features", "a .npy file; or of `file` the array's name");
  const auto targets = s.required_text("targets", "a .npy file; or of `file` the array's name");
  if (const auto file = s.text("file", "a .npz file that has both")) {
    files.features = files.targets = places.find(s, "file", *file);
    files.features_name = features, files.targets_name = targets;
  } else {
    files.features = places.find(s, "features", features);
    files.targets = places.find(s, "targets", targets);
  }
  s.done();
  return files;
}

std::shared_ptr<DataPlan> read_arrays(Settings& data, const Places& places,
                                      const std::vector<std::string>& outputs) {
  if (!outputs.empty())
    fail("E-EXP-05", "{}: arrays have one target, and the model has {} outputs",
         data.where("train"), outputs.size());
  auto plan = std::make_shared<ArrayData>();
  auto train = data.required_map("train", "arrays of features and targets, with a row for each",
                                 "features: x.npy, targets: y.npy");
  plan->train = read_files(train, places);
  if (auto test = data.map("test", "the same of rows that are looked at once, at the end"))
    plan->test = read_files(*test, places);
  plan->labels = data.texts("labels", {}, "names of the classes; unless given their numbers");
  plan->standardize = data.flag("standardize", true,
                                "features to mean 0 and deviation 1: each of [N, F], all of more "
                                "dimensions together");
  return plan;
}

// An array with a row for each sample.
Tensor read_rows(const fs::path& file, const std::string& name) {
  Tensor array = is_archive(file) ? data::read_npz(file, name) : data::read_npy(file);
  if (array.shape().rank() == 0 || array.size() == 0)
    fail("E-DATA-194", "{}: an array of shape {}; expected rows [N, ...]", file.string(),
         array.shape().text());
  return array;
}

std::int64_t rows_of(const Tensor& array) { return array.shape()[0].value(); }

Shape row_shape(const Tensor& array) {
  const Shape& shape = array.shape();
  if (shape.rank() == 1) return {1};
  return Shape(std::vector<Dim>(shape.begin() + 1, shape.end()));
}

struct Arrays {
  Tensor features, targets;
};

Arrays read_both(const ArrayFiles& files) {
  Arrays arrays{read_rows(files.features, files.features_name),
                read_rows(files.targets, files.targets_name)};
  if (rows_of(arrays.features) != rows_of(arrays.targets))
    fail("E-DATA-70", "{}: {} targets for {} rows of features; expected one for each",
         files.targets.string(), rows_of(arrays.targets), rows_of(arrays.features));
  return arrays;
}

// Arrays of one archive are told apart by their names.
void refuse_same_arrays(const ArrayFiles& train, const ArrayFiles& test) {
  if (train.features_name == test.features_name)
    data::refuse_same_file(train.features, test.features);
}

void refuse_same_arrays(const Tensor& train, const ArrayFiles& train_files, const Tensor& test,
                        const ArrayFiles& test_files) {
  if (data::content_digest(train) == data::content_digest(test))
    fail("E-DATA-60",
         "'{}' of {} (training) and '{}' of {} (test) hold the same rows; a model is judged on "
         "rows that it was not trained on: name another array",
         shown(train_files.features_name), train_files.features.string(),
         shown(test_files.features_name), test_files.features.string());
}

// Features as f32 [N, ...], scaled. Error E-DATA-35 where one is no number.
Tensor encoded(const Tensor& raw, const ArrayEncoder& encoder, const fs::path& file) {
  std::vector<Dim> shape{raw.shape()[0]};
  shape.insert(shape.end(), encoder.row.begin(), encoder.row.end());
  Tensor out(DType::f32, Shape(shape));
  auto to = out.data<float>();
  const std::size_t each = to.size() / static_cast<std::size_t>(rows_of(raw));
  for (std::size_t i = 0; i < to.size(); ++i) {
    const double value = raw.at(static_cast<std::int64_t>(i));
    const std::size_t f = encoder.mean.size() > 1 ? i % each : 0;
    to[i] = encoder.mean.empty() ? static_cast<float>(value)
                                 : static_cast<float>((value - encoder.mean[f]) / encoder.std[f]);
    if (!std::isfinite(to[i]))
      fail("E-DATA-35", "{} row {}: feature {} is {}; expected a number that 32 bits hold",
           file.string(), i / each + 1, i % each + 1, value);
  }
  return out;
}

// Means and deviations over these rows.
void fit(ArrayEncoder& encoder, const Tensor& raw, const Rows& rows) {
  const std::size_t each = static_cast<std::size_t>(raw.size() / rows_of(raw));
  const std::size_t kept = encoder.row.rank() == 1 ? each : 1;
  std::vector<double> mean(kept), squares(kept), count(kept);
  for (const std::int64_t row : rows)
    for (std::size_t f = 0; f < each; ++f) {
      const double x = raw.at(row * static_cast<std::int64_t>(each) + static_cast<std::int64_t>(f));
      const std::size_t k = kept > 1 ? f : 0;
      const double before = x - mean[k];
      mean[k] += before / ++count[k];
      squares[k] += before * (x - mean[k]);
    }
  for (std::size_t k = 0; k < kept; ++k) {
    const double deviation = std::sqrt(squares[k] / count[k]);
    encoder.mean.push_back(mean[k]);
    encoder.std.push_back(deviation > 0 ? deviation : 1);
  }
}

bool are_classes(const Tensor& targets) {
  return !is_floating(targets.dtype()) &&
         (targets.shape().rank() == 1 || targets.size() == rows_of(targets));
}

// Class numbers [N]. Error E-DATA-22 where one is outside.
Tensor classes_of(const Tensor& targets, std::int64_t count, const fs::path& file) {
  Tensor classes(DType::i64, {rows_of(targets)});
  auto to = classes.data<std::int64_t>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<std::int64_t>(targets.at(static_cast<std::int64_t>(i)));
    if (to[i] < 0 || to[i] >= count)
      fail("E-DATA-22", "{} row {}: the class is {}; expected 0 to {}", file.string(), i + 1, to[i],
           count - 1);
  }
  return classes;
}

data::Target target_of(const ArrayData& plan, const Tensor& targets) {
  data::Target target;
  target.column = "target";
  if (!are_classes(targets)) {
    if (!plan.labels.empty())
      fail("E-DATA-21", "{}: {} labels for targets that are no classes but {}{}",
           plan.train.targets.string(), plan.labels.size(), name_of(targets.dtype()),
           targets.shape().text());
    target.task = data::Task::regression;
    return target;
  }
  double most = 0;
  for (std::int64_t i = 0; i < targets.size(); ++i) most = std::max(most, targets.at(i));
  constexpr double kMostClasses = 100'000;
  if (most >= kMostClasses)
    fail("E-DATA-20",
         "{}: the largest class is {}; expected numbers from 0 on; save amounts as floating "
         "numbers",
         plan.train.targets.string(), most);
  target.labels = plan.labels;
  if (target.labels.empty())
    for (int c = 0; c <= std::max(1.0, most); ++c) target.labels.push_back(std::to_string(c));
  target.task = target.labels.size() == 2 ? data::Task::binary : data::Task::multiclass;
  return target;
}

Tensor encoded_targets(const Tensor& raw, const Encoding& encoding, const nn::Loss& loss,
                       const fs::path& file) {
  if (encoding.target.task != data::Task::regression)
    return targets_for(loss, classes_of(raw, encoding.target.classes(), file),
                       encoding.target.classes(), loss.target == nn::Loss::Target::one_hot);
  const Tensor values = raw.to(DType::f32);
  return raw.shape().rank() == 1 ? values.reshaped({raw.shape()[0], 1}) : values;
}

json to_json(const Encoding& encoding) {
  const auto* arrays = dynamic_cast<const ArrayEncoder*>(encoding.encoder.get());
  if (!arrays) return {};
  return {{"row", arrays->row.sizes()},
          {"mean", arrays->mean},
          {"std", arrays->std},
          {"target", json::parse(data::to_json(encoding.target))}};
}

Encoding from_json(const json& j) {
  auto arrays = std::make_shared<ArrayEncoder>();
  arrays->row = Shape(j.at("row").get<std::vector<std::int64_t>>());
  arrays->mean = j.at("mean").get<std::vector<double>>();
  arrays->std = j.at("std").get<std::vector<double>>();
  const auto features = arrays->row.rank() == 1 ? arrays->row[0].value() : 1;
  if (arrays->mean.size() != arrays->std.size() ||
      (!arrays->mean.empty() && std::ssize(arrays->mean) != features))
    fail("E-BUNDLE-02", "encoding.json: {} means and {} deviations for {} features",
         arrays->mean.size(), arrays->std.size(), features);
  return {arrays, data::target_from_json(j.at("target").dump()), {}};
}

}  // namespace

constinit const DataKind array_kind{
    .name = "arrays",
    .summary = "where rows are those of arrays (NumPy's .npy and .npz)",
    .claims = [](Settings& data) { return data.has("train", "features"); },
    .read = read_arrays,
    .to_json = to_json,
    .from_json = from_json,
};

std::vector<fs::path> ArrayData::test_files() const {
  if (test.empty()) return {};
  return {test.features, test.targets};
}

std::shared_ptr<const DataPlan> ArrayData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<ArrayData>(*this);
  for (auto* file :
       {&plan->train.features, &plan->train.targets, &plan->test.features, &plan->test.targets})
    if (!file->empty()) *file = find(*file);
  return plan;
}

Prepared ArrayData::prepare(const Experiment& e) const {
  if (!test.empty()) refuse_same_arrays(train, test);
  const Arrays all = read_both(train);
  auto encoder = std::make_shared<ArrayEncoder>();
  encoder->row = row_shape(all.features);
  Encoding encoding{encoder, target_of(*this, all.targets), {}};
  const auto classes =
      encoding.target.task == data::Task::regression
          ? Rows{}
          : class_numbers(classes_of(all.targets, encoding.target.classes(), train.targets));
  auto parts =
      parts_of(split, rows_of(all.features), split_options(split, classes, encoding.target));
  draw_training_rows(split, classes, encoding.target, {}, parts);
  if (standardize) fit(*encoder, all.features, parts.train);
  const Tensor features = encoded(all.features, *encoder, train.features);
  const data::Dataset rows(features,
                           encoded_targets(all.targets, encoding, e.fit.loss, train.targets));
  const auto part = [&](const Rows& of) -> std::shared_ptr<const data::Source> {
    return of.empty() ? nullptr : std::make_shared<data::Dataset>(rows.subset(of));
  };
  Prepared prepared;
  prepared.train = part(parts.train);
  prepared.validation = part(parts.validation);
  prepared.test = part(parts.test);
  prepared.rows = parts;
  const auto equal = [&](const Tensor& other, const Rows& some) {
    return data::count_equal_images(features, parts.train, other, some).equal_rows;
  };
  note_equal_rows("validation rows", equal(features, parts.validation), prepared.notes);
  prepared.equal_rows = equal(features, parts.test);
  prepared.training_digest = data::content_digest(all.features);
  Sha256 sha;
  sha.update({all.features.raw(), all.features.bytes()});
  sha.update({all.targets.raw(), all.targets.bytes()});
  if (!test.empty() && split.fold == 0) {
    const Arrays held = read_both(test);
    if (!(row_shape(held.features) == encoder->row))
      fail("E-SHAPE-01", "{}: rows are {}, those of the training {}", test.features.string(),
           row_shape(held.features).text(), encoder->row.text());
    refuse_same_arrays(all.features, train, held.features, test);
    const Tensor later = encoded(held.features, *encoder, test.features);
    prepared.test = std::make_shared<data::Dataset>(
        later, encoded_targets(held.targets, encoding, e.fit.loss, test.targets));
    prepared.equal_rows = equal(later, data::all_rows(rows_of(later)));
    prepared.rows.test = data::all_rows(prepared.test->size());
    sha.update({held.features.raw(), held.features.bytes()});
    sha.update({held.targets.raw(), held.targets.bytes()});
  }
  note_equal_rows("test rows", prepared.equal_rows, prepared.notes);
  note_parts(split, prepared);
  prepared.encoding = std::move(encoding);
  prepared.fingerprint = sha.hex();
  return prepared;
}

NewRows ArrayData::labelled(const Bundle& bundle, const std::vector<fs::path>& files) const {
  const bool own = !test.empty() && files == test_files();  // the experiment's, by their own names
  ArrayFiles chosen = own ? test : train;
  chosen.features = files.front(), chosen.targets = files.back();
  if (files.size() > 2 || (files.front() == files.back() && !is_archive(files.front())))
    fail("E-BUNDLE-04",
         "{}: this model takes arrays of features and of targets: a .npz file that has both",
         files.front().string());
  const auto& encoder = bundle.encoding.as<ArrayEncoder>();
  const Arrays arrays = read_both(chosen);
  NewRows result;
  result.rows = std::make_shared<data::Dataset>(
      encoded(arrays.features, encoder, chosen.features),
      encoded_targets(arrays.targets, bundle.encoding, bundle.experiment.fit.loss, chosen.targets));
  result.trained_on = data::content_digest(arrays.features) == bundle.training_digest;
  return result;
}

NewRows ArrayData::unlabelled(const Bundle& bundle, const fs::path& file) const {
  const auto& encoder = bundle.encoding.as<ArrayEncoder>();
  const Tensor features = read_rows(file, train.features_name);
  if (!(row_shape(features) == encoder.row))
    fail("E-SHAPE-01", "{}: rows are {}, the model takes {}", file.string(),
         row_shape(features).text(), encoder.row.text());
  NewRows result;
  result.rows = std::make_shared<data::Dataset>(encoded(features, encoder, file),
                                                Tensor(DType::i64, {rows_of(features)}));
  return result;
}

}  // namespace glia::experiment
