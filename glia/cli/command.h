// Internal: what the commands share, and how each is declared.
#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "glia/base/shell.h"
#include "glia/cli/terminal.h"

namespace glia::cli {

// Arguments that cannot be: exit code kUsage, with a hint at the help.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Context {
  Terminal terminal;
  bool json = false;                   // one JSON object on standard output, nothing else there
  std::vector<std::string> arguments;  // as given, without the program
  std::function<int()> run;            // what the arguments chose; gives the exit code

  // Results for a person: nothing with --json.
  void print(std::string_view text) {
    if (!json) terminal.print(text);
  }
};

// E-CLI-07 where a file is there already and --force was not given. Devices and pipes may be there.
void expect_new_file(const std::filesystem::path& file, bool force);

// Each declares a command: its options, and as its callback what to run.
void add_train(CLI::App& app, Context& context);
void add_evaluate(CLI::App& app, Context& context);
void add_compare(CLI::App& app, Context& context);
void add_learning_curve(CLI::App& app, Context& context);
void add_predict(CLI::App& app, Context& context);
void add_generate(CLI::App& app, Context& context);
void add_summary(CLI::App& app, Context& context);
void add_find_rate(CLI::App& app, Context& context);
void add_weights(CLI::App& app, Context& context);
void add_init(CLI::App& app, Context& context);
void add_data(CLI::App& app, Context& context);
void add_runs(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_help(CLI::App& app, Context& context);

// Options that several commands have, under one name and with one meaning.
void add_json(CLI::App& command, Context& context);
CLI::Option* add_threads(CLI::App& command, int& threads);
// A list, one value for each time the option stands there, so that it swallows no argument.
CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                      const std::string& help);
CLI::Option* add_data_folders(CLI::App& command, std::vector<std::string>& folders);

int threads_or_default(int threads);  // 0: what the process may use
// Folders of data: those given, then GLIA_DATA's (several are separated by ':').
std::vector<std::filesystem::path> data_folders(const std::vector<std::string>& given);

}  // namespace glia::cli
