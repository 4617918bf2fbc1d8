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
  return value ? fmt::format("{:.5g}", *value) : "";
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

// The last part of a dotted name, where it tells enough: "learning_rate".
std::map<std::string, std::string> short_names(const std::vector<std::string>& keys) {
  std::map<std::string, int> times;
  const auto last = [](const std::string& key) { return key.substr(key.rfind('.') + 1); };
  for (const auto& key : keys) ++times[last(key)];
  std::map<std::string, std::string> names;
  for (const auto& key : keys) names[key] = times[last(key)] == 1 ? last(key) : key;
  return names;
}

void mark_best(report::Table& table, std::size_t column, bool larger) {
  double best = larger ? -HUGE_VAL : HUGE_VAL;
  const auto value = [&](const auto& row) {
    return column < row.size() && !row[column].text.empty()
               ? std::strtod(row[column].text.c_str(), nullptr)
               : std::nan("");
  };
  for (const auto& row : table.rows)
    if (const double v = value(row); larger ? v > best : v < best) best = v;
  for (auto& row : table.rows)
    if (value(row) == best) row[column].role = Paint::good;
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
  for (const auto& name : final_metrics(runs)) {
    const auto at =
        column(fmt::format("{} {}", tested ? "test" : "final", name), [&](const StoredRun& run) {
          const double* value = find(tested ? run.test : run.validation, name);
          return value ? fmt::format("{:.5g}", *value) : std::string();
        });
    if (const auto larger = larger_is_better(name)) mark_best(table, at, *larger);
  }
  for (const auto& name : judged_values(pointers)) {
    const auto at = column("best " + name, [&](const StoredRun& run) {
      return number_text(best_and_last(run, name).best);
    });
    if (const auto larger = larger_is_better(name)) mark_best(table, at, *larger);
    column("last " + name,
           [&](const StoredRun& run) { return number_text(best_and_last(run, name).last); });
  }
  column("epochs", [](const StoredRun& run) { return std::to_string(run.epochs.size()); });
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

void add_differences(const std::vector<StoredRun>& runs, Document& page, report::Table& table,
                     Json& json) {
  const auto differences = differing(runs);
  std::vector<std::string> keys;
  for (const auto& [key, values] : differences) keys.push_back(key);
  const auto names = short_names(keys);
  for (const auto& [key, values] : differences) json["differing"][key] = values;
  constexpr std::size_t kFew = 4, kMostColumns = 12;
  // Of few runs the settings stand below each other, of many beside the figures.
  if (runs.size() > kFew) {
    for (std::size_t k = 0; k < std::min(kMostColumns, differences.size()); ++k) {
      table.columns.emplace_back(names.at(differences[k].first));
      for (std::size_t r = 0; r < runs.size(); ++r)
        table.rows[r].emplace_back(differences[k].second[r]);
    }
    if (differences.size() > kMostColumns)
      page.add(Paragraph{fmt::format("{} more settings differ; --json has them all.",
                                     differences.size() - kMostColumns)});
    return;
  }
  page.add(Heading{"Settings that differ"});
  if (differences.empty()) {
    page.add(Paragraph{"None: all settings are the same."});
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
            {"epochs", run.epochs.size()},
            {"best_epoch", run.best_epoch},
            {"parameters", run.parameters}};
  json["seconds"] = std::isfinite(run.seconds) ? Json(run.seconds) : Json();
  for (const auto& name : value_names({&run})) {
    const auto [best, last, epoch] = best_and_last(run, name);
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
  auto table = table_of(runs, pointers);
  Document differences;
  add_differences(runs, differences, table, json);
  page.add(std::move(table));
  for (auto& block : differences.blocks) page.add(std::move(block));
  add_comparison(runs, page, json);
  auto plots = learning_curves(pointers);
  if (plots.empty()) return page;
  page.add(Heading{"Learning curves"});
  if (runs.size() > 12)
    page.add(
        Paragraph{"A filter of the table above also chooses the lines here; a double click on a "
                  "name shows it alone."});
  constexpr std::size_t kOpen = 4;
  report::Group first,
      others{report::Group::How::folded, "Learning curves of the other values", {}};
  for (std::size_t i = 0; i < plots.size(); ++i)
    (i < kOpen ? first : others).blocks.emplace_back(std::move(plots[i]));
  page.add(std::move(first));
  if (!others.blocks.empty()) page.add(std::move(others));
  return page;
}

}  // namespace glia::review
