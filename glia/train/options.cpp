// What the options of a training must be.
#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/doctor/preflight.h"
#include "glia/train/stopper.h"
#include "glia/train/trainer.h"

namespace glia::train {
namespace {

// The values that an epoch will have.
std::vector<std::string> values_of_an_epoch(const FitOptions& o, bool validation) {
  std::vector<std::string> known{"loss"};
  if (validation) known.emplace_back("val_loss");
  for (const Output& output : objective(o).outputs) {
    const bool named = !output.name.empty();
    if (named) known.push_back(output.value("loss"));
    if (output.loss.of_classes()) known.push_back(output.value("accuracy"));
    if (!validation) continue;
    if (named) known.push_back("val_" + output.value("loss"));
    for (const auto& name : output.metrics) known.push_back("val_" + output.value(name));
  }
  return known;
}

}  // namespace

void check_options(const FitOptions& o, bool validation) {
  const auto expect = [](bool good, std::string_view what) {
    if (!good) fail("E-TRAIN-02", "[fit] {}", what);
  };
  expect(o.threads >= 1, fmt::format("threads is {}, expected at least 1", o.threads));
  expect(o.optimizer.update || o.optimizer.lbfgs, "the optimizer is empty; optim::adam() is one");
  expect(static_cast<bool>(o.schedule.factor), "the schedule is empty; optim::constant() is one");
  for (const Output& output : objective(o).outputs) {
    expect(static_cast<bool>(output.loss.apply),
           fmt::format("the loss{} is empty",
                       output.name.empty() ? "" : " of output '" + output.name + "'"));
    expect(!output.threshold || output.loss.of_classes(),
           fmt::format("a threshold of {} is given, and {} learns numbers: there is no yes or no; "
                       "leave the threshold out",
                       output.threshold.value_or(0), output.loss.name));
    const auto task =
        output.loss.of_classes() ? metrics::Task::classification : metrics::Task::regression;
    for (const auto& name : output.metrics) metrics::parse_metric(name, task);
  }
  expect(o.batch_size >= 1, fmt::format("batch_size is {}, expected at least 1", o.batch_size));
  expect(o.epochs >= 0, fmt::format("epochs is {}, expected at least 0", o.epochs));
  expect(o.class_weights.empty() || std::any_of(o.class_weights.begin(), o.class_weights.end(),
                                                [](double weight) { return weight != 0; }),
         "all class weights are 0, so nothing would be learned; give one class a weight above 0");
  expect(o.outputs.empty() || o.class_weights.empty(),
         "class weights are for a model of one output; weigh the losses of several with their "
         "`weight`, or give the rows weights");
  for (const auto& code : o.allow) {
    const auto& known = doctor::codes();
    expect(
        std::find(known.begin(), known.end(), code) != known.end(),
        fmt::format("allow says '{}', and there is no such finding{}", code, suggest(code, known)));
  }
  const auto& every = o.validate;
  expect(every.epochs >= 1, fmt::format("validation is asked for every {} epochs, expected at "
                                        "least 1",
                                        every.epochs));
  expect(every.steps >= 0,
         fmt::format("validation is asked for every {} steps, expected at least 1, or 0 for none",
                     every.steps));
  const auto& c = o.checkpoint;
  expect(c.every_steps >= 0 && c.every_seconds >= 0 && std::isfinite(c.every_seconds),
         fmt::format("checkpoints are asked for every {} steps and {} seconds, expected numbers of "
                     "at least 0",
                     c.every_steps, c.every_seconds));
  expect(c.keep >= 1, fmt::format("checkpoints to keep: {}, expected at least 1", c.keep));
  expect(c.keep_best >= 0,
         fmt::format("best checkpoints to keep: {}, expected at least 0", c.keep_best));
  expect(o.time_budget >= 0 && std::isfinite(o.time_budget),
         fmt::format("the time budget is {} seconds, expected at least 0", o.time_budget));
  const UpdateOptions& u = o.updates;
  expect(u.accumulate >= 1,
         fmt::format("accumulate is {} batches, expected at least 1", u.accumulate));
  optim::check(u.clip);
  if (o.average) {
    expect(o.average->decay >= 0 && o.average->decay < 1,
           fmt::format("the average's decay is {}, expected 0 <= decay < 1", o.average->decay));
    expect(o.average->from_epoch >= 1, fmt::format("the average begins in epoch {}, expected at "
                                                   "least 1",
                                                   o.average->from_epoch));
  }
  if (o.optimizer.lbfgs) {
    const auto& c = u.clip;
    const bool plain =
        u.accumulate == 1 && u.constraints.empty() && c.value == 0 && c.norm == 0 &&
        c.global_norm == 0 && std::all_of(u.groups.begin(), u.groups.end(), [](const Group& group) {
          return group.frozen ||
                 (group.learning_rate_factor == 1 && !group.weight_decay && group.from_epoch == 1);
        });
    expect(plain,
           "lbfgs moves all parameters together along its own direction: it takes no clipping, no "
           "constraints, no accumulation, and groups only to freeze; leave them out, or take "
           "another optimizer");
  }
  const auto expect_value = [&](const std::string& monitor, std::string_view who) {
    expect(validation || !monitor.starts_with("val_"),
           fmt::format("{} monitors validation rows, and there are none; give `validation` a share "
                       "of the rows",
                       who));
    expect_monitored(monitor, values_of_an_epoch(o, validation), who);
  };
  if (o.early_stopping) expect_value(o.early_stopping->monitor, "early_stopping");
  if (c.keep_best > 0) expect_value(c.monitor, "checkpoint");
  if (o.schedule.plateau) expect_value(o.schedule.plateau->monitor, "reduce_on_plateau");
}

}  // namespace glia::train
