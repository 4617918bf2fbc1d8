// glia find-rate
#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/experiment/class_weights.h"
#include "glia/experiment/run.h"
#include "glia/report/plot.h"
#include "glia/train/rate_finder.h"

namespace glia::cli {
namespace {

struct FindRateOptions {
  std::string experiment;
  std::vector<std::string> set, data;
  train::RateFinderOptions finder;
  int threads = 0, workers = 1;
};

// Where the loss falls fastest, but no more than a tenth of the rate from which on it rises.
double proposal(const train::RateFinding& found) {
  return std::min(*found.steepest, found.lowest / 10);
}

std::string plot_of(const train::RateFinding& found, const report::Style& style) {
  report::Plot plot;
  plot.title = "loss over rising learning rates, smoothed";
  plot.x_label = "learning rate, power of ten";
  report::Series line{"loss", {}, {}};
  for (std::size_t i = 0; i < found.rates.size(); ++i) {
    line.x.push_back(std::log10(found.rates[i]));
    line.y.push_back(found.smoothed[i]);
  }
  plot.series.push_back(std::move(line));
  if (found.steepest) {
    plot.mark = std::log10(*found.steepest);
    plot.mark_label = fmt::format("steepest: {}", report::compact_number(*found.steepest));
  }
  return report::render(plot, style);
}

std::string advice(const FindRateOptions& options, const experiment::Experiment& experiment,
                   const train::RateFinding& found) {
  if (!found.steepest)
    return "the loss falls at none of these rates: look at the data and the loss, or begin at "
           "smaller ones (--from)";
  std::string text = fmt::format(
      "the loss falls fastest at {} and is least at {}, of which a tenth is the usual "
      "upper bound; the smaller of the two, {}, is proposed",
      report::compact_number(*found.steepest), report::compact_number(found.lowest),
      report::compact_number(proposal(found)));
  if (!found.diverged)
    text += fmt::format("; it never diverged: look further with --to {}",
                        report::compact_number(options.finder.to * 100));
  const double now = experiment.fit.optimizer.learning_rate;
  return text + fmt::format("; the experiment has {}", report::compact_number(now));
}

Json to_json(const train::RateFinding& found) {
  Json json{{"rates", found.rates}, {"diverged", found.diverged}, {"lowest", found.lowest}};
  for (const double loss : found.losses) json["losses"].push_back(number(loss));
  for (const double loss : found.smoothed) json["smoothed"].push_back(number(loss));
  if (found.steepest) json["steepest"] = *found.steepest;
  return json;
}

int run_find_rate(const FindRateOptions& options, Context& context) {
  const experiment::LoadOptions load{.set = options.set,
                                     .data_folders = data_folders(options.data)};
  const auto experiment = experiment::load(options.experiment, load);
  const auto prepared = experiment::prepare(experiment);
  train::FitOptions fit = experiment.fit;
  fit.target = prepared.encoding.target;
  for (std::size_t i = 0; i < fit.outputs.size(); ++i)
    fit.outputs[i].target = prepared.encoding.outputs.at(i).second;
  fit.class_weights = class_weights(experiment, prepared);
  fit.threads = threads_or_default(options.threads);
  fit.loader_workers = options.workers;
  fit.preflight = false;  // `train` says what there is to say
  const auto found = train::find_rate(experiment.model(), *prepared.train, fit, options.finder);
  if (context.json) {
    print_json(context.terminal, to_json(found));
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  context.print(plot_of(found, style) + "\n" +
                report::wrapped(advice(options, experiment, found), 0, 0, style));
  if (!found.steepest) return kSuccess;
  const auto rate =
      fmt::format("train.optimizer.{}.learning_rate={}", experiment.fit.optimizer.name,
                  fmt::format("{:.3g}", proposal(found)));
  std::vector<std::string> words{"glia", "train", options.experiment};
  if (options.threads > 0)
    words.insert(words.end(), {"--threads", std::to_string(options.threads)});
  for (const auto& folder : options.data) words.insert(words.end(), {"--data", folder});
  for (const auto& setting : options.set) words.insert(words.end(), {"--set", setting});
  words.insert(words.end(), {"--set", rate});
  context.print("\n  " + shell_line(words) + "\n");
  return kSuccess;
}

}  // namespace

void add_find_rate(CLI::App& app, Context& context) {
  auto options = std::make_shared<FindRateOptions>();
  auto* command = app.add_subcommand(
      "find-rate",
      "Which learning rates an experiment can be trained with: a plot, and a proposal.");
  command->add_option("experiment", options->experiment, "the experiment, a YAML file")->required();
  add_list(*command, "--set", options->set,
           "replace a setting: train.batch_size=64 (again for more)")
      ->type_name("KEY=VALUE");
  add_data_folders(*command, options->data);
  command->add_option("--from", options->finder.from, "the first rate")->capture_default_str();
  command->add_option("--to", options->finder.to, "the last rate")->capture_default_str();
  command->add_option("--updates", options->finder.updates, "how many rates")
      ->capture_default_str();
  add_threads(*command, options->threads);
  command->add_option("--workers", options->workers, "threads that make batches ahead")
      ->capture_default_str();
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_find_rate(*options, context); };
  });
}

}  // namespace glia::cli
