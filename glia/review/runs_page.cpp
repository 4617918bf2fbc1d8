// Several runs side by side: what tells them apart.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/review/compare.h"
#include "glia/review/curves.h"
#include "glia/review/pages.h"

namespace glia::review {
namespace {

using Json = nlohmann::ordered_json;
using report::Cell;
using report::Document;
using report::Heading;
using report::Paint;
using report::Paragraph;

// What is said of where a run lies, not of what it is.
bool tells_nothing(const std::string& key) { return key == "name"; }

// The settings that are not the same in all runs, in the order of the first that has them; a run
// that lacks one has "".
std::vector<std::pair<std::string, std::vector<std::string>>> differing(
    const std::vector<StoredRun>& runs) {
  std::vector<std::string> keys;
  std::map<std::string, std::vector<std::string>> values;
  for (std::size_t r = 0; r < runs.size(); ++r)
    for (const auto& [key, value] : runs[r].settings) {
      auto [at, fresh] = values.try_emplace(key, runs.size());
      if (fresh) keys.push_back(key);
      at->second[r] = value;
    }
  std::vector<std::pair<std::string, std::vector<std::string>>> list;
  // A run that has hardly begun, or whose file is damaged, lacks settings without differing by it.
  std::size_t most = 0;
  for (const auto& run : runs) most = std::max(most, run.settings.size());
  for (const auto& key : keys) {
    const auto& all = values[key];
    std::set<std::string> different;
    for (std::size_t r = 0; r < runs.size(); ++r)
      if (!all[r].empty() || 2 * runs[r].settings.size() > most) different.insert(all[r]);
    if (!tells_nothing(key) && different.size() > 1) list.emplace_back(key, all);
  }
  return list;
}

std::string number_text(const std::optional<double>& value) {
  return value ? report::compact_number(*value) : "";
}

// The values that are worth a column: those that say how good a run is.
std::vector<std::string> judged_values(const std::vector<const StoredRun*>& runs) {
  auto names = value_names(runs);
  std::erase_if(
      names, [](const auto& name) { return !name.starts_with("val_") || !larger_is_better(name); });
  if (names.empty()) names = {"loss"};
  constexpr std::size_t kMost = 6;
  names.resize(std::min(names.size(), kMost));
  return names;
}

// Names of metrics that the test (or validation) rows of any run have.
std::vector<std::string> final_metrics(const std::vector<StoredRun>& runs) {
  std::vector<std::string> names;
  for (const auto& run : runs)
    if (run.scores())
      for (const auto& [name, value] : run.scores()->metrics)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  constexpr std::size_t kMost = 8;
  names.resize(std::min(names.size(), kMost));
  return names;
}

const double* find(const std::optional<Scores>& scores, const std::string& name) {
  if (!scores) return nullptr;
  for (const auto& [metric, value] : scores->metrics)
    if (metric == name) return &value;
  return nullptr;
}

// values: of each row.
void mark_best(report::Table& table, std::size_t column, bool larger,
               const std::vector<std::optional<double>>& values) {
  std::optional<double> best;
  for (const auto& v : values)
    if (v && std::isfinite(*v) && (!best || (larger ? *v > *best : *v < *best))) best = v;
  for (std::size_t r = 0; r < values.size(); ++r)
    if (best && values[r] == best) table.rows[r][column].role = Paint::good;
}

report::Table table_of(const std::vector<StoredRun>& runs,
                       const std::vector<const StoredRun*>& pointers) {
  report::Table table{.columns = {report::Column("run", report::Align::left)},
                      .search = true,
                      .filters_lines = true};
  for (const auto& run : runs) table.rows.push_back({{run.label, Paint::bold}});
  const auto column = [&](const std::string& title, auto&& text) {
    table.columns.emplace_back(title);
    for (std::size_t r = 0; r < runs.size(); ++r) table.rows[r].emplace_back(text(runs[r]));
    return table.columns.size() - 1;
  };
  const bool tested =
      std::any_of(runs.begin(), runs.end(), [](const auto& run) { return run.test.has_value(); });
  // A column of a metric, of which the best are marked.
  const auto metric = [&](const std::string& title, const std::string& name, auto&& value_of) {
    std::vector<std::optional<double>> values;
    const auto at = column(title, [&](const StoredRun& run) {
      return number_text(values.emplace_back(value_of(run)));
    });
    if (const auto larger = larger_is_better(name)) mark_best(table, at, *larger, values);
  };
  for (const auto& name : final_metrics(runs))
    metric(fmt::format("{} {}", tested ? "test" : "final", name), name, [&](const StoredRun& run) {
      const double* value = find(tested ? run.test : run.validation, name);
      return value ? std::optional(*value) : std::nullopt;
    });
  for (const auto& name : judged_values(pointers)) {
    metric("best " + name, name,
           [&](const StoredRun& run) { return best_and_last(run, name).best; });
    column("last " + name,
           [&](const StoredRun& run) { return number_text(best_and_last(run, name).last); });
  }
  column("epochs", [](const StoredRun& run) { return epochs_text(run.epochs()); });
  column("seconds", [](const StoredRun& run) {
    return run.seconds > 0 ? fmt::format("{:.1f}", run.seconds) : "";
  });
  column("parameters", [](const StoredRun& run) {
    return run.parameters > 0 ? with_commas(run.parameters) : "";
  });
  column("end", [](const StoredRun& run) { return run.ended() ? run.end : "not yet"; });
  return table;
}

void add_comparison(const std::vector<StoredRun>& runs, Document& page, Json& json) {
  if (runs.size() != 2) return;
  page.add(Heading{"Comparison on the same rows"});
  std::string why;
  const auto comparisons = compared(runs[0], runs[1], why);
  if (comparisons.empty()) {
    page.add(Paragraph{fmt::format("There is no paired comparison: {}.",
                                   why.empty() ? "nothing can be compared" : why)});
    return;
  }
  for (const auto& comparison : comparisons) {
    const auto sentence = comparison.sentence(runs[0].label, runs[1].label);
    const bool apart = comparison.p_value && *comparison.p_value < 0.05;
    page.add(report::Note{apart ? Paint::good : Paint::plain, "", sentence});
    const auto difference = comparison.difference();
    Json one{{"metric", comparison.name},
             {"difference", difference ? Json(*difference) : Json()},
             {"p", comparison.p_value ? Json(*comparison.p_value) : Json()},
             {"rows", comparison.rows},
             {"test", comparison.test},
             {"sentence", sentence}};
    if (comparison.interval)
      one["interval"] = {comparison.interval->low, comparison.interval->high};
    json["comparisons"].push_back(std::move(one));
  }
}

void add_differences(const std::vector<StoredRun>& runs, Document& page, Json& json) {
  const auto differences = differing(runs);
  for (const auto& [key, values] : differences) json["differing"][key] = values;
  page.add(Heading{"Settings that differ"});
  if (differences.empty()) {
    page.add(Paragraph{"None: all settings are the same."});
    return;
  }
  constexpr std::size_t kFew = 8;  // runs side by side; more stand below each other
  if (runs.size() > kFew) {
    report::Table settings{.columns = {report::Column("run", report::Align::left)}};
    for (const auto& run : runs) settings.rows.push_back({{run.label, Paint::bold}});
    for (const auto& [key, values] : differences) {
      settings.columns.emplace_back(key);
      for (std::size_t r = 0; r < runs.size(); ++r) settings.rows[r].emplace_back(values[r]);
    }
    page.add(std::move(settings));
    return;
  }
  report::Table settings{.columns = {"setting"}};
  for (const auto& run : runs) settings.columns.emplace_back(run.label, report::Align::left);
  for (const auto& [key, values] : differences) {
    std::vector<Cell> cells{{key}};
    for (const auto& value : values)
      cells.push_back(value.empty() ? Cell("-", Paint::dim) : Cell(value));
    settings.rows.push_back(std::move(cells));
  }
  page.add(std::move(settings));
}

}  // namespace

Json to_json(const StoredRun& run) {
  Json json{{"run", run.folder.string()},
            {"name", run.name},
            {"end", run.ended() ? Json(run.end) : Json()},
            {"epochs", run.epochs()},
            {"best_epoch", run.best_epoch},
            {"parameters", run.parameters}};
  json["seconds"] = std::isfinite(run.seconds) ? Json(run.seconds) : Json();
  for (const auto& name : value_names({&run})) {
    const auto [best, last] = best_and_last(run, name);
    json["values"][name] = {{"best", best ? Json(*best) : Json()},
                            {"last", last ? Json(*last) : Json()}};
  }
  for (const auto& [part, scores] :
       {std::pair{"validation", &run.validation}, std::pair{"test", &run.test}}) {
    if (!*scores) continue;
    json[part]["rows"] = (*scores)->rows;
    for (const auto& [name, value] : (*scores)->metrics) json[part]["metrics"][name] = value;
  }
  if (!run.problems.empty()) json["problems"] = run.problems;
  return json;
}

Document runs_page(const std::vector<StoredRun>& runs, const Options& options, Json& json) {
  std::vector<const StoredRun*> pointers;
  std::set<std::string> names;
  for (const auto& run : runs)
    pointers.push_back(&run), names.insert(run.name), json["runs"].push_back(to_json(run));
  Document page{names.size() == 1 ? fmt::format("{}: {} runs", *names.begin(), runs.size())
                                  : fmt::format("{} runs", runs.size()),
                "",
                {}};
  page.subtitle = "What tells them apart; green is the best of a column" +
                  (options.version.empty() ? "" : fmt::format(". {}", options.version));
  page.contents = true;
  for (const auto& run : runs)
    for (const auto& problem : run.problems)
      page.add(report::Note{Paint::bad, "Left out:", problem});
  page.add(Heading{"Runs"});
  page.add(table_of(runs, pointers));
  add_differences(runs, page, json);
  add_comparison(runs, page, json);
  auto plots = learning_curves(pointers);
  if (plots.empty()) return page;
  page.add(Heading{"Learning curves"});
  if (runs.size() > 12)
    page.add(
        Paragraph{"A filter of the table above also chooses the lines here; a double click on a "
                  "name shows it alone."});
  constexpr std::size_t kOpen = 4;
  add_learning_curves(std::move(plots), kOpen, page);
  return page;
}

}  // namespace glia::review
