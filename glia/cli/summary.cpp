// glia summary
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/command.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/report/table.h"

namespace glia::cli {
namespace {

struct SummaryOptions {
  std::string what;
  std::vector<std::string> set, data;
};

// A model and the shape of the rows that it takes.
struct Subject {
  experiment::Experiment experiment;
  Shape row;
};

Subject subject_of(const SummaryOptions& options) {
  if (std::filesystem::is_directory(options.what)) {
    if (!options.set.empty()) throw UsageError("--set is for experiment files; this is a run");
    auto bundle = experiment::load_bundle(options.what);
    const Shape row = bundle.feature_row();
    return {std::move(bundle.experiment), row};
  }
  const experiment::LoadOptions load{.set = options.set,
                                     .data_folders = data_folders(options.data)};
  auto experiment = experiment::load(options.what, load);
  const Shape row = experiment::prepare(experiment).train.feature_shape();
  return {std::move(experiment), row};
}

// Without the batch, which is 1 here.
Shape row_shape(const Shape& shape) {
  if (shape.rank() == 0) return shape;
  return Shape(std::vector<Dim>(shape.begin() + 1, shape.end()));
}

int run_summary(const SummaryOptions& options, Context& context) {
  const auto [experiment, row] = subject_of(options);
  const auto layers = experiment::summarize(experiment.model(), experiment.layers, row);
  std::int64_t parameters = 0;
  double operations = 0;
  for (const auto& layer : layers) parameters += layer.parameters, operations += layer.operations;
  if (context.json) {
    Json json{{"name", experiment.name}, {"input", row.sizes()}, {"layers", Json::array()}};
    for (const auto& layer : layers)
      json["layers"].push_back({{"name", layer.name},
                                {"kind", layer.kind},
                                {"output", row_shape(layer.output).sizes()},
                                {"parameters", layer.parameters},
                                {"operations", number(layer.operations)}});
    json["parameters"] = parameters;
    json["operations"] = number(operations);
    print_json(context.terminal, json);
    return kSuccess;
  }
  report::Table table{.columns = {"layer", "kind", "output", "parameters", "operations"}};
  table.rows.push_back({{"input"}, {""}, {row.text()}, {""}, {""}});
  for (const auto& layer : layers)
    table.rows.push_back({{layer.name},
                          {layer.kind},
                          {row_shape(layer.output).text()},
                          {with_commas(layer.parameters)},
                          {with_commas(static_cast<long long>(layer.operations))}});
  table.rules = {table.rows.size()};
  table.rows.push_back({{"all", report::Paint::bold},
                        {""},
                        {""},
                        {with_commas(parameters)},
                        {with_commas(static_cast<long long>(operations))}});
  const auto style = context.terminal.out_style();
  context.print(report::paint(report::clean(experiment.name, style), report::Paint::bold, style) +
                ", for one row\n\n" + report::render(table, style));
  context.print(
      fmt::format("\nweights: {} as f32\n", human_bytes(4 * static_cast<double>(parameters))));
  return kSuccess;
}

}  // namespace

void add_summary(CLI::App& app, Context& context) {
  auto options = std::make_shared<SummaryOptions>();
  auto* command =
      app.add_subcommand("summary", "Layers, output shapes, parameters and operations of a model.");
  command->add_option("model", options->what, "an experiment file or a run's folder")->required();
  add_list(*command, "--set", options->set, "replace a setting: train.epochs=5 (again for more)")
      ->type_name("KEY=VALUE");
  add_data_folders(*command, options->data);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_summary(*options, context); };
  });
}

}  // namespace glia::cli
