#include "glia/cli/folds.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/runs_index.h"
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
    const auto defined = std::count_if(values.folds.begin(), values.folds.end(),
                                       [](const auto& value) { return value.has_value(); });
    const bool all = defined == std::ssize(values.folds);
    std::vector<report::Cell> row{
        {report::clean(values.name, style) + (all ? "" : fmt::format(" (of {} folds)", defined))},
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

// Which candidate the inner folds of each fold chose.
std::string selections(const experiment::Experiment& e, const experiment::FoldsResult& result) {
  std::vector<std::string> words;
  for (const auto& fold : result.folds)
    if (fold.candidate > 0) words.push_back(std::to_string(fold.candidate));
  if (words.empty()) return "";
  std::string text = fmt::format("selected by {} on inner folds, of each fold: candidate {}\n",
                                 e.select_by, fmt::join(words, ", "));
  for (std::size_t c = 0; c < e.candidates.size(); ++c)
    text += fmt::format("  {}: {}\n", c + 1,
                        shown(fmt::format("{}", fmt::join(e.candidates[c], ", ")), 200));
  return text;
}

void print_folds(Context& context, const experiment::Experiment& e,
                 const experiment::FoldsResult& result, const std::filesystem::path& folder,
                 const TrainingRequest* last) {
  const auto style = context.terminal.out_style();
  context.print(fmt::format("\nmean and standard deviation over {} folds\n", result.folds.size()) +
                folds_table(result, style) + epochs_line(result) + selections(e, result));
  for (const auto& note : result.notes) context.print(report::wrapped(note, 0, 2, style));
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

// Trains, and tells the index how it ended.
template <class Work>
experiment::FoldsResult remembered(std::optional<IndexEntry>& entry, Work&& work) {
  try {
    auto result = work();
    if (entry && result.interrupted)
      entry->end(runs::State::interrupted, "interrupted", result.seconds);
    else if (entry)
      entry->end(runs::State::finished, "", result.seconds);
    return result;
  } catch (const Error& error) {
    if (entry) entry->end(runs::State::failed, error.code());
    throw;
  } catch (const std::exception&) {
    if (entry) entry->end(runs::State::failed, "");
    throw;
  }
}

}  // namespace

int run_folds(Context& context, const experiment::Experiment& experiment,
              experiment::RunOptions run, const Origin& origin, const std::string& resume,
              const std::string& index) {
  bool first = true;
  std::optional<experiment::Experiment> last_experiment;
  std::optional<experiment::Prepared> last_prepared;
  const auto request_of = [&](const experiment::RunOptions& options) {
    // Neither a fold nor the final model is a run of its own to remember: all of them are one.
    return TrainingRequest{*last_experiment, *last_prepared, options, origin, resume, "none"};
  };
  std::optional<IndexEntry> entry;
  const experiment::TrainOne train_one =
      [&](std::string_view name, const experiment::Experiment& one,
          const experiment::Prepared& prepared, const experiment::RunOptions& options) {
        last_experiment = one, last_prepared = prepared;
        auto request = request_of(options);
        request.part = name;
        request.header = std::exchange(first, false);
        if (!entry) {
          write_origin(run.folder, origin, run.resume);
          entry.emplace(context, run, index, origin, prepared.fingerprint);
          entry->begin();
        }
        return train_with_progress(context, request);
      };
  const auto result =
      remembered(entry, [&] { return experiment::train_folds(experiment, run, train_one); });
  write_origin(run.folder, origin, true);
  if (!result.interrupted) {
    std::optional<TrainingRequest> last;
    if (last_prepared) last.emplace(request_of(run));
    if (!last) {  // every training had ended before
      last_experiment = experiment, last_prepared = experiment::prepare(experiment);
      last.emplace(request_of(run));
    }
    print_folds(context, experiment, result, run.folder, &*last);
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
