// glia evaluate
#include "glia/base/format.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/cli/origin.h"
#include "glia/cli/show.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

struct EvaluateOptions {
  std::string run, data, images, labels;
  int threads = 0;
};

struct Rows {
  experiment::NewRows labelled;
  std::string source;
};

Rows rows_of(const experiment::Bundle& bundle, const std::vector<fs::path>& files) {
  return {bundle.experiment.data->labelled(bundle, files), files.front().string()};
}

// The test rows that the experiment names.
Rows test_rows(const fs::path& run, experiment::Bundle& bundle) {
  auto& plan = bundle.experiment.data;
  plan = plan->with_files(
      [&](const fs::path& file) { return find_data(run, file, data_folders({})); });
  if (const auto files = plan->test_files(); !files.empty()) return rows_of(bundle, files);
  if (!plan->splits_test_off())
    fail("E-CLI-04",
         "experiment '{}': it names no test data; give some with --data FILE.csv, or with --images "
         "and --labels",
         bundle.experiment.name);
  const auto prepared = experiment::prepare(bundle.experiment);
  if (!bundle.training_digest.empty() && prepared.training_digest != bundle.training_digest)
    fail("E-DATA-262",
         "experiment '{}': its data has changed since the training (or is now read in another way: "
         "whole, or as a stream), so its split would call rows a test that the model was trained "
         "on; give rows that it has not seen with --data",
         bundle.experiment.name);
  return {{prepared.test}, "the test rows of the experiment's own split"};
}

Rows chosen_rows(const EvaluateOptions& options, experiment::Bundle& bundle) {
  if (!options.data.empty()) return rows_of(bundle, {options.data});
  if (!options.images.empty()) return rows_of(bundle, {options.images, options.labels});
  return test_rows(options.run, bundle);
}

// Rows that a model has learned by heart say nothing of new ones.
std::string warning(const Rows& rows, const experiment::Bundle& bundle) {
  if (!rows.labelled.trained_on) return "";
  const auto& plan = bundle.experiment.data->split;
  const bool split = plan.validation + plan.test > 0;
  return fmt::format(
      "warning: {} is the file that this model was trained on{}: these figures do not tell how it "
      "does on new rows; {}\n",
      rows.source,
      split ? fmt::format(" ({:.0f} % of its rows)", 100 * (1 - plan.validation - plan.test)) : "",
      plan.test > 0 ? "without --data the test rows alone are taken"
                    : "give rows that it has not seen");
}

int run_evaluate(const EvaluateOptions& options, Context& context) {
  if (options.images.empty() != options.labels.empty())
    throw UsageError("--images and --labels belong together: one file of each");
  if (!options.data.empty() && !options.images.empty())
    throw UsageError("--data is for tables, --images for images; give one");
  auto bundle = experiment::load_bundle(options.run);
  const auto rows = chosen_rows(options, bundle);
  const auto& report = rows.labelled.report;
  for (const auto& note : notes(report, bundle.encoding.target.column))
    context.terminal.say("note: " + note + "\n");
  context.terminal.say(warning(rows, bundle));
  const auto assessment =
      experiment::assess(bundle, *rows.labelled.rows, threads_or_default(options.threads), 1);
  if (context.json) {
    Json json{{"run", options.run}, {"data", rows.source}};
    json.update(to_json(assessment));
    json["encoding"] = to_json(report);
    json["trained_on"] = rows.labelled.trained_on;
    print_json(context.terminal, json);
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  context.print(fmt::format("{} on {}\n\n", bundle.experiment.name, rows.source));
  context.print(metrics_table({{"value", &assessment}}, style, bundle.encoding));
  for (const auto& text :
       {classes_table(assessment, style), confusion(assessment, "confusion matrix", style)})
    if (!text.empty()) context.print("\n" + text);
  for (const auto& output : assessment.outputs)
    for (const auto& text : {classes_table(output, style),
                             confusion(output, output.output + ": confusion matrix", style)})
      if (!text.empty()) context.print("\n" + text);
  return kSuccess;
}

}  // namespace

void add_evaluate(CLI::App& app, Context& context) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* command = app.add_subcommand("evaluate", "Metrics of a trained model on labelled data.");
  command->add_option("run", options->run, "a run's folder, or a bundle's")->required();
  command->add_option("--data", options->data, "rows with the target (default: the test data)")
      ->type_name("FILE.csv");
  command->add_option("--images", options->images, "images, IDX")->type_name("IDX");
  command->add_option("--labels", options->labels, "their labels, IDX")->type_name("IDX");
  add_threads(*command, options->threads);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_evaluate(*options, context); };
  });
}

}  // namespace glia::cli
