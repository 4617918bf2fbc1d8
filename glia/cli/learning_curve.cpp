// glia learning-curve
#include <algorithm>
#include <cmath>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/data/labels.h"
#include "glia/review/learning_curve.h"
#include "glia/review/stored_run.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

struct CurveOptions {
  std::string experiment, out, metric, sizes = "0.1,0.3,1";
  std::vector<std::string> set, data;
  int repeats = 3, threads = 0, workers = 1;
  double budget = 0;
};

// Shares of the training rows (up to 1) and counts of them.
std::vector<std::int64_t> sizes_of(const std::string& text, std::int64_t rows) {
  std::vector<std::int64_t> sizes;
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find(',', from), text.size());
    const auto word = text.substr(from, to - from);
    from = to + 1;
    const auto number = data::parse_number(word);
    const double count = !number        ? 0
                         : *number <= 1 ? std::round(*number * static_cast<double>(rows))
                                        : *number;
    if (!(count >= 2 && count <= static_cast<double>(rows)) || count != std::floor(count))
      fail("E-METRIC-17",
           "--sizes: '{}' is no share above 0 and up to 1, and no count of rows from 2 to {}, the "
           "training rows that there are",
           shown(word), with_commas(rows));
    sizes.push_back(static_cast<std::int64_t>(count));
  }
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

struct Task {
  const CurveOptions& options;
  experiment::LoadOptions load;
  fs::path folder;
  std::uint64_t seed = 0;

  fs::path place(std::int64_t rows, int repeat) const {
    return folder / fmt::format("rows-{}", rows) / fmt::format("repeat-{}", repeat);
  }
};

// The metrics of the rows that a run was judged by: the validation's, so that the test stays
// unseen.
Json metrics_of(const fs::path& run) {
  const auto result = Json::parse(read_file(run / "result.json", 1 << 26), nullptr, false);
  for (const char* part : {"validation", "test"})
    if (result.is_object() && result.contains(part) && result[part].contains("metrics")) {
      auto metrics = result[part]["metrics"];
      metrics["loss"] = result[part].value("loss", Json());
      return metrics;
    }
  return Json::object();
}

// False where it was interrupted.
bool train_one(const Task& task, std::int64_t rows, int repeat, const InterruptGuard& guard,
               Context& context) {
  auto load = task.load;
  const auto seed = task.seed + static_cast<std::uint64_t>(repeat);
  for (const auto& setting :
       {fmt::format("data.split.rows={}", rows), fmt::format("data.split.rows_seed={}", seed),
        fmt::format("seed={}", seed)})
    load.set.push_back(setting);
  auto e = experiment::load(task.options.experiment, load);
  experiment::RunOptions run;
  run.folder = task.place(rows, repeat);
  if (const auto stream = experiment::stream_of_run(e, run.folder))
    e = experiment::changed(e, {fmt::format("data.stream={}", *stream)});
  std::error_code none;
  const auto written = run.folder / "experiment.yaml";
  if (fs::exists(written, none) &&
      read_file(written, 1 << 24) != experiment::resolved_in(run.folder, e))
    fail("E-METRIC-18",
         "{}: it was trained with other settings; take another folder with --out, or remove this "
         "one",
         run.folder.string());
  if (fs::exists(run.folder / "result.json", none)) return true;
  const bool begun = fs::exists(run.folder / "checkpoints", none) &&
                     !fs::is_empty(run.folder / "checkpoints", none);
  run.resume = begun;
  run.overwrite = !begun;
  run.threads = threads_or_default(task.options.threads);
  run.loader_workers = task.options.workers;
  train::Observer observer;
  observer.stop = guard.flag();
  const auto result = experiment::train(e, experiment::prepare(e), run, observer);
  if (result.history.end == train::End::interrupted) return false;
  context.terminal.say(fmt::format("{} rows, repeat {}: {} epochs in {}\n", with_commas(rows),
                                   repeat + 1, result.history.epochs.size(),
                                   human_seconds(result.history.seconds)));
  return true;
}

double value_of(const Json& metrics, const std::string& name, const fs::path& run) {
  if (metrics.contains(name) && metrics[name].is_number()) return metrics[name].get<double>();
  std::vector<std::string> names;
  for (const auto& [key, value] : metrics.items())
    if (value.is_number()) names.push_back(key);
  if (names.empty())
    fail("E-METRIC-16",
         "{}: there are no validation or test rows to judge by; say data.validation: 0.2",
         run.string());
  fail("E-METRIC-16", "--metric: there is no value of '{}'{}; there are {}", shown(name),
       suggest(name, names), fmt::join(names, ", "));
}

