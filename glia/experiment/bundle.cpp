// Saved models: written, read, used.
#include <algorithm>
#include <cmath>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/calibration.h"
#include "glia/experiment/ensemble_bundle.h"
#include "glia/experiment/run.h"
#include "glia/serialize/safetensors.h"
#include "glia/serialize/weights.h"
#include "glia/train/answers.h"
#include "glia/train/findings.h"
#include "glia/train/predictor.h"
#include "glia/train/state.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainingDigest = "training_data_sha256";  // among the weights' metadata

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
           file.string(), shown(name), with_commas(bad), with_commas(tensor.size()),
           tensor.at(first), first);
  }
}

// No training leaves such a model behind: its file was changed since.
void expect_sound(const Bundle& bundle, const fs::path& folder) {
  auto types = bundle.encoding.types();
  types.target.dtype = DType::f32;  // there are no targets to look at
  try {
    doctor::insist(
        train::findings(bundle.experiment.model(), train::objective(bundle.experiment.fit), types),
        bundle.experiment.fit.allow);
  } catch (const Error& error) {
    if (error.code() != "E-DOCTOR-01") throw;
    fail("E-BUNDLE-06", "{}: this model could not have been trained as it stands here: {}",
         (folder / "experiment.yaml").string(), error.what());
  }
}

}  // namespace

void save_bundle(const fs::path& folder, const Bundle& bundle, std::string_view card) {
  fs::create_directories(folder);
  serialize::Metadata metadata{{"format", "pt"}};
  if (!bundle.training_digest.empty()) metadata.emplace(kTrainingDigest, bundle.training_digest);
  if (bundle.ensemble)
    write_ensemble(folder, *bundle.ensemble, metadata);
  else
    serialize::write_safetensors(folder / "weights.safetensors",
                                 serialize::weights_of(*bundle.store), metadata);
  write_atomically(folder / "encoding.json", bundle.encoding.to_json());
  write_atomically(folder / "experiment.yaml", resolved_in(folder, bundle.experiment));
  write_atomically(folder / "README.md", card);
}

std::unique_ptr<Store> read_weights(const Bundle& bundle, const fs::path& file,
                                    std::string* digest_of_training) {
  auto store = std::make_unique<Store>();
  store->initialize(
      train::inference_graph(bundle.experiment.model(), train::objective(bundle.experiment.fit),
                             bundle.encoding.types()),
      0);
  const auto weights = serialize::read_safetensors(file);
  if (const auto lines = train::mismatches(*store, weights.tensors, true); !lines.empty())
    fail("E-BUNDLE-03", "{}: these weights are not those of experiment.yaml beside it:{}",
         file.string(), lines);
  expect_finite(weights.tensors, file);
  for (const auto& [name, tensor] : weights.tensors) store->assign(name, tensor);
  const auto digest = weights.metadata.find(kTrainingDigest);
  if (digest_of_training && digest != weights.metadata.end()) *digest_of_training = digest->second;
  return store;
}

namespace {
bool holds_model(const fs::path& folder) {
  return fs::exists(folder / "weights.safetensors") || fs::exists(folder / "ensemble.json");
}

}  // namespace

Bundle load_bundle(const fs::path& path) {
  const fs::path folder = holds_model(path / "model") ? path / "model" : path;
  if (!holds_model(folder))
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
  if (bundle.encoding.outputs.size() != bundle.experiment.fit.outputs.size())
    fail("E-BUNDLE-02", "{}: encoding.json has {} outputs, experiment.yaml beside it {}",
         folder.string(), bundle.encoding.outputs.size(), bundle.experiment.fit.outputs.size());
  expect_sound(bundle, folder);
  const auto read = [&](const fs::path& file) {
    return read_weights(bundle, file, &bundle.training_digest);
  };
  if (fs::exists(folder / "weights.safetensors"))
    bundle.store = read(folder / "weights.safetensors");
  else
    bundle.ensemble = read_ensemble(folder, train::objective(bundle.experiment.fit), read);
  return bundle;
}

