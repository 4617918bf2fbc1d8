// glia demo
#include <algorithm>
#include <numeric>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/base/threads.h"
#include "glia/cli/command.h"
#include "glia/cli/digits.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/show.h"
#include "glia/cli/training.h"
#include "glia/report/image.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

struct DemoOptions {
  std::string out;
  std::int64_t drawings = 12000, held_out = 2000;
  int epochs = 4, threads = 0;
  std::uint64_t seed = 1;
};

constexpr const char* kExperiment = R"(# The experiment of `glia demo`: digits drawn by glia itself.
name: demo
data:
  train: {{images: data/train-images.idx, labels: data/train-labels.idx}}
  test: {{images: data/held-out-images.idx, labels: data/held-out-labels.idx}}
  validation: 0.1
model:
  layers:
    - conv2d: {{filters: 16, kernel_size: 3, activation: relu, kernel_initializer: he_normal}}
    - max_pool2d: {{pool_size: 2}}
    - conv2d: {{filters: 32, kernel_size: 3, activation: relu, kernel_initializer: he_normal}}
    - max_pool2d: {{pool_size: 2}}
    - flatten: {{}}
    - dense: {{units: 64, activation: relu, kernel_initializer: he_normal}}
    - dense: {{units: 10, activation: softmax}}
train:
  loss: sparse_categorical_crossentropy
  optimizer: {{adam: {{learning_rate: 2e-3}}}}
  schedule: cosine
  batch_size: 64
  epochs: {}
  early_stopping: {{monitor: val_loss, patience: 3}}
  metrics: [accuracy]
seed: {}
)";

// runs/demo, or the next that is free: a demo replaces nothing.
fs::path free_folder() {
  fs::path folder = fs::path("runs") / "demo";
  for (int i = 2; fs::exists(folder); ++i) folder = fs::path("runs") / fmt::format("demo-{}", i);
  return folder;
}

// Pixels for the terminal; they must outlive the images made of them.
std::vector<float> lightness(const Tensor& images, std::int64_t index) {
  const auto bytes = images.data<std::uint8_t>();
  std::vector<float> pixels(static_cast<std::size_t>(kDrawingSize * kDrawingSize));
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] =
        static_cast<float>(bytes[static_cast<std::size_t>(index) * pixels.size() + i]) / 255;
  return pixels;
}

struct Picture {
  std::int64_t index;
  std::string caption;
  report::Paint role = report::Paint::plain;
};

std::string pictures(const std::string& title, const Tensor& images,
                     const std::vector<Picture>& list, const report::Style& style) {
  std::vector<std::vector<float>> pixels;
  report::ImageGrid grid{.title = title, .images = {}, .per_row = 5};
  for (const auto& picture : list) pixels.push_back(lightness(images, picture.index));
  for (std::size_t i = 0; i < list.size(); ++i)
    grid.images.push_back({static_cast<int>(kDrawingSize), static_cast<int>(kDrawingSize),
                           pixels[i], list[i].caption, list[i].role});
  return report::render(grid, style);
}

// One drawing of each digit.
std::string examples(const Drawings& drawings, const report::Style& style) {
  std::vector<Picture> list;
  const auto labels = drawings.labels.data<std::uint8_t>();
  for (int digit = 0; digit < 10; ++digit) {
    const auto found = std::find(labels.begin(), labels.end(), digit);
    if (found != labels.end()) list.push_back({found - labels.begin(), std::to_string(digit)});
  }
  return pictures("some of the drawings", drawings.images, list, style);
}

// The mistakes that the network was surest of: they teach most.
std::string mistakes(const experiment::Bundle& bundle, const experiment::Prepared& prepared,
                     const Drawings& held_out, int threads, const report::Style& style) {
  const Tensor output = bundle.predict(*prepared.test, threads).front();
  const auto p = output.data<float>();
  const auto labels = held_out.labels.data<std::uint8_t>();
  struct Mistake {
    float probability;
    std::size_t index;
    std::ptrdiff_t said;
  };
  std::vector<Mistake> all;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = p.subspan(10 * i, 10);
    const auto most = std::max_element(row.begin(), row.end());
    if (most - row.begin() != labels[i]) all.push_back({*most, i, most - row.begin()});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.probability > b.probability; });
  std::vector<Picture> list;
  for (const auto& mistake : all) {
    if (list.size() == 5) break;
    list.push_back({static_cast<std::int64_t>(mistake.index),
                    fmt::format("{} read as {}", labels[mistake.index], mistake.said),
                    report::Paint::bad});
  }
  if (list.empty()) return "no mistake on the held-out drawings\n";
  return pictures(fmt::format("mistakes on held-out drawings: {} of {}; the surest ones",
                              all.size(), with_commas(std::ssize(labels))),
                  held_out.images, list, style);
}

