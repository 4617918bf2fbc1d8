#include "glia/runs/query.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::runs {
namespace {

constexpr std::array<std::string_view, 7> kTexts{
    "name", "state", "end", "folder", "experiment_sha256", "data_sha256", "weights_sha256"};

bool is_text(std::string_view what) {
  return std::find(kTexts.begin(), kTexts.end(), what) != kTexts.end();
}

std::string text_of(const Run& run, std::string_view what) {
  if (what == "name") return run.name;
  if (what == "state") return std::string(name_of(run.state));
  if (what == "end") return run.end;
  if (what == "folder") return run.folder.string();
  if (what == "experiment_sha256") return run.experiment_sha256;
  return what == "data_sha256" ? run.data_sha256 : run.weights_sha256;
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool compare(double a, Condition::By by, double b) {
  switch (by) {
    case Condition::By::more:
      return a > b;
    case Condition::By::at_least:
      return a >= b;
    case Condition::By::less:
      return a < b;
    case Condition::By::at_most:
      return a <= b;
    case Condition::By::equal:
      return a == b;
    case Condition::By::other:
      break;
  }
  return a != b;
}

void expect_known(const std::vector<Run>& runs, const std::string& what, const char* option) {
  if (runs.empty()) return;
  std::set<std::string> names{"epochs", "id", "seconds"};
  for (const Run& run : runs)
    for (const auto& [name, value] : run.metrics) names.insert(name);
  if (names.contains(what)) return;
  fail("E-RUN-15", "{}: no run has a value '{}'{}", option, shown(what),
       suggest(what, {names.begin(), names.end()}));
}

std::optional<double> sort_value(const Run& run, const std::string& what) {
  if (what == "started") return run.started;
  return run.find(what);
}

void sort(std::vector<Run>& runs, const Query& query) {
  if (query.sort.empty()) {
    std::stable_sort(runs.begin(), runs.end(),
                     [](const Run& a, const Run& b) { return a.id > b.id; });
  } else if (query.sort == "name") {
    std::stable_sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) {
      return query.largest_first ? a.name > b.name : a.name < b.name;
    });
  } else {
    std::stable_sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) {
      const auto x = sort_value(a, query.sort), y = sort_value(b, query.sort);
      if (!x || !y) return x.has_value() && !y.has_value();
      return query.largest_first ? *x > *y : *x < *y;
    });
  }
}

}  // namespace

Condition Condition::parse(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, By>, 7> kSigns{
      std::pair{std::string_view(">="), By::at_least},
      {"<=", By::at_most},
      {"!=", By::other},
      {"==", By::equal},
      {">", By::more},
      {"<", By::less},
      {"=", By::equal}};
  const auto at = text.find_first_of("<>=!");
  Condition condition;
  for (const auto& [sign, by] : kSigns) {
    if (at == std::string_view::npos || text.substr(at, sign.size()) != sign) continue;
    condition.what = trim(text.substr(0, at));
    condition.text = trim(text.substr(at + sign.size()));
    condition.by = by;
    break;
  }
  if (condition.what.empty() || condition.text.empty())
    fail("E-RUN-15", "--where: expected a condition like 'test.accuracy>0.9', got '{}'",
         shown(text));
  if (is_text(condition.what)) {
    if (condition.by != By::equal && condition.by != By::other)
      fail("E-RUN-15", "--where: '{}' is a text: compare it by = or !=", condition.what);
    return condition;
  }
  condition.number = number_in(condition.text);
  if (!condition.number)
    fail("E-RUN-15", "--where: '{}': expected a number, got '{}'", shown(condition.what),
         shown(condition.text));
  return condition;
}

bool Condition::holds(const Run& run) const {
  if (!number) return (text_of(run, what) == text) == (by == By::equal);
  const auto value = run.find(what);
  return value && compare(*value, by, *number);
}

std::vector<Run> select(std::vector<Run> runs, const Query& query) {
  for (const auto& condition : query.where)
    if (condition.number) expect_known(runs, condition.what, "--where");
  if (!query.sort.empty() && query.sort != "name" && query.sort != "started")
    expect_known(runs, query.sort, "--sort");
  std::erase_if(runs, [&](const Run& run) {
    return run.started < query.since || (query.state && run.state != *query.state) ||
           (!query.name.empty() && ::fnmatch(query.name.c_str(), run.name.c_str(), 0) != 0) ||
           !std::all_of(query.where.begin(), query.where.end(),
                        [&](const Condition& one) { return one.holds(run); });
  });
  sort(runs, query);
  if (query.limit > 0 && runs.size() > query.limit) runs.resize(query.limit);
  return runs;
}

double moment(std::string_view text, double now) {
  if (!text.empty()) {
    const auto count = number_in(text.substr(0, text.size() - 1));
    const double unit = text.back() == 'm'   ? 60
                        : text.back() == 'h' ? 3600
                        : text.back() == 'd' ? 86400
                        : text.back() == 'w' ? 7 * 86400
                                             : 0;
    if (count && unit > 0 && *count >= 0) return now - *count * unit;
  }
  const std::string whole(text);
  for (const char* form : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"}) {
    std::tm time{};
    time.tm_isdst = -1;
    const char* const end = ::strptime(whole.c_str(), form, &time);
    if (end && *end == '\0') return static_cast<double>(std::mktime(&time));
  }
  fail(
      "E-RUN-15",
      "--since: expected a day, '2026-11-20' or '2026-11-20 18:30', or a time before now, '12h' or "
      "'7d'; got '{}'",
      shown(text));
}

}  // namespace glia::runs
