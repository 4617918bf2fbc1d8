// glia evaluate
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/cli/origin.h"
#include "glia/cli/show.h"
#include "glia/data/table.h"
#include "glia/report/plot.h"
#include "glia/report/table.h"
#include "glia/review/curves.h"
#include "glia/review/slice_by.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

struct EvaluateOptions {
  std::string run, data, images, labels;
  std::vector<std::string> by;
  std::string metric;
  std::optional<std::size_t> bins;
  std::size_t replicates = 0;
  bool curves = false;
  int threads = 0;
};

// Rows to be judged, and where they stand in their file: `plan` reads them from there once more.
struct Rows {
  experiment::NewRows labelled;
  std::string source;
  std::shared_ptr<const experiment::DataPlan> plan;
  std::vector<std::int64_t> places;
};

Rows rows_of(const experiment::Bundle& bundle, const std::vector<fs::path>& files,
             std::shared_ptr<const experiment::DataPlan> plan) {
  auto labelled = bundle.experiment.data->labelled(bundle, files);
  auto places = data::all_rows(labelled.rows->size());
  return {std::move(labelled), files.front().string(), std::move(plan), std::move(places)};
}

// The test rows that the experiment names.
Rows test_rows(const fs::path& run, experiment::Bundle& bundle) {
  auto& plan = bundle.experiment.data;
  plan = plan->with_files(
      [&](const fs::path& file) { return find_data(run, file, data_folders({})); });
  if (const auto files = plan->test_files(); !files.empty()) return rows_of(bundle, files, plan);
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
  return {{prepared.test}, "the test rows of the experiment's own split", plan, prepared.rows.test};
}

