// glia data preview
#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/cli/data.h"
#include "glia/cli/interrupt.h"
#include "glia/experiment/run.h"

namespace glia::cli {
namespace {

struct PreviewArguments {
  std::string experiment, out;
  experiment::PreviewOptions options;
  std::vector<std::string> set, data;
  bool force = false;
};

int run_preview(const PreviewArguments& arguments, Context& context) {
  expect_new_file(arguments.out, arguments.force);
  experiment::LoadOptions load;
  load.set = arguments.set;
  load.data_folders = data_folders(arguments.data);
  const auto experiment = experiment::load(arguments.experiment, load);
  // Without sampling: it repeats rows, or leaves them out.
  const auto prepared = experiment.data->prepare(experiment);
  for (const auto& note : prepared.notes) context.terminal.say("note: " + note + "\n");
  auto document = experiment.data->preview(prepared, arguments.options);
  document.title = fmt::format("{}: {}", experiment.name, document.title);
  write_atomically(arguments.out, report::html(document));
  if (context.json)
    print_json(context.terminal, {{"page", arguments.out}});
  else
    context.print(fmt::format("{} is written.\n", arguments.out));
  return kSuccess;
}

}  // namespace

void add_preview(CLI::App& data, Context& context) {
  auto arguments = std::make_shared<PreviewArguments>();
  auto* command = data.add_subcommand(
      "preview", "A page of training rows, before and after what is done to them.");
  command->add_option("experiment", arguments->experiment, "the experiment file (YAML)")
      ->required();
  command->add_option("-o,--out", arguments->out, "the page")->type_name("FILE.html")->required();
  command->add_option("--rows", arguments->options.rows, "how many rows (default: 8)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000).description(""));
  command
      ->add_option("--times", arguments->options.times,
                   "each in so many epochs, where those differ (default: 5)")
      ->type_name("N")
      ->check(CLI::Range(1, 100).description(""));
  command->add_option("--seed", arguments->options.seed, "of which rows (default: 1)")
      ->type_name("N");
  add_list(*command, "--set", arguments->set, "replace a setting: data.augment.rotate=10")
      ->type_name("KEY=VALUE");
  command->add_flag("--force", arguments->force, "replace a page that is there");
  add_data_folders(*command, arguments->data);
  add_json(*command, context);
  command->callback([arguments, &context] {
    context.run = [arguments, &context] { return run_preview(*arguments, context); };
  });
}

}  // namespace glia::cli
