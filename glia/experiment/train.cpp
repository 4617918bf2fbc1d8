// A run's folder: what a training writes there.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/doctor/preflight.h"
#include "glia/experiment/agreement.h"
#include "glia/experiment/calibration.h"
#include "glia/experiment/class_weights.h"
#include "glia/experiment/logs.h"
#include "glia/experiment/run.h"
#include "glia/experiment/run_folder.h"
#include "glia/experiment/start.h"
#include "glia/experiment/threshold.h"
#include "glia/ops/ops.h"
#include "glia/train/findings.h"
#include "glia/train/predictor.h"
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

json to_json(const Assessment& a) {
  json metrics = json::object();
  for (const auto& m : a.metrics) metrics[m.name] = m.value ? number(*m.value) : json(m.note);
  json j{{"rows", a.rows}, {"loss", number(a.loss)}, {"metrics", metrics}};
  for (const auto& output : a.outputs) j["outputs"][output.output] = to_json(output);
  if (a.confusion) {
    const std::size_t k = a.confusion->classes();
    json rows = json::array();
    for (std::size_t i = 0; i < k; ++i) {
      json row = json::array();
      for (std::size_t c = 0; c < k; ++c) row.push_back(a.confusion->at(i, c));
      rows.push_back(row);
    }
    j["confusion"] = {{"labels", a.confusion->labels}, {"counts", rows}};
  }
  return j;
}

