// A run's folder: what a training writes there.
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/doctor/preflight.h"
#include "glia/experiment/agreement.h"
#include "glia/experiment/calibration.h"
#include "glia/experiment/class_weights.h"
#include "glia/experiment/logs.h"
#include "glia/experiment/parts_of_run.h"
#include "glia/experiment/run.h"
#include "glia/experiment/run_folder.h"
#include "glia/experiment/start.h"
#include "glia/experiment/threshold.h"
#include "glia/ops/ops.h"
#include "glia/train/findings.h"
#include "glia/train/stepper.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json number(double v) { return std::isfinite(v) ? json(v) : json(nullptr); }

std::string line_of(const train::EpochRecord& record) {
  json j{{"epoch", record.epoch}, {"step", record.step}, {"seconds", record.seconds}};
  if (record.within > 0) j["batch"] = record.within;
  for (const auto& [name, value] : record.values) j[name] = number(value);
  return j.dump() + "\n";
}

// The layer that decides how many outputs there are: activations and dropout behind it do not.
std::string head_of(const Experiment& e, std::size_t output) {
  if (output < e.output_layers.size()) return e.output_layers[output];
  for (auto layer = e.layers.rbegin(); layer != e.layers.rend(); ++layer)
    if (layer->kind() == "dense") return layer->name();
  return e.layers.back().name();
}

// Of rows [N, k], and of each step of sequences, [N, T, k].
void expect_outputs(const Shape& prediction, const data::Target& target, const std::string& head) {
  const int rank = prediction.rank();
  if (rank < 2 || rank > 3 || prediction[rank - 1] == Dim(target.classes())) return;
  constexpr std::int64_t kListed = 20;
  fail("E-SHAPE-06",
       "the model has {} outputs, and the target '{}' has {} classes{}; give '{}', the last layer, "
       "{} units",
       prediction[rank - 1].text(), target.column, target.classes(),
       target.classes() <= kListed ? fmt::format(" ({})", fmt::join(target.labels, ", ")) : "",
       head, target.classes());
}

// A token that an embedding has no row for would be found in the first step that holds it.
void expect_rows_for(const Graph& graph, std::int64_t vocabulary) {
  for (const Node& node : graph.nodes()) {
    if (node.op != &gather_def || node.inputs[0].node()->op != &variable_def ||
        node.inputs[1].node()->op != &input_def)
      continue;
    const Dim rows = node.inputs[0].dim(0);
    if (rows.known() && rows.value() < vocabulary)
      fail("E-DATA-270",
           "layer '{}': its table has {} rows (input_dim), and the vocabulary {} tokens; say "
           "input_dim: {}, or a smaller vocabulary (max_size)",
           node.scope, with_commas(rows.value()), with_commas(vocabulary), vocabulary);
  }
}

}  // namespace

Ready ready(const Experiment& e, const Prepared& prepared) {
  Ready r{e.model(), e.fit, {}, {}};
  const auto types = train::batch_types(*prepared.train);
  const train::Objective objective = train::objective(e.fit);
  r.fit.target = prepared.encoding.target;
  for (std::size_t i = 0; i < r.fit.outputs.size(); ++i)
    r.fit.outputs[i].target = prepared.encoding.outputs.at(i).second;
  for (const auto& warning :
       doctor::insist(train::findings(r.model, r.fit, *prepared.train), e.fit.allow))
    r.warnings.push_back(warning.text());
  r.fit.preflight = false;  // that was it
  r.gradients = train::gradient_graph(r.model, objective, types, e.fit.seed, e.fit.updates);
  expect_rows_for(r.gradients, prepared.encoding.encoder->vocabulary());
  for (std::size_t i = 0; i < objective.outputs.size(); ++i) {
    const auto& output = objective.outputs[i];
    if (output.loss.target == nn::Loss::Target::indices)
      expect_outputs(
          r.gradients.find_output(output.port("prediction")).shape(),
          output.name.empty() ? prepared.encoding.target : prepared.encoding.outputs.at(i).second,
          head_of(e, i));
  }
  Store().expect_room(train::state_graph(r.gradients, e.fit));
  r.fit.class_weights = class_weights(e, prepared);
  check_calibration(e, prepared);
  check_threshold_goal(e, prepared);
  train::check_options(r.fit, prepared.validation != nullptr);
  return r;
}

