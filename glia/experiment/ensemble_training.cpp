// Trains the members of an ensemble, and what makes one answer of theirs.
#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/base/text.h"
#include "glia/data/sampling.h"
#include "glia/data/split.h"
#include "glia/experiment/ensemble_bundle.h"
#include "glia/experiment/parts_of_run.h"
#include "glia/experiment/run_folder.h"
#include "glia/serialize/weights.h"
#include "glia/train/answers.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::int64_t>;

// Writes the weights at the ends of cycles. A resumed training writes the same again.
class Snapshots : public train::Callback {
 public:
  Snapshots(fs::path folder, std::int64_t period) : folder_(std::move(folder)), period_(period) {}
  std::string name() const override { return "snapshots"; }
  void epoch(const train::EpochRecord& record, train::Control& control) override {
    if (record.within > 0 || record.epoch % period_ != 0) return;
    fs::create_directories(folder_);
    serialize::write_safetensors(file(folder_, record.epoch / period_),
                                 serialize::weights_of(control.store()), {{"format", "pt"}});
  }
  static fs::path file(const fs::path& folder, std::int64_t snapshot) {
    return folder / (std::to_string(snapshot) + ".safetensors");
  }

 private:
  fs::path folder_;
  std::int64_t period_;
};

// Why a row that is left out may be known from others all the same; nothing where it is not.
const char* why_together(const Experiment& e) {
  const auto& split = e.data->split;
  return e.data->sampling.how != SamplingPlan::How::none      ? "sampling makes rows alike"
         : !split.groups.empty() || split.equal_rows_together ? "groups of rows belong together"
         : !split.time.empty()                                ? "rows follow one another in time"
         : e.data->things() == "windows"                      ? "windows share values"
                                                              : nullptr;
}

void check_plan(const Experiment& e, const Prepared& prepared) {
  const auto& plan = *e.ensemble;
  if (plan.combine != Combine::mean && !prepared.validation)
    fail("E-EXP-24",
         "train.ensemble: what combines ({}) is fitted on validation rows, and there are none; say "
         "data.validation: 0.15, or combine: mean",
         name_of(plan.combine));
  if (plan.kind != MemberKind::folds) return;
  const auto* why = why_together(e)                         ? why_together(e)
                    : !prepared.train->all_targets(0)       ? "the rows are streamed"
                    : prepared.train->size() < plan.members ? "there are fewer rows than members"
                                                            : nullptr;
  if (why)
    fail("E-EXP-24",
         "train.ensemble: kind folds leaves rows out that are drawn one by one, and here {}; say "
         "kind: seeds",
         why);
}

std::uint64_t seed_of(const Experiment& e, std::int64_t member) {
  return e.fit.seed + static_cast<std::uint64_t>(member);
}

// The bootstrap sample of a member, from 0.
Rows drawn_rows(const Experiment& e, std::int64_t member, std::int64_t rows) {
  Random random(e.fit.seed, "bagging", static_cast<std::uint64_t>(member));
  Rows drawn;
  for (std::int64_t i = 0; i < rows; ++i)
    drawn.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rows))));
  return drawn;
}

// The rows that it left out, ascending.
Rows left_out(const Rows& drawn, std::int64_t rows) {
  std::vector<bool> taken(static_cast<std::size_t>(rows));
  for (const auto row : drawn) taken[static_cast<std::size_t>(row)] = true;
  Rows rest;
  for (std::int64_t row = 0; row < rows; ++row)
    if (!taken[static_cast<std::size_t>(row)]) rest.push_back(row);
  return rest;
}

data::Split fold_of(const Experiment& e, const Prepared& prepared, std::int64_t member) {
  data::FoldOptions options{.folds = e.ensemble->members};
  options.split.seed = e.fit.seed;
  Rows classes;
  if (!prepared.encoding.target.labels.empty() && prepared.encoding.outputs.empty() &&
      e.data->split.stratify)
    if (const auto all = prepared.train->all_targets(0); all && all->shape().rank() <= 2)
      classes = data::classes_of(*all);
  options.split.stratify = classes;
  options.split.labels = prepared.encoding.target.labels;
  return data::folds(prepared.train->size(), options)[static_cast<std::size_t>(member)];
}

// One member as an experiment of its own. member: from 0.
Experiment alone(const Experiment& e, std::int64_t member) {
  std::vector<std::string> set{"train.ensemble=null", "train.select=null",
                               fmt::format("seed={}", seed_of(e, member))};
  if (e.threshold_goal) set.emplace_back("train.threshold=null");
  if (e.calibrate) set.emplace_back("train.calibrate=null");
  if (e.ensemble->kind == MemberKind::snapshots)
    set.push_back(fmt::format("train.schedule={{cosine_restarts: {{period: {}}}}}",
                              e.fit.epochs / e.ensemble->members));
  return changed(e, set);
}

