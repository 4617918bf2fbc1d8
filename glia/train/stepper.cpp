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
    : o_(o),
      types_(types),
      store_(store),
      gradients_(gradient_graph(model, objective, types, o.seed, o.updates)),
      steps_(batch_graph(gradients_, o), store, o.threads),
      averager_(o.average, gradients_) {
  if (o.optimizer.lbfgs && o.batch_size < rows)
    fail("E-TRAIN-02",
         "[lbfgs] compares values of one function, and each batch is another: give batch_size at "
         "least {}, all training rows",
         rows);
  store.initialize(state_graph(gradients_, o), o.seed);
  steps_.profile(o.profile);
  if (o.updates.accumulate > 1)
    update_.emplace(
        compile(update_graph(gradients_, o.optimizer, o.updates), {.threads = o.threads}), store);
  averager_.open(store, o.threads);
}

bool Stepper::run(const data::Batch& batch, const Place& place, const See& see) {
  Session& session = steps_.at(batch.count);
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