std::vector<Tensor> Bundle::predict(const data::Source& rows, int threads, int workers) const {
  const auto objective = train::objective(experiment.fit);
  const auto of = [&](Store& weights) {
    return train::Predictor(experiment.model(), objective, encoding.types(), weights, threads)
        .run(rows, workers);
  };
  auto predictions = ensemble ? combined(*ensemble, objective, of) : of(*store);
  calibrate(experiment, predictions.front());
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const auto& target = encoding.outputs.empty() ? encoding.target : encoding.outputs[i].second;
    predictions[i] = encoding.encoder->in_unit(rows, predictions[i], target);
  }
  return predictions;
}

train::Evaluation evaluate(const Bundle& bundle, const data::Source& rows, int threads,
                           int workers) {
  const Experiment& e = bundle.experiment;
  const auto objective = train::objective(e.fit);
  const auto of = [&](Store& weights) {
    return train::Evaluator(e.model(), objective, train::batch_types(rows), weights, threads)
        .run(rows, workers);
  };
  return bundle.ensemble ? combined_evaluation(*bundle.ensemble, objective, of, threads)
                         : of(*bundle.store);
}

namespace {
// The usual metrics and those that the training watched.
std::vector<std::string> shown_metrics(metrics::Task task,
                                       const std::vector<std::string>& watched) {
  auto names = metrics::usual_metrics(task);
  for (const auto& name : watched)
    if (metrics::parse_metric(name).info->task == task) names.push_back(name);
  return names;
}

// Metrics of one output's predictions, in the target's unit, into `result`.
void score(const std::pair<Tensor, Tensor>& answers, const data::Target& target,
           std::optional<double> threshold, std::span<const double> thresholds,
           const std::vector<std::string>& watched, std::size_t replicates, Assessment& result) {
  const auto& [predictions, targets] = answers;
  if (target.task == data::Task::regression) {
    metrics::RegressionOptions options;
    options.replicates = replicates;
    options.metrics = shown_metrics(metrics::Task::regression, watched);
    result.metrics = metrics::evaluate_regression(train::one_by_one(predictions),
                                                  train::one_by_one(targets), options);
    return;
  }
  metrics::ClassificationOptions options;
  options.replicates = replicates;
  options.metrics = shown_metrics(metrics::Task::classification, watched);
  options.labels = target.labels;
  if (options.labels.size() == 2) options.threshold = threshold, options.thresholds = thresholds;
  auto scored = metrics::evaluate_classification(predictions, targets, options);
  result.metrics = std::move(scored.metrics);
  result.confusion = std::move(scored.confusion);
  result.classes = std::move(scored.classes);
}
}  // namespace

Assessment assess(const Bundle& bundle, const data::Source& rows, int threads, int workers) {
  return assess(bundle.experiment, bundle.encoding, predicted(bundle, rows, {}, threads, workers));
}

Assessment assess(const Experiment& e, const Encoding& encoding, const Predictions& predictions,
                  std::size_t replicates) {
  Assessment result;
  result.rows = predictions.kept();
  result.loss = predictions.loss;
  const auto& outputs = encoding.outputs;
  const auto answers = [&](std::size_t i, const nn::Loss& loss) {
    const auto& output = predictions.outputs.at(i);
    return train::answers_of(output.predictions, output.targets, loss, output.mask,
                             predictions.weights);
  };
  if (outputs.empty())
    score(answers(0, e.fit.loss), encoding.target, e.fit.threshold, predictions.thresholds,
          e.fit.metrics, replicates, result);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Assessment one;
    one.output = outputs[i].first;
    one.rows = result.rows;
    one.loss = predictions.outputs.at(i).loss;
    score(answers(i, e.fit.outputs.at(i).loss), outputs[i].second, std::nullopt, {},
          e.fit.outputs.at(i).metrics, replicates, one);
    for (metrics::Metric metric : one.metrics) {
      metric.name = one.output + "_" + metric.name;
      result.metrics.push_back(std::move(metric));
    }
    result.outputs.push_back(std::move(one));
  }
  return result;
}

}  // namespace glia::experiment
