// glia runs: show, scan, remove
#include "glia/cli/runs.h"

#include <unistd.h>

#include <ctime>
#include <iostream>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/runs_index.h"
#include "glia/report/table.h"
#include "glia/runs/folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

std::string local_time(double seconds) {
  if (!(seconds > 0 && seconds < 1e11)) return "";
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm time{};
  char text[32] = {};
  if (::localtime_r(&whole, &time) == nullptr) return "";
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &time);
  return text;
}

int run_show(const std::string& word, const std::string& file, Context& context) {
  const auto all = all_runs(*opened(file));
  const auto& run = meant(all, word);
  if (context.json) {
    print_json(context.terminal, to_json(run));
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  report::Table facts{.columns = {"", ""}};
  const auto fact = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.rows.push_back({{name}, {report::clean(value, style)}});
  };
  fact("id", std::to_string(run.id));
  fact("name", run.name);
  fact("folder", run.folder.string() + (fs::exists(run.folder) ? "" : " (is gone)"));
  fact("state", std::string(name_of(run.state)) +
                    (run.end.empty() || run.end == name_of(run.state) ? "" : ": " + run.end));
  fact("began", local_time(run.started));
  fact("ended", local_time(run.ended));
  fact("training", run.seconds > 0 ? human_seconds(run.seconds) : "");
  fact("epochs", std::to_string(run.epochs));
  fact("command", run.command);
  if (run.process > 0) fact("process", fmt::format("{} on {}", run.process, run.host));
  fact("experiment", run.experiment_sha256);
  fact("data", run.data_sha256);
  fact("weights", run.weights_sha256);
  context.print(report::render(facts, style));
  report::Table metrics{.columns = {"metric", "value"}};
  for (const auto& [name, value] : run.metrics)
    metrics.rows.push_back({{report::clean(name, style)}, {report::compact_number(value)}});
  if (!run.metrics.empty()) context.print("\n" + report::render(metrics, style));
  return kSuccess;
}

struct ScanOptions {
  std::vector<std::string> folders;
};

// A damaged index is moved aside: what it held is in the folders.
std::unique_ptr<runs::Index> opened_or_anew(const std::string& given, Context& context) {
  try {
    auto index = opened(given);
    index->runs();
    return index;
  } catch (const Error& error) {
    if (error.code() != "E-RUN-11") throw;
    const auto aside = runs::set_aside(index_file(given));
    context.terminal.say(
        fmt::format("{}\nit is now {}\n", error.what(), shell_word(aside.string())));
    return opened(given);
  }
}

int run_scan(const ScanOptions& options, const std::string& file, Context& context) {
  std::vector<fs::path> found;
  for (const auto& folder : options.folders)
    for (auto& run : runs::find_runs(folder)) found.push_back(std::move(run));
  const auto index = opened_or_anew(file, context);
  constexpr int kMost = 10;
  int problems = 0, added = 0;
  const auto say = [&](std::string_view line) {
    if (problems++ < kMost) context.terminal.say(std::string(line) + "\n");
  };
  for (const auto& folder : found) {
    runs::Run run = runs::read_run(folder, say);
    if (const auto known = index->find(run.folder)) {
      run.id = known->id;
      run.host = known->host, run.process = known->process;
      if (known->started > 0) run.started = known->started;
      if (run.command.empty()) run.command = known->command;
      if (run.data_sha256.empty()) run.data_sha256 = known->data_sha256;
      const bool told = known->state == runs::State::interrupted ||
                        known->state == runs::State::failed;  // what no folder says
      if (run.state == runs::State::stopped && told) run.state = known->state, run.end = known->end;
    } else {
      ++added;
    }
    index->put(run);
  }
  if (problems > kMost) context.terminal.say(fmt::format("... and {} more\n", problems - kMost));
  if (context.json)
    print_json(context.terminal, {{"index", index->file().string()},
                                  {"found", found.size()},
                                  {"added", added},
                                  {"problems", problems}});
  context.print(fmt::format("{} run{} found, {} of them new in {}\n", found.size(),
                            found.size() == 1 ? "" : "s", added, index->file().string()));
  return kSuccess;
}

struct RemoveOptions {
  std::vector<std::string> ids;
  bool files = false, yes = false;
};

