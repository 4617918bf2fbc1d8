// glia generate
#include "glia/experiment/generate.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"

namespace glia::cli {
namespace {

struct Options {
  std::string run, prompt;
  experiment::GenerateOptions generate;
  int threads = 0;
};

int run_generate(const Options& options, Context& context) {
  const auto bundle = experiment::load_bundle(options.run);
  const auto text = experiment::generate(bundle, options.prompt, options.generate,
                                         threads_or_default(options.threads));
  context.print(options.prompt + text + "\n");
  if (context.json)
    print_json(context.terminal, Json{{"run", options.run},
                                      {"prompt", options.prompt},
                                      {"text", text},
                                      {"tokens", options.generate.tokens},
                                      {"temperature", options.generate.temperature},
                                      {"seed", options.generate.seed}});
  return kSuccess;
}

}  // namespace

void add_generate(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("generate", "Text as a trained language model goes on with it.");
  command->add_option("run", options->run, "a run's folder, or a bundle's")->required();
  command->add_option("--prompt", options->prompt, "the text's beginning")
      ->default_str("a line end")
      ->default_val("\n");
  command->add_option("--tokens", options->generate.tokens, "how many to write")
      ->capture_default_str();
  command
      ->add_option("--temperature", options->generate.temperature,
                   "below 1: the probable rather; 0: always the most probable")
      ->capture_default_str();
  command->add_option("--seed", options->generate.seed, "of the drawing")->capture_default_str();
  add_threads(*command, options->threads);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_generate(*options, context); };
  });
}

}  // namespace glia::cli