// Test rows are for the ensemble alone.
Prepared rows_of_member(const Experiment& e, const Prepared& prepared, std::int64_t member) {
  Prepared own = prepared;
  own.test = nullptr;
  if (member > 0) own.notes.clear();
  if (e.ensemble->kind == MemberKind::bagging)
    own.train = data::picked_rows(prepared.train, drawn_rows(e, member, prepared.train->size()));
  if (e.ensemble->kind == MemberKind::folds) {
    const auto fold = fold_of(e, prepared, member);
    own.train = data::picked_rows(prepared.train, fold.train);
    own.validation = data::picked_rows(prepared.train, fold.test);
  }
  return own;
}

// One training of several, unless it has ended before. Nothing where it was interrupted.
struct Training {
  const RunOptions& options;
  const train::Observer& observer;

  std::optional<Finished> operator()(const Experiment& e, const Prepared& prepared,
                                     const fs::path& folder, const std::string& name,
                                     double& seconds) const {
    if (options.part) options.part(name);
    if (const auto done = finished(folder)) {
      seconds += done->seconds;
      return done;
    }
    RunOptions own = options;
    own.folder = folder;
    own.part = nullptr;
    own.begun = nullptr;
    own.overwrite = false;
    own.resume = fs::exists(folder);
    const auto result = train(e, prepared, own, observer);
    seconds += result.history.seconds;
    if (result.history.end == train::End::interrupted) return std::nullopt;
    return finished(folder);
  }
};

// The members' stores, and of each what is known of its training; false: interrupted.
bool train_members(const Experiment& e, const Prepared& prepared, const Training& training,
                   Bundle& bundle, RunResult& result) {
  const auto& folder = training.options.folder;
  const std::int64_t members = e.ensemble->members;
  if (e.ensemble->kind == MemberKind::snapshots) {
    auto only = alone(e, 0);
    const auto place = folder / "training" / "snapshots";
    const std::int64_t period = e.fit.epochs / members;
    only.fit.callbacks.push_back(std::make_shared<Snapshots>(place, period));
    if (!training(only, rows_of_member(e, prepared, 0), folder / "training", "snapshots",
                  result.history.seconds))
      return false;
    for (std::int64_t m = 0; m < members; ++m) {
      if (const auto file = Snapshots::file(place, m + 1); !fs::exists(file))
        fail("E-EXP-21", "{}: it is gone; begin anew with --overwrite", file.string());
      bundle.ensemble->members.push_back(read_weights(bundle, Snapshots::file(place, m + 1)));
      result.members.push_back({.seed = e.fit.seed, .epochs = period, .best_epoch = 0});
    }
    return true;
  }
  for (std::int64_t m = 0; m < members; ++m) {
    const auto place = folder / "members" / std::to_string(m + 1);
    const auto done = training(alone(e, m), rows_of_member(e, prepared, m), place,
                               fmt::format("member {}/{}", m + 1, members), result.history.seconds);
    if (!done) return false;
    bundle.ensemble->members.push_back(
        read_weights(bundle, place / "model" / "weights.safetensors"));
    result.members.push_back(
        {.seed = seed_of(e, m), .epochs = done->epochs, .best_epoch = done->best_epoch});
  }
  return true;
}

Combiner fitted(const EnsemblePlan& plan, const train::Output& output, std::size_t place,
                const std::vector<train::Evaluation>& members) {
  if (plan.combine == Combine::mean) return {};
  const auto& first = members.front();
  if (plan.combine == Combine::stacking && first.predictions[place].shape().rank() != 2)
    fail("E-EXP-24",
         "train.ensemble: stacking is of one answer for each row, and the model gives {}; say "
         "combine: weighted",
         first.predictions[place].shape().text());
  std::vector<Tensor> answers;
  Tensor targets;
  for (const auto& member : members) {
    auto [answer, target] =
        train::answers_of(member.predictions[place], member.targets[place], output.loss,
                          member.masks[place], place == 0 ? member.weights : Tensor());
    answers.push_back(std::move(answer));
    targets = std::move(target);
  }
  return plan.combine == Combine::weighted ? fitted_weights(output.loss, answers, targets)
                                           : stacked(output.loss, answers, targets, plan.ridge);
}

// Members on the validation rows, each alone, and what combines them.
void combine(const Experiment& e, const Prepared& prepared, const RunOptions& o, Bundle& bundle,
             RunResult& result) {
  const auto objective = train::objective(e.fit);
  std::vector<train::Evaluation> evaluations;
  for (std::size_t m = 0; prepared.validation && m < result.members.size(); ++m) {
    evaluations.push_back(train::Evaluator(e.model(), objective,
                                           train::batch_types(*prepared.validation),
                                           *bundle.ensemble->members[m], o.threads)
                              .run(*prepared.validation, o.loader_workers));
    result.members[m].validation =
        assess(e, bundle.encoding, predicted(bundle, *prepared.validation, evaluations.back()));
  }
  for (std::size_t i = 0; i < objective.outputs.size(); ++i)
    bundle.ensemble->combiners.push_back(fitted(*e.ensemble, objective.outputs[i], i, evaluations));
  const auto& weights = bundle.ensemble->combiners.front().weights;
  for (std::size_t m = 0; m < result.members.size(); ++m)
    result.members[m].weight =
        weights.empty() ? 1 / static_cast<double>(result.members.size()) : weights[m];
}

