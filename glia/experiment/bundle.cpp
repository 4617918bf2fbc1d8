// Saved models: written, read, used.
#include <algorithm>
#include <cmath>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/run.h"
#include "glia/serialize/safetensors.h"
#include "glia/train/predictor.h"
#include "glia/train/state.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;

bool is_model(Role role) { return role == Role::parameter || role == Role::statistic; }

// A model with such a weight answers with no numbers, or with the same label for every row.
void expect_finite(const serialize::TensorMap& tensors, const fs::path& file) {
  for (const auto& [name, tensor] : tensors) {
    if (!is_floating(tensor.dtype())) continue;
    std::int64_t bad = 0, first = -1;
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      if (!std::isfinite(tensor.at(i)) && bad++ == 0) first = i;
    if (bad > 0)
      fail("E-BUNDLE-05",
           "{}: '{}' holds {} of {} values that are not finite, the first ({}) at place {}; the "
           "model cannot be used: take the files of another run, or train again",
           file.string(), name, with_commas(bad), with_commas(tensor.size()), tensor.at(first),
           first);
  }
}

}  // namespace

void save_bundle(const fs::path& folder, const Experiment& experiment, const Encoding& encoding,
                 const Store& store, std::string_view card) {
  fs::create_directories(folder);
  serialize::TensorMap tensors;
  for (const auto& name : store.names())
    if (is_model(store.role(name))) tensors.emplace(name, store.at(name));
  serialize::write_safetensors(folder / "weights.safetensors", tensors, {{"format", "pt"}});
  write_atomically(folder / "encoding.json", encoding.to_json());
  write_atomically(folder / "experiment.yaml", experiment.resolved);
  write_atomically(folder / "README.md", card);
}

Bundle load_bundle(const fs::path& path) {
  const fs::path folder =
      fs::exists(path / "model" / "weights.safetensors") ? path / "model" : path;
  if (!fs::exists(folder / "weights.safetensors"))
    fail("E-BUNDLE-01",
         "{}: there is no model here (expected model/weights.safetensors or weights.safetensors){}",
         path.string(),
         fs::exists(path / "checkpoints") ? "; this run has not ended: go on with --resume" : "");
  Bundle bundle;
  LoadOptions options;
  options.data_must_exist = false;
  bundle.experiment = parse(read_file(folder / "experiment.yaml", 1 << 24),
                            (folder / "experiment.yaml").string(), options);
  bundle.encoding = Encoding::from_json(read_file(folder / "encoding.json"));
  bundle.store = std::make_unique<Store>();
  const Type features = train::batch_types(bundle.feature_row(), {}, false).features;
  bundle.store->initialize(
      train::inference_graph(bundle.experiment.model(), bundle.experiment.fit.loss, features), 0);
  const auto weights = serialize::read_safetensors(folder / "weights.safetensors");
  if (const auto lines = train::mismatches(*bundle.store, weights.tensors, true); !lines.empty())
    fail("E-BUNDLE-03", "{}: these weights are not those of experiment.yaml beside it:{}",
         (folder / "weights.safetensors").string(), lines);
  expect_finite(weights.tensors, folder / "weights.safetensors");
  for (const auto& [name, tensor] : weights.tensors) bundle.store->assign(name, tensor);
  return bundle;
}

Shape Bundle::feature_row() const {
  return encoding.table ? Shape{encoding.table->features()} : encoding.image_shape;
}

Tensor Bundle::predict(const Tensor& features, int threads) const {
  train::Predictor predictor(experiment.model(), experiment.fit.loss, feature_row(), *store,
                             threads);
  const Tensor predictions = predictor.run(features);
  return encoding.target.task == data::Task::regression ? encoding.target.inverse(predictions)
                                                        : predictions;
}

Assessment assess(const Bundle& bundle, const data::Dataset& dataset, int threads) {
  const Experiment& e = bundle.experiment;
  const auto types =
      train::batch_types(dataset.feature_shape(), dataset.target_shape(), dataset.has_weights());
  train::Evaluator evaluator(e.model(), e.fit.loss, types, *bundle.store, threads);
  const auto evaluation = evaluator.run(dataset);
  Assessment result;
  result.rows = dataset.size();
  result.loss = evaluation.loss;
  if (bundle.encoding.target.task == data::Task::regression) {
    const auto& target = bundle.encoding.target;
    result.metrics = metrics::evaluate_regression(target.inverse(evaluation.predictions),
                                                  target.inverse(dataset.targets()));
    return result;
  }
  metrics::ClassificationOptions options;
  options.labels = bundle.encoding.target.labels;
  if (options.labels.size() == 2) options.threshold = e.fit.threshold;
  auto scored =
      metrics::evaluate_classification(evaluation.predictions, dataset.targets(), options);
  result.metrics = std::move(scored.metrics);
  result.confusion = std::move(scored.confusion);
  result.classes = std::move(scored.classes);
  return result;
}

}  // namespace glia::experiment
