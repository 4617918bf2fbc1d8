// Optimizers and schedules from their settings.
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {

optim::Optimizer make_optimizer(Settings::Choice& choice) {
  Settings& s = choice.options;
  const auto finish = [&](optim::Optimizer optimizer) {
    s.done();
    return optimizer;
  };
  if (choice.name == "sgd") {
    const optim::SgdOptions d;
    const optim::SgdOptions o{.learning_rate = s.real("learning_rate", d.learning_rate),
                              .momentum = s.real("momentum", d.momentum),
                              .nesterov = s.flag("nesterov", d.nesterov),
                              .weight_decay = s.real("weight_decay", d.weight_decay)};
    return s.placed("", [&] { return finish(optim::sgd(o)); });
  }
  if (choice.name == "adam") {
    const optim::AdamOptions d;
    const optim::AdamOptions o{.learning_rate = s.real("learning_rate", d.learning_rate),
                               .beta1 = s.real("beta1", d.beta1),
                               .beta2 = s.real("beta2", d.beta2),
                               .epsilon = s.real("epsilon", d.epsilon),
                               .weight_decay = s.real("weight_decay", d.weight_decay)};
    return s.placed("", [&] { return finish(optim::adam(o)); });
  }
  fail("E-NN-01", "{}: unknown optimizer '{}'{}", s.where(), choice.name,
       suggest(choice.name, {"sgd", "adam"}));
}

optim::Schedule make_schedule(Settings::Choice& choice) {
  Settings& s = choice.options;
  optim::Schedule schedule;
  if (choice.name == "constant") {
    schedule = optim::constant();
  } else if (choice.name == "step") {
    const optim::StepOptions o{.every = s.integer("every", 10), .factor = s.real("factor", 0.1)};
    schedule = s.placed("", [&] { return optim::step(o); });
  } else if (choice.name == "cosine") {
    const optim::CosineOptions o{.minimum = s.real("minimum", 0), .warmup = s.real("warmup", 0)};
    schedule = s.placed("", [&] { return optim::cosine(o); });
  } else {
    fail("E-NN-01", "{}: unknown schedule '{}'{}", s.where(), choice.name,
         suggest(choice.name, {"constant", "step", "cosine"}));
  }
  s.done();
  return schedule;
}

}  // namespace glia::experiment
