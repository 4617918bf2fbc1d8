#include "glia/experiment/folds.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/out_of_fold.h"
#include "glia/experiment/parts_of_run.h"
#include "glia/experiment/run_folder.h"
#include "glia/experiment/threshold.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Set = std::vector<std::string>;

void check_plan(const Experiment& e) {
  const auto& split = e.data->split;
  if (split.folds == 0)
    fail("E-EXP-22", "data.split: there are no folds; say folds: 5, or glia train --folds 5");
  if (e.candidates.empty() && split.inner_folds > 0)
    fail("E-EXP-24",
         "data.split.inner_folds: inner folds select among candidates, and there are none; say "
         "train.select: [{{train.batch_size: 64}}, {{train.batch_size: 256}}]");
  if (!e.candidates.empty() && split.inner_folds == 0)
    fail("E-EXP-24", "train.select: candidates are selected on inner folds; say --inner-folds 3");
}

// What each training must be, also that of a candidate.
void check_training(const Experiment& e, const std::string& who) {
  if (e.fit.time_budget > 0)
    fail("E-EXP-22",
         "{}train.time_budget: folds whose end depends on the clock cannot be compared or gone on "
         "with; remove it",
         who);
  const auto& plateau = e.fit.schedule.plateau;
  if (e.data->split.final_model && plateau && plateau->monitor.starts_with("val"))
    fail("E-EXP-22",
         "{}train.schedule: the final model is trained on all rows, so no validation row tells its "
         "schedule of {}; take another schedule, or say data.split.final_model: false",
         who, plateau->monitor);
}

// Losses can be compared where all candidates learn by the same one, on the same scale.
void check_select_by(const Experiment& e) {
  if (e.select_by != "loss") return;
  for (std::size_t c = 0; c < e.candidates.size(); ++c)
    for (const auto& setting : e.candidates[c])
      for (const char* part : {"train.loss", "train.class_weight", "data.target", "data.sampling"})
        if (setting.starts_with(part))
          fail("E-EXP-24",
               "train.select: candidate {} changes {}, so its loss is another quantity than the "
               "others'; say train.select_by with a metric of the test rows, such as {}",
               c + 1, part, e.fit.loss.of_numbers() ? "rmse" : "log_loss");
}

// The forms of a model's answers, without the rows: "[2]".
std::string answers_of(const Ready& ready, const Experiment& e) {
  std::vector<std::string> forms;
  for (const auto& output : train::objective(e.fit).outputs) {
    const auto& shape = ready.gradients.find_output(output.port("prediction")).shape();
    Shape form;
    for (int axis = 1; axis < shape.rank(); ++axis) form.push_back(shape[axis]);
    forms.push_back(form.text());
  }
  return fmt::format("{}", fmt::join(forms, ", "));
}

// All candidates are looked at before the first training: one that cannot be trained would be found
// when the others have been paid for. `rows`: of the first fold without a candidate's settings.
void check_candidates(const Experiment& e, const Prepared& rows) {
  check_training(e, "");
  check_select_by(e);
  std::string first;
  for (std::size_t c = 0; c < e.candidates.size(); ++c) {
    const auto who = fmt::format("train.select: candidate {}: ", c + 1);
    auto set = e.candidates[c];
    // What the rows' features and targets depend on.
    const bool other_rows = std::any_of(set.begin(), set.end(), [](const auto& one) {
      return one.starts_with("data.") || one.starts_with("model.") || one.starts_with("train.loss");
    });
    set.insert(set.begin(), {"data.split.fold=1", "train.select=null", "train.select_by=null"});
    const auto one = changed(e, set);
    check_training(one, who);
    if (one.ensemble) continue;  // its members are looked at where they are trained
    const auto form = answers_of(ready(one, other_rows ? prepare(one) : rows), one);
    if (c > 0 && form != first)
      fail("E-EXP-25",
           "{}it answers with {}, and candidate 1 with {}; what folds predict is put together, so "
           "all have to answer alike",
           who, form, first);
    first = form;
  }
}

