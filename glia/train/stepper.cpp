#include "glia/train/stepper.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/train/answers.h"
#include "glia/train/lbfgs_state.h"

namespace glia::train {
namespace {

// What runs for each batch.
Graph batch_graph(const Graph& gradients, const FitOptions& o) {
  if (o.optimizer.lbfgs) return bind(gradients, {});
  return step_graph(gradients, o.updates.accumulate > 1
                                   ? accumulate_graph(gradients)
                                   : update_graph(gradients, o.optimizer, o.updates));
}

bool has_stages(const UpdateOptions& o) {
  return std::any_of(o.groups.begin(), o.groups.end(),
                     [](const Group& group) { return group.from_epoch > 1; });
}

std::vector<std::string> learned_names(const Graph& gradients) {
  std::vector<std::string> names;
  for (const Value& p : learned(gradients)) names.push_back(gradients.variable_of(p).name);
  return names;
}

}  // namespace

Graph state_graph(const Graph& gradients, const FitOptions& o) {
  Graph all = batch_graph(gradients, o);
  if (o.optimizer.lbfgs) all = join(all, lbfgs_graph(gradients, *o.optimizer.lbfgs));
  if (o.updates.accumulate > 1) all = join(all, update_graph(gradients, o.optimizer, o.updates));
  if (const Averager averager(o.average, gradients); averager.graph())
    all = join(all, *averager.graph());
  return all;
}

Stepper::Stepper(const nn::Module& model, const FitOptions& o, const Objective& objective,
                 const BatchTypes& types, std::int64_t rows, Store& store)
    : model_(model),
      o_(o),
      objective_(objective),
      types_(types),
      store_(store),
      gradients_(gradient_graph(model, objective, types, o.seed, o.updates)),
      averager_(o.average, gradients_) {
  if (o.optimizer.lbfgs && o.batch_size < rows)
    fail("E-TRAIN-02",
         "[lbfgs] compares values of one function, and each batch is another: give batch_size at "
         "least {}, all training rows",
         rows);
  store.initialize(state_graph(gradients_, o), o.seed);  // of all groups, whenever they begin
  averager_.open(store, o.threads);
  if (has_stages(o.updates))
    gradients_ = gradient_graph(model_, objective_, types_, o_.seed, o_.updates, stage_);
  open();
}

void Stepper::open() {
  steps_ = std::make_unique<SessionCache>(
      batch_graph(gradients_, o_), store_,
      CompileOptions{.threads = o_.threads, .precision = o_.precision});
  steps_->profile(o_.profile);
  if (o_.updates.accumulate > 1)
    update_.emplace(
        compile(update_graph(gradients_, o_.optimizer, o_.updates), {.threads = o_.threads}),
        store_);
}

bool Stepper::enter(std::int64_t epoch) {
  std::int64_t stage = 1;
  for (const Group& group : o_.updates.groups)
    if (group.from_epoch <= epoch) stage = std::max(stage, group.from_epoch);
  if (stage == stage_) return false;
  stage_ = stage;
  const auto times = steps_->times();
  past_.insert(past_.end(), times.begin(), times.end());
  gradients_ = gradient_graph(model_, objective_, types_, o_.seed, o_.updates, stage_);
  open();
  return true;
}

std::vector<InstructionTime> Stepper::times() const {
  auto all = past_;
  const auto times = steps_->times();
  all.insert(all.end(), times.begin(), times.end());
  return all;
}

bool Stepper::run(const data::Batch& batch, const Place& place, const See& see) {
  Session& session = steps_->at(batch.count);
  bind_batch(session, batch, types_);
  rate_ = static_cast<float>(place.rate);
  if (o_.optimizer.lbfgs) {
    if (!run_lbfgs(session, place.rate, see)) return false;
  } else {
    if (update_) {
      carry_ = place.begins ? 0 : 1;
      if (!has_output(gradients_, "loss_weight")) {
        weight_ = static_cast<float>(weight_of(batch));
        session.bind("loss_weight", &weight_);
      }
      session.bind("carry", &carry_);
    } else {
      session.bind("learning_rate", &rate_);
    }
    if (!session.run()) return false;
    loss_ = *static_cast<const float*>(session.output("loss"));
    see(session);
    if (update_ && place.ends) {
      update_->bind("learning_rate", &rate_);
      update_->run();
    }
  }
  if (place.ends) averager_.after_update(place.epoch);
  return true;
}

bool Stepper::run_lbfgs(Session& session, double rate, const See& see) {
  const auto names = learned_names(gradients_);
  bool first = true;
  return lbfgs_step(*o_.optimizer.lbfgs, rate, names, store_,
                    [&](double& loss, optim::Vector& gradient) {
                      if (!session.run()) return false;
                      loss = session.output_scalar("loss");
                      if (first) {
                        loss_ = static_cast<float>(loss);
                        see(session);
                      }
                      first = false;
                      std::size_t at = 0;
                      for (const auto& name : names) {
                        const Tensor g = session.output_tensor("gradient:" + name);
                        for (std::int64_t i = 0; i < g.size(); ++i) gradient[at++] = g.at(i);
                      }
                      return true;
                    });
}

}  // namespace glia::train
