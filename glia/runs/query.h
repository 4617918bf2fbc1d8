// Which of many runs, and in which order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/runs/run.h"

namespace glia::runs {

// "test.accuracy>0.9", "epochs<=5", "end=early_stopping": a metric, `epochs`, `seconds` or `id`
// against a number, by > >= < <= = !=; or `name`, `state`, `end`, `folder` or a digest against a
// text, by = and !=. A run that does not have the metric does not meet it.
struct Condition {
  std::string what, text;
  enum class By : std::uint8_t { more, at_least, less, at_most, equal, other } by = By::equal;
  std::optional<double> number;

  static Condition parse(std::string_view text);  // E-RUN-15
  bool holds(const Run& run) const;
};

struct Query {
  std::vector<Condition> where;  // all of them
  std::string name;              // a pattern with * and ?; "" any
  std::optional<State> state;
  double since = 0;  // runs that began then or later; seconds since 1970
  std::string sort;  // a metric, "epochs", "seconds", "started", "name"; "" by id, the newest first
  bool largest_first = true;
  std::size_t limit = 0;  // 0: all
};

// Those that are asked for; with a sort, those without the value come last. E-RUN-15 where a
// condition or the sort names what no run has: those that there are are listed.
std::vector<Run> select(std::vector<Run> runs, const Query& query);

// "2026-11-20", "2026-11-20 18:30" in local time, or a time before `now`: "30m", "12h", "7d", "2w".
// E-RUN-15.
double moment(std::string_view text, double now);

}  // namespace glia::runs
