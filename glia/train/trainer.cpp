#include "glia/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/loader.h"
#include "glia/train/checkpoint.h"
#include "glia/train/predictor.h"
#include "glia/train/running.h"
#include "glia/train/state.h"
#include "glia/train/stopper.h"
#include "glia/train/targets.h"

namespace glia::train {

const double* EpochRecord::find(std::string_view name) const {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Fit {
 public:
  Fit(const nn::Module& model, const data::Dataset& train, const data::Dataset* validation,
      Store& store, const FitOptions& options, const Observer& observer)
      : o_(options),
        observer_(observer),
        store_(store),
        train_(weighted(train)),
        validation_(validation),
        types_(batch_types(train_.feature_shape(), train_.target_shape(), train_.has_weights())),
        gradients_(gradient_graph(model, o_.loss, types_, o_.seed)),
        steps_(step_graph(gradients_, update_graph(gradients_, o_.optimizer)), store, o_.threads),
        loader_(train_, {.batch_size = std::min(o_.batch_size, train_.size()),
                         .shuffle = true,
                         .seed = o_.seed,
                         .workers = o_.loader_workers}),
        stopper_(o_.early_stopping, store),
        running_(o_.loss, outputs(), o_.threshold.value_or(0.5)) {
    check_target_rows();
    store_.initialize(steps_.graph(), o_.seed);
    steps_.profile(o_.profile);
    if (validation_)
      evaluator_.emplace(model, o_.loss,
                         batch_types(validation_->feature_shape(), validation_->target_shape(),
                                     validation_->has_weights()),
                         store_, o_.threads);
    history_.fingerprint =
        steps_.at(std::min(o_.batch_size, train_.size())).program().fingerprint();
    if (evaluator_)  // its values decide about early stopping
      history_.fingerprint += "; validation: " + evaluator_->fingerprint(validation_->size());
    if (!o_.checkpoints.empty()) checkpoints_.emplace(o_.checkpoints, o_.keep_checkpoints);
  }

  History run() {
    const auto begun = Clock::now();
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
      stopper_.finish();
      history_.best_epoch = stopper_.best_epoch();
      history_.best_value = stopper_.best_value();
    }
    history_.waited_seconds = loader_.waited_seconds();
    if (o_.profile) history_.profile = steps_.times();
    return std::move(history_);
  }

 private:
  // Of the model for one row.
  std::int64_t outputs() const {
    const Shape& prediction = steps_.graph().find_output("prediction").shape();
    const int rank = prediction.rank();
    return rank < 2 ? 1 : prediction[o_.loss.axis_of_classes(rank)].value();
  }

  void check_target_rows() const {
    check_targets(train_.targets(), o_.loss, outputs(), "training");
    if (validation_) check_targets(validation_->targets(), o_.loss, outputs(), "validation");
  }

  // Class weights become weights of rows.
  data::Dataset weighted(const data::Dataset& dataset) const {
    if (o_.class_weights.empty()) return dataset;
    if (dataset.has_weights())
      fail("E-TRAIN-02",
           "[fit] class weights are given, and the rows have weights of their own: say one; the "
           "product of both can be given as the rows' weights");
    return dataset.with_weights(class_row_weights(dataset.targets(), o_.class_weights));
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
    Session& session = steps_.at(batch.count);
    rate_ = rate_at(step_);
    session.bind("features", batch.features.raw());
    session.bind("target", batch.targets.raw());
    if (types_.weighted) session.bind("weights", batch.weights.raw());
    session.bind("learning_rate", &rate_);
    if (!session.run()) explain_non_finite(batch);
    ++step_;
    last_loss_ = *static_cast<const float*>(session.output("loss"));
    running_.add(last_loss_, static_cast<const float*>(session.output("prediction")), batch);
  }

  float rate_at(std::int64_t step) const {
    return static_cast<float>(
        o_.optimizer.learning_rate *
        o_.schedule.factor({step, loader_.batches(), loader_.batches() * o_.epochs}));
  }

  void tell_step() {
    const Values values = running_.values();
    StepRecord record{epoch_ + 1, batch_, loader_.batches(), step_, last_loss_, &values};
    observer_.step(record);
  }

  void end_epoch(double seconds) {
    EpochRecord record{epoch_ + 1, step_, running_.values(), seconds};
    if (validation_) {
      const Evaluation evaluation = evaluator_->run(*validation_);
      record.values.emplace_back("val_loss", evaluation.loss);
      for (const auto& metric : score(evaluation.predictions, *validation_, o_))
        record.values.emplace_back("val_" + metric.name, metric.value.value_or(NAN));
    }
    record.values.emplace_back("learning_rate", rate_at(std::max<std::int64_t>(step_ - 1, 0)));
    stopper_.see(record);
    history_.epochs.push_back(record);
    ++epoch_;
    batch_ = 0;
    epoch_seconds_ = 0;
    running_.reset();
    if (observer_.epoch) observer_.epoch(record);
  }

  // The step again, unfused, from the same state: it changed nothing.
  [[noreturn]] void explain_non_finite(const data::Batch& batch) {
    save();
    SessionCache unfused(bind(gradients_, {}), store_, 1,
                         {"simplify", "share", "epilogue", "fuse"});
    Session& session = unfused.at(batch.count);
    session.bind("features", batch.features.raw());
    session.bind("target", batch.targets.raw());
    if (types_.weighted) session.bind("weights", batch.weights.raw());
    const auto cause = session.first_non_finite();
    const auto row = bad_row(batch);
    const auto place =
        row >= 0 ? fmt::format("because row {} of the data has a feature that is not", row)
        : cause  ? fmt::format("first in the result of [{}]{}, {}", cause->op,
                              cause->layer.empty() ? "" : " layer '" + cause->layer + "'",
                               cause->type.text())
                 : std::string("though no single op shows it: look at the features");
    fail("E-TRAIN-04",
         "step {} (epoch {}, batch {}): the loss or a gradient is not finite, {}; the update was "
         "withheld{}. Try a "
         "smaller learning rate, or look at this batch's rows",
         step_ + 1, epoch_ + 1, batch_ + 1, place,
         checkpoints_ ? " and the state before it saved" : "");
  }

  // The row of the dataset whose features are not finite; -1 where all are.
  static std::int64_t bad_row(const data::Batch& batch) {
    const auto features = batch.features.data<float>();
    const auto each = features.size() / static_cast<std::size_t>(batch.features.shape()[0].value());
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i)
      for (const float x : features.subspan(i * each, each))
        if (!std::isfinite(x)) return batch.rows[i];
    return -1;
  }

