// What a training leaves in its folder: the bundle, its card, result.json.
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/calibration.h"
#include "glia/experiment/parts_of_run.h"
#include "glia/experiment/start.h"
#include "glia/experiment/threshold.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json number(double v) { return std::isfinite(v) ? json(v) : json(nullptr); }

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
               {"weights_sha256", result.weights_sha256},
               {"training_rows", prepared.train->size()},
               {"notes", prepared.notes},
               {"messages", result.messages}};
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
  if (e.ensemble)
    summary["ensemble"] = {{"kind", name_of(e.ensemble->kind)},
                           {"combine", name_of(e.ensemble->combine)},
                           {"members", to_json(result.members)}};
  if (result.out_of_bag) summary["out_of_bag"] = to_json(*result.out_of_bag);
  if (!result.start.plain()) summary["start"] = to_json(result.start);
  if (result.calibration) summary["calibration"] = to_json(*result.calibration);
  if (result.validation) summary["validation"] = to_json(*result.validation);
  if (result.test) summary["test"] = to_json(*result.test);
  return summary;
}

}  // namespace

void finish_run(Bundle& bundle, const Prepared& prepared, const RunOptions& o,
                const train::Observer& observer, RunResult& result) {
  const Experiment e = bundle.experiment;
  const auto say = [&](const std::string& text) {
    result.messages.push_back(text);
    if (observer.message) observer.message(text);
  };
  if (e.calibrate && !e.temperature) {
    result.calibration =
        fitted_calibration(bundle, *prepared.validation, o.threads, o.loader_workers);
    bundle.experiment = with_temperature(e, result.calibration->temperature);
    say(calibration_text(*result.calibration));
  }
  if (e.threshold_goal) {
    result.threshold = chosen_threshold(bundle, *prepared.validation, o.threads, o.loader_workers);
    bundle.experiment = with_threshold(bundle.experiment, result.threshold->threshold);
    say(threshold_text(*result.threshold, *e.threshold_goal, prepared.validation->size()));
  }
  const auto judged = [&](const char* part, const auto& rows, const auto& places) {
    std::optional<Assessment> assessment;
    if (!rows) return assessment;
    const auto predictions = predicted(bundle, *rows, places, o.threads, o.loader_workers);
    assessment = assess(bundle.experiment, bundle.encoding, predictions);
    save_predictions(o.folder / "predictions" / fmt::format("{}.safetensors", part), predictions);
    return assessment;
  };
  result.validation = judged("validation", prepared.validation, prepared.rows.validation);
  result.test = judged("test", prepared.test, prepared.rows.test);
  save_bundle(o.folder / "model", bundle, model_card(e, result));
  result.weights_sha256 = digest_of_weights(o.folder / "model", result.members.size());
  // Names of columns and labels may hold any bytes.
  write_atomically(
      o.folder / "result.json",
      summary_of(e, prepared, result).dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  result.files.insert(result.files.end(), {"result.json", "model/"});
  if (result.validation || result.test) result.files.emplace_back("predictions/");
}

}  // namespace glia::experiment
