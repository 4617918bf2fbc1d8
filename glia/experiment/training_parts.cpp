// Optimizers and schedules from their settings.
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {

namespace {

// What most optimizers have; each then reads its own.
template <class Options>
Options common(Settings& s, Options o = {}) {
  o.learning_rate = s.real("learning_rate", o.learning_rate);
  if constexpr (requires { o.beta1; }) {
    o.beta1 = s.real("beta1", o.beta1);
    o.beta2 = s.real("beta2", o.beta2);
  }
  if constexpr (requires { o.epsilon; }) o.epsilon = s.real("epsilon", o.epsilon);
  o.weight_decay = s.real("weight_decay", o.weight_decay);
  o.decay_all = s.flag("decay_all", o.decay_all);
  if constexpr (requires { o.momentum; }) o.momentum = s.real("momentum", o.momentum);
  if constexpr (requires { o.decoupled; }) o.decoupled = s.flag("decoupled", o.decoupled);
  if constexpr (requires { o.amsgrad; }) o.amsgrad = s.flag("amsgrad", o.amsgrad);
  return o;
}

optim::Optimizer read_sgd(Settings& s) {
  auto o = common<optim::SgdOptions>(s);
  o.dampening = s.real("dampening", o.dampening);
  o.nesterov = s.flag("nesterov", o.nesterov);
  return optim::sgd(o);
}
optim::Optimizer read_adagrad(Settings& s) {
  auto o = common<optim::AdagradOptions>(s);
  o.learning_rate_decay = s.real("learning_rate_decay", o.learning_rate_decay);
  o.initial_accumulator_value = s.real("initial_accumulator_value", o.initial_accumulator_value);
  return optim::adagrad(o);
}
optim::Optimizer read_adadelta(Settings& s) {
  auto o = common<optim::AdadeltaOptions>(s);
  o.rho = s.real("rho", o.rho);
  return optim::adadelta(o);
}
optim::Optimizer read_rmsprop(Settings& s) {
  auto o = common<optim::RmspropOptions>(s);
  o.alpha = s.real("alpha", o.alpha);
  o.centered = s.flag("centered", o.centered);
  return optim::rmsprop(o);
}
optim::Optimizer read_nadam(Settings& s) {
  auto o = common<optim::NadamOptions>(s);
  o.momentum_decay = s.real("momentum_decay", o.momentum_decay);
  return optim::nadam(o);
}
optim::Optimizer read_lbfgs(Settings& s) {
  optim::LbfgsOptions o;
  o.learning_rate = s.real("learning_rate", o.learning_rate);
  o.max_iterations = s.integer("max_iterations", o.max_iterations);
  o.max_evaluations = s.integer("max_evaluations", o.max_evaluations);
  o.tolerance_gradient = s.real("tolerance_gradient", o.tolerance_gradient);
  o.tolerance_change = s.real("tolerance_change", o.tolerance_change);
  o.history = s.integer("history", o.history);
  const auto search = s.text("line_search", "none");
  if (search != "none" && search != "strong_wolfe")
    fail("E-EXP-05", "{}: unknown line search '{}'{}", s.where("line_search"), search,
         suggest(search, {"none", "strong_wolfe"}));
  o.strong_wolfe = search == "strong_wolfe";
  return optim::lbfgs(o);
}

template <class T>
using Readers = std::vector<std::pair<std::string, T (*)(Settings&)>>;

const Readers<optim::Optimizer> kOptimizers{
    {"sgd", read_sgd},
    {"adam", [](Settings& s) { return optim::adam(common<optim::AdamOptions>(s)); }},
    {"adamw",
     [](Settings& s) {
       return optim::adamw(common<optim::AdamOptions>(s, {.weight_decay = 1e-2}));
     }},
    {"adagrad", read_adagrad},
    {"adadelta", read_adadelta},
    {"rmsprop", read_rmsprop},
    {"adamax", [](Settings& s) { return optim::adamax(common<optim::AdamaxOptions>(s)); }},
    {"nadam", read_nadam},
    {"radam", [](Settings& s) { return optim::radam(common<optim::RadamOptions>(s)); }},
    {"lion", [](Settings& s) { return optim::lion(common<optim::LionOptions>(s)); }},
    {"lamb", [](Settings& s) { return optim::lamb(common<optim::LambOptions>(s)); }},
    {"lbfgs", read_lbfgs}};

optim::Schedule read_step(Settings& s) {
  optim::StepOptions o;
  o.every = s.integer("every", o.every);
  o.factor = s.real("factor", o.factor);
  return optim::step(o);
}
optim::Schedule read_multi_step(Settings& s) {
  optim::MultiStepOptions o;
  o.milestones = s.integers("milestones", {});
  o.factor = s.real("factor", o.factor);
  return optim::multi_step(o);
}
optim::Schedule read_polynomial(Settings& s) {
  optim::PolynomialOptions o;
  o.power = s.real("power", o.power);
  o.minimum = s.real("minimum", o.minimum);
  return optim::polynomial(o);
}
optim::Schedule read_linear(Settings& s) {
  optim::LinearOptions o;
  o.start = s.real("start", o.start);
  o.end = s.real("end", o.end);
  o.epochs = s.real("epochs", o.epochs);
  return optim::linear(o);
}
optim::Schedule read_cosine_restarts(Settings& s) {
  optim::CosineRestartsOptions o;
  o.period = s.real("period", o.period);
  o.multiply = s.integer("multiply", o.multiply);
  o.minimum = s.real("minimum", o.minimum);
  return optim::cosine_restarts(o);
}
optim::Schedule read_one_cycle(Settings& s) {
  optim::OneCycleOptions o;
  o.rise = s.real("rise", o.rise);
  o.start_divisor = s.real("start_divisor", o.start_divisor);
  o.end_divisor = s.real("end_divisor", o.end_divisor);
  return optim::one_cycle(o);
}
optim::Schedule read_reduce_on_plateau(Settings& s) {
  optim::PlateauOptions o;
  o.monitor = monitor(s, o.monitor);
  o.factor = s.real("factor", o.factor);
  o.patience = s.integer("patience", o.patience);
  o.threshold = s.real("threshold", o.threshold);
  o.cooldown = s.integer("cooldown", o.cooldown);
  o.minimum = s.real("minimum", o.minimum);
  return optim::reduce_on_plateau(o);
}

const Readers<optim::Schedule> kSchedules{
    {"constant", [](Settings&) { return optim::constant(); }},
    {"step", read_step},
    {"multi_step", read_multi_step},
    {"exponential",
     [](Settings& s) { return optim::exponential({.factor = s.real("factor", 0.95)}); }},
    {"polynomial", read_polynomial},
    {"linear", read_linear},
    {"cosine", [](Settings& s) { return optim::cosine({.minimum = s.real("minimum", 0)}); }},
    {"cosine_restarts", read_cosine_restarts},
    {"one_cycle", read_one_cycle},
    {"reduce_on_plateau", read_reduce_on_plateau}};

template <class T>
std::vector<std::string> names_of(const Readers<T>& readers) {
  std::vector<std::string> names;
  for (const auto& [name, read] : readers) names.push_back(name);
  return names;
}

template <class T>
T read(const Readers<T>& readers, const char* what, Settings::Choice& choice) {
  for (const auto& [name, make] : readers)
    if (name == choice.name) return choice.options.placed("", [&] { return make(choice.options); });
  fail("E-NN-01", "{}: unknown {} '{}'{}", choice.options.where(), what, choice.name,
       suggest(choice.name, names_of(readers)));
}

}  // namespace

std::string monitor(Settings& s, const std::string& otherwise,
                    const std::vector<std::string>& outputs) {
  auto name = s.text("monitor", otherwise);
  if (name.starts_with("test"))
    fail("E-EXP-06",
         "{}: '{}' would select on the test set, which must be seen only once, at the end; monitor "
         "a value of the validation rows, for example val_loss",
         s.where("monitor"), name);
  s.placed("monitor",
           [&] { return metrics::larger_is_better(train::without_output(name, outputs)); });
  return name;
}

std::vector<std::string> optimizer_names() { return names_of(kOptimizers); }
std::vector<std::string> schedule_names() { return names_of(kSchedules); }

optim::Optimizer make_optimizer(Settings::Choice& choice) {
  auto optimizer = read(kOptimizers, "optimizer", choice);
  choice.options.done();
  return optimizer;
}

optim::Schedule make_schedule(Settings::Choice& choice) {
  auto schedule = read(kSchedules, "schedule", choice);
  const double warmup = choice.options.real("warmup", 0);
  schedule = choice.options.placed("warmup",
                                   [&] { return optim::warmed_up(std::move(schedule), warmup); });
  choice.options.done();
  return schedule;
}

optim::Constraint make_constraint(Settings::Choice& choice) {
  Settings& s = choice.options;
  const auto axis = [&] {
    std::vector<int> axes;
    for (const auto a : s.integers("axis", {})) axes.push_back(static_cast<int>(a));
    return axes;
  };
  optim::Constraint constraint;
  if (choice.name == "non_negative") {
    constraint = optim::non_negative();
  } else if (choice.name == "unit_norm") {
    constraint = optim::unit_norm({.axis = axis()});
  } else if (choice.name == "max_norm") {
    const double value = s.real("value", 2);
    constraint = s.placed("", [&] { return optim::max_norm({.value = value, .axis = axis()}); });
  } else {
    fail("E-NN-01", "{}: unknown constraint '{}'{}", s.where(), choice.name,
         suggest(choice.name, {"non_negative", "unit_norm", "max_norm"}));
  }
  s.done();
  return constraint;
}

void read_updates(Settings& train, train::FitOptions& fit) {
  train::UpdateOptions& u = fit.updates;
  Settings clip = train.map_or_empty("clip");
  u.clip.value = clip.real("value", 0);
  u.clip.norm = clip.real("norm", 0);
  u.clip.global_norm = clip.real("global_norm", 0);
  clip.placed("", [&] { optim::check(u.clip); });
  clip.done();
  u.accumulate = train.integer("accumulate", u.accumulate);
  if (u.accumulate < 1)
    fail("E-EXP-05", "{}: got {}, expected at least 1 batch", train.where("accumulate"),
         u.accumulate);
  if (train.has("groups"))
    for (Settings& s : train.list_of_maps("groups")) {
      train::Group group;
      group.match = s.required_text("match");
      group.learning_rate_factor = s.real("learning_rate_factor", 1);
      if (s.has("weight_decay")) group.weight_decay = s.real("weight_decay", 0);
      group.frozen = s.flag("frozen", false);
      if (group.learning_rate_factor < 0 || group.weight_decay.value_or(0) < 0)
        fail("E-EXP-05", "{}: learning_rate_factor and weight_decay must be at least 0", s.where());
      s.done();
      u.groups.push_back(group);
    }
  auto choice = train.choice("average");
  if (!choice) return;
  Settings& s = choice->options;
  train::Average average;
  if (choice->name == "mean")
    average.kind = train::Average::Kind::mean;
  else if (choice->name == "exponential")
    average.decay = s.real("decay", average.decay);
  else
    fail("E-NN-01", "{}: unknown average '{}'{}", s.where(), choice->name,
         suggest(choice->name, {"exponential", "mean"}));
  average.from_epoch = s.integer("from_epoch", average.from_epoch);
  if (!(average.decay >= 0 && average.decay < 1) || average.from_epoch < 1)
    fail("E-EXP-05", "{}: expected 0 <= decay < 1, and from_epoch at least 1", s.where());
  s.done();
  fit.average = average;
}

}  // namespace glia::experiment
