// train.ensemble and train.select: one experiment, several trainings.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {
namespace {

template <class Kind>
Kind one_of(Settings& s, const char* key, Kind otherwise, std::initializer_list<Kind> kinds,
            std::string_view meaning) {
  std::vector<std::string> names;
  for (const auto kind : kinds) names.emplace_back(name_of(kind));
  const auto name = s.one_of(key, std::string(name_of(otherwise)), names, meaning);
  for (const auto kind : kinds)
    if (name == name_of(kind)) return kind;
  return otherwise;
}

void read_ensemble(Settings& train, Experiment& e) {
  constexpr auto kMeaning = "several models that answer as one: docs/ensembles.md";
  if (!train.has("ensemble") && !train.describing()) {
    train.describe("ensemble", "options", "", kMeaning);
    return;
  }
  Settings s = *train.map("ensemble", kMeaning, "members");
  EnsemblePlan plan;
  using enum MemberKind;
  plan.members = s.integer("members", plan.members, "how many", {2, 100});
  plan.kind =
      one_of(s, "kind", plan.kind, {seeds, bagging, folds, snapshots}, "in what they differ");
  plan.combine =
      one_of(s, "combine", plan.combine, {Combine::mean, Combine::weighted, Combine::stacking},
             "how their answers become one");
  if (plan.combine == Combine::stacking || s.describing())
    plan.ridge = s.real("ridge", plan.ridge, "of stacking: weight of the squared weights");
  if (!(plan.ridge >= 0))
    fail("E-EXP-24", "{}: got {}, expected at least 0", s.where("ridge"), plan.ridge);
  s.done();
  if (plan.kind == snapshots && !train.describing()) {
    if (e.fit.epochs % plan.members != 0 || e.fit.epochs == 0)
      fail("E-EXP-24",
           "{}: {} snapshots are taken at even distances, and {} epochs are no multiple of it; say "
           "epochs: {}",
           s.where(), plan.members, e.fit.epochs,
           std::max<std::int64_t>(1, e.fit.epochs / plan.members) * plan.members);
    for (const char* key : {"schedule", "early_stopping", "average"})
      if (train.has(key) &&
          !(std::string_view(key) == "schedule" && e.fit.schedule.name == "constant"))
        fail("E-EXP-24",
             "{}: snapshots have a schedule of their own (cosine_restarts) and are taken at its "
             "ends; remove it",
             train.where(key));
  }
  if (e.fit.time_budget > 0)
    fail("E-EXP-24", "{}: the budget is of one training, and an ensemble has several; remove it",
         train.where("time_budget"));
  e.ensemble = plan;
}

// A list of {setting: value}.
void read_candidates(Settings& train, Experiment& e) {
  constexpr auto kMeaning = "settings that inner folds select among: docs/splits.md";
  train.describe("select", "list of {setting: value}", "", kMeaning);
  constexpr auto kBy = "the value by which, of the inner test rows; loss, or a metric";
  train.describe("select_by", "text", "loss", kBy);
  const bool by = train.has("select_by");
  if (by && !train.has("select"))
    fail("E-EXP-24", "{}: there is nothing to select among; say select: [...]",
         train.where("select_by"));
  if (!train.has("select")) return;
  const YAML::Node list = train.raw("select", "", kMeaning);
  if (!list.IsSequence() || list.size() < 2)
    fail("E-EXP-24",
         "{}: expected a list of two candidates at least: "
         "[{{train.batch_size: 64}}, {{train.batch_size: 256}}]",
         train.where("select"));
  for (const auto& item : list) {
    if (!item.IsMap())
      fail("E-EXP-24", "{}: candidate {} is not of the form {{setting: value}}",
           train.where("select"), e.candidates.size() + 1);
    std::vector<std::string> set;
    for (const auto& entry : item) {
      YAML::Emitter value;
      value << YAML::Flow << entry.second;
      const auto key = entry.first.Scalar();
      if (!key.starts_with("model.") && !key.starts_with("train.") && !key.starts_with("data."))
        fail("E-EXP-24", "{}: '{}' is no setting of data, model or train", train.where("select"),
             shown(key));
      if (key.starts_with("data.split") || key.starts_with("train.select"))
        fail("E-EXP-24", "{}: '{}' is not selected on: the candidates have the same rows",
             train.where("select"), shown(key));
      set.push_back(key + "=" + value.c_str());
    }
    e.candidates.push_back(std::move(set));
  }
  e.select_by = train.text("select_by", e.select_by, kBy);
  train.placed("select_by", [&] { return metrics::larger_is_better(e.select_by); });
}

}  // namespace

void read_several(Settings& train, Experiment& e) {
  read_ensemble(train, e);
  read_candidates(train, e);
}

}  // namespace glia::experiment