bool agreed(const std::vector<runs::Run>& runs, const RemoveOptions& options, Context& context) {
  if (options.yes) return true;
  if (::isatty(STDIN_FILENO) == 0 || !context.terminal.live())
    throw UsageError("--files removes folders for good; without a terminal to ask at, say --yes");
  for (const auto& run : runs) context.terminal.say("  " + shown(run.folder.string(), 4000) + "\n");
  context.terminal.say("Remove what these trainings wrote, for good? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

int run_remove(const RemoveOptions& options, const std::string& file, Context& context) {
  const auto index = opened(file);
  const auto all = all_runs(*index);
  std::vector<runs::Run> chosen;
  for (const auto& word : options.ids) chosen.push_back(meant(all, word));
  if (options.files) {
    for (const auto& run : chosen) runs::expect_removable(run.folder);
    if (!agreed(chosen, options, context)) {
      context.terminal.say("nothing is removed\n");
      return kFailure;
    }
  }
  Json removed = Json::array();
  for (const auto& run : chosen) {
    if (options.files) {
      const auto left = runs::remove_run(run.folder);
      if (!left.empty())
        context.terminal.say(fmt::format("{} stays, for these are none of glia's: {}\n",
                                         shown(run.folder.string(), 4000),
                                         shown(fmt::format("{}", fmt::join(left, ", ")), 200)));
    }
    index->remove(run.id);
    removed.push_back(run.id);
    context.print(fmt::format("{}: {} is {}\n", run.id, shown(run.folder.string(), 4000),
                              options.files ? "removed" : "forgotten; its files stay"));
  }
  if (context.json) print_json(context.terminal, {{"removed", removed}, {"files", options.files}});
  return kSuccess;
}

void add_show(CLI::App& runs, Context& context, const std::shared_ptr<std::string>& index) {
  auto word = std::make_shared<std::string>();
  auto* command = runs.add_subcommand("show", "One run: what, where, how it ended.");
  command->add_option("run", *word, "its id, folder or name")->required();
  add_index(*command, *index);
  add_json(*command, context);
  command->callback([word, index, &context] {
    context.run = [word, index, &context] { return run_show(*word, *index, context); };
  });
}

void add_scan(CLI::App& runs, Context& context, const std::shared_ptr<std::string>& index) {
  auto options = std::make_shared<ScanOptions>();
  auto* command = runs.add_subcommand(
      "scan", "Bring the runs in folders into the index; a damaged index is made anew.");
  command->add_option("folders", options->folders, "where to look for runs, and below")->required();
  add_index(*command, *index);
  add_json(*command, context);
  command->callback([options, index, &context] {
    context.run = [options, index, &context] { return run_scan(*options, *index, context); };
  });
}

void add_remove(CLI::App& runs, Context& context, const std::shared_ptr<std::string>& index) {
  auto options = std::make_shared<RemoveOptions>();
  auto* command = runs.add_subcommand("remove", "Forget runs; with --files remove them.");
  command->add_option("runs", options->ids, "ids, folders or names")->required();
  command->add_flag("--files", options->files, "remove their files, too");
  command->add_flag("--yes", options->yes, "do not ask");
  add_index(*command, *index);
  add_json(*command, context);
  command->callback([options, index, &context] {
    context.run = [options, index, &context] { return run_remove(*options, *index, context); };
  });
}

}  // namespace

std::unique_ptr<runs::Index> opened(const std::string& given) {
  const auto file = index_file(given);
  if (file.empty())
    fail("E-RUN-19",
         "there is no index of runs: neither --index nor GLIA_RUNS_INDEX names one, or "
         "they say \"none\", and there is no home folder to have one in");
  return runs::open_index(file);
}

std::vector<runs::Run> all_runs(runs::Index& index) {
  auto all = index.runs();
  for (auto& run : all) runs::settle_state(run);
  return all;
}

const runs::Run& meant(const std::vector<runs::Run>& all, const std::string& word) {
  const auto folder = fs::absolute(word).lexically_normal();
  const runs::Run* named = nullptr;
  std::vector<std::string> same, names;
  for (const auto& run : all) {
    if (std::to_string(run.id) == word || run.folder == folder || run.folder / "" == folder)
      return run;
    if (run.name == word) named = &run, same.push_back(std::to_string(run.id));
    names.push_back(run.name);
  }
  if (same.size() == 1) return *named;
  if (same.size() > 1)
    fail("E-RUN-19", "'{}' is the name of {} runs; say which: {}", shown(word), same.size(),
         fmt::join(same, ", "));
  const auto near = nearest(word, names);
  fail("E-RUN-19",
       "the index knows no run '{}'{}; `glia runs` lists them, and `glia runs scan "
       "FOLDER` adds those of a folder",
       shown(word), near.empty() ? "" : fmt::format("; did you mean '{}'?", shown(near)));
}

Json to_json(const runs::Run& run) {
  Json json{{"id", run.id},
            {"name", run.name},
            {"folder", run.folder.string()},
            {"state", runs::name_of(run.state)},
            {"end", run.end},
            {"started", run.started},
            {"ended", run.ended},
            {"seconds", run.seconds},
            {"epochs", run.epochs},
            {"command", run.command},
            {"host", run.host},
            {"process", run.process},
            {"experiment_sha256", run.experiment_sha256},
            {"data_sha256", run.data_sha256},
            {"weights_sha256", run.weights_sha256},
            {"metrics", Json::object()}};
  for (const auto& [name, value] : run.metrics) json["metrics"][name] = number(value);
  return json;
}

void add_runs(CLI::App& app, Context& context) {
  auto* runs =
      app.add_subcommand("runs", "The trainings that were, as this user's index has them.");
  runs->require_subcommand(0, 1);
  auto index = std::make_shared<std::string>();
  add_runs_list(*runs, context, index);
  add_show(*runs, context, index);
  add_scan(*runs, context, index);
  add_remove(*runs, context, index);
  add_runs_export(*runs, context, index);
}

}  // namespace glia::cli