// What is fitted on validation rows keeps them in the final training, too.
bool needs_validation(const Experiment& e) {
  if (e.calibrate && !e.temperature) return true;
  return e.ensemble && e.ensemble->combine != Combine::mean;
}

// One training among several, in its place.
class Trainings {
 public:
  // first: the first fold and its rows, which are looked at before a folder is made.
  Trainings(const Experiment& e, const RunOptions& o, const TrainOne& train_one,
            const Experiment& first, Prepared rows)
      : o_(o),
        train_one_(train_one),
        first_(first.resolved),
        rows_(std::move(rows)),
        folder_(std::in_place, o) {
    write_atomically(o.folder / "experiment.yaml", resolved_in(o.folder, e));
    fs::create_directories(o.folder / "folds");
    expect_same_experiment(e, rows_, o.folder / "folds" / "settings.json");
  }

  const RunOptions& options() const { return o_; }
  // The folder is free for the final training, which takes it itself.
  void release() {
    folder_->settle();
    folder_.reset();
  }

  Prepared prepare(const Experiment& one) const {
    return one.resolved == first_ ? rows_ : experiment::prepare(one);
  }

  // Nothing where it was interrupted.
  std::optional<Finished> run(const Experiment& one, const fs::path& place,
                              const std::string& name) {
    const auto folder = o_.folder / place;
    if (auto done = finished(folder)) return done;
    const auto prepared = prepare(one);
    RunOptions own = o_;
    own.folder = folder;
    own.overwrite = false;
    own.resume = fs::exists(folder);
    fs::create_directories(folder.parent_path());
    const auto result = train_one_(name, one, prepared, own);
    folder_->settle();
    if (result.history.end == train::End::interrupted) return std::nullopt;
    return finished(folder);
  }

 private:
  const RunOptions& o_;
  const TrainOne& train_one_;
  std::string first_;
  Prepared rows_;
  std::optional<RunFolder> folder_;
};

