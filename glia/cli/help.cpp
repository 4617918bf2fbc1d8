#include "glia/cli/help.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/base/threads.h"

namespace glia::cli {
namespace {

using report::Paint;

// CLI11's help, without its capitals and in fewer words.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(26);
    label("REQUIRED", "");
    label("TEXT", "");
    label("Positionals", "arguments");
    label("Options", "options");
  }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string line = name.empty() ? app->get_name() : name;
    for (const auto* parent = app->get_parent(); parent && parent->get_parent();
         parent = parent->get_parent())
      line = parent->get_name() + " " + line;
    line = "usage: glia " + line;
    if (app->get_require_subcommand_min() > 0 && app->get_parent()) line += " COMMAND";
    for (const auto* option : app->get_options())
      if (option->get_positional()) {
        const auto word = option->get_name(true);
        line += option->get_required() ? " " + word : " [" + word + "]";
      }
    return line + " [options]\n";
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 || option->get_positional() ? ""
                                                                    : " " + option->get_type_name();
  }
};

std::string line(std::string_view left, std::string_view right, const report::Style& style) {
  return "  " + report::paint(report::pad_right(left, 34), Paint::first, style) +
         std::string(right) + "\n";
}

}  // namespace

std::string version() { return "glia " GLIA_VERSION "\n"; }

std::string welcome(const report::Style& style) {
  std::string text = report::paint("glia", Paint::bold, style) +
                     ": neural networks, from a data file to predictions.\n\n";
  text += line("glia demo", "train a network on drawings in a minute", style);
  text += line("glia init data.csv --target COL", "write an experiment for your data", style);
  text += line("glia train experiment.yaml", "train it", style);
  text += line("glia data describe data.csv", "look at your data first", style);
  text += line("glia --help", "all commands", style);
  text += line("glia help dense", "a layer, a setting, an error: in a few words", style);
  return text;
}

std::string overview(const report::Style& style) {
  std::string text = "usage: glia COMMAND [options]\n\n";
  text += line("demo", "draw digits, train a network to read them, show what it learned", style);
  text += line("init DATA [--target COLUMN]", "write a sensible experiment file", style);
  text += line("data describe FILE|FOLDER", "what is in data, and what is odd in it", style);
  text += line("data preview EXPERIMENT", "a page of images before and after augmentation", style);
  text += line("train EXPERIMENT [--live]", "train, and write a run's folder", style);
  text += line("evaluate RUN", "metrics on test data, also by slices", style);
  text += line("compare RUN RUN", "whether one is better, or it is chance", style);
  text += line("learning-curve EXPERIMENT", "whether more data would help", style);
  text += line("report RUN...", "a page on a run, or on several side by side", style);
  text += line("predict RUN FILE", "labels and probabilities of raw rows", style);
  text += line("generate RUN", "text as a language model goes on with it", style);
  text += line("summary EXPERIMENT|RUN", "layers, shapes, parameters, operations", style);
  text += line("find-rate EXPERIMENT", "which learning rates it can be trained with", style);
  text += line("weights FILE|RUN", "names and shapes of the tensors in a file of weights", style);
  text += line("runs", "the trainings that were: list, filter, sort, remove, export", style);
  text += line("help [NAME]", "what experiments may say, and what errors mean", style);
  text += "\n";
  text += line("--help, --version", "`glia COMMAND --help` tells its options", style);
  text += line("--json", "for each command: the result as one JSON object", style);
  text +=
      "\nResults go to standard output, progress to standard error. Exit codes: 0 success,\n"
      "1 failure, 2 usage, 130 interrupted. NO_COLOR is respected; GLIA_DATA names folders\n"
      "where data files are looked for.\n";
  return text;
}

void declare(CLI::App& app, Context& context) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "this help");
  app.set_version_flag("--version", "the version");
  app.require_subcommand(0, 1);
  add_demo(app, context);
  add_init(app, context);
  add_data(app, context);
  add_train(app, context);
  add_evaluate(app, context);
  add_compare(app, context);
  add_learning_curve(app, context);
  add_predict(app, context);
  add_generate(app, context);
  add_report(app, context);
  add_summary(app, context);
  add_find_rate(app, context);
  add_weights(app, context);
  add_runs(app, context);
  add_help(app, context);
}

void add_json(CLI::App& command, Context& context) {
  command.add_flag("--json", context.json, "print the result as one JSON object");
}

CLI::Option* add_threads(CLI::App& command, int& threads) {
  return command.add_option("--threads", threads, "compute threads (default: what there is)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
}

CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                      const std::string& help) {
  return command.add_option(name, values, help)->expected(1)->take_all()->allow_extra_args(false);
}

CLI::Option* add_data_folders(CLI::App& command, std::vector<std::string>& folders) {
  return add_list(command, "--data", folders, "look for data files here too (again for more)")
      ->type_name("FOLDER");
}

int threads_or_default(int threads) { return threads > 0 ? threads : usable_threads(); }

std::vector<std::filesystem::path> data_folders(const std::vector<std::string>& given) {
  std::vector<std::filesystem::path> folders(given.begin(), given.end());
  const auto variable = Terminal::variable("GLIA_DATA").value_or("");
  for (std::size_t begin = 0; begin < variable.size();) {
    const auto end = std::min(variable.find(':', begin), variable.size());
    if (end > begin) folders.emplace_back(variable.substr(begin, end - begin));
    begin = end + 1;
  }
  return folders;
}

void expect_new_file(const std::filesystem::path& file, bool force) {
  if (force || !std::filesystem::is_regular_file(file)) return;
  fail("E-CLI-07",
       "{}: this file is there already; replace it with --force, or name another with -o",
       file.string());
}

}  // namespace glia::cli