// Files of drawings and the experiment, so that `glia train` can do the same.
void write_material(const fs::path& folder, const Drawings& training, const Drawings& held_out,
                    const std::string& experiment) {
  fs::create_directories(folder / "data");
  write_idx(folder / "data" / "train-images.idx", training.images);
  write_idx(folder / "data" / "train-labels.idx", training.labels);
  write_idx(folder / "data" / "held-out-images.idx", held_out.images);
  write_idx(folder / "data" / "held-out-labels.idx", held_out.labels);
  write_atomically(folder / "demo.yaml", experiment);
}

void print_next(Context& context, const fs::path& folder) {
  const auto at = [&](const char* name) { return shell_word((folder / name).string()); };
  const std::vector<std::string> lines{
      fmt::format("glia predict {} {}", at("run"), at("data/held-out-images.idx")),
      fmt::format("glia summary {}", at("run")),
      fmt::format("glia train {} --set train.epochs=8 --out runs/longer", at("demo.yaml")),
      "glia init your-data.csv --target COLUMN"};
  context.print("\n" + list("what to try next", lines, context.terminal.out_style()));
}

int run_demo(const DemoOptions& options, Context& context) {
  const fs::path folder = options.out.empty() ? free_folder() : fs::path(options.out);
  if (fs::exists(folder) && !fs::is_empty(folder))
    fail("E-CLI-08", "{}: this folder is there already; name another with --out", folder.string());
  const double begun = now();
  auto& terminal = context.terminal;
  terminal.say(fmt::format("drawing {} digits, and {} held out for the end ...\n",
                           with_commas(options.drawings), with_commas(options.held_out)));
  const auto training = draw_digits(options.drawings, options.seed, "training");
  const auto held_out = draw_digits(options.held_out, options.seed, "held-out");
  write_material(folder, training, held_out,
                 fmt::format(fmt::runtime(kExperiment), options.epochs, options.seed));
  context.print(examples(training, terminal.out_style()) + "\n");
  if (!context.json) terminal.flush();

  const auto experiment = experiment::load(folder / "demo.yaml");
  const auto prepared = experiment::prepare(experiment);
  experiment::RunOptions run;
  run.folder = folder / "run";
  run.threads = threads_or_default(options.threads);
  const TrainingRequest request{
      experiment,
      prepared,
      run,
      {context.arguments, folder / "demo.yaml", {}},
      shell_line({"glia", "train", (folder / "demo.yaml").string(), "--out", run.folder.string(),
                  "--threads", std::to_string(run.threads), "--resume"})};
  const auto result = train_with_progress(context, request);
  if (!interrupted(result)) {
    print_results(context, request, result);
    const auto bundle = experiment::load_bundle(run.folder);
    context.print(mistakes(bundle, prepared, held_out, run.threads, terminal.out_style()) + "\n");
    print_files(context, request, result);
    print_next(context, folder);
    terminal.say(fmt::format("\ndone in {}\n", human_seconds(now() - begun)));
  }
  if (context.json) {
    auto json = result_json(request, result);
    json["folder"] = folder.string();
    json["seconds"] = number(now() - begun);
    print_json(terminal, json);
  }
  return interrupted(result) ? kInterrupted : kSuccess;
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
  auto options = std::make_shared<DemoOptions>();
  auto* command = app.add_subcommand(
      "demo", "Draw digits, train a small network to read them, and show what it learned.");
  command->add_option("--out", options->out, "a new folder (default: runs/demo)")
      ->type_name("FOLDER");
  command->add_option("--drawings", options->drawings, "drawings to learn from (default: 12000)")
      ->type_name("N")
      ->check(CLI::Range(100, 1000000).description(""));
  command->add_option("--held-out", options->held_out, "drawings to be judged by (default: 2000)")
      ->type_name("N")
      ->check(CLI::Range(10, 1000000).description(""));
  command->add_option("--epochs", options->epochs, "rounds over the drawings (default: 4)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000).description(""));
  command->add_option("--seed", options->seed, "of drawings and training (default: 1)")
      ->type_name("N");
  add_threads(*command, options->threads);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_demo(*options, context); };
  });
}

}  // namespace glia::cli