Set joined(Set a, const Set& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The value by which candidates are told apart, of one inner fold.
std::optional<double> value_of(const Experiment& e, const Finished& f) {
  if (e.select_by == "loss") return f.loss;
  std::vector<std::string> known{"loss"};
  for (const auto& [name, value] : f.metrics) {
    if (name == e.select_by) return value;
    known.push_back(name);
  }
  fail("E-EXP-24", "train.select_by: '{}' is no value of the test rows; expected one of {}",
       shown(e.select_by), fmt::join(known, ", "));
}

// What inner folds say of the candidates.
struct Selection {
  std::size_t best = 0;
  std::vector<double> means;         // of each candidate
  std::vector<std::int64_t> epochs;  // that the best one's trainings kept
};

// `inner`: the settings of the inner folds, in their order; `place`: "select/2". Nothing where it
// was interrupted.
std::optional<Selection> select(const Experiment& e, Trainings& trainings,
                                const std::vector<Set>& inner, const fs::path& place,
                                const std::string& name, std::vector<std::string>& notes) {
  Selection selection;
  const bool larger = metrics::larger_is_better(e.select_by);
  for (std::size_t c = 0; c < e.candidates.size(); ++c) {
    double sum = 0;
    std::size_t undefined = 0;
    std::vector<std::int64_t> epochs;
    for (std::size_t j = 0; j < inner.size(); ++j) {
      const auto one =
          changed(e, joined(joined({"train.select=null", "train.select_by=null", "train.logs=[]"},
                                   e.candidates[c]),
                            inner[j]));
      const auto done = trainings.run(one, place / std::to_string(c + 1) / std::to_string(j + 1),
                                      fmt::format("{}, candidate {}/{}, inner fold {}/{}", name,
                                                  c + 1, e.candidates.size(), j + 1, inner.size()));
      if (!done) return std::nullopt;
      const auto value = value_of(e, *done);
      if (!value || !std::isfinite(*value)) ++undefined;
      sum += value.value_or(NAN);
      epochs.push_back(done->kept(one));
    }
    if (undefined > 0)
      notes.push_back(
          fmt::format("{}: {} of candidate {} is undefined in {} of {} inner folds, so "
                      "it is not chosen",
                      name, e.select_by, c + 1, undefined, inner.size()));
    const double mean = sum / static_cast<double>(inner.size());
    const bool better =
        c == 0 || std::isnan(selection.means[selection.best]) ||
        (larger ? mean > selection.means[selection.best] : mean < selection.means[selection.best]);
    selection.means.push_back(mean);
    if (better) selection.best = c, selection.epochs = epochs;
  }
  if (std::isnan(selection.means[selection.best]))
    fail("E-EXP-24",
         "{}: {} is undefined for every candidate in some inner fold; say train.select_by: with a "
         "value that every fold has, such as loss, or take fewer inner folds",
         name, e.select_by);
  return selection;
}

struct Course {
  FoldsResult result;
  std::vector<Finished> folds;
  std::vector<std::int64_t> kept;  // the epochs of their models
  HeldOut all;
  std::optional<Bundle> first;  // for what folds have in common
  std::vector<json> selections;
};

json to_json(const Experiment& e, const Selection& s) {
  json candidates = json::array();
  for (std::size_t c = 0; c < e.candidates.size(); ++c)
    candidates.push_back({{"settings", e.candidates[c]},
                          {"mean", std::isfinite(s.means[c]) ? json(s.means[c]) : json(nullptr)}});
  return {{"by", e.select_by}, {"selected", s.best + 1}, {"candidates", candidates}};
}

// One fold: selection, training, predictions of its test rows. False: interrupted.
bool run_fold(const Experiment& e, Trainings& trainings, std::int64_t fold, Course& course) {
  const auto& split = e.data->split;
  const std::int64_t count = split.folds * split.repeats;
  const auto name = fmt::format("fold {}/{}", fold, count);
  Set set{fmt::format("data.split.fold={}", fold), "train.select=null", "train.select_by=null"};
  FoldSummary summary{.fold = fold, .repeat = (fold - 1) / split.folds + 1};
  if (!e.candidates.empty()) {
    std::vector<Set> inner;
    for (std::int64_t j = 1; j <= split.inner_folds; ++j)
      inner.push_back(
          {fmt::format("data.split.fold={}", fold), fmt::format("data.split.inner_fold={}", j)});
    const auto chosen = select(e, trainings, inner, fs::path("select") / std::to_string(fold), name,
                               course.result.notes);
    if (!chosen) return false;
    course.selections.push_back(to_json(e, *chosen));
    summary.candidate = static_cast<std::int64_t>(chosen->best) + 1;
    set = joined(set, e.candidates[chosen->best]);
  }
  const auto one = changed(e, set);
  const auto place = fs::path("folds") / std::to_string(fold);
  const auto& o = trainings.options();
  const auto done = trainings.run(one, place, name);
  if (!done) return false;
  auto bundle = load_bundle(o.folder / place);
  const auto file = o.folder / place / "held_out.safetensors";
  if (!fs::exists(file))
    write_held_out(file,
                   held_out(bundle, trainings.prepare(one), fold, o.threads, o.loader_workers));
  auto held = read_held_out(file);
  if (fold > 1 && held.labels != course.all.labels)
    fail(
        "E-EXP-25",
        "fold {}: its training rows have the classes {}, and those of fold 1 {}; take fewer folds, "
        "or split with stratify: true",
        fold, fmt::join(held.labels, ", "), fmt::join(course.all.labels, ", "));
  course.all.append(std::move(held));
  summary.folder = place.generic_string();
  summary.rows = done->rows;
  summary.epochs = done->epochs, summary.best_epoch = done->kept(one);
  summary.seconds = done->seconds;
  course.result.seconds += done->seconds;
  course.result.folds.push_back(summary);
  course.folds.push_back(*done);
  course.kept.push_back(done->kept(one));
  if (!course.first) course.first = std::move(bundle);
  return true;
}

void summarise(FoldValues& v) {
  double sum = 0, squares = 0, count = 0;
  for (const auto& value : v.folds)
    if (value) sum += *value, ++count;
  if (count == 0) return;
  v.mean = sum / count;
  for (const auto& value : v.folds)
    if (value) squares += (*value - *v.mean) * (*value - *v.mean);
  if (count > 1) v.deviation = std::sqrt(squares / (count - 1));
}

std::vector<FoldValues> values_of(const std::vector<Finished>& folds) {
  std::vector<FoldValues> all{{"loss", {}, {}, {}}};
  for (const auto& [name, value] : folds.front().metrics) all.push_back({name, {}, {}, {}});
  for (const auto& fold : folds) {
    all.front().folds.emplace_back(fold.loss);
    for (std::size_t i = 1; i < all.size(); ++i) {
      const auto found = std::find_if(fold.metrics.begin(), fold.metrics.end(),
                                      [&](const auto& m) { return m.first == all[i].name; });
      all[i].folds.push_back(found == fold.metrics.end() ? std::nullopt : found->second);
    }
  }
  for (auto& values : all) summarise(values);
  return all;
}

// The experiment of the final model, and in one line what it is.
struct Final {
  Experiment experiment;
  std::string note;
};

std::optional<Final> final_of(const Experiment& e, Trainings& trainings, Course& course) {
  Set set{"train.select=null", "train.select_by=null"};
  for (const char* key : {"folds", "repeats", "gap", "inner_folds", "final_model"})
    set.push_back(fmt::format("data.split.{}=null", key));
  auto kept = course.kept;
  std::string note, whose = "the folds'";
  if (!e.candidates.empty()) {
    const auto& split = e.data->split;
    std::vector<Set> inner;
    for (std::int64_t j = 1; j <= split.inner_folds; ++j)
      inner.push_back({"data.split.repeats=null", "data.split.inner_folds=null",
                       fmt::format("data.split.folds={}", split.inner_folds),
                       fmt::format("data.split.fold={}", j)});
    const auto chosen =
        select(e, trainings, inner, "select/all", "final model", course.result.notes);
    if (!chosen) return std::nullopt;
    course.selections.push_back(to_json(e, *chosen));
    const auto& candidate = e.candidates[chosen->best];
    note = fmt::format("candidate {} ({}), ", chosen->best + 1, fmt::join(candidate, ", "));
    set = joined(set, candidate);
    kept = chosen->epochs, whose = "its inner folds'";
  }
  const auto selected = changed(e, set);
  if (needs_validation(selected))
    return Final{selected, note + "with validation rows, on which its answers are fitted"};
  if (e.data->split.validation > 0) set.emplace_back("data.split.validation_trains=true");
  const bool own = selected.ensemble && selected.ensemble->kind == MemberKind::folds;
  if (selected.fit.early_stopping && !own) {
    const auto epochs = median(kept);
    set.push_back(fmt::format("train.epochs={}", epochs));
    set.emplace_back("train.early_stopping=null");
    note += fmt::format("on all rows for {} epoch{}, the median of {} epochs ({})", epochs,
                        epochs == 1 ? "" : "s", whose, fmt::join(kept, ", "));
    if (selected.fit.schedule.whole_run)
      note += fmt::format("; its schedule '{}' spans these epochs", selected.fit.schedule.name);
  } else {
    note += own ? "on all rows, each member stopped by the rows that it leaves out"
                : fmt::format("on all rows for {} epochs", selected.fit.epochs);
  }
  set.emplace_back("train.checkpoint.keep_best=0");
  if (selected.threshold_goal && course.first && !course.all.partial) {
    const auto chosen = chosen_threshold(selected, course.all.said());
    set.push_back(fmt::format("train.threshold={}", chosen.threshold));
    note +=
        fmt::format("; threshold {:.4g}, chosen on the out-of-fold predictions", chosen.threshold);
  }
  return Final{changed(e, set), note};
}

json number(const std::optional<double>& v) {
  return v && std::isfinite(*v) ? json(*v) : json(nullptr);
}

void write_summary(const Experiment& e, const Course& course, const fs::path& file) {
  const auto& split = e.data->split;
  const auto& r = course.result;
  json j{{"name", e.name},
         {"folds", split.folds},
         {"repeats", split.repeats},
         {"predictions", course.all.rows.size()},
         {"seconds", r.seconds}};
  for (const auto& values : r.values) {
    json& one = j["values"][values.name];
    one["mean"] = number(values.mean), one["deviation"] = number(values.deviation);
    for (const auto& value : values.folds) one["folds"].push_back(number(value));
  }
  for (std::size_t i = 0; i < r.folds.size(); ++i) {
    const auto& fold = r.folds[i];
    j["each"].push_back({{"fold", fold.fold},
                         {"repeat", fold.repeat},
                         {"folder", fold.folder},
                         {"rows", fold.rows},
                         {"epochs", fold.epochs},
                         {"best_epoch", fold.best_epoch},
                         {"seconds", fold.seconds}});
    if (i < course.selections.size()) j["each"].back()["selection"] = course.selections[i];
  }
  if (r.out_of_fold) {
    j["out_of_fold"]["rows"] = r.out_of_fold->rows;
    for (const auto& metric : r.out_of_fold->metrics)
      j["out_of_fold"]["metrics"][metric.name] = number(metric.value);
  }
  if (!r.final_note.empty()) j["final"]["model"] = r.final_note;
  if (course.selections.size() > r.folds.size()) j["final"]["selection"] = course.selections.back();
  write_atomically(file, j.dump(1) + "\n");
}

}  // namespace

