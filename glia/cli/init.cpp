// glia init
#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/first_experiment.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/report/table.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string data, target, positive, out;
  bool force = false;
};

fs::path default_file(const fs::path& data) {
  const auto whole = fs::absolute(data).lexically_normal();  // "folder/" has no name of its own
  return (whole.has_filename() ? whole : whole.parent_path()).stem().string() + ".yaml";
}

std::string seen(const data::ColumnInfo& column) {
  if (column.kind == data::Kind::numeric)
    return fmt::format("{} to {}", report::compact_number(column.min),
                       report::compact_number(column.max));
  return fmt::format("{}", fmt::join(column.samples, ", "));
}

std::string schema_table(const FirstExperiment& first, const report::Style& style) {
  if (first.schema.columns.empty()) return report::render(first.found, style);
  report::Table table{.columns = {"column", "kind", "missing", "distinct", "values"}};
  for (const auto& column : first.schema.columns) {
    const bool target = column.name == first.target.column;
    table.rows.push_back({{report::clean(column.name, style)},
                          {target ? "target" : std::string(data::name_of(column.kind)),
                           target ? report::Paint::first : report::Paint::plain},
                          {with_commas(column.missing)},
                          {with_commas(column.distinct)},
                          {report::clean(seen(column), style)}});
  }
  return report::render(table, style);
}

int run_init(const InitOptions& options, Context& context) {
  const fs::path out = options.out.empty() ? default_file(options.data) : fs::path(options.out);
  // Before the data is read, which may take a while.
  expect_new_file(out, options.force);
  FirstExperimentOptions first_options;
  first_options.data = options.data;
  first_options.file = out;
  first_options.target = options.target;
  if (!options.positive.empty()) first_options.positive = options.positive;
  const auto first = first_experiment(first_options);
  write_atomically(out, first.yaml);
  const auto name = shell_word(out.string());
  if (context.json) {
    Json json{{"experiment", out.string()},
              {"kind", first.kind},
              {"task", data::name_of(first.target.task)},
              {"target", first.target.column},
              {"labels", first.target.labels},
              {"columns", Json::array()}};
    for (const auto& column : first.schema.columns)
      json["columns"].push_back({{"name", column.name},
                                 {"kind", data::name_of(column.kind)},
                                 {"missing", column.missing},
                                 {"distinct", column.distinct},
                                 {"reason", column.reason}});
    print_json(context.terminal, json);
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  context.print(schema_table(first, style));
  for (const auto& note : first.notes) context.print("note: " + report::clean(note, style) + "\n");
  context.print(fmt::format("\n{} is written. ", out.string()) + "Look at it, then:\n");
  context.print(fmt::format("  glia train {}\n", name));
  return kSuccess;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  auto options = std::make_shared<InitOptions>();
  auto* command = app.add_subcommand(
      "init", "Write a sensible experiment file for a table, a text or a folder of files.");
  command
      ->add_option("data", options->data, "a table, a long text, or a folder of images or sounds")
      ->required();
  command
      ->add_option("--target", options->target, "the column to predict; unless it is plain which")
      ->type_name("COLUMN");
  command->add_option("--positive", options->positive, "of two labels, the one that counts as yes")
      ->type_name("LABEL");
  command->add_option("-o,--out", options->out, "the experiment file (default: <data>.yaml)")
      ->type_name("FILE.yaml");
  command->add_flag("--force", options->force, "replace a file that is there");
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_init(*options, context); };
  });
}

}  // namespace glia::cli
