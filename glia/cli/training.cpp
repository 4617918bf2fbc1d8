#include "glia/cli/training.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/live_view.h"
#include "glia/cli/runs_index.h"
#include "glia/cli/show.h"
#include "glia/cli/training_view.h"
#include "glia/experiment/start.h"
#include "glia/report/table.h"
#include "glia/review/costs.h"

namespace glia::cli {
namespace {

using report::Paint;

std::string counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string task_line(const experiment::Experiment& experiment, const data::Target& target) {
  if (target.task == data::Task::regression)
    return fmt::format("regression of '{}'", shown(target.column));
  if (experiment.data->things() != "rows")
    return fmt::format("{} in {} classes", experiment.data->things(), target.classes());
  if (target.task == data::Task::binary)
    return fmt::format("'{}', yes or no: {} against {}", shown(target.column),
                       shown(target.labels[1]), shown(target.labels[0]));
  return fmt::format("'{}' in {} classes", shown(target.column), target.classes());
}

std::string task_lines(const experiment::Experiment& experiment,
                       const experiment::Encoding& encoding) {
  if (encoding.outputs.empty()) return task_line(experiment, encoding.target);
  std::vector<std::string> tasks;
  for (const auto& [name, target] : encoding.outputs)
    tasks.push_back(name + ": " + task_line(experiment, target));
  return fmt::format("{}", fmt::join(tasks, "; "));
}

std::string losses_line(const train::FitOptions& fit) {
  std::vector<std::string> losses;
  for (const auto& output : train::objective(fit).outputs)
    losses.push_back((output.name.empty() ? "" : output.name + ": ") + output.loss.name);
  return fmt::format("{}", fmt::join(losses, ", "));
}

std::string rows_line(const experiment::Prepared& prepared) {
  std::string line = fmt::format("{} training rows", with_commas(prepared.train->size()));
  if (prepared.validation)
    line += fmt::format(", {} for validation", with_commas(prepared.validation->size()));
  if (prepared.test) line += fmt::format(", {} for the test", with_commas(prepared.test->size()));
  return line + "; a row is " + prepared.train->inputs().front().row.text();
}

// What is trained on what, in lines with a name each.
report::Dashboard::Lines about(const TrainingRequest& request, const report::Style& style) {
  const auto& experiment = request.experiment;
  const auto& encoding = request.prepared.encoding;
  const auto& fit = experiment.fit;
  const auto layers = experiment::summarize(experiment.model(), experiment.layers, encoding.types(),
                                            fit.updates.groups);
  const auto all = experiment::total(layers);
  report::Dashboard::Lines lines;
  lines.emplace_back("task", task_lines(experiment, encoding));
  lines.emplace_back("data", rows_line(request.prepared));
  lines.emplace_back(
      "model",
      fmt::format(
          "{}; {} parameters{}", layers_line(layers, style), with_commas(all.parameters),
          all.frozen > 0 ? fmt::format(", {} of them frozen", with_commas(all.frozen)) : ""));
  lines.emplace_back(
      "training",
      fmt::format("{}, {}, batches of {}, {}{}, seed {}, {}", losses_line(fit), fit.optimizer.name,
                  fit.batch_size, fit.early_stopping ? "at most " : "",
                  counted(fit.epochs, "epoch"), fit.seed, counted(request.run.threads, "thread")));
  for (const auto& scale : scales(encoding)) lines.emplace_back("scale", scale);
  lines.emplace_back("folder", request.run.folder.string());
  return lines;
}

std::string header(const std::string& name, const report::Dashboard::Lines& lines,
                   const report::Style& style) {
  auto text = report::paint(report::clean(name, style), Paint::bold, style) + "\n";
  for (const auto& [title, line] : lines) {
    const auto shown = report::clean(line, style);
    text += "  " + report::paint(report::pad_right(title, 10), Paint::dim, style);
    // A folder stays whole, to be copied.
    text += title == "folder" ? shown + "\n" : report::wrapped(shown, 12, 12, style);
  }
  return text;
}

std::string ending(const experiment::Experiment& experiment, const experiment::RunResult& result,
                   const report::Style& style) {
  const auto& history = result.history;
  if (!result.members.empty())
    return report::wrapped(
        fmt::format("{} members in {}", result.members.size(), human_seconds(history.seconds)), 0,
        0, style);
  std::string line;
  const auto& stopping = experiment.fit.early_stopping;
  if (history.end == train::End::early_stopping)
    line =
        fmt::format("stopped early: {} has not improved for {}; ", stopping->monitor,
                    counted(stopping->patience, history.within.empty() ? "epoch" : "validation"));
  if (history.best_epoch > 0) {
    const bool within =
        std::none_of(history.epochs.begin(), history.epochs.end(),
                     [&](const auto& record) { return record.step == history.best_step; });
    line += fmt::format(
        "the best {} ({} {})",
        within ? fmt::format("was step {}, in epoch {}", history.best_step, history.best_epoch)
               : fmt::format("epoch was {}", history.best_epoch),
        stopping->monitor, report::compact_number(history.best_value));
  }
  if (stopping && stopping->restore_best && history.best_epoch > 0)
    line += ", whose weights are kept";
  std::string time =
      fmt::format("{} in {}", counted(static_cast<std::int64_t>(history.epochs.size()), "epoch"),
                  human_seconds(history.seconds));
  if (history.waited_seconds > 0.2 * history.seconds)
    time += fmt::format(", {} of it waiting for data (more --workers may help)",
                        human_seconds(history.waited_seconds));
  return report::wrapped(time + (line.empty() ? "" : "; " + line), 0, 0, style);
}

// What the members are by themselves on the validation rows.
std::string members_table(const experiment::RunResult& result, const report::Style& style) {
  if (result.members.empty()) return "";
  report::Table table{.columns = {"member", "seed", "epochs", "weight"}};
  constexpr std::size_t kMetrics = 4;
  const auto& first = result.members.front().validation;
  if (first) table.columns.emplace_back("val loss");
  for (std::size_t i = 0; first && i < std::min(kMetrics, first->metrics.size()); ++i)
    table.columns.emplace_back("val " + first->metrics[i].name);
  for (std::size_t m = 0; m < result.members.size(); ++m) {
    const auto& member = result.members[m];
    std::vector<report::Cell> row{{std::to_string(m + 1)},
                                  {std::to_string(member.seed)},
                                  {std::to_string(member.epochs)},
                                  {fmt::format("{:.4f}", member.weight)}};
    if (member.validation) {
      row.emplace_back(report::compact_number(member.validation->loss));
      for (std::size_t i = 0; i < std::min(kMetrics, member.validation->metrics.size()); ++i) {
        const auto& value = member.validation->metrics[i].value;
        row.emplace_back(value ? fmt::format("{:.4f}", *value) : "undefined");
      }
    }
    table.rows.push_back(std::move(row));
  }
  return report::render(table, style);
}

}  // namespace

bool interrupted(const experiment::RunResult& result) {
  return result.history.end == train::End::interrupted;
}

experiment::RunResult train_with_progress(Context& context, const TrainingRequest& request) {
  auto& terminal = context.terminal;
  const auto lines = about(request, terminal.err_style());
  if (request.header)
    terminal.say(header(request.experiment.name, lines, terminal.err_style()) + "\n");
  const bool several = request.experiment.ensemble.has_value();
  const bool live = request.live && !several && Screen::possible(terminal);
  if (request.live && !live)
    terminal.say(several ? "--live is of one training: lines are shown for the members\n"
                         : "--live needs a terminal, with this process in front: lines are shown "
                           "instead\n");
  experiment::RunResult result;
  if (live) {
    const InterruptGuard guard;
    auto watched = request.experiment;
    const auto view = std::make_shared<LiveView>(
        terminal, watched.fit,
        LiveView::Options{.name = watched.name,
                          .about = lines,
                          .rows = request.prepared.train->size(),
                          .validation = request.prepared.validation != nullptr,
                          .interrupted = guard.flag()});
    watched.fit.callbacks.push_back(view);
    result = indexed(context, request, [&](const experiment::RunOptions& run) {
      return experiment::train(watched, request.prepared, run, view->observer());
    });
  } else {
    const InterruptGuard guard;
    TrainingView view(terminal, request.experiment.fit, request.prepared.train->size());
    view.part(request.part);
    auto observer = view.observer();
    observer.stop = guard.flag();
    result = indexed(context, request, [&](experiment::RunOptions run) {
      run.part = [&](std::string_view name) {
        view.part(request.part.empty() ? std::string(name)
                                       : fmt::format("{}, {}", request.part, name));
      };
      return experiment::train(request.experiment, request.prepared, run, observer);
    });
  }
  result.files.emplace_back("command.json");
  if (interrupted(result))
    terminal.say(
        fmt::format("interrupted; a checkpoint is written. Go on with:\n  {}\n", request.resume));
  else
    terminal.say(ending(request.experiment, result, terminal.err_style()) + "\n");
  return result;
}

void print_results(Context& context, const TrainingRequest& request,
                   const experiment::RunResult& result) {
  const auto style = context.terminal.out_style();
  const auto section = [&](const std::string& text) {
    if (!text.empty()) context.print(text + "\n");
  };
  section(learning_curve(result.history, style));
  section(members_table(result, style));
  std::vector<NamedAssessment> assessments;
  if (result.out_of_bag) assessments.push_back({"out of bag", &*result.out_of_bag});
  if (result.validation) assessments.push_back({"validation", &*result.validation});
  if (result.test) assessments.push_back({"test", &*result.test});
  if (!assessments.empty()) {
    section(metrics_table(assessments, style, request.prepared.encoding));
    const auto& last = assessments.back();
    section(confusion(*last.assessment, last.name + ": confusion matrix", style));
    for (const auto& output : last.assessment->outputs)
      section(confusion(output, last.name + ", " + output.output + ": confusion matrix", style));
  }
  if (request.run.profile) section(profile_table(result.history.profile, style));
}

void print_files(Context& context, const TrainingRequest& request,
                 const experiment::RunResult& result) {
  std::vector<std::string> files;
  for (const auto& file : result.files) files.push_back((request.run.folder / file).string());
  context.print(list("written", files, context.terminal.out_style()));
}

Json result_json(const TrainingRequest& request, const experiment::RunResult& result) {
  Json json;
  json["name"] = request.experiment.name;
  json["run"] = request.run.folder.string();
  json["training_rows"] = request.prepared.train->size();
  json["equal_rows"] = request.prepared.equal_rows;
  json["parameters"] = result.parameters;
  json["history"] = to_json(result.history);
  if (!result.start.plain()) json["start"] = experiment::to_json(result.start);
  if (result.calibration) json["calibration"] = experiment::to_json(*result.calibration);
  for (const auto& member : result.members) {
    json["members"].push_back({{"seed", member.seed},
                               {"epochs", member.epochs},
                               {"best_epoch", member.best_epoch},
                               {"weight", number(member.weight)}});
    if (member.validation) json["members"].back()["validation"] = to_json(*member.validation);
  }
  if (result.out_of_bag) json["out_of_bag"] = to_json(*result.out_of_bag);
  if (result.validation) json["validation"] = to_json(*result.validation);
  if (result.test) json["test"] = to_json(*result.test);
  if (!result.weights_sha256.empty()) json["weights_sha256"] = result.weights_sha256;
  json["files"] = result.files;
  if (interrupted(result)) json["resume"] = request.resume;
  if (request.run.profile)
    for (const auto& time : review::by_op(result.history.profile))
      json["profile"].push_back(to_json(time));
  return json;
}

}  // namespace glia::cli
