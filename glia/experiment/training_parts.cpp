// Optimizers and schedules from their settings.
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/makers.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {

namespace {

constexpr auto kRate = "how far a step goes";
constexpr auto kFactor = "what the rate is multiplied by";
constexpr auto kMinimum = "share of the learning rate below which it does not fall";

// What most optimizers have; each then reads its own.
template <class Options>
Options common(Settings& s, Options o = {}) {
  o.learning_rate = s.real("learning_rate", o.learning_rate, kRate);
  if constexpr (requires { o.beta1; }) {
    o.beta1 = s.real("beta1", o.beta1, "decay of the mean of gradients");
    o.beta2 = s.real("beta2", o.beta2, "decay of the mean of their squares");
  }
  if constexpr (requires { o.epsilon; })
    o.epsilon = s.real("epsilon", o.epsilon, "keeps a divisor from 0");
  o.weight_decay =
      s.real("weight_decay", o.weight_decay, "pull towards 0; not of biases and normalisations");
  o.decay_all = s.flag("decay_all", o.decay_all, "weight_decay holds for these too");
  if constexpr (requires { o.momentum; })
    o.momentum = s.real("momentum", o.momentum, "share of the last move that is made again");
  if constexpr (requires { o.decoupled; })
    o.decoupled =
        s.flag("decoupled", o.decoupled, "weight_decay scales the parameter, not the gradient");
  if constexpr (requires { o.amsgrad; })
    o.amsgrad = s.flag("amsgrad", o.amsgrad, "divide by the largest mean of squares so far");
  return o;
}

optim::Optimizer read_sgd(Settings& s) {
  auto o = common<optim::SgdOptions>(s);
  o.dampening = s.real("dampening", o.dampening, "share of the gradient that momentum leaves out");
  o.nesterov = s.flag("nesterov", o.nesterov, "Nesterov's momentum");
  return optim::sgd(o);
}
optim::Optimizer read_adagrad(Settings& s) {
  auto o = common<optim::AdagradOptions>(s);
  o.learning_rate_decay = s.real("learning_rate_decay", o.learning_rate_decay,
                                 "the rate is divided by 1 + step times this");
  o.initial_accumulator_value = s.real("initial_accumulator_value", o.initial_accumulator_value,
                                       "start of the sum of squares");
  return optim::adagrad(o);
}
optim::Optimizer read_adadelta(Settings& s) {
  auto o = common<optim::AdadeltaOptions>(s);
  o.rho = s.real("rho", o.rho, "decay of the means of squares");
  return optim::adadelta(o);
}
optim::Optimizer read_rmsprop(Settings& s) {
  auto o = common<optim::RmspropOptions>(s);
  o.alpha = s.real("alpha", o.alpha, "decay of the mean of squares");
  o.centered = s.flag("centered", o.centered, "divide by the deviation, not the root mean square");
  return optim::rmsprop(o);
}
optim::Optimizer read_nadam(Settings& s) {
  auto o = common<optim::NadamOptions>(s);
  o.momentum_decay =
      s.real("momentum_decay", o.momentum_decay, "how the momentum rises with the steps");
  return optim::nadam(o);
}
optim::Optimizer read_lbfgs(Settings& s) {
  optim::LbfgsOptions o;
  o.learning_rate = s.real("learning_rate", o.learning_rate, kRate);
  o.max_iterations = s.integer("max_iterations", o.max_iterations, "moves in one step");
  o.max_evaluations = s.integer("max_evaluations", o.max_evaluations,
                                "gradients in one step; 0: 5/4 of max_iterations");
  o.tolerance_gradient =
      s.real("tolerance_gradient", o.tolerance_gradient, "end where no element is larger");
  o.tolerance_change =
      s.real("tolerance_change", o.tolerance_change, "end where objective and move change less");
  o.history = s.integer("history", o.history, "past moves that are kept");
  o.strong_wolfe = s.one_of("line_search", "none", {"none", "strong_wolfe"},
                            "how the length of a move is found") == "strong_wolfe";
  return optim::lbfgs(o);
}

const Makers<optim::Optimizer> kOptimizers{
    {"sgd", "gradient descent, with or without momentum", read_sgd},
    {"adam", "steps by mean and spread of past gradients",
     [](Settings& s) { return optim::adam(common<optim::AdamOptions>(s)); }},
    {"adamw", "adam with decoupled weight decay",
     [](Settings& s) {
       return optim::adamw(common<optim::AdamOptions>(s, {.weight_decay = 1e-2}));
     }},
    {"adagrad", "divides by the root of the sum of squared gradients", read_adagrad},
    {"adadelta", "steps in the unit of the parameters", read_adadelta},
    {"rmsprop", "divides by the root mean square of past gradients", read_rmsprop},
    {"adamax", "adam by the largest gradient",
     [](Settings& s) { return optim::adamax(common<optim::AdamaxOptions>(s)); }},
    {"nadam", "adam with Nesterov's momentum", read_nadam},
    {"radam", "adam that begins carefully",
     [](Settings& s) { return optim::radam(common<optim::RadamOptions>(s)); }},
    {"lion", "steps of one size by the sign of a mean gradient",
     [](Settings& s) { return optim::lion(common<optim::LionOptions>(s)); }},
    {"lamb", "adam with steps as long as the parameters, for large batches",
     [](Settings& s) { return optim::lamb(common<optim::LambOptions>(s)); }},
    {"lbfgs", "quasi-Newton steps of the whole data; small models", read_lbfgs}};

optim::Schedule read_step(Settings& s) {
  optim::StepOptions o;
  o.every = s.integer("every", o.every, "epochs from one fall to the next");
  o.factor = s.real("factor", o.factor, kFactor);
  return optim::step(o);
}
optim::Schedule read_multi_step(Settings& s) {
  optim::MultiStepOptions o;
  o.milestones = s.required_integers("milestones", "epochs after which it falls, rising");
  o.factor = s.real("factor", o.factor, kFactor);
  return optim::multi_step(o);
}
optim::Schedule read_polynomial(Settings& s) {
  optim::PolynomialOptions o;
  o.power = s.real("power", o.power, "of the share that is left");
  o.minimum = s.real("minimum", o.minimum, kMinimum);
  return optim::polynomial(o);
}
optim::Schedule read_linear(Settings& s) {
  optim::LinearOptions o;
  o.start = s.real("start", o.start, "share of the rate at the beginning");
  o.end = s.real("end", o.end, "share of the rate in the end");
  o.epochs = s.real("epochs", o.epochs, "how long it takes");
  return optim::linear(o);
}
optim::Schedule read_cosine_restarts(Settings& s) {
  optim::CosineRestartsOptions o;
  o.period = s.real("period", o.period, "epochs of the first fall");
  o.multiply =
      s.integer("multiply", o.multiply, "each fall is this many times as long as the last");
  o.minimum = s.real("minimum", o.minimum, kMinimum);
  return optim::cosine_restarts(o);
}
optim::Schedule read_one_cycle(Settings& s) {
  optim::OneCycleOptions o;
  o.rise = s.real("rise", o.rise, "share of the run in which it rises");
  o.start_divisor =
      s.real("start_divisor", o.start_divisor, "it begins at the rate divided by this");
  o.end_divisor = s.real("end_divisor", o.end_divisor, "and ends at that divided by this");
  return optim::one_cycle(o);
}
optim::Schedule read_reduce_on_plateau(Settings& s) {
  optim::PlateauOptions o;
  o.monitor = monitor(s, o.monitor);
  o.factor = s.real("factor", o.factor, kFactor);
  o.patience = s.integer("patience", o.patience, "epochs without an improvement before a fall");
  o.threshold = s.real("threshold", o.threshold, "an improvement is by more than this share");
  o.cooldown = s.integer("cooldown", o.cooldown, "epochs after a fall that do not count");
  o.minimum = s.real("minimum", o.minimum, kMinimum);
  return optim::reduce_on_plateau(o);
}

const Makers<optim::Schedule> kSchedules{
    {"constant", "the learning rate stays", [](Settings&) { return optim::constant(); }},
    {"step", "times factor after every few epochs", read_step},
    {"multi_step", "times factor after given epochs", read_multi_step},
    {"exponential", "times factor after each epoch",
     [](Settings& s) {
       return optim::exponential(
           {.factor = s.real("factor", optim::ExponentialOptions{}.factor, kFactor)});
     }},
    {"polynomial", "falls by a power of what is left of the run", read_polynomial},
    {"linear", "along a line over a few epochs, then stays", read_linear},
    {"cosine", "falls along half a cosine over the run",
     [](Settings& s) {
       return optim::cosine(
           {.minimum = s.real("minimum", optim::CosineOptions{}.minimum, kMinimum)});
     }},
    {"cosine_restarts", "falls along half a cosine, again and again", read_cosine_restarts},
    {"one_cycle", "rises and falls once over the run", read_one_cycle},
    {"reduce_on_plateau", "falls where a value no longer improves", read_reduce_on_plateau}};

double read_warmup(Settings& s) { return s.real("warmup", 0, "epochs of a linear rise before"); }

std::vector<int> axes(Settings& s) {
  return s.integers<int>("axis", {}, "axes of the length; [] means all but the first");
}

const Makers<optim::Constraint> kConstraints{
    {"non_negative", "what is below 0 becomes 0", [](Settings&) { return optim::non_negative(); }},
    {"unit_norm", "each unit's weights have length 1",
     [](Settings& s) { return optim::unit_norm({.axis = axes(s)}); }},
    {"max_norm", "each unit's weights have a length of at most value", [](Settings& s) {
       optim::MaxNormOptions o;
       o.value = s.real("value", o.value, "the largest length");
       o.axis = axes(s);
       return optim::max_norm(o);
     }}};

train::Average read_average(Settings& s, train::Average average) {
  average.from_epoch =
      s.integer("from_epoch", average.from_epoch, "the first epoch that counts", {.least = 1});
  if (!(average.decay >= 0 && average.decay < 1))
    fail("E-EXP-05", "{}: expected 0 <= decay < 1", s.where("decay"));
  return average;
}

const Makers<train::Average> kAverages{
    {"exponential", "of the weights after each update",
     [](Settings& s) {
       train::Average o;
       o.decay = s.real("decay", o.decay, "share of the average that stays");
       return read_average(s, o);
     }},
    {"mean", "of the weights at the ends of epochs",
     [](Settings& s) { return read_average(s, {.kind = train::Average::Kind::mean}); }}};

}  // namespace

std::string monitor(Settings& s, const std::string& otherwise,
                    const std::vector<std::string>& outputs) {
  auto name =
      s.text("monitor", otherwise, "the value that is watched: val_loss, val_accuracy, ...");
  if (name.starts_with("test"))
    fail("E-EXP-06",
         "{}: '{}' would select on the test set, which must be seen only once, at the end; monitor "
         "a value of the validation rows, for example val_loss",
         s.where("monitor"), name);
  try {
    s.placed("monitor",
             [&] { return metrics::larger_is_better(train::without_output(name, outputs)); });
  } catch (const Error& error) {
    // A near miss is named; a list of all metrics would not help.
    const bool near = std::string_view(error.what()).find("did you mean") != std::string_view::npos;
    if (error.code() != "E-METRIC-01" || near) throw;
    fail("E-METRIC-01",
         "{}: no epoch has a value '{}'; expected loss or val_loss, or a metric that stands under "
         "train.metrics: roc_auc of the training rows, val_roc_auc of the validation rows",
         s.where("monitor"), shown(name));
  }
  return name;
}

std::vector<Entry> optimizer_entries() { return entries_of(kOptimizers); }
std::vector<Entry> schedule_entries() { return entries_of(kSchedules, read_warmup); }
std::vector<Entry> constraint_entries() { return entries_of(kConstraints); }
std::vector<Entry> average_entries() { return entries_of(kAverages); }

optim::Optimizer make_optimizer(Settings::Choice& choice) {
  auto optimizer = make(kOptimizers, "optimizer", choice);
  choice.options.done();
  return optimizer;
}

optim::Schedule make_schedule(Settings::Choice& choice) {
  auto schedule = make(kSchedules, "schedule", choice);
  const double warmup = read_warmup(choice.options);
  schedule = choice.options.placed("warmup",
                                   [&] { return optim::warmed_up(std::move(schedule), warmup); });
  choice.options.done();
  return schedule;
}

optim::Constraint make_constraint(Settings::Choice& choice) {
  auto constraint = make(kConstraints, "constraint", choice);
  choice.options.done();
  choice.options.place(constraint.apply);
  return constraint;
}

void read_updates(Settings& train, train::FitOptions& fit) {
  train::UpdateOptions& u = fit.updates;
  Settings clip = train.map_or_empty("clip", "bounds on gradients; 0 means none", "global_norm");
  u.clip.value = clip.real("value", u.clip.value, "of each element");
  u.clip.norm = clip.real("norm", u.clip.norm, "of the length of each parameter's gradient");
  u.clip.global_norm =
      clip.real("global_norm", u.clip.global_norm, "of the length of all gradients together");
  clip.placed("", [&] { optim::check(u.clip); });
  clip.done();
  u.accumulate = train.integer("accumulate", u.accumulate,
                               "batches whose gradients make one update", {.least = 1});
  if (train.has("groups") || train.describing())
    for (Settings& s : train.list_of_maps("groups", "parameters with settings of their own")) {
      train::Group group;
      group.match =
          s.required_text("match", "names, for example \"conv2d*\"; the first match counts");
      group.learning_rate_factor = s.real("learning_rate_factor", group.learning_rate_factor,
                                          "what the learning rate is multiplied by");
      group.weight_decay = s.real("weight_decay", "instead of the optimizer's, of all of them");
      group.frozen = s.flag("frozen", group.frozen, "they stay as they are");
      group.from_epoch = s.integer("from_epoch", group.from_epoch,
                                   "the first epoch in which they are learned", {.least = 1});
      if (group.frozen && group.from_epoch > 1)
        fail("E-EXP-05",
             "{}: the group is frozen, and to be learned from epoch {}; say one of them", s.where(),
             group.from_epoch);
      if (group.learning_rate_factor < 0 || group.weight_decay.value_or(0) < 0)
        fail("E-EXP-05", "{}: learning_rate_factor and weight_decay must be at least 0", s.where());
      s.done();
      u.groups.push_back(group);
    }
  for (const auto& on : u.constraints)
    if (const auto* group = train::group_of(u.groups, on.match); group && group->frozen)
      fail("E-EXP-05",
           "{}: '{}' freezes '{}', so its {} never comes to hold; leave out one of them",
           train.where("groups"), group->match, on.match, on.constraint.name);
  auto choice =
      train.choice("average", "average", "validate and save a running average of the weights");
  if (!choice) return;
  fit.average = make(kAverages, "average", *choice);
  choice->options.done();
}

}  // namespace glia::experiment