// Each training row by the mean of the members that have not seen it (Breiman, "Out-of-bag
// estimation", 1996).
std::optional<Assessment> out_of_bag(const Experiment& e, const Prepared& prepared,
                                     const RunOptions& o, const Bundle& bundle) {
  const std::int64_t rows = prepared.train->size();
  const auto objective = train::objective(e.fit);
  std::vector<std::vector<double>> sums(objective.outputs.size());
  std::vector<double> counts(static_cast<std::size_t>(rows));
  const auto evaluation_of = [&](std::size_t member, const data::Source& some) {
    return train::Evaluator(e.model(), objective, train::batch_types(some),
                            *bundle.ensemble->members[member], o.threads)
        .run(some, o.loader_workers);
  };
  for (std::size_t m = 0; m < bundle.ensemble->members.size(); ++m) {
    const auto lacking = left_out(drawn_rows(e, static_cast<std::int64_t>(m), rows), rows);
    if (lacking.empty()) continue;
    const auto said = evaluation_of(m, *data::picked_rows(prepared.train, lacking));
    for (const auto row : lacking) ++counts[static_cast<std::size_t>(row)];
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Tensor& of = said.predictions[i];
      const std::int64_t each = of.size() / std::ssize(lacking);
      sums[i].resize(static_cast<std::size_t>(rows * each));
      for (std::int64_t k = 0; k < of.size(); ++k)
        sums[i][static_cast<std::size_t>(lacking[static_cast<std::size_t>(k / each)] * each +
                                         k % each)] += of.at(k);
    }
  }
  Rows covered;
  for (std::int64_t row = 0; row < rows; ++row)
    if (counts[static_cast<std::size_t>(row)] > 0) covered.push_back(row);
  if (covered.empty()) return std::nullopt;
  const auto some = data::picked_rows(prepared.train, covered);
  auto evaluation = evaluation_of(0, *some);
  auto predictions = evaluation.predictions;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const std::int64_t each = predictions[i].size() / std::ssize(covered);
    for (std::int64_t k = 0; k < predictions[i].size(); ++k) {
      const auto row = static_cast<std::size_t>(covered[static_cast<std::size_t>(k / each)]);
      const auto at = row * static_cast<std::size_t>(each) + static_cast<std::size_t>(k % each);
      predictions[i].set(k, sums[i][at] / counts[row]);
    }
  }
  predict_instead(evaluation, std::move(predictions), objective, o.threads);
  return assess(e, bundle.encoding, predicted(bundle, *some, std::move(evaluation)));
}

}  // namespace

RunResult train_ensemble(const Experiment& e, const Prepared& prepared, const RunOptions& o,
                         const train::Observer& observer) {
  check_plan(e, prepared);
  {
    auto whole = e;
    whole.fit.early_stopping
        .reset();  // of members, some of which have validation rows of their own
    ready(whole, prepared);
    ready(alone(e, 0), rows_of_member(e, prepared, 0));
  }
  RunFolder folder(o);
  write_atomically(o.folder / "experiment.yaml", resolved_in(o.folder, e));
  fs::create_directories(o.folder / "members");
  expect_same_experiment(e, prepared, o.folder / "members" / "settings.json");
  if (o.begun) o.begun();
  train::Observer watching = observer;
  watching.saved = [&] {
    folder.settle();
    if (observer.saved) observer.saved();
  };
  Bundle bundle;
  bundle.experiment = e;
  bundle.encoding = prepared.encoding;
  bundle.training_digest = prepared.training_digest;
  bundle.ensemble.emplace().plan = *e.ensemble;
  RunResult result;
  result.files = {"experiment.yaml",
                  e.ensemble->kind == MemberKind::snapshots ? "training/" : "members/"};
  if (!train_members(e, prepared, {o, watching}, bundle, result)) {
    result.history.end = train::End::interrupted;
    return result;
  }
  std::vector<std::int64_t> kept;
  for (const auto& member : result.members)
    kept.push_back(member.best_epoch > 0 ? member.best_epoch : member.epochs);
  const bool one_training = e.ensemble->kind == MemberKind::snapshots;
  result.history.best_epoch = one_training ? e.fit.epochs : median(kept);
  for (const auto& store : bundle.ensemble->members)
    for (const auto& name : store->names(Role::parameter))
      result.parameters += store->at(name).size();
  combine(e, prepared, o, bundle, result);
  if (e.ensemble->kind == MemberKind::bagging) {
    if (const auto* why = why_together(e)) {
      result.messages.push_back(fmt::format(
          "no value is given out of bag: {}, so a member knows of rows that it did not draw", why));
      if (observer.message) observer.message(result.messages.back());
    } else {
      result.out_of_bag = out_of_bag(e, prepared, o, bundle);
    }
  }
  finish_run(bundle, prepared, o, observer, result);
  folder.settle();
  return result;
}

}  // namespace glia::experiment