Json to_json(const review::LearningCurve& curve) {
  Json json{{"metric", curve.metric}, {"larger_is_better", curve.larger_is_better}};
  for (const auto& p : curve.points)
    json["points"].push_back({{"rows", p.rows},
                              {"values", p.values},
                              {"mean", number(p.mean)},
                              {"deviation", number(p.deviation)}});
  json["verdict"] = review::verdict(curve);
  return json;
}

void show(const review::LearningCurve& curve, const fs::path& folder, Context& context) {
  if (context.json) {
    auto json = to_json(curve);
    json["folder"] = folder.string();
    print_json(context.terminal, json);
    return;
  }
  const auto style = context.terminal.out_style();
  context.print(report::wrapped(review::verdict(curve), 0, 0, style) + "\n");
  context.print(report::render(review::table_of(curve), style) + "\n");
  context.print(report::render(review::plot_of(curve), style));
}

int run_curve(const CurveOptions& options, Context& context) {
  Task task{options, {.set = options.set, .data_folders = data_folders(options.data)}, {}};
  const auto e = experiment::load(options.experiment, task.load);
  if (!e.data->has_rows() || e.data->split.limited())
    fail("E-METRIC-16", "{}: {}", options.experiment,
         e.data->has_rows() ? "data.split already draws some of the rows; remove rows or per_class"
                            : "its data is no set of rows of which some could be drawn");
  const auto prepared = experiment::prepare(e);
  const auto sizes = sizes_of(options.sizes, prepared.train->size());
  task.seed = e.fit.seed;
  task.folder =
      options.out.empty()
          ? fs::path("runs") / (fs::path(options.experiment).stem().string() + "-learning-curve")
          : fs::path(options.out);
  context.terminal.say(fmt::format("{} trainings, of {} to {} rows, in {}\n",
                                   std::ssize(sizes) * options.repeats, with_commas(sizes.front()),
                                   with_commas(sizes.back()), task.folder.string()));
  const std::string metric = !options.metric.empty()    ? options.metric
                             : e.fit.outputs.size() > 0 ? "loss"
                             : e.fit.loss.of_numbers()  ? "rmse"
                                                        : "accuracy";
  std::vector<review::SizePoint> points;
  for (const auto rows : sizes) points.push_back({.rows = rows});
  const InterruptGuard guard;
  const double begun = now();
  for (int repeat = 0; repeat < options.repeats; ++repeat)
    for (auto& point : points) {
      const auto place = task.place(point.rows, repeat);
      std::error_code none;
      const bool late = options.budget > 0 && now() - begun > options.budget;
      if (late && !fs::exists(place / "result.json", none)) continue;
      if (!train_one(task, point.rows, repeat, guard, context)) {
        context.terminal.say("interrupted; the same command goes on where it was\n");
        return kInterrupted;
      }
      point.values.push_back(value_of(metrics_of(place), metric, place));
    }
  const bool larger = review::larger_is_better(metric).value_or(true);
  show(review::learning_curve(metric, larger, std::move(points)), task.folder, context);
  return kSuccess;
}

}  // namespace

void add_learning_curve(CLI::App& app, Context& context) {
  auto options = std::make_shared<CurveOptions>();
  auto* command = app.add_subcommand(
      "learning-curve", "How a metric grows with the training rows: would more of them help?");
  command->add_option("experiment", options->experiment, "the experiment, a YAML file")->required();
  command
      ->add_option("--sizes", options->sizes, "shares of the training rows, or counts, with commas")
      ->type_name("LIST")
      ->capture_default_str();
  command->add_option("--repeats", options->repeats, "trainings of each size, with other seeds")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000).description(""));
  command
      ->add_option("--metric", options->metric, "of the validation rows (default: accuracy, rmse)")
      ->type_name("NAME");
  command->add_option("--budget", options->budget, "seconds after which no new training begins")
      ->type_name("SECONDS");
  command->add_option("--out", options->out, "folder of the trainings; what is done there is kept")
      ->type_name("FOLDER");
  add_list(*command, "--set", options->set, "replace a setting: train.epochs=5 (again for more)")
      ->type_name("KEY=VALUE");
  add_data_folders(*command, options->data);
  add_threads(*command, options->threads);
  command->add_option("--workers", options->workers, "threads that make batches ahead")
      ->capture_default_str();
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_curve(*options, context); };
  });
}

}  // namespace glia::cli
