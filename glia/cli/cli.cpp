#include "glia/cli/cli.h"

#include <algorithm>
#include <new>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/help.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"

namespace glia::cli {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

// Options of the command that was meant, for the nearest name.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// The command that was chosen, of commands in commands the last; the program where none was.
const CLI::App& chosen_of(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : chosen_of(*chosen.front());
}

std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen_of(app);
  const auto names = command_names(command);
  const auto extras = command.remaining(false);
  const bool other = !extras.empty() && !extras.front().starts_with("-");
  if (&command != &app && !names.empty() && (other || command.get_require_subcommand_min() > 0)) {
    return extras.empty() ? fmt::format("say what: {}", fmt::join(names, ", "))
                          : fmt::format("unknown command '{} {}'{}", command.get_name(),
                                        shown(extras.front()), suggest(extras.front(), names));
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return error.what();
  const auto left = command.remaining(true);
  const std::string first = left.empty() ? "" : left.front();
  if (!first.starts_with("-")) return fmt::format("unexpected argument '{}'", shown(first));
  const auto name = first.substr(0, first.find('='));
  return fmt::format("unknown option '{}'{}", shown(name), suggest(name, option_names(command)));
}

// Says what went wrong; with --json also as the object that scripts wait for.
int report_error(Context& context, std::string_view code, std::string message, int exit_code) {
  auto style = context.terminal.err_style();
  context.terminal.say(report::paint("error:", report::Paint::bad, style) + " " + message + "\n");
  if (context.json) {
    try {
      print_json(context.terminal, {{"error", {{"code", code}, {"message", message}}}});
    } catch (...) {  // there is no other way left to say it
    }
  }
  return exit_code;
}

int usage(Context& context, const std::string& message, const std::string& command) {
  const auto code =
      report_error(context, "E-CLI-01", fmt::format("{} [{}]", message, "E-CLI-01"), kUsage);
  context.terminal.say(fmt::format("See `glia {}--help`.\n", command.empty() ? "" : command + " "));
  return code;
}

// An option or argument that was given an empty text, which a script with an unset variable does;
// nothing of ours may be empty.
std::string empty_one(const CLI::App& command) {
  for (const auto* option : command.get_options())
    for (const auto& result : option->results())
      if (result.empty() && option->get_type_size() > 0)
        return option->get_name(option->get_positional());
  return "";
}

// The first word that is no option names the command.
std::string command_word(const std::vector<std::string>& arguments) {
  const auto word = std::find_if(arguments.begin(), arguments.end(),
                                 [](const auto& a) { return !a.starts_with("-"); });
  return word == arguments.end() ? "" : *word;
}

int parse_and_run(CLI::App& app, Context& context) {
  if (context.arguments.empty()) {
    context.terminal.print(welcome(context.terminal.out_style()));
    context.terminal.flush();
    return kSuccess;
  }
  const auto word = command_word(context.arguments);
  const auto names = command_names(app);
  const bool known = std::find(names.begin(), names.end(), word) != names.end();
  if (!word.empty() && !known)
    return usage(context, fmt::format("unknown command '{}'{}", shown(word), suggest(word, names)),
                 "");
  try {
    auto reversed = context.arguments;
    std::reverse(reversed.begin(), reversed.end());
    app.parse(reversed);
  } catch (const CLI::Success&) {
    const CLI::App& chosen = chosen_of(app);
    context.terminal.print(app.get_option("--version")->count() > 0 ? version()
                           : &chosen == &app ? overview(context.terminal.out_style())
                                             : chosen.help());
    context.terminal.flush();
    return kSuccess;
  } catch (const CLI::ParseError& error) {
    return usage(context, complaint(app, error), known ? word : "");
  }
  if (!context.run) return usage(context, "no command is given", "");
  if (const auto name = empty_one(chosen_of(app)); !name.empty())
    return usage(context, fmt::format("{} is empty; is a variable not set?", name), word);
  try {
    const int code = context.run();
    context.terminal.flush();
    return code;
  } catch (const UsageError& error) {
    return usage(context, error.what(), word);
  }
}

}  // namespace

int run(std::vector<std::string> arguments) {
  catch_signals();
  Context context;
  context.arguments = std::move(arguments);
  // Also where the arguments cannot be read to their end.
  context.json = std::find(context.arguments.begin(), context.arguments.end(), "--json") !=
                 context.arguments.end();
  CLI::App app("", "glia");
  declare(app, context);
  try {
    return parse_and_run(app, context);
  } catch (const BrokenPipe&) {
    return kSuccess;
  } catch (const Error& error) {
    return report_error(context, error.code(), error.what(), kFailure);
  } catch (const std::bad_alloc&) {
    return report_error(context, "E-CLI-03",
                        "out of memory: take a smaller batch_size or fewer rows [E-CLI-03]",
                        kFailure);
  } catch (const std::exception& error) {
    return report_error(
        context, "E-CLI-09",
        fmt::format("unexpected: {}; this is a defect of glia, please report it with the command "
                    "that was run [{}]",
                    error.what(), "E-CLI-09"),
        kFailure);
  }
}

}  // namespace glia::cli