RunResult train(const Experiment& given, const Prepared& prepared, const RunOptions& o,
                const train::Observer& observer) {
  if (const auto& split = given.data->split; split.folds > 0 && split.fold == 0)
    fail("E-EXP-22",
         "data.split: {} folds are several trainings, and one was asked for; name one (fold: 1)",
         split.folds);
  const Experiment e = prepared.streamed ? with_stream(given, *prepared.streamed) : given;
  if (e.ensemble) return train_ensemble(e, prepared, o, observer);
  auto [model, fit, gradients, warnings] = ready(e, prepared);
  Bundle bundle;
  bundle.experiment = e;
  bundle.encoding = prepared.encoding;
  bundle.training_digest = prepared.training_digest;
  bundle.store = std::make_unique<Store>();
  RunResult result;
  result.start = started(e, gradients, *bundle.store);
  RunFolder folder(o);
  // Of a run that is gone on with, the file stays until fit() has found this experiment to be its.
  if (!o.resume || !fs::exists(o.folder / "experiment.yaml"))
    write_atomically(o.folder / "experiment.yaml", resolved_in(o.folder, e));
  if (o.begun) o.begun();

  fit.threads = o.threads;
  fit.loader_workers = o.loader_workers;
  fit.checkpoint.folder = o.folder / "checkpoints";
  fit.resume = o.resume;
  fit.accept_fingerprint = o.accept_fingerprint;
  fit.agreement = agreement(e, prepared);
  fit.profile = o.profile;
  for (auto& log : logs(e, prepared, o.folder, observer.message))
    fit.callbacks.push_back(std::move(log));

  // metrics.jsonl is written whole at each epoch's end from the history, which a checkpoint holds:
  // so no line stands there twice, whatever was interrupted.
  std::string lines;
  train::Observer watching = observer;
  watching.message = [&](std::string_view text) {
    result.messages.emplace_back(text);
    if (observer.message) observer.message(text);
  };
  if (observer.message)
    for (const auto& note : prepared.notes) observer.message(note);
  for (const auto& warning : warnings) watching.message("warning: " + warning);
  for (const auto& line : start_lines(result.start, e.fit.epochs)) watching.message(line);
  watching.epoch = [&](const train::EpochRecord& record) {
    lines += line_of(record);
    write_atomically(o.folder / "metrics.jsonl", lines);
    if (observer.epoch) observer.epoch(record);
  };
  watching.saved = [&] {
    folder.settle();
    if (observer.saved) observer.saved();
  };
  watching.resumed = [&](const std::vector<train::EpochRecord>& epochs) {
    lines.clear();
    for (const auto& record : epochs) lines += line_of(record);
    if (observer.resumed) observer.resumed(epochs);
  };

  result.history =
      train::fit(model, *prepared.train, prepared.validation.get(), *bundle.store, fit, watching);
  write_atomically(o.folder / "experiment.yaml", resolved_in(o.folder, e));
  for (const auto& name : bundle.store->names(Role::parameter))
    result.parameters += bundle.store->at(name).size();
  result.files = {"experiment.yaml", "checkpoints/", "metrics.jsonl"};
  if (e.logs.csv) result.files.emplace_back("metrics.csv");
  if (e.logs.tensorboard) result.files.emplace_back("tensorboard/");
  if (result.history.end == train::End::interrupted) return result;

  finish_run(bundle, prepared, o, observer, result);
  folder.settle();
  return result;
}

}  // namespace glia::experiment
