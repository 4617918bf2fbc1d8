#include "glia/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/loader.h"
#include "glia/train/checkpoint.h"
#include "glia/train/course.h"
#include "glia/train/findings.h"
#include "glia/train/non_finite.h"
#include "glia/train/predictor.h"
#include "glia/train/rates.h"
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

namespace {

// Some batches cost a worker much more than others, those for which it decodes a piece of a file:
// until such a one is there, the other workers go on with those behind it, as far as these are
// small.
int batches_ahead(const data::Source& source, std::int64_t batch_size) {
  constexpr std::int64_t kBytes = std::int64_t{4} << 20, kLeast = 4, kMost = 32;
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

class Fit {
 public:
  Fit(const nn::Module& model, const data::Source& train, const data::Source* validation,
      Store& store, const FitOptions& options, const Observer& observer)
      : o_(options),
        objective_(objective(options)),
        observer_(observer),
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
    history_.fingerprint = stepper_.fingerprint(std::min(o_.batch_size, train_->size()));
    if (evaluator_)  // its values decide about early stopping
      history_.fingerprint += "; validation: " + evaluator_->fingerprint(validation_->size());
    if (!o_.checkpoints.empty()) checkpoints_.emplace(o_.checkpoints, o_.keep_checkpoints);
  }

  History run() {
    const auto begun = Clock::now();
    if (const auto note = decay_note(stepper_.gradients(), o_.optimizer, o_.updates); !note.empty())
      say(note);
    if (o_.epochs == 0) say("epochs is 0: nothing is trained, the weights stay as they begin");
    if (o_.resume) resume();
    const double before = history_.seconds;
    const auto elapsed = [&] { return before + seconds_since(begun); };
    bool going = !stopper_.stopped();
    while (going && epoch_ < o_.epochs) {
      going = run_epoch(elapsed);
      history_.seconds = elapsed();
    }
    if (history_.end != End::interrupted) {
      if (stopper_.stopped()) history_.end = End::early_stopping;
      if (!stopper_.finish()) stepper_.averager().finish();
      history_.best_epoch = stopper_.best_epoch();
      history_.best_value = stopper_.best_value();
    }
    history_.waited_seconds = loader_.waited_seconds();
    if (o_.profile) history_.profile = stepper_.times();
    return std::move(history_);
  }

 private:
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

  template <class Elapsed>
  bool run_epoch(const Elapsed& elapsed) {
    const auto begun = Clock::now();
    loader_.start(epoch_, batch_);
    while (const data::Batch* batch = loader_.next()) {
      step(*batch);
      ++batch_;
      if (observer_.step) tell_step();
      if (observer_.stop && observer_.stop->load(std::memory_order_relaxed)) {
        history_.seconds = elapsed();
        history_.end = End::interrupted;
        save();
        return false;
      }
      if (o_.checkpoint_every > 0 && step_ % o_.checkpoint_every == 0 &&
          batch_ < loader_.batches()) {
        history_.seconds = elapsed();
        save();
      }
    }
    end_epoch(epoch_seconds_ + seconds_since(begun));
    history_.seconds = elapsed();
    save();
    return !stopper_.stopped();
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
    const NamedValues values = running_.values();
    StepRecord record{epoch_ + 1, batch_, loader_.batches(), step_, stepper_.loss(), &values};
    observer_.step(record);
  }

  void end_epoch(double seconds) {
    EpochRecord record{epoch_ + 1, step_, running_.values(), seconds};
    stepper_.averager().after_epoch(record.epoch);
    const Averager::Shown averages(stepper_.averager());  // to validation, and to stopper_
    if (validation_) {
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
    stopper_.see(record);
    rates_.see(record);
    history_.epochs.push_back(record);
    ++epoch_;
    batch_ = 0;
    epoch_seconds_ = 0;
    running_.reset();
    if (observer_.epoch) observer_.epoch(record);
  }

  // What the model holds that is not finite; empty where all is.
  std::string bad_variable() const {
    for (const auto& name : store_.names()) {
      const Role role = store_.role(name);
      if (role != Role::parameter && role != Role::statistic) continue;
      const Tensor& t = store_.at(name);
      if (t.dtype() != DType::f32) continue;
      for (const float x : t.data<float>())
        if (!std::isfinite(x)) return name;
    }
    return {};
  }

  // The step again, unfused, from the same state: it changed nothing.
  [[noreturn]] void explain_non_finite(const data::Batch& batch) {
    if (const auto name = bad_variable(); !name.empty())
      fail("E-TRAIN-04",
           "step {} (epoch {}, batch {}): the loss or a gradient is not finite, because '{}' was "
           "not finite before it; {}. No checkpoint of this state is written",
           step_ + 1, epoch_ + 1, batch_ + 1, name,
           step_ == 0 ? "look at the weights that the training began from"
                      : "an update before overflowed: try a smaller learning rate");
    save();
    SessionCache unfused(bind(stepper_.gradients(), {}), store_, 1,
                         {"simplify", "share", "epilogue", "fuse"});
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
    if (!checkpoints_) return;
    Checkpoint checkpoint;
    checkpoint.step = step_;
    for (auto& [name, tensor] : store_.snapshot())
      checkpoint.tensors.emplace("store/" + name, std::move(tensor));
    stopper_.save(checkpoint);
    rates_.save(checkpoint);
    save_state({.epoch = epoch_,
                .batch = batch_,
                .running = running_.sums(),
                .epochs = history_.epochs,
                .seconds = history_.seconds,
                .fingerprint = history_.fingerprint,
                .settings = o_.agreement,
                .course = course_},
               checkpoint);
    checkpoints_->save(checkpoint);
    if (observer_.saved) observer_.saved();
  }

  void resume() {
    std::vector<std::string> problems;
    auto checkpoint = checkpoints_ ? checkpoints_->newest(&problems) : std::nullopt;
    if (!checkpoint && !problems.empty())
      fail("E-CHECK-02",
           "{}: no checkpoint there is whole, so nothing is resumed and nothing replaced:\n  {}\n"
           "put a copy of one back, or begin anew in another folder",
           o_.checkpoints.string(), fmt::join(problems, "\n  "));
    for (const auto& problem : problems) say(problem);
    if (!checkpoint) {
      say("there is no checkpoint to resume from: starting anew");
      return;
    }
    State state = load_state(*checkpoint);
    const auto told = expect_same_run(state);
    check_place(state, *checkpoint, loader_.batches());
    load_store(*checkpoint);
    stopper_.load(*checkpoint, state.epoch);
    rates_.load(*checkpoint);
    step_ = checkpoint->step;
    epoch_ = state.epoch;
    batch_ = state.batch;
    running_.reset(state.running);
    history_.seconds = state.seconds;
    history_.epochs = std::move(state.epochs);
    if (observer_.resumed) observer_.resumed(history_.epochs);
    for (const auto& line : told) say("resumed with another " + line);
    say(fmt::format("resumed at step {}, {}", step_, place()));
  }

  // Gives the settings that differ and may, for when the resume has succeeded.
  std::vector<std::string> expect_same_run(const State& saved) const {
    auto found = differences(saved.settings, o_.agreement);
    // The course says the same in other words, so it is asked only where the settings agree.
    auto told = std::move(found.told);
    if (found.refused.empty()) found = differences(saved.course, course_);
    if (!found.refused.empty())
      fail("E-TRAIN-03",
           "cannot resume: this run is not the one that wrote the checkpoint:\n  {}\n"
           "{}begin anew in another folder, or give the same again",
           fmt::join(found.refused, "\n  "), why_epochs(found.refused));
    if (saved.fingerprint != history_.fingerprint && !o_.accept_fingerprint)
      fail("E-TRAIN-03",
           "cannot resume: the checkpoint's fingerprint is '{}', this run's is '{}'; the result "
           "would not be, to the bit, what one machine gives: say --accept-fingerprint to go on",
           saved.fingerprint, history_.fingerprint);
    if (saved.epoch > o_.epochs || (saved.epoch == o_.epochs && saved.batch > 0))
      fail("E-TRAIN-03",
           "cannot resume: {} epochs are asked for, and the checkpoint is in epoch {} already",
           o_.epochs, saved.batch > 0 ? saved.epoch + 1 : saved.epoch);
    return told;
  }

  // The one setting that is refused only because of another.
  std::string why_epochs(const std::vector<std::string>& refused) const {
    const bool epochs = std::any_of(refused.begin(), refused.end(), [](std::string_view line) {
      return line.starts_with("epochs:") || line.starts_with("train.epochs:");
    });
    if (!epochs || !o_.schedule.whole_run) return "";
    return fmt::format(
        "the schedule '{}' spans all epochs: with another number of them, every step would have "
        "had another learning rate\n",
        o_.schedule.name);
  }

  void load_store(const Checkpoint& checkpoint) {
    const auto tensors = tensors_under(checkpoint, "store/");
    if (const auto lines = mismatches(store_, tensors, false); !lines.empty())
      fail("E-TRAIN-03",
           "cannot resume: the checkpoint's tensors are not those of this run's model and "
           "optimizer:{}",
           lines);
    for (const auto& [name, tensor] : tensors) store_.assign(name, tensor);
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
  double epoch_seconds_ = 0;
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