FoldsResult train_folds(const Experiment& e, const RunOptions& o, const TrainOne& train_one) {
  check_plan(e);
  if (e.candidates.empty()) check_training(e, "");
  const auto first = changed(e, {"data.split.fold=1", "train.select=null", "train.select_by=null"});
  auto rows = prepare(first);
  if (!e.ensemble) ready(first, rows);
  if (!e.candidates.empty()) check_candidates(e, rows);
  Trainings trainings(e, o, train_one, first, std::move(rows));
  Course course;
  auto& r = course.result;
  const auto& split = e.data->split;
  for (std::int64_t fold = 1; fold <= split.folds * split.repeats; ++fold)
    if (!run_fold(e, trainings, fold, course)) {
      r.interrupted = true;
      return std::move(r);
    }
  r.values = values_of(course.folds);
  if (!course.all.partial)
    r.out_of_fold = assess(course.first->experiment, course.first->encoding, course.all.said());
  write_held_out(o.folder / "out_of_fold.safetensors", course.all);
  r.files = {"experiment.yaml", "folds/", "folds.json", "out_of_fold.safetensors"};
  if (!e.candidates.empty()) r.files.emplace_back("select/");
  if (write_csv(o.folder / "out_of_fold.csv", course.all, course.first->encoding))
    r.files.emplace_back("out_of_fold.csv");
  write_summary(e, course, o.folder / "folds.json");
  if (!split.final_model) return std::move(r);
  const auto last = final_of(e, trainings, course);
  if (!last) {
    r.interrupted = true;
    return std::move(r);
  }
  r.final_note = last->note;
  const auto prepared = trainings.prepare(last->experiment);
  trainings.release();
  RunOptions own = o;
  std::error_code none;
  own.beside = true;
  own.resume = !fs::is_empty(o.folder / "checkpoints", none) && !none;
  own.overwrite = false;
  r.final_run = train_one("final model", last->experiment, prepared, own);
  write_atomically(o.folder / "experiment.yaml", resolved_in(o.folder, e));
  r.interrupted = r.final_run->history.end == train::End::interrupted;
  r.seconds += r.final_run->history.seconds;
  if (!r.interrupted) {
    write_summary(e, course, o.folder / "folds.json");
    for (const auto& file : r.final_run->files)
      if (file != "experiment.yaml") r.files.push_back(file);
  }
  return std::move(r);
}

}  // namespace glia::experiment
