// glia data
#include "glia/cli/data.h"

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/report/document.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

int run_describe(const DescribeArguments& arguments, Context& context) {
  const fs::path page(arguments.html);
  if (!page.empty()) expect_new_file(page, arguments.force);
  const auto described = describe_data(arguments);
  if (!page.empty()) write_atomically(page, report::html(described.document));
  if (context.json) {
    print_json(context.terminal, described.json);
    return kSuccess;
  }
  context.print(report::render(described.document, context.terminal.out_style()));
  if (!page.empty()) context.print(fmt::format("\n{} is written.\n", page.string()));
  return kSuccess;
}

}  // namespace

void add_data(CLI::App& app, Context& context) {
  auto* data = app.add_subcommand("data", "Look at data before anything is learned from it.");
  data->require_subcommand(1);
  auto options = std::make_shared<DescribeArguments>();
  auto* command = data->add_subcommand(
      "describe", "What is in a file, a folder or an experiment's data, and what is odd in it.");
  command->add_option("data", options->what, "a table, a folder of files, or an experiment")
      ->required();
  command->add_option("--target", options->target, "the column to predict")->type_name("COLUMN");
  command->add_option("--html", options->html, "write a page, too")->type_name("FILE.html");
  command->add_flag("--force", options->force, "replace a page that is there");
  add_data_folders(*command, options->data);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_describe(*options, context); };
  });
  add_preview(*data, context);
}

}  // namespace glia::cli
