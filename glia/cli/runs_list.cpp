// glia runs
#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/runs.h"
#include "glia/cli/runs_index.h"
#include "glia/metrics/metric.h"
#include "glia/report/table.h"
#include "glia/runs/query.h"

namespace glia::cli {
namespace {

struct ListOptions {
  std::vector<std::string> where;
  std::string name, state, since, sort;
  bool reverse = false;
  std::int64_t limit = -1;
};

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The best first: of what is no metric of ours, the largest.
bool largest_first(const std::string& sort) {
  if (sort == "name") return false;
  const auto name = sort.substr(sort.rfind('.') + 1);
  try {
    return metrics::larger_is_better(name);
  } catch (const Error&) {
    return !name.ends_with("loss");
  }
}

runs::Query query_of(const ListOptions& options) {
  runs::Query query;
  for (const auto& text : options.where) query.where.push_back(runs::Condition::parse(text));
  query.name = options.name;
  if (!options.state.empty()) query.state = runs::state_from(options.state);
  if (!options.since.empty()) query.since = runs::moment(options.since, seconds_now());
  query.sort = options.sort;
  query.largest_first = largest_first(options.sort) != options.reverse;
  return query;
}

std::string when(double started) {
  const auto whole = static_cast<std::time_t>(started);
  std::tm time{};
  char text[32] = {};
  if (!(started > 0 && started < 1e11) || ::localtime_r(&whole, &time) == nullptr) return "";
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &time);
  return text;
}

report::Paint colour_of(runs::State state) {
  switch (state) {
    case runs::State::running:
      return report::Paint::first;
    case runs::State::finished:
      return report::Paint::good;
    case runs::State::failed:
      return report::Paint::bad;
    default:
      return report::Paint::warn;
  }
}

// What is looked at first comes first.
std::size_t rank(std::string_view name) {
  constexpr std::string_view kFirst[] = {"accuracy", "roc_auc", "f1", "rmse", "mae", "r2"};
  name.remove_prefix(name.find('.') + 1);  // "test."
  if (name.starts_with("val_")) name.remove_prefix(4);
  return static_cast<std::size_t>(std::find(std::begin(kFirst), std::end(kFirst), name) -
                                  std::begin(kFirst));
}

// What was asked for, then what most of the runs have: of the test before of the validation.
std::vector<std::string> metric_columns(const std::vector<runs::Run>& shown,
                                        const runs::Query& query) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> columns;
  const auto add = [&](const std::string& name) {
    const bool own = name == "epochs" || name == "seconds" || name == "id" || name == "name" ||
                     name == "started" || name.empty();
    if (!own && std::find(columns.begin(), columns.end(), name) == columns.end())
      columns.push_back(name);
  };
  add(query.sort);
  for (const auto& condition : query.where)
    if (condition.number) add(condition.what);
  std::vector<std::pair<std::string, int>> counted;
  for (const auto& run : shown)
    for (const auto& [name, value] : run.metrics) {
      const auto at = std::find_if(counted.begin(), counted.end(),
                                   [&](const auto& one) { return one.first == name; });
      at == counted.end() ? (void)counted.emplace_back(name, 1) : (void)++at->second;
    }
  std::stable_sort(counted.begin(), counted.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : rank(a.first) < rank(b.first);
  });
  for (const char* prefix : {"test.", "validation.", "val_", ""})
    for (const auto& [name, count] : counted)
      if (columns.size() < kMost && name.starts_with(prefix) && name != "test.loss" &&
          name != "validation.loss" && name != "learning_rate")
        add(name);
  return columns;
}

std::string table_of(const std::vector<runs::Run>& shown, const runs::Query& query,
                     const report::Style& style) {
  report::Table table{
      .columns = {"id", {"name", report::Align::left, true}, "state", "began", "time", "epochs"}};
  const auto metrics = metric_columns(shown, query);
  for (const auto& name : metrics) table.columns.emplace_back(report::clean(name, style));
  table.columns.emplace_back("folder", report::Align::left, true);
  std::error_code none;
  const auto here = std::filesystem::current_path(none);
  for (const auto& run : shown) {
    std::vector<report::Cell> row{{std::to_string(run.id)},
                                  {report::clean(run.name, style)},
                                  {std::string(name_of(run.state)), colour_of(run.state)},
                                  {when(run.started)},
                                  {run.seconds > 0 ? human_seconds(run.seconds) : ""},
                                  {std::to_string(run.epochs)}};
    for (const auto& name : metrics) {
      const auto value = run.find(name);
      row.emplace_back(value ? report::compact_number(*value) : "");
    }
    const auto near = run.folder.lexically_relative(here).string();
    const bool inside = !near.empty() && !near.starts_with("..");
    row.emplace_back(report::clean(inside ? near : run.folder.string(), style));
    table.rows.push_back(std::move(row));
  }
  return report::render(table, style);
}

int run_list(const ListOptions& options, const std::string& file, Context& context) {
  const auto query = query_of(options);
  const auto index = opened(file);
  const auto all = all_runs(*index);
  auto found = runs::select(all, query);
  // Of a table the newest are enough; whoever reads JSON asks for what it wants.
  constexpr std::int64_t kTable = 50;
  const auto limit = options.limit >= 0 ? options.limit : context.json ? 0 : kTable;
  const auto count = found.size();
  if (limit > 0 && count > static_cast<std::size_t>(limit))
    found.resize(static_cast<std::size_t>(limit));
  if (context.json) {
    Json list = Json::array();
    for (const auto& run : found) list.push_back(to_json(run));
    print_json(context.terminal,
               {{"index", index->file().string()}, {"count", count}, {"runs", std::move(list)}});
    return kSuccess;
  }
  if (all.empty())
    context.print(
        fmt::format("{} knows no runs yet; `glia train` adds them, `glia runs scan "
                    "FOLDER` those that are there\n",
                    index->file().string()));
  else if (found.empty())
    context.print(fmt::format("none of {} runs is such\n", with_commas(std::ssize(all))));
  else
    context.print(table_of(found, query, context.terminal.out_style()));
  if (found.size() < count)
    context.print(fmt::format("{} of {} runs; --limit 0 lists all\n", found.size(),
                              with_commas(static_cast<long long>(count))));
  return kSuccess;
}

}  // namespace

void add_runs_list(CLI::App& runs, Context& context, std::shared_ptr<std::string> index) {
  auto options = std::make_shared<ListOptions>();
  add_list(runs, "--where", options->where, "only runs with, for example, test.accuracy>0.9")
      ->type_name("CONDITION");
  runs.add_option("--name", options->name, "only of this name; * and ? stand for any")
      ->type_name("PATTERN");
  runs.add_option("--state", options->state,
                  "only running, stopped, interrupted, failed or finished ones")
      ->type_name("STATE");
  runs.add_option("--since", options->since, "only begun since: 2026-11-20, 12h, 7d")
      ->type_name("TIME");
  runs.add_option("--sort", options->sort,
                  "by a metric, epochs, seconds, started or name; best first")
      ->type_name("WHAT");
  runs.add_flag("--reverse", options->reverse, "the other way round");
  runs.add_option("--limit", options->limit, "at most so many (default: 50; 0: all)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40).description(""));
  add_index(runs, *index);
  add_json(runs, context);
  runs.callback([options, index, &runs, &context] {
    if (!runs.get_subcommands().empty()) return;
    context.run = [options, index, &context] { return run_list(*options, *index, context); };
  });
}

}  // namespace glia::cli
