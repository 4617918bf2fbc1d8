// glia report
#include <fstream>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/help.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/origin.h"
#include "glia/review/review.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::vector<std::string> runs, data;
  std::string out;
  int threads = 0;
  bool text = false, no_timing = false;
};

// Of one run its own folder; of several the one in which the page is looked for.
fs::path default_page(const ReportOptions& options) {
  return options.runs.size() == 1 ? fs::path(options.runs.front()) / "report.html"
                                  : fs::path("report.html");
}

int run_report(const ReportOptions& options, Context& context) {
  if (options.text && !options.out.empty())
    throw UsageError("--text is for the terminal, -o for a page; give one");
  review::Options how;
  const auto folders = data_folders(options.data);
  how.find = [&](const fs::path& run, const fs::path& file) {
    return find_data(run, file, folders);
  };
  how.threads = threads_or_default(options.threads);
  how.measure = !options.no_timing;
  how.version = std::string(trim(version()));
  const std::vector<fs::path> runs(options.runs.begin(), options.runs.end());
  const auto review = review::review(runs, how);
  if (options.text) {
    context.print(report::render(review.document, context.terminal.out_style()));
    if (context.json) context.terminal.print(review.json + "\n");
    return kSuccess;
  }
  const auto page = options.out.empty() ? default_page(options) : fs::path(options.out);
  if (!context.json || !options.out.empty()) write_atomically(page, report::html(review.document));
  if (context.json)
    context.terminal.print(review.json + "\n");
  else
    context.print(fmt::format("{} is written: {} in one file, to be opened in a browser.\n",
                              page.string(),
                              human_bytes(static_cast<double>(fs::file_size(page)))));
  return kSuccess;
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("report", "A page on a run, or on several side by side.");
  command->add_option("run", options->runs, "folders of runs")->required();
  command
      ->add_option("-o,--out", options->out,
                   "the page (default: RUN/report.html; of several ./report.html)")
      ->type_name("FILE.html");
  command->add_flag("--text", options->text, "in the terminal, plots as text");
  command->add_flag("--no-timing", options->no_timing, "do not measure the time of ops");
  add_threads(*command, options->threads);
  add_data_folders(*command, options->data);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_report(*options, context); };
  });
}

}  // namespace glia::cli
