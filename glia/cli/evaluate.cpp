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
  data::Dataset dataset;
  std::string source;
  data::TransformReport report;
};

Rows rows_of_table(const experiment::Bundle& bundle, const fs::path& file) {
  data::TransformReport report;
  auto dataset = experiment::labelled_table(bundle, file, &report);
  return {std::move(dataset), file.string(), std::move(report)};
}

// The test rows that the experiment names.
Rows test_rows(const fs::path& run, experiment::Bundle& bundle) {
  auto& plan = bundle.experiment.data;
  const auto place = [&](fs::path& file) {
    if (!file.empty()) file = find_data(run, file, data_folders({}));
  };
  if (plan.table && !plan.table->test.empty()) {
    place(plan.table->test);
    return rows_of_table(bundle, plan.table->test);
  }
  if (plan.images && !plan.images->test_images.empty()) {
    place(plan.images->test_images), place(plan.images->test_labels);
    return {experiment::labelled_images(bundle, plan.images->test_images, plan.images->test_labels),
            plan.images->test_images.string(),
            {}};
  }
  if (plan.test <= 0)
    fail("E-CLI-04",
         "experiment '{}': it names no test data; give some with --data FILE.csv, or with --images "
         "and --labels",
         bundle.experiment.name);
  if (plan.table) place(plan.table->train);
  if (plan.images) place(plan.images->train_images), place(plan.images->train_labels);
  auto prepared = experiment::prepare(bundle.experiment);
  return {std::move(*prepared.test), "the test rows of the experiment's own split", {}};
}

Rows chosen_rows(const EvaluateOptions& options, experiment::Bundle& bundle) {
  if (!options.data.empty()) return rows_of_table(bundle, options.data);
  if (!options.images.empty())
    return {
        experiment::labelled_images(bundle, options.images, options.labels), options.images, {}};
  return test_rows(options.run, bundle);
}

int run_evaluate(const EvaluateOptions& options, Context& context) {
  if (options.images.empty() != options.labels.empty())
    throw UsageError("--images and --labels belong together: one file of each");
  if (!options.data.empty() && !options.images.empty())
    throw UsageError("--data is for tables, --images for images; give one");
  auto bundle = experiment::load_bundle(options.run);
  const auto rows = chosen_rows(options, bundle);
  for (const auto& note : notes(rows.report, bundle.encoding.target.column))
    context.terminal.say("note: " + note + "\n");
  const auto assessment =
      experiment::assess(bundle, rows.dataset, threads_or_default(options.threads));
  if (context.json) {
    Json json{{"run", options.run}, {"data", rows.source}};
    json.update(to_json(assessment));
    json["encoding"] = to_json(rows.report);
    print_json(context.terminal, json);
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  context.print(fmt::format("{} on {}\n\n", bundle.experiment.name, rows.source));
  context.print(metrics_table({{"value", &assessment}}, style));
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