std::string model_card(const Experiment& e, const RunResult& r) {
  std::string card = fmt::format("# {}\n\nA model of {} parameters, trained by glia for {} epochs",
                                 e.name, with_commas(r.parameters), r.history.epochs.size());
  if (r.history.best_epoch > 0 && e.fit.early_stopping && e.fit.early_stopping->restore_best)
    card += fmt::format("; the weights are those of epoch {}", r.history.best_epoch);
  card += ".\n\n";
  if (r.calibration) card += calibration_text(*r.calibration) + ".\n\n";
  if (r.threshold)
    card += threshold_text(*r.threshold, *e.threshold_goal, r.validation->rows) + ".\n\n";
  for (const auto& [name, assessment] :
       {std::pair{"validation", &r.validation}, std::pair{"test", &r.test}}) {
    if (!*assessment) continue;
    card += fmt::format("On {} {} rows:\n\n", with_commas((*assessment)->rows), name);
    for (const auto& m : (*assessment)->metrics)
      card += fmt::format("- {}: {}\n", m.name, m.text());
    card += "\n";
  }
  return card +
         "`weights.safetensors` holds the weights under PyTorch's names and layouts, "
         "`encoding.json` how raw rows "
         "become features, `experiment.yaml` the model and every setting.\n";
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

RunResult train(const Experiment& given, const Prepared& prepared, const RunOptions& o,
                const train::Observer& observer) {
  const Experiment e = prepared.streamed ? with_stream(given, *prepared.streamed) : given;
  const nn::Module model = e.model();
  const auto types = train::batch_types(*prepared.train);
  const train::Objective objective = train::objective(e.fit);
  train::FitOptions fit = e.fit;
  fit.target = prepared.encoding.target;
  for (std::size_t i = 0; i < fit.outputs.size(); ++i)
    fit.outputs[i].target = prepared.encoding.outputs.at(i).second;
  const auto warnings = doctor::insist(train::findings(model, fit, *prepared.train), e.fit.allow);
  fit.preflight = false;  // that was it
  // Shapes of model, loss and targets, memory, options and the weights to start from are checked
  // here, before a folder is made.
  const Graph gradients = train::gradient_graph(model, objective, types, e.fit.seed, e.fit.updates);
  expect_rows_for(gradients, prepared.encoding.encoder->vocabulary());
  for (std::size_t i = 0; i < objective.outputs.size(); ++i) {
    const auto& output = objective.outputs[i];
    if (output.loss.target == nn::Loss::Target::indices)
      expect_outputs(
          gradients.find_output(output.port("prediction")).shape(),
          output.name.empty() ? prepared.encoding.target : prepared.encoding.outputs.at(i).second,
          head_of(e, i));
  }
  Store().expect_room(train::state_graph(gradients, e.fit));
  fit.class_weights = class_weights(e, prepared);
  check_calibration(e, prepared);
  check_threshold_goal(e, prepared);
  train::check_options(fit, prepared.validation != nullptr);
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
  std::vector<std::string> said;  // what a report says of this training
  train::Observer watching = observer;
  watching.message = [&](std::string_view text) {
    said.emplace_back(text);
    if (observer.message) observer.message(text);
  };
  if (observer.message)
    for (const auto& note : prepared.notes) observer.message(note);
  for (const auto& warning : warnings) watching.message("warning: " + warning.text());
  for (const auto& line : start_lines(result.start)) watching.message(line);
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

  if (e.calibrate && !e.temperature) {
    result.calibration =
        fitted_calibration(bundle, *prepared.validation, o.threads, o.loader_workers);
    bundle.experiment = with_temperature(e, result.calibration->temperature);
    watching.message(calibration_text(*result.calibration));
  }
  if (e.threshold_goal) {
    result.threshold = chosen_threshold(bundle, *prepared.validation, o.threads, o.loader_workers);
    bundle.experiment = with_threshold(bundle.experiment, result.threshold->threshold);
    watching.message(
        threshold_text(*result.threshold, *e.threshold_goal, prepared.validation->size()));
  }
  const auto judged = [&](const char* part, const auto& rows, const auto& places) {
    std::optional<Assessment> assessment;
    if (!rows) return assessment;
    const auto predictions = predicted(bundle, *rows, places, o.threads, o.loader_workers);
    assessment = assess(bundle.experiment, bundle.encoding, predictions);
    save_predictions(o.folder / "predictions" / fmt::format("{}.safetensors", part), predictions);
    return assessment;
  };
  result.validation = judged("validation", prepared.validation, prepared.validation_places);
  result.test = judged("test", prepared.test, prepared.test_places);
  save_bundle(o.folder / "model", bundle, model_card(e, result));
  folder.settle();
  result.weights_sha256 = sha256_file(o.folder / "model" / "weights.safetensors");
  json summary{{"name", e.name},
               {"end", train::name_of(result.history.end)},
               {"epochs", result.history.epochs.size()},
               {"best_epoch", result.history.best_epoch},
               {"best_step", result.history.best_step},
               {"seconds", result.history.seconds},
               {"waited_seconds", result.history.waited_seconds},
               {"parameters", result.parameters},
               {"fingerprint", result.history.fingerprint},
               {"data_sha256", prepared.fingerprint},
               {"weights_sha256", result.weights_sha256},
               {"training_rows", prepared.train->size()},
               {"notes", prepared.notes},
               {"messages", said}};
  for (const auto& time : result.history.profile)
    summary["profile"].push_back({{"op", time.op},
                                  {"layer", time.layer},
                                  {"kernel", time.kernel},
                                  {"seconds", number(time.seconds)},
                                  {"runs", time.runs},
                                  {"operations", number(time.operations)},
                                  {"bytes", number(time.bytes)}});
  for (const auto& event : result.history.events)
    summary["events"].push_back({{"step", event.step}, {"text", event.text}});
  if (result.threshold)
    summary["threshold"] = {{"chosen", result.threshold->threshold},
                            {"for", metrics::name_of(e.threshold_goal->goal)},
                            {"value", result.threshold->value},
                            {"value_at_half", result.threshold->at_half}};
  if (!result.start.plain()) summary["start"] = to_json(result.start);
  if (result.calibration) summary["calibration"] = to_json(*result.calibration);
  if (result.validation) summary["validation"] = to_json(*result.validation);
  if (result.test) summary["test"] = to_json(*result.test);
  // Names of columns and labels may hold any bytes.
  write_atomically(o.folder / "result.json",
                   summary.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  result.files.insert(result.files.end(), {"result.json", "model/"});
  if (result.validation || result.test) result.files.emplace_back("predictions/");
  return result;
}

}  // namespace glia::experiment
