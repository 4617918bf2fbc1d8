// glia compare
#include "glia/review/compare.h"
#include "glia/base/format.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/report/table.h"

namespace glia::cli {
namespace {

struct CompareOptions {
  std::vector<std::string> runs;
  std::string metric;
  std::size_t replicates = 1000;
};

std::vector<metrics::Comparison> comparisons(const CompareOptions& options,
                                             const review::StoredRun& a,
                                             const review::StoredRun& b) {
  if (!options.metric.empty()) return review::compared_in(a, b, options.metric, options.replicates);
  std::string why;
  auto all = review::compared(a, b, why);
  if (all.empty())
    fail("E-METRIC-15", "{} and {} cannot be compared: {}; train both by the same data and split",
         a.folder.string(), b.folder.string(), why.empty() ? "their task has no paired test" : why);
  return all;
}

Json to_json(const metrics::Comparison& c, const std::string& a, const std::string& b) {
  Json json{{"metric", c.name},
            {"a", c.a ? number(*c.a) : Json()},
            {"b", c.b ? number(*c.b) : Json()},
            {"difference", c.difference() ? number(*c.difference()) : Json()}};
  if (c.interval)
    json["interval"] = {{"low", number(c.interval->low)},
                        {"high", number(c.interval->high)},
                        {"level", c.interval->level}};
  if (c.p_value) json["p_value"] = number(*c.p_value);
  json["test"] = c.test;
  json["rows"] = c.rows;
  json["larger_is_better"] = c.larger_is_better;
  if (!c.note.empty()) json["note"] = c.note;
  json["sentence"] = c.sentence(a, b);
  return json;
}

report::Table table_of(const std::vector<metrics::Comparison>& all, const std::string& a,
                       const std::string& b) {
  const auto text = [](const std::optional<double>& v) {
    return v ? report::compact_number(*v) : std::string("-");
  };
  report::Table table{.columns = {"", {a}, {b}, "difference", "95 % interval", "p", "test"}};
  for (const auto& c : all)
    table.rows.push_back(
        {{c.name, report::Paint::bold},
         {text(c.a)},
         {text(c.b)},
         {c.difference() ? fmt::format("{:+.4g}", *c.difference()) : "-"},
         {c.interval ? fmt::format("{:+.4g} to {:+.4g}", c.interval->low, c.interval->high) : ""},
         {c.p_value ? (*c.p_value < 0.001 ? "< 0.001" : fmt::format("{:.3f}", *c.p_value)) : ""},
         {c.test}});
  return table;
}

int run_compare(const CompareOptions& options, Context& context) {
  if (options.runs.size() != 2)
    throw UsageError(fmt::format("two runs are compared, and {} were given", options.runs.size()));
  auto a = review::read_run(options.runs[0], true), b = review::read_run(options.runs[1], true);
  if (a.label == b.label) a.label = options.runs[0], b.label = options.runs[1];
  const auto all = comparisons(options, a, b);
  if (context.json) {
    Json json{{"a", options.runs[0]}, {"b", options.runs[1]}, {"part", a.judged_by()}};
    for (const auto& c : all) json["comparisons"].push_back(to_json(c, a.label, b.label));
    print_json(context.terminal, json);
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  for (const auto& c : all)
    context.print(report::wrapped(report::clean(c.sentence(a.label, b.label), style), 0, 0, style));
  context.print("\n" + report::render(table_of(all, a.label, b.label), style));
  context.print(report::paint(fmt::format("on the same {} rows of both", a.judged_by()),
                              report::Paint::dim, style) +
                "\n");
  return kSuccess;
}

}  // namespace

void add_compare(CLI::App& app, Context& context) {
  auto options = std::make_shared<CompareOptions>();
  auto* command = app.add_subcommand(
      "compare", "Whether one run is better than another on the same test rows, or chance.");
  command->add_option("run", options->runs, "two runs' folders")->required();
  command->add_option("--metric", options->metric, "one metric (default: the usual ones)")
      ->type_name("NAME");
  command->add_option("--bootstrap", options->replicates, "replicates, for metrics without a test")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(20, 1000000).description(""));
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_compare(*options, context); };
  });
}

}  // namespace glia::cli
