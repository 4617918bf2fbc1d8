// glia runs export
#include <array>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/runs.h"
#include "glia/cli/runs_index.h"
#include "glia/runs/http.h"
#include "glia/runs/mlflow.h"

namespace glia::cli {
namespace {

struct ExportOptions {
  std::string url, experiment = "glia";
  std::vector<std::string> ids;
  double timeout = 60;
};

// As other programs read them: the small letters first.
std::string proxy_for(const std::string& url) {
  const bool secure = url.starts_with("https");
  for (const char* name : secure ? std::array{"https_proxy", "HTTPS_PROXY", "all_proxy"}
                                 : std::array{"http_proxy", "all_proxy", "ALL_PROXY"})
    if (const auto value = Terminal::variable(name)) return *value;
  return "";
}

runs::MlflowOptions options_of(const ExportOptions& options) {
  runs::MlflowOptions to;
  to.url =
      !options.url.empty() ? options.url : Terminal::variable("MLFLOW_TRACKING_URI").value_or("");
  if (to.url.empty())
    throw UsageError("say where to: --mlflow URL, or MLFLOW_TRACKING_URI in the environment");
  to.experiment = options.experiment;
  to.token = Terminal::variable("MLFLOW_TRACKING_TOKEN").value_or("");
  to.proxy = proxy_for(to.url);
  to.no_proxy =
      Terminal::variable("no_proxy").value_or(Terminal::variable("NO_PROXY").value_or(""));
  to.seconds = options.timeout;
  to.connect_seconds = std::min(to.connect_seconds, options.timeout);
  return to;
}

int run_export(const ExportOptions& options, const std::string& file, Context& context) {
  const auto to = options_of(options);
  const auto all = all_runs(*opened(file));
  std::vector<runs::Run> chosen;
  for (const auto& word : options.ids) chosen.push_back(meant(all, word));
  // Without a choice, all that can be sent; one that was named and cannot is an error.
  if (options.ids.empty())
    for (const auto& run : all)
      if (run.state != runs::State::running) chosen.push_back(run);
  Json list = Json::array();
  for (const auto& run : chosen) {
    const auto sent = runs::send_to_mlflow(
        run, to, [&](std::string_view line) { context.terminal.say(std::string(line) + "\n"); });
    list.push_back({{"id", run.id},
                    {"mlflow", sent.id},
                    {"sent", sent.sent},
                    {"params", sent.params},
                    {"metrics", sent.metrics}});
    context.print(
        sent.sent ? fmt::format("{}: {} is run {} there: {} params, {} values of metrics\n", run.id,
                                shown(run.name), shown(sent.id), sent.params, sent.metrics)
                  : fmt::format("{}: {} is there already, as run {}\n", run.id, shown(run.name),
                                shown(sent.id)));
  }
  if (context.json)
    print_json(context.terminal,
               {{"url", runs::without_credentials(to.url)}, {"runs", std::move(list)}});
  else if (chosen.empty())
    context.print("there is no run to send\n");
  return kSuccess;
}

}  // namespace

void add_runs_export(CLI::App& runs, Context& context, std::shared_ptr<std::string> index) {
  auto options = std::make_shared<ExportOptions>();
  auto* command = runs.add_subcommand("export", "Send runs to an MLflow server.");
  command->add_option("runs", options->ids, "ids, folders or names (default: all that have ended)");
  command->add_option("--mlflow", options->url, "its address (default: MLFLOW_TRACKING_URI)")
      ->type_name("URL");
  command->add_option("--experiment", options->experiment, "the experiment there (default: glia)")
      ->type_name("NAME");
  command->add_option("--timeout", options->timeout, "seconds for each request (default: 60)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 86400.0).description(""));
  add_index(*command, *index);
  add_json(*command, context);
  command->footer("\nMLFLOW_TRACKING_TOKEN is sent where it is set, as is the user of the URL.\n");
  command->callback([options, index, &context] {
    context.run = [options, index, &context] { return run_export(*options, *index, context); };
  });
}

}  // namespace glia::cli