Rows chosen_rows(const EvaluateOptions& options, experiment::Bundle& bundle) {
  if (!options.data.empty()) {
    const auto there = [&](const fs::path&) { return fs::path(options.data); };
    return rows_of(bundle, {options.data}, bundle.experiment.data->with_files(there));
  }
  if (!options.images.empty()) return rows_of(bundle, {options.images, options.labels}, nullptr);
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

// The metrics of the training, and how well its probabilities are calibrated; of masks their
// overlap.
experiment::Experiment judged(experiment::Experiment e, const experiment::Predictions& said) {
  const auto add = [](const nn::Loss& loss, const Tensor& predictions,
                      std::vector<std::string>& names) {
    if (!loss.of_classes()) return;
    names.emplace_back("ece");
    if (predictions.shape().rank() > 3) names.emplace_back("jaccard");
  };
  if (e.fit.outputs.empty()) add(e.fit.loss, said.outputs.front().predictions, e.fit.metrics);
  for (std::size_t i = 0; i < e.fit.outputs.size(); ++i)
    add(e.fit.outputs[i].loss, said.outputs.at(i).predictions, e.fit.outputs[i].metrics);
  return e;
}

std::vector<review::Slices> slices(const EvaluateOptions& options, const Rows& rows,
                                   const std::vector<review::Answers>& answers) {
  std::vector<review::Slices> all;
  review::SliceOptions how;
  how.bins = options.bins.value_or(5);
  if (!options.metric.empty()) how.metrics = {options.metric};
  if (options.replicates > 0) how.replicates = options.replicates;
  for (const auto& column : options.by)
    for (const auto& a : answers) {
      all.push_back(review::slices_by(
          a, column, review::values_of(column, a, rows.plan.get(), rows.places), how));
      if (!a.output.empty()) all.back().column += " (" + a.output + ")";
    }
  return all;
}

// What the numbers of an answer are not: independent rows.
std::string caution(const experiment::Bundle& bundle, const EvaluateOptions& options,
                    const experiment::Predictions& said, const std::vector<review::Answers>& all) {
  if (options.replicates > 0 && bundle.experiment.data->things() == "windows")
    return "windows of one series are not independent of each other: the bootstrap's intervals are "
           "too narrow\n";
  for (const auto& a : all)
    if (a.count > static_cast<std::size_t>(said.kept()))
      return "a row has many answers here (steps or pixels), which are not independent: the "
             "intervals are too narrow\n";
  return "";
}

void print_pictures(const std::vector<review::Answers>& answers, Context& context) {
  const auto style = context.terminal.out_style();
  for (const auto& a : answers)
    for (const auto& plot : review::plots_of(a)) context.print("\n" + report::render(plot, style));
}

void print_evaluation(const EvaluateOptions& options, const Rows& rows,
                      const experiment::Bundle& bundle, const experiment::Assessment& assessment,
                      Context& context) {
  const auto style = context.terminal.out_style();
  context.print(fmt::format("{} on {}\n\n", bundle.experiment.name, rows.source));
  context.print(
      metrics_table({{"value", &assessment}}, style, bundle.encoding, options.replicates));
  for (const auto& text :
       {classes_table(assessment, style), confusion(assessment, "confusion matrix", style)})
    if (!text.empty()) context.print("\n" + text);
  for (const auto& output : assessment.outputs)
    for (const auto& text : {classes_table(output, style),
                             confusion(output, output.output + ": confusion matrix", style)})
      if (!text.empty()) context.print("\n" + text);
}

void print_slices(const std::vector<review::Slices>& slices, Context& context) {
  const auto style = context.terminal.out_style();
  for (const auto& s : slices)
    context.print("\n" + report::render(review::table_of(s), style) +
                  report::wrapped(report::clean(review::note_of(s), style), 0, 0, style));
}

int run_evaluate(const EvaluateOptions& options, Context& context) {
  if (options.images.empty() != options.labels.empty())
    throw UsageError("--images and --labels belong together: one file of each");
  if (!options.data.empty() && !options.images.empty())
    throw UsageError("--data is for tables, --images for images; give one");
  if (!options.metric.empty() && options.by.empty())
    throw UsageError("--metric is that of the slices; say --by COLUMN too");
  if (options.bins && options.by.empty())
    throw UsageError("--bins are those of the slices; say --by COLUMN too");
  auto bundle = experiment::load_bundle(options.run);
  const auto rows = chosen_rows(options, bundle);
  const auto& report = rows.labelled.report;
  for (const auto& note : notes(report, bundle.encoding.target.column))
    context.terminal.say("note: " + note + "\n");
  context.terminal.say(warning(rows, bundle));
  const auto said = experiment::predicted(bundle, *rows.labelled.rows, rows.places,
                                          threads_or_default(options.threads), 1);
  const auto assessment = experiment::assess(judged(bundle.experiment, said), bundle.encoding, said,
                                             options.replicates);
  std::vector<review::Answers> answers;
  if (options.curves || !options.by.empty()) answers = review::answers_of(bundle, said);
  const auto parts = slices(options, rows, answers);
  if (context.json) {
    Json json{{"run", options.run}, {"data", rows.source}};
    json.update(to_json(assessment));
    json["encoding"] = to_json(report);
    json["trained_on"] = rows.labelled.trained_on;
    for (const auto& s : parts) json["slices"].push_back(to_json(s));
    if (options.curves)
      for (const auto& a : answers)
        for (const auto& plot : review::plots_of(a)) json["curves"].push_back(to_json(plot));
    print_json(context.terminal, json);
    return kSuccess;
  }
  print_evaluation(options, rows, bundle, assessment, context);
  print_slices(parts, context);
  if (options.curves) print_pictures(answers, context);
  context.terminal.say(caution(bundle, options, said, answers));
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
  add_list(*command, "--by", options->by,
           "figures by the values of a column, or of the target (again for more)")
      ->type_name("COLUMN");
  command->add_option("--metric", options->metric, "that of the slices (default: accuracy or mae)")
      ->type_name("NAME");
  command->add_option("--bins", options->bins, "of a column of numbers, for --by (default: 5)")
      ->type_name("N")
      ->check(CLI::Range(2, 100).description(""));
  command
      ->add_option("--bootstrap", options->replicates,
                   "intervals for every metric, by so many replicates (default: none)")
      ->type_name("N")
      ->check(CLI::Range(20, 1000000).description(""));
  command->add_flag("--curves", options->curves,
                    "ROC, precision-recall and calibration curves; of numbers the errors");
  add_threads(*command, options->threads);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_evaluate(*options, context); };
  });
}

}  // namespace glia::cli
