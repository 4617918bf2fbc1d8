#include "glia/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/loader.h"
#include "glia/train/callbacks.h"
#include "glia/train/checkpoint.h"
#include "glia/train/course.h"
#include "glia/train/findings.h"
#include "glia/train/non_finite.h"
#include "glia/train/predictor.h"
#include "glia/train/rates.h"
#include "glia/train/resuming.h"
#include "glia/train/running.h"
#include "glia/train/state.h"
#include "glia/train/stepper.h"
#include "glia/train/stopper.h"
#include "glia/train/targets.h"

namespace glia::train {

const double* EpochRecord::find(std::string_view name) const {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

std::string_view name_of(End end) {
  constexpr std::string_view kNames[] = {"all_epochs", "early_stopping", "time_budget", "callback",
                                         "interrupted"};
  return kNames[static_cast<std::size_t>(end)];
}

std::vector<EpochRecord> History::records() const {
  std::vector<EpochRecord> all;
  std::merge(epochs.begin(), epochs.end(), within.begin(), within.end(), std::back_inserter(all),
             [](const EpochRecord& a, const EpochRecord& b) { return a.step < b.step; });
  return all;
}

namespace {

// Some batches cost a worker much more than others, those for which it decodes a piece of a file:
// until such a one is there, the other workers go on with those behind it, as far as these are
// small.
int batches_ahead(const data::Source& source, std::int64_t batch_size) {
  constexpr std::int64_t kBytes = std::int64_t{2} << 20, kLeast = 4, kMost = 32;
  std::int64_t bytes = 1;  // of a row, about
  for (const auto& fields : {source.inputs(), source.outputs()})
    for (const auto& field : fields) bytes += 4 * field.row.elements();
  return static_cast<int>(
      std::clamp(kBytes / bytes / std::max<std::int64_t>(1, batch_size), kLeast, kMost));
}

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Where mixed precision costs time instead of saving it.
std::string widened_note(const Program& program) {
  const auto widened = program.widened();
  if (widened.empty()) return "";
  return fmt::format(
      "precision mixed_bf16: this machine has no instructions for {} products ({}{}), which take "
      "bf16 numbers through f32: right, and slower than `precision: f32`",
      widened.size(), widened.front(), widened.size() > 1 ? ", ..." : "");
}

class Fit final : private Control {
 public:
  Fit(const nn::Module& model, const data::Source& train, const data::Source* validation,
      Store& store, const FitOptions& options, const Observer& observer)
      : o_(options),
        objective_(objective(options)),
        observer_(observer),
        callbacks_(o_.callbacks),
        store_(store),
        train_(weighted(train)),
        validation_(validation),
        types_(batch_types(*train_)),
        course_{course(o_, objective_, train_->size()), {}},
        stepper_(model, o_, objective_, types_, train_->size(), store),
        loader_(train_, {.batch_size = std::min(o_.batch_size, train_->size()),
                         .shuffle = true,
                         .seed = o_.seed,
                         .workers = o_.loader_workers,
                         .prefetch = batches_ahead(*train_, o_.batch_size)}),
        rates_(o_, loader_.batches(), names_of_outputs()),
        stopper_(o_.early_stopping, store, names_of_outputs()),
        running_(objective_, stepper_.gradients()) {
    check_target_rows();
    if (validation_)
      evaluator_.emplace(model, objective_, batch_types(*validation_), store_, o_.threads);
    history_.fingerprint = program().fingerprint();
    if (evaluator_)  // its values decide about early stopping
      history_.fingerprint += "; validation: " + evaluator_->fingerprint(validation_->size());
    if (const auto& c = o_.checkpoint; !c.folder.empty()) checkpoints_.emplace(c.folder, c.keep);
  }

  History run() {
    if (const auto note = decay_note(stepper_.gradients(), o_.optimizer, o_.updates); !note.empty())
      say(note);
    if (const auto note = widened_note(program()); !note.empty()) say(note);
    if (o_.epochs == 0) say("epochs is 0: nothing is trained, the weights stay as they begin");
    if (o_.resume) resume();
    saved_at_ = Clock::now();
    callbacks_.each([&](Callback& callback) { callback.begin(*this); });
    while (going()) run_epoch();
    if (history_.end != End::interrupted) {
      if (stopper_.stopped()) history_.end = End::early_stopping;
      if (!stopper_.finish()) stepper_.averager().finish();
      history_.best_epoch = stopper_.best_epoch();
      history_.best_step = stopper_.best_step();
      history_.best_value = stopper_.best_value();
    }
    history_.seconds = elapsed();
    history_.waited_seconds = loader_.waited_seconds();
    if (o_.profile) history_.profile = stepper_.times();
    callbacks_.each([&](Callback& callback) { callback.end(*this); });
    return std::move(history_);
  }

 private:
  // Of a whole batch.
  const Program& program() { return stepper_.program(std::min(o_.batch_size, train_->size())); }

  const History& history() const override { return history_; }
  const Store& store() const override { return store_; }
  void stop(std::string why) override {
    if (why_stop_.empty()) why_stop_ = why.empty() ? "a callback asked for it" : std::move(why);
  }
  void scale_rate(double factor) override {
    rates_.scale(factor);
    tell_event(fmt::format("learning rates are multiplied by {}", factor));
  }
  void validate() override { validate_now_ = true; }
  void checkpoint() override { save_now_ = true; }

  void tell_event(std::string text) {
    say(fmt::format("step {}: {}", step_, text));
    history_.events.push_back({step_, std::move(text)});
  }

  double elapsed() const { return before_ + seconds_since(begun_); }
  bool over_budget() const { return o_.time_budget > 0 && elapsed() >= o_.time_budget; }

  // Whether an epoch is to be begun, or gone on with.
  bool going() {
    if (history_.end == End::interrupted || stopper_.stopped() || epoch_ >= o_.epochs) return false;
    return !ended();
  }

  // Whether the training ends here though it could go on, and why.
  bool ended() {
    if (history_.end == End::callback || history_.end == End::time_budget) return true;
    if (!why_stop_.empty()) {
      history_.end = End::callback;
      tell_event("the training is ended: " + std::exchange(why_stop_, {}));
    } else if (over_budget()) {
      history_.end = End::time_budget;
      tell_event(
          fmt::format("the training is ended: its {} are over", human_seconds(o_.time_budget)));
    }
    return history_.end != End::all_epochs;
  }

  std::vector<std::string> names_of_outputs() const {
    std::vector<std::string> names;
    for (const Output& output : objective_.outputs) names.push_back(output.name);
    return names;
  }

  void check_target_rows() const {
    for (std::size_t i = 0; i < objective_.outputs.size(); ++i) {
      const Output& output = objective_.outputs[i];
      const Shape& prediction = stepper_.gradients().find_output(output.port("prediction")).shape();
      const int rank = prediction.rank();
      const std::int64_t width =
          rank < 2 ? 1 : prediction[output.loss.axis_of_classes(rank)].value();
      if (const auto all = train_->all_targets(i)) check_targets(*all, output, width, "training");
      if (!validation_) continue;
      if (const auto all = validation_->all_targets(i))
        check_targets(*all, output, width, "validation");
    }
  }

  // Class weights become weights of rows.
  std::shared_ptr<const data::Source> weighted(const data::Source& source) const {
    if (o_.class_weights.empty()) return data::borrowed(source);
    return weighted_by_class(data::borrowed(source), objective_.outputs.front().loss,
                             o_.class_weights);
  }

  void run_epoch() {
    if (stepper_.enter(epoch_ + 1))
      say(fmt::format("from epoch {} on other groups of parameters are learned too", epoch_ + 1));
    epoch_begun_ = Clock::now();
    loader_.start(epoch_, batch_);
    while (const data::Batch* batch = loader_.next()) {
      step(*batch);
      ++batch_;
      tell_step();
      // What is due after the last batch belongs to the epoch's end.
      if (batch_ < loader_.batches() && after_step()) return;
      if (observer_.stop && observer_.stop->load(std::memory_order_relaxed)) {
        history_.end = End::interrupted;
        save();
        return;
      }
    }
    end_epoch();
  }

  // Records and checkpoints in the midst of an epoch; whether the training ends here.
  bool after_step() {
    const bool last = ended();
    const auto& c = o_.checkpoint;
    const bool by_cadence = o_.validate.steps > 0 && step_ % o_.validate.steps == 0;
    const bool record = last || validate_now_ || (validation_ && by_cadence);
    validate_now_ = false;
    if (record) {
      history_.within.push_back(make_record(batch_, true));
      see(history_.within.back());
    }
    if (last || save_now_ || (record && c.keep_best > 0) ||
        (c.every_steps > 0 && step_ % c.every_steps == 0) ||
        (c.every_seconds > 0 && seconds_since(saved_at_) >= c.every_seconds))
      save();
    return last || (record && (stopper_.stopped() || ended()));
  }

  void step(const data::Batch& batch) {
    const Stepper::Place place{.begins = rates_.begins(batch_),
                               .ends = rates_.ends(batch_),
                               .epoch = epoch_ + 1,
                               .rate = rates_.at(step_)};
    const bool finite =
        stepper_.run(batch, place, [&](const Session& session) { running_.add(session, batch); });
    if (!finite) explain_non_finite(batch);
    ++step_;
  }

  void tell_step() {
    if (!observer_.step && o_.callbacks.empty()) return;
    history_.seconds = elapsed();  // callbacks may look
    history_.waited_seconds = loader_.waited_seconds();
    const NamedValues values = running_.values();
    const StepRecord record{epoch_ + 1, batch_, loader_.batches(), step_, stepper_.loss(), &values};
    if (observer_.step) observer_.step(record);
    callbacks_.each([&](Callback& callback) { callback.step(record, *this); });
  }

  // within: batches of the epoch that are done; 0: all are.
  EpochRecord make_record(std::int64_t within, bool validated) {
    EpochRecord record{epoch_ + 1, step_, running_.values(),
                       epoch_seconds_ + seconds_since(epoch_begun_), within};
    if (validation_ && validated) {
      const Averager::Shown averages(stepper_.averager());
      const Evaluation evaluation = evaluator_->run(*validation_, o_.loader_workers);
      record.values.emplace_back("val_loss", evaluation.loss);
      for (std::size_t i = 0; i < objective_.outputs.size(); ++i) {
        const Output& output = objective_.outputs[i];
        if (!output.name.empty())
          record.values.emplace_back("val_" + output.value("loss"), evaluation.losses[i]);
        for (const auto& metric : score(evaluation.predictions[i], evaluation.targets[i], output,
                                        evaluation.masks[i], evaluation.weights))
          record.values.emplace_back("val_" + output.value(metric.name),
                                     metric.value.value_or(NAN));
      }
    }
    record.values.emplace_back("learning_rate", static_cast<float>(rates_.at(step_ - 1)));
    return record;
  }

  // Everything that judges a record.
  void see(const EpochRecord& record) {
    {
      const Averager::Shown averages(stepper_.averager());  // the best weights are these
      stopper_.see(record);
    }
    if (const auto rate = rates_.see(record))
      tell_event(fmt::format("{} has not improved: learning rates fall to {:.4g} of what they were",
                             o_.schedule.plateau->monitor, *rate));
    if (observer_.epoch) observer_.epoch(record);
    callbacks_.each([&](Callback& callback) { callback.epoch(record, *this); });
  }

  void end_epoch() {
    stepper_.averager().after_epoch(epoch_ + 1);
    const bool last = epoch_ + 1 == o_.epochs || ended();
    const bool due = last || validate_now_ || (epoch_ + 1) % o_.validate.epochs == 0 ||
                     (o_.validate.steps > 0 && step_ % o_.validate.steps == 0);
    validate_now_ = false;
    history_.epochs.push_back(make_record(0, due));
    ++epoch_;
    batch_ = 0;
    epoch_seconds_ = 0;
    epoch_begun_ = Clock::now();
    running_.reset();
    see(history_.epochs.back());
    ended();  // before it is saved: whoever resumes such a run wants it to go on
    save();
  }

  // The step again, unfused, from the same state: it changed nothing.
  [[noreturn]] void explain_non_finite(const data::Batch& batch) {
    if (const auto name = bad_variable(store_); !name.empty())
      fail("E-TRAIN-04",
           "step {} (epoch {}, batch {}): the loss or a gradient is not finite, because '{}' was "
           "not finite before it; {}. No checkpoint of this state is written",
           step_ + 1, epoch_ + 1, batch_ + 1, name,
           step_ == 0 ? "look at the weights that the training began from"
                      : "an update before overflowed: try a smaller learning rate");
    save();
    SessionCache unfused(bind(stepper_.gradients(), {}), store_,
                         {.precision = o_.precision,
                          .passes = {.disabled = {"simplify", "share", "epilogue", "fuse"}}});
    Session& session = unfused.at(batch.count);
    bind_batch(session, batch, types_);
    const auto [what, remedy] = reason_of(batch, session.first_non_finite());
    fail("E-TRAIN-04",
         "step {} (epoch {}, batch {}): the loss or a gradient is not finite, {}; the update was "
         "withheld{}. {}",
         step_ + 1, epoch_ + 1, batch_ + 1, what,
         checkpoints_ ? " and the state before it saved" : "", remedy);
  }

  void save() {
    history_.seconds = elapsed();
    save_now_ = false;
    saved_at_ = Clock::now();
    if (!checkpoints_) return;
    Checkpoint checkpoint;
    checkpoint.step = step_;
    for (auto& [name, tensor] : store_.snapshot())
      checkpoint.tensors.emplace("store/" + name, std::move(tensor));
    stopper_.save(checkpoint);
    rates_.save(checkpoint);
    callbacks_.save(checkpoint);
    save_state({.epoch = epoch_,
                .batch = batch_,
                .running = running_.sums(),
                .epochs = history_.epochs,
                .within = history_.within,
                .events = history_.events,
                .seconds = history_.seconds,
                .epoch_seconds = epoch_seconds_ + (batch_ > 0 ? seconds_since(epoch_begun_) : 0),
                .asked_stop = why_stop_,
                .asked_validation = validate_now_,
                .fingerprint = history_.fingerprint,
                .settings = o_.agreement,
                .course = course_},
               checkpoint);
    checkpoints_->save(checkpoint);
    keep_best();
    if (observer_.saved) observer_.saved();
    callbacks_.each([&](Callback& callback) { callback.saved(*this); });
  }

  void keep_best() const {
    const auto& c = o_.checkpoint;
    if (c.keep_best == 0) return;
    const bool larger = metrics::larger_is_better(without_output(c.monitor, names_of_outputs()));
    std::vector<BestCheckpoints::Scored> all;
    for (const EpochRecord& record : history_.records()) {
      if (!judged(record, c.monitor)) continue;
      const double value = monitored(record, c.monitor, "checkpoint");
      all.push_back({record.step, larger ? value : -value});
    }
    BestCheckpoints(c.folder, c.keep_best).update(std::move(all));
  }

  void resume() {
    std::vector<std::string> problems;
    auto found = find_resumed(o_, course_, history_.fingerprint, loader_.batches(), problems);
    for (const auto& problem : problems) say(problem);
    if (!found) {
      say("there is no checkpoint to resume from: starting anew");
      return;
    }
    auto& [checkpoint, state, told] = *found;
    load_store(checkpoint, store_);
    stopper_.load(checkpoint, state.epoch);
    rates_.load(checkpoint);
    const auto lines = callbacks_.load(checkpoint);
    told.insert(told.end(), lines.begin(), lines.end());
    step_ = checkpoint.step;
    epoch_ = state.epoch;
    batch_ = state.batch;
    running_.reset(state.running);
    before_ = history_.seconds = state.seconds;
    epoch_seconds_ = state.epoch_seconds;
    why_stop_ = state.asked_stop;
    validate_now_ = state.asked_validation;
    history_.epochs = std::move(state.epochs);
    history_.within = std::move(state.within);
    history_.events = std::move(state.events);
    if (observer_.resumed) observer_.resumed(history_.records());
    for (const auto& line : told) say("resumed with another " + line);
    say(fmt::format("resumed at step {}, {}", step_, place()));
  }

  // Where a resumed run goes on.
  std::string place() const {
    if (stopper_.stopped()) return fmt::format("where epoch {} ended it early", epoch_);
    if (epoch_ == o_.epochs) return fmt::format("where all {} epochs are done", epoch_);
    if (batch_ == loader_.batches()) return fmt::format("the end of epoch {}", epoch_ + 1);
    return fmt::format("epoch {}, batch {} of {}", epoch_ + 1, batch_ + 1, loader_.batches());
  }

  void say(std::string_view line) const {
    if (observer_.message) observer_.message(line);
  }

  const FitOptions& o_;
  Objective objective_;
  const Observer& observer_;
  Callbacks callbacks_;
  Store& store_;
  std::shared_ptr<const data::Source> train_;
  const data::Source* validation_;
  BatchTypes types_;
  Agreement course_;
  Stepper stepper_;
  data::Loader loader_;
  Rates rates_;
  Stopper stopper_;
  std::optional<Evaluator> evaluator_;
  std::optional<Checkpoints> checkpoints_;
  History history_;
  Running running_;
  std::int64_t epoch_ = 0, batch_ = 0, step_ = 0;
  // Asked for by callbacks, until it is done.
  std::string why_stop_;
  bool validate_now_ = false, save_now_ = false;
  Clock::time_point begun_ = Clock::now(), epoch_begun_ = begun_, saved_at_ = begun_;
  double before_ = 0, epoch_seconds_ = 0;  // of earlier parts of the run, of this epoch
};

}  // namespace

History fit(const nn::Module& model, const data::Source& train, const data::Source* validation,
            Store& store, const FitOptions& options, const Observer& observer) {
  check_options(options, validation != nullptr);
  for (const auto* source : {&train, validation})
    if (source && source->size() == 0)
      fail("E-TRAIN-02", "[fit] the {} dataset has no rows",
           source == &train ? "training" : "validation");
  if (options.preflight)
    for (const auto& warning : doctor::insist(findings(model, options, train), options.allow))
      if (observer.message) observer.message(warning.text());
  return Fit(model, train, validation, store, options, observer).run();
}

}  // namespace glia::train
