#include "glia/train/course.h"

#include "glia/base/file.h"
#include "glia/base/format.h"

namespace glia::train {
namespace {

std::string losses(const Objective& objective) {
  std::vector<std::string> names;
  for (const Output& o : objective.outputs)
    names.push_back(o.name.empty() ? o.loss.name
                                   : fmt::format("{}: {} {}", o.name, o.weight, o.loss.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string digest(std::string_view text) { return sha256_hex(text).substr(0, 12); }

// An update of one parameter, as a graph: all numbers of the optimizer are constants there.
std::string numbers_of(const optim::Optimizer& optimizer) {
  if (const auto& l = optimizer.lbfgs)
    return fmt::format(
        "max_iterations {}, max_evaluations {}, tolerances {} and {}, history {}, {}",
        l->max_iterations, l->max_evaluations, l->tolerance_gradient, l->tolerance_change,
        l->history, l->strong_wolfe ? "strong_wolfe" : "no search");
  Graph graph;
  const Type type{DType::f32, {2, 3}};
  const Value p = graph.variable({"p", type, Role::parameter, true, nullptr});
  const glia::Values next =
      optimizer.update(graph, {.parameters = {p},
                               .gradients = {graph.input("gradient", type)},
                               .learning_rate = graph.input("learning_rate", {DType::f32, {}}),
                               .step = graph.input("step", {DType::i64, {}}),
                               .weight_decay = optimizer.weight_decay});
  graph.update(p, next.at(0));
  return digest(graph.text());
}

// Its course over an imagined run; what spans the whole run says so itself.
std::string numbers_of(const optim::Schedule& schedule) {
  if (const auto& p = schedule.plateau)
    return fmt::format("{}: factor {}, patience {}, threshold {}, cooldown {}, minimum {}",
                       p->monitor, p->factor, p->patience, p->threshold, p->cooldown, p->minimum);
  constexpr std::int64_t kSteps = 256;
  std::string factors;
  for (std::int64_t step = 0; step < kSteps; ++step)
    factors += fmt::format("{} ", schedule.factor({step, 2, kSteps}));
  return digest(factors);
}

std::string text(const Group& g) {
  return fmt::format("{}: learning rate x {}{}{}{}", g.match, g.learning_rate_factor,
                     g.weight_decay ? fmt::format(", weight_decay {}", *g.weight_decay) : "",
                     g.frozen ? ", frozen" : "",
                     g.from_epoch > 1 ? fmt::format(", from epoch {}", g.from_epoch) : "");
}

std::string text(const ConstraintOn& on) {
  const auto& [name, apply, settings] = on.constraint;
  return fmt::format("{}: {}{}", on.match, name, settings.empty() ? "" : "(" + settings + ")");
}

template <class T>
std::string list(const std::vector<T>& all) {
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (const T& one : all) texts.push_back(text(one));
  return fmt::format("[{}]", fmt::join(texts, "; "));
}

std::string text(const std::optional<Average>& average) {
  if (!average) return "none";
  const bool mean = average->kind == Average::Kind::mean;
  return fmt::format("{}, from epoch {}",
                     mean ? "mean" : fmt::format("exponential, decay {}", average->decay),
                     average->from_epoch);
}

}  // namespace

Settings course(const FitOptions& o, const Objective& objective, std::int64_t rows) {
  const auto& u = o.updates;
  Settings fixed{{"seed", fmt::format("{}", o.seed)},
                 {"batch_size", fmt::format("{}", o.batch_size)},
                 {"training rows", fmt::format("{}", rows)},
                 {"loss", losses(objective)},
                 {"optimizer", o.optimizer.name},
                 {"optimizer's numbers", numbers_of(o.optimizer)},
                 {"learning_rate", fmt::format("{}", o.optimizer.learning_rate)},
                 {"weight_decay", fmt::format("{}{}", o.optimizer.weight_decay,
                                              o.optimizer.decay_all ? ", of all parameters" : "")},
                 {"schedule", o.schedule.name},
                 {"schedule's numbers", numbers_of(o.schedule)},
                 {"accumulate", fmt::format("{}", u.accumulate)},
                 {"clip", fmt::format("value {}, norm {}, global norm {}", u.clip.value,
                                      u.clip.norm, u.clip.global_norm)},
                 {"groups", list(u.groups)},
                 {"constraints", list(u.constraints)},
                 {"average", text(o.average)},
                 {"class weights", fmt::format("[{}]", fmt::join(o.class_weights, ", "))}};
  if (o.precision != Precision::f32) fixed.emplace("precision", name_of(o.precision));
  if (o.schedule.whole_run) fixed.emplace("epochs", fmt::format("{}", o.epochs));
  return fixed;
}

}  // namespace glia::train
