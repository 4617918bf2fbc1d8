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
#include "glia/experiment/class_weights.h"
#include "glia/experiment/parts_of_run.h"
#include "glia/experiment/run.h"
#include "glia/experiment/run_folder.h"
#include "glia/experiment/threshold.h"
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
  std::string card =
      e.ensemble ? fmt::format(
                       "# {}\n\nAn ensemble of {} models ({}, {}), of {} parameters together, "
                       "trained by glia",
                       e.name, r.members.size(), name_of(e.ensemble->kind),
                       name_of(e.ensemble->combine), with_commas(r.parameters))
                 : fmt::format("# {}\n\nA model of {} parameters, trained by glia for {} epochs",
                               e.name, with_commas(r.parameters), r.history.epochs.size());
  if (!e.ensemble && r.history.best_epoch > 0 && e.fit.early_stopping &&
      e.fit.early_stopping->restore_best)
    card += fmt::format("; the weights are those of epoch {}", r.history.best_epoch);
  card += ".\n\n";
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

json to_json(const std::vector<MemberResult>& members) {
  json list = json::array();
  for (const auto& m : members) {
    json one{{"seed", m.seed}, {"epochs", m.epochs}, {"best_epoch", m.best_epoch}};
    one["weight"] = m.weight;
    if (m.validation) one["validation"] = to_json(*m.validation);
    list.push_back(std::move(one));
  }
  return list;
}

// Of an ensemble the digest of its members' digests.
std::string digest_of_weights(const fs::path& model, std::size_t members) {
  if (members == 0) return sha256_file(model / "weights.safetensors");
  std::string all;
  for (std::size_t m = 1; m <= members; ++m)
    all += sha256_file(model / "members" / std::to_string(m) / "weights.safetensors");
  return sha256_hex(all);
}

json summary_of(const Experiment& e, const Prepared& prepared, const RunResult& result) {
  std::size_t epochs = result.history.epochs.size();
  for (const auto& member : result.members) epochs += static_cast<std::size_t>(member.epochs);
  json summary{{"name", e.name},
               {"end", train::name_of(result.history.end)},
               {"epochs", epochs},
               {"best_epoch", result.history.best_epoch},
               {"best_step", result.history.best_step},
               {"seconds", result.history.seconds},
               {"waited_seconds", result.history.waited_seconds},
               {"parameters", result.parameters},
               {"fingerprint", result.history.fingerprint},
               {"data_sha256", prepared.fingerprint},
               {"weights_sha256", result.weights_sha256}};
  for (const auto& event : result.history.events)
    summary["events"].push_back({{"step", event.step}, {"text", event.text}});
  if (result.threshold)
    summary["threshold"] = {{"chosen", result.threshold->threshold},
                            {"for", metrics::name_of(e.threshold_goal->goal)},
                            {"value", result.threshold->value},
                            {"value_at_half", result.threshold->at_half}};
  if (e.ensemble)
    summary["ensemble"] = {{"kind", name_of(e.ensemble->kind)},
                           {"combine", name_of(e.ensemble->combine)},
                           {"members", to_json(result.members)}};
  if (result.out_of_bag) summary["out_of_bag"] = to_json(*result.out_of_bag);
  if (result.validation) summary["validation"] = to_json(*result.validation);
  if (result.test) summary["test"] = to_json(*result.test);
  return summary;
}

}  // namespace

void finish_run(Bundle& bundle, const Prepared& prepared, const RunOptions& o,
                const train::Observer& observer, RunResult& result) {
  const Experiment e = bundle.experiment;
  if (e.threshold_goal) {
    result.threshold = chosen_threshold(bundle, *prepared.validation, o.threads, o.loader_workers);
    bundle.experiment = with_threshold(e, result.threshold->threshold);
    if (observer.message)
      observer.message(
          threshold_text(*result.threshold, *e.threshold_goal, prepared.validation->size()));
  }
  if (prepared.validation)
    result.validation = assess(bundle, *prepared.validation, o.threads, o.loader_workers);
  if (prepared.test) result.test = assess(bundle, *prepared.test, o.threads, o.loader_workers);
  save_bundle(o.folder / "model", bundle, model_card(e, result));
  result.weights_sha256 = digest_of_weights(o.folder / "model", result.members.size());
  write_atomically(o.folder / "result.json", summary_of(e, prepared, result).dump(1) + "\n");
  result.files.insert(result.files.end(), {"result.json", "model/"});
}

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
  check_threshold_goal(e, prepared);
  train::check_options(r.fit, prepared.validation != nullptr);
  return r;
}

RunResult train(const Experiment& e, const Prepared& prepared, const RunOptions& o,
                const train::Observer& observer) {
  if (const auto& split = e.data->split; split.folds > 0 && split.fold == 0)
    fail("E-EXP-22",
         "data.split: {} folds are several trainings, and one was asked for; name one (fold: 1)",
         split.folds);
  if (e.ensemble) return train_ensemble(e, prepared, o, observer);
  auto [model, fit, gradients, warnings] = ready(e, prepared);
  Bundle bundle;
  bundle.experiment = e;
  bundle.encoding = prepared.encoding;
  bundle.training_digest = prepared.training_digest;
  bundle.store = std::make_unique<Store>();
  std::string loaded;
  if (!e.start_from.empty()) {
    bundle.store->initialize(gradients, e.fit.seed);
    const auto report = serialize::load_weights(*bundle.store, e.start_from, e.start_options);
    loaded = e.start_from.string() + ": " + report.text();
  }
  RunFolder folder(o);
  if (observer.message) {
    for (const auto& note : prepared.notes) observer.message(note);
    for (const auto& warning : warnings) observer.message("warning: " + warning);
    if (!loaded.empty()) observer.message(loaded);
  }
  // Of a run that is gone on with, the file stays until fit() has found this experiment to be its.
  if (!o.resume || !fs::exists(o.folder / "experiment.yaml"))
    write_atomically(o.folder / "experiment.yaml", resolved_in(o.folder, e));

  fit.threads = o.threads;
  fit.loader_workers = o.loader_workers;
  fit.checkpoint.folder = o.folder / "checkpoints";
  fit.resume = o.resume;
  fit.accept_fingerprint = o.accept_fingerprint;
  fit.agreement = agreement(e, prepared);
  fit.profile = o.profile;

  // metrics.jsonl is written whole at each epoch's end from the history, which a checkpoint holds:
  // so no line stands there twice, whatever was interrupted.
  std::string lines;
  train::Observer watching = observer;
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

  RunResult result;
  result.history =
      train::fit(model, *prepared.train, prepared.validation.get(), *bundle.store, fit, watching);
  write_atomically(o.folder / "experiment.yaml", resolved_in(o.folder, e));
  for (const auto& name : bundle.store->names(Role::parameter))
    result.parameters += bundle.store->at(name).size();
  result.files = {"experiment.yaml", "checkpoints/", "metrics.jsonl"};
  if (result.history.end == train::End::interrupted) return result;

  finish_run(bundle, prepared, o, observer, result);
  folder.settle();
  return result;
}

}  // namespace glia::experiment
