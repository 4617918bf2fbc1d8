#include "glia/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/loader.h"
#include "glia/train/checkpoint.h"
#include "glia/train/predictor.h"
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
using nlohmann::json;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

json to_json(const EpochRecord& record) {
  json values = json::array();
  for (const auto& [name, value] : record.values) values.push_back({name, value});
  return {{"epoch", record.epoch},
          {"step", record.step},
          {"values", values},
          {"seconds", record.seconds}};
}

EpochRecord record_from(const json& j) {
  EpochRecord record;
  record.epoch = j.at("epoch");
  record.step = j.at("step");
  record.seconds = j.at("seconds");
  for (const auto& pair : j.at("values"))
    record.values.emplace_back(pair.at(0).get<std::string>(),
                               pair.at(1).is_null() ? NAN : pair.at(1).get<double>());
  return record;
}

// Sums over the batches of an epoch, for the running means; part of the state that a resume needs.
struct Running {
  double loss = 0, weight = 0, correct = 0, rows = 0;
  bool counts_correct = false;

  Values values() const {
    Values v{{"loss", loss / std::max(weight, 1e-300)}};
    if (counts_correct) v.emplace_back("accuracy", correct / std::max(rows, 1.0));
    return v;
  }
  json save() const { return {loss, weight, correct, rows}; }
  void load(const json& j) { loss = j.at(0), weight = j.at(1), correct = j.at(2), rows = j.at(3); }
  void reset() { loss = weight = correct = rows = 0; }
};

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
        stopper_(o_.early_stopping, store) {
    check_target_rows();
    store_.initialize(steps_.graph(), o_.seed);
    steps_.profile(o_.profile);
    if (validation_)
      evaluator_.emplace(model, o_.loss,
                         batch_types(validation_->feature_shape(), validation_->target_shape(),
                                     validation_->has_weights()),
                         store_, o_.threads);
    running_.counts_correct = o_.loss.of_classes() && prediction_shape().rank() == 2;
    history_.fingerprint =
        steps_.at(std::min(o_.batch_size, train_.size())).program().fingerprint();
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
  void check_target_rows() const {
    const Shape& prediction = prediction_shape();
    const int rank = prediction.rank();
    const Dim classes = rank < 2 ? Dim(1) : prediction[o_.loss.axis_of_classes(rank)];
    const std::int64_t outputs = classes.known() ? classes.value() : 1;
    check_targets(train_.targets(), o_.loss, outputs, "training");
    if (validation_) check_targets(validation_->targets(), o_.loss, outputs, "validation");
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
      if (observer_.step) tell_step(*batch);
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
    account(session, batch);
  }

  float rate_at(std::int64_t step) const {
    return static_cast<float>(
        o_.optimizer.learning_rate *
        o_.schedule.factor({step, loader_.batches(), loader_.batches() * o_.epochs}));
  }

  void account(const Session& session, const data::Batch& batch) {
    last_loss_ = *static_cast<const float*>(session.output("loss"));
    double weight = static_cast<double>(batch.count);
    if (types_.weighted) {
      weight = 0;
      for (const float w : batch.weights.data<float>().first(static_cast<std::size_t>(batch.count)))
        weight += w;
    }
    running_.loss += weight * last_loss_;
    running_.weight += weight;
    running_.rows += static_cast<double>(batch.count);
    if (running_.counts_correct) running_.correct += count_correct(session, batch);
  }

  double count_correct(const Session& session, const data::Batch& batch) const {
    const auto* p = static_cast<const float*>(session.output("prediction"));
    const std::int64_t k = classes_per_row();
    double correct = 0;
    for (std::int64_t i = 0; i < batch.count; ++i, p += k) {
      if (o_.loss.target == nn::Loss::Target::probabilities ||
          o_.loss.target == nn::Loss::Target::signs) {
        const float* t = batch.targets.data<float>().data() + i * k;
        double hits = 0;
        for (std::int64_t j = 0; j < k; ++j)
          hits += (p[j] > o_.threshold.value_or(0.5)) == (t[j] > 0.5f);
        correct += hits / static_cast<double>(k);
        continue;
      }
      const auto best = std::max_element(p, p + k) - p;
      if (o_.loss.target == nn::Loss::Target::indices) {
        correct += best == batch.targets.data<std::int64_t>()[static_cast<std::size_t>(i)];
      } else {
        const float* t = batch.targets.data<float>().data() + i * k;
        correct += best == std::max_element(t, t + k) - t;
      }
    }
    return correct;
  }

  const Shape& prediction_shape() const { return steps_.graph().find_output("prediction").shape(); }
  std::int64_t classes_per_row() const { return prediction_shape()[1].value(); }

  void tell_step(const data::Batch&) {
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
    json epochs = json::array();
    for (const auto& record : history_.epochs) epochs.push_back(to_json(record));
    checkpoint.state["trainer"] = json{
        {"epoch", epoch_},
        {"batch", batch_},
        {"running", running_.save()},
        {"epochs", epochs},
        {"seconds", history_.seconds},
        {"fingerprint", history_.fingerprint},
        {"identity", o_.identity},
        {"course", course()}}.dump();
    checkpoints_->save(checkpoint);
  }

  // What the sequence of batches and rates depends on, beside what `identity` says.
  std::string course() const {
    auto text = fmt::format("seed {}, batch_size {}, {} rows, {}, {} schedule", o_.seed,
                            o_.batch_size, train_.size(), o_.optimizer.name, o_.schedule.name);
    // A constant rate does not depend on where the end is: more epochs are the same course.
    return o_.schedule.name == "constant" ? text : text + fmt::format(" over {} epochs", o_.epochs);
  }

  void load_store(const Checkpoint& checkpoint) {
    for (const auto& name : store_.names())
      if (!checkpoint.tensors.contains("store/" + name))
        fail("E-TRAIN-03",
             "cannot resume: the checkpoint has no '{}', which this run's model or "
             "optimizer needs",
             name);
    for (const auto& [name, tensor] : checkpoint.tensors)
      if (name.starts_with("store/")) store_.assign(name.substr(6), tensor);
  }

  void resume() {
    std::vector<std::string> problems;
    auto checkpoint = checkpoints_ ? checkpoints_->newest(&problems) : std::nullopt;
    for (const auto& problem : problems) say(problem);
    if (!checkpoint) {
      say("there is no whole checkpoint to resume from: starting anew");
      return;
    }
    json state;
    try {
      state = json::parse(checkpoint->state.at("trainer"));
      expect_same(
          "identity", state.at("identity"), o_.identity,
          "the experiment's model, data or training settings are not those of the checkpoint");
      if (!o_.accept_fingerprint)
        expect_same("fingerprint", state.at("fingerprint"), history_.fingerprint,
                    "the result would not be, to the bit, what one machine gives: say "
                    "--accept-fingerprint to go on");
      expect_same("course", state.at("course"), course(),
                  "another course gives other updates: begin anew, or give the same");
      load_store(*checkpoint);
      stopper_.load(*checkpoint);
      step_ = checkpoint->step;
      epoch_ = state.at("epoch");
      batch_ = state.at("batch");
      running_.load(state.at("running"));
      history_.seconds = state.at("seconds");
      for (const auto& record : state.at("epochs")) history_.epochs.push_back(record_from(record));
    } catch (const json::exception& error) {
      fail("E-CHECK-01", "the checkpoint's state cannot be read: {}", error.what());
    }
    if (observer_.resumed) observer_.resumed(history_.epochs);
    say(fmt::format("resumed at step {} (epoch {}, batch {})", step_, epoch_ + 1, batch_ + 1));
  }

  static void expect_same(std::string_view what, const std::string& saved, const std::string& now,
                          std::string_view hint) {
    if (saved != now)
      fail("E-TRAIN-03", "cannot resume: the checkpoint's {} is '{}', this run's is '{}'; {}", what,
           saved, now, hint);
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