  void save() {
    if (!checkpoints_) return;
    Checkpoint checkpoint;
    checkpoint.step = step_;
    for (auto& [name, tensor] : store_.snapshot())
      checkpoint.tensors.emplace("store/" + name, std::move(tensor));
    stopper_.save(checkpoint);
    save_state({.epoch = epoch_,
                .batch = batch_,
                .running = running_.sums(),
                .epochs = history_.epochs,
                .seconds = history_.seconds,
                .fingerprint = history_.fingerprint,
                .settings = o_.agreement,
                .course = course()},
               checkpoint);
    checkpoints_->save(checkpoint);
  }

  // What the sequence of batches and rates depends on, beside what the caller's settings say.
  Agreement course() const {
    Settings fixed{{"seed", fmt::format("{}", o_.seed)},
                   {"batch_size", fmt::format("{}", o_.batch_size)},
                   {"training rows", fmt::format("{}", train_.size())},
                   {"loss", o_.loss.name},
                   {"optimizer", o_.optimizer.name},
                   {"learning_rate", fmt::format("{}", o_.optimizer.learning_rate)},
                   {"schedule", o_.schedule.name},
                   {"class weights", fmt::format("[{}]", fmt::join(o_.class_weights, ", "))}};
    if (o_.schedule.whole_run) fixed.emplace("epochs", fmt::format("{}", o_.epochs));
    return {std::move(fixed), {}};
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
    expect_same_run(state);
    check_place(state, *checkpoint, loader_.batches());
    load_store(*checkpoint);
    stopper_.load(*checkpoint, state.epoch);
    step_ = checkpoint->step;
    epoch_ = state.epoch;
    batch_ = state.batch;
    running_.reset(state.running);
    history_.seconds = state.seconds;
    history_.epochs = std::move(state.epochs);
    if (observer_.resumed) observer_.resumed(history_.epochs);
    say(fmt::format("resumed at step {}, {}", step_, place()));
  }

  void expect_same_run(const State& saved) const {
    auto found = differences(saved.settings, o_.agreement);
    for (const auto& line : found.told) say("resumed with another " + line);
    // The course says the same in other words, so it is asked only where the settings agree.
    if (found.refused.empty()) found = differences(saved.course, course());
    if (!found.refused.empty())
      fail("E-TRAIN-03",
           "cannot resume: this run is not the one that wrote the checkpoint:\n  {}\n"
           "begin anew in another folder, or give the same again",
           fmt::join(found.refused, "\n  "));
    if (saved.fingerprint != history_.fingerprint && !o_.accept_fingerprint)
      fail("E-TRAIN-03",
           "cannot resume: the checkpoint's fingerprint is '{}', this run's is '{}'; the result "
           "would not be, to the bit, what one machine gives: say --accept-fingerprint to go on",
           saved.fingerprint, history_.fingerprint);
    if (saved.epoch > o_.epochs || (saved.epoch == o_.epochs && saved.batch > 0))
      fail("E-TRAIN-03",
           "cannot resume: {} epochs are asked for, and the checkpoint is in epoch {} already",
           o_.epochs, saved.batch > 0 ? saved.epoch + 1 : saved.epoch);
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
  const Observer& observer_;
  Store& store_;
  data::Dataset train_;
  const data::Dataset* validation_;
  BatchTypes types_;
  Graph gradients_;
  SessionCache steps_;
  data::Loader loader_;
  Stopper stopper_;
  std::optional<Evaluator> evaluator_;
  std::optional<Checkpoints> checkpoints_;
  History history_;
  Running running_;
  std::int64_t epoch_ = 0, batch_ = 0, step_ = 0;
  double epoch_seconds_ = 0;
  float rate_ = 0, last_loss_ = 0;
};

}  // namespace

History fit(const nn::Module& model, const data::Dataset& train, const data::Dataset* validation,
            Store& store, const FitOptions& options, const Observer& observer) {
  check_options(options, validation != nullptr);
  return Fit(model, train, validation, store, options, observer).run();
}

}  // namespace glia::train
