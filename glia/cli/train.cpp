// glia train
#include <optional>

#include "glia/base/format.h"
#include "glia/base/threads.h"
#include "glia/cli/command.h"
#include "glia/cli/folds.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/runs_index.h"
#include "glia/cli/show.h"
#include "glia/cli/training.h"
#include "glia/data/streamed_rows.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

// Rows that are decoded as they are asked for are work for every thread there is.
int workers_for(const data::Source& rows) {
  return dynamic_cast<const data::StreamedRows*>(&rows) ? usable_threads() : 1;
}

struct TrainOptions {
  std::string experiment, out, index;
  std::vector<std::string> set, data;
  std::optional<std::int64_t> folds, inner_folds;
  bool resume = false, overwrite = false, accept_fingerprint = false, profile = false, live = false;
  int threads = 0;
  std::optional<int> workers;
};

// The same command with --resume, and without what would contradict it.
std::string resume_line(const Context& context) {
  std::vector<std::string> words{"glia"};
  for (const auto& word : context.arguments)
    if (word != "--overwrite" && word != "--resume") words.push_back(word);
  words.emplace_back("--resume");
  return shell_line(words);
}

// A name out of a file is no path: "a/b" and ".." stay inside runs/.
fs::path default_folder(const std::string& name) {
  std::string safe = name;
  for (char& c : safe)
    if (c == '/' || static_cast<unsigned char>(c) < ' ') c = '-';
  if (safe.empty() || safe == "." || safe == "..") safe = "run";
  return fs::path("runs") / safe;
}

void print_next(Context& context, const TrainOptions& options, const TrainingRequest& request) {
  const auto run = shell_word(request.run.folder.string());
  std::vector<std::string> again{"glia", "train", options.experiment};
  for (const auto& folder : options.data) again.insert(again.end(), {"--data", folder});
  for (const auto& setting : options.set)
    if (!setting.starts_with("seed=")) again.insert(again.end(), {"--set", setting});
  const auto seed = request.experiment.fit.seed + 1;
  again.insert(again.end(), {"--set", fmt::format("seed={}", seed), "--out",
                             request.run.folder.string() + fmt::format("-seed{}", seed)});
  const auto rows = request.experiment.data->example();
  const std::vector<std::string> lines{
      "glia report " + run, fmt::format("glia predict {} {} -o predictions.csv", run, rows),
      fmt::format("glia evaluate {}", run), shell_line(again)};
  context.print("\n" + list("what to try next", lines, context.terminal.out_style()));
}

int run_train(const TrainOptions& options, Context& context) {
  if (options.resume && options.overwrite)
    throw UsageError("--resume and --overwrite contradict each other; give one");
  experiment::LoadOptions load{.set = options.set, .data_folders = data_folders(options.data)};
  if (options.folds) load.set.push_back(fmt::format("data.split.folds={}", *options.folds));
  if (options.inner_folds)
    load.set.push_back(fmt::format("data.split.inner_folds={}", *options.inner_folds));
  auto experiment = experiment::load(options.experiment, load);
  experiment::RunOptions run;
  run.folder = options.out.empty() ? default_folder(experiment.name) : fs::path(options.out);
  // A run that is gone on with reads its data as it began to, however much memory is free now.
  if (options.resume)
    if (const auto stream = experiment::stream_of_run(experiment, run.folder))
      experiment = experiment::changed(experiment, {fmt::format("data.stream={}", *stream)});
  run.resume = options.resume;
  run.overwrite = options.overwrite;
  run.threads = threads_or_default(options.threads);
  run.accept_fingerprint = options.accept_fingerprint;
  run.profile = options.profile;
  const Origin origin{context.arguments, options.experiment, load.data_folders};
  if (const auto& split = experiment.data->split; split.folds > 0 && split.fold == 0) {
    run.loader_workers = options.workers.value_or(1);
    if (options.live)
      context.terminal.say("--live is of one training: lines are shown for the folds\n");
    if (options.profile)
      context.terminal.say("--profile is of one training, and there are several: it is left out\n");
    return run_folds(context, experiment, run, origin, resume_line(context), options.index);
  }
  if (!experiment.candidates.empty())
    fail("E-EXP-24",
         "train.select: candidates are selected by inner folds; say --folds 5 --inner-folds 3");
  if (options.profile && experiment.ensemble) {
    run.profile = false;
    context.terminal.say("--profile is of one training, and there are several: it is left out\n");
  }
  const auto prepared = experiment::prepare(experiment);
  run.loader_workers = options.workers.value_or(workers_for(*prepared.train));
  const TrainingRequest request{experiment,           prepared,      run,         origin,
                                resume_line(context), options.index, options.live};
  const auto result = train_with_progress(context, request);
  if (!interrupted(result)) {
    print_results(context, request, result);
    print_files(context, request, result);
    print_next(context, options, request);
  }
  if (context.json) print_json(context.terminal, result_json(request, result));
  return interrupted(result) ? kInterrupted : kSuccess;
}

}  // namespace

void add_train(CLI::App& app, Context& context) {
  auto options = std::make_shared<TrainOptions>();
  auto* command = app.add_subcommand("train", "Train a model as an experiment file says.");
  command->add_option("experiment", options->experiment, "the experiment file (YAML)")->required();
  add_list(*command, "--set", options->set, "replace a setting: train.epochs=5 (again for more)")
      ->type_name("KEY=VALUE");
  command->add_option("--out", options->out, "the run's folder (default: runs/<name>)")
      ->type_name("FOLDER");
  command
      ->add_option("--folds", options->folds, "cross-validation; then a model of all training rows")
      ->type_name("K");
  command
      ->add_option("--inner-folds", options->inner_folds,
                   "of each fold, to select one of train.select on")
      ->type_name("K");
  command->add_flag("--resume", options->resume, "go on from the newest checkpoint in the folder");
  command->add_flag("--overwrite", options->overwrite, "replace a run that is there");
  add_threads(*command, options->threads);
  command
      ->add_option("--workers", options->workers,
                   "threads that prepare batches (default: 1; all where rows are streamed)")
      ->type_name("N")
      ->check(CLI::Range(0, 256).description(""));
  add_data_folders(*command, options->data);
  command->add_flag("--accept-fingerprint", options->accept_fingerprint,
                    "resume also on another machine or with other threads");
  command->add_flag("--live", options->live,
                    "a full screen with curves while it trains; ? there tells the keys");
  command->add_flag("--profile", options->profile, "time, operations and bytes of each op");
  add_index(*command, options->index);
  add_json(*command, context);
  command->footer(
      "\nCtrl-C ends cleanly with a checkpoint; a second one ends at once.\n"
      "With --live: q ends with a result, - and + scale the learning rate, ? tells all keys.\n");
  command->callback([options, &context] {
    context.run = [options, &context] { return run_train(*options, context); };
  });
}

}  // namespace glia::cli
