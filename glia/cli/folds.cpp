#include "glia/cli/folds.h"

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/show.h"
#include "glia/cli/training.h"
#include "glia/report/table.h"

namespace glia::cli {
namespace {

std::string text_of(const std::optional<double>& value) {
  return value ? fmt::format("{:.4f}", *value) : "undefined";
}

// Each value's mean and deviation, and those of the folds.
std::string folds_table(const experiment::FoldsResult& result, const report::Style& style) {
  constexpr std::size_t kShown = 10;
  report::Table table{.columns = {"", "mean", "sd"}};
  const bool each = result.folds.size() <= kShown;
  for (const auto& fold : result.folds)
    if (each) table.columns.emplace_back(fmt::format("fold {}", fold.fold), report::Align::right);
  for (const auto& values : result.values) {
    std::vector<report::Cell> row{{report::clean(values.name, style)},
                                  {text_of(values.mean), report::Paint::bold},
                                  {values.deviation ? text_of(values.deviation) : ""}};
    for (const auto& value : values.folds)
      if (each) row.emplace_back(text_of(value));
    table.rows.push_back(std::move(row));
  }
  return report::render(table, style);
}

std::string epochs_line(const experiment::FoldsResult& result) {
  std::vector<std::string> words;
  for (const auto& fold : result.folds)
    words.push_back(std::to_string(fold.best_epoch > 0 ? fold.best_epoch : fold.epochs));
  return fmt::format("epochs of the folds' models: {}\n", fmt::join(words, ", "));
}

void print_folds(Context& context, const experiment::FoldsResult& result,
                 const std::filesystem::path& folder, const TrainingRequest* last) {
  const auto style = context.terminal.out_style();
  context.print(fmt::format("\nmean and standard deviation over {} folds\n", result.folds.size()) +
                folds_table(result, style) + epochs_line(result));
  if (result.out_of_fold)
    context.print("\nall out-of-fold predictions together\n" +
                  metrics_table({{"value", &*result.out_of_fold}}, style, last->prepared.encoding));
  if (result.final_run) {
    context.print("\n" + report::wrapped("final model: " + result.final_note, 0, 0, style) + "\n");
    print_results(context, *last, *result.final_run);
  }
  std::vector<std::string> files;
  for (const auto& file : result.files) files.push_back((folder / file).string());
  context.print("\n" + list("written", files, style));
}

Json json_of(const experiment::FoldsResult& result) {
  Json json{{"seconds", number(result.seconds)}, {"interrupted", result.interrupted}};
  for (const auto& values : result.values) {
    Json& one = json["values"][values.name];
    one["mean"] = values.mean ? number(*values.mean) : Json();
    one["deviation"] = values.deviation ? number(*values.deviation) : Json();
    for (const auto& value : values.folds) one["folds"].push_back(value ? number(*value) : Json());
  }
  for (const auto& fold : result.folds) {
    json["each"].push_back({{"fold", fold.fold},
                            {"repeat", fold.repeat},
                            {"folder", fold.folder},
                            {"rows", fold.rows},
                            {"epochs", fold.epochs},
                            {"best_epoch", fold.best_epoch}});
    if (fold.candidate > 0) json["each"].back()["selected"] = fold.candidate;
  }
  if (result.out_of_fold) json["out_of_fold"] = to_json(*result.out_of_fold);
  json["files"] = result.files;
  return json;
}

}  // namespace

int run_folds(Context& context, const experiment::Experiment& experiment,
              experiment::RunOptions run, const Origin& origin, const std::string& resume,
              const std::string& index) {
  bool first = true;
  std::optional<experiment::Experiment> last_experiment;
  std::optional<experiment::Prepared> last_prepared;
  const auto request_of = [&](const experiment::RunOptions& options) {
    // A fold is no run of its own to remember.
    return TrainingRequest{*last_experiment, *last_prepared,
                           options,          origin,
                           resume,           options.folder == run.folder ? index : "none"};
  };
  const experiment::TrainOne train_one =
      [&](std::string_view name, const experiment::Experiment& one,
          const experiment::Prepared& prepared, const experiment::RunOptions& options) {
        last_experiment = one, last_prepared = prepared;
        auto request = request_of(options);
        request.part = name;
        request.header = std::exchange(first, false);
        return train_with_progress(context, request);
      };
  const auto result = experiment::train_folds(experiment, run, train_one);
  write_origin(run.folder, origin);
  if (!result.interrupted) {
    std::optional<TrainingRequest> last;
    if (last_prepared) last.emplace(request_of(run));
    if (!last) {  // every training had ended before
      last_experiment = experiment, last_prepared = experiment::prepare(experiment);
      last.emplace(request_of(run));
    }
    print_folds(context, result, run.folder, &*last);
  }
  if (context.json) {
    Json json{{"name", experiment.name}, {"run", run.folder.string()}};
    json.update(json_of(result));
    if (result.final_run && !result.interrupted) {
      json["final"] = result_json(request_of(run), *result.final_run);
      json["final"]["model"] = result.final_note;
    }
    if (result.interrupted) json["resume"] = resume;
    print_json(context.terminal, json);
  }
  return result.interrupted ? kInterrupted : kSuccess;
}

}  // namespace glia::cli
