// glia summary
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

// A model and what it takes.
struct Subject {
  experiment::Experiment experiment;
  train::BatchTypes types;
};

Subject subject_of(const SummaryOptions& options) {
  if (std::filesystem::is_directory(options.what)) {
    if (!options.set.empty()) throw UsageError("--set is for experiment files; this is a run");
    auto bundle = experiment::load_bundle(options.what);
    auto types = bundle.encoding.types();
    return {std::move(bundle.experiment), std::move(types)};
  }
  const experiment::LoadOptions load{.set = options.set,
                                     .data_folders = data_folders(options.data)};
  auto experiment = experiment::load(options.what, load);
  auto types = experiment::prepare(experiment).encoding.types();
  return {std::move(experiment), std::move(types)};
}

// Without the batch.
Shape row_shape(const Shape& shape) {
  if (shape.rank() == 0) return shape;
  return Shape(std::vector<Dim>(shape.begin() + 1, shape.end()));
}

Json to_json(const experiment::LayerSummary& layer) {
  return {{"name", layer.name},
          {"kind", layer.kind},
          {"output", row_shape(layer.output).sizes()},
          {"parameters", layer.parameters},
          {"trainable", layer.parameters - layer.frozen},
          {"operations", number(layer.operations)},
          {"activation_bytes", number(layer.activations)}};
}

int run_summary(const SummaryOptions& options, Context& context) {
  const auto [experiment, types] = subject_of(options);
  const auto layers = experiment::summarize(experiment.model(), experiment.layers, types,
                                            experiment.fit.updates.groups);
  std::vector<Shape> rows{row_shape(types.features.shape)};
  for (const auto& [name, type] : types.more_features) rows.push_back(row_shape(type.shape));
  if (context.json) {
    const auto all = experiment::total(layers);
    Json json{
        {"name", experiment.name}, {"input", rows.front().sizes()}, {"layers", Json::array()}};
    for (std::size_t i = 1; i < rows.size(); ++i) json["more_inputs"].push_back(rows[i].sizes());
    for (const auto& layer : layers) json["layers"].push_back(to_json(layer));
    json["parameters"] = all.parameters;
    json["trainable"] = all.parameters - all.frozen;
    json["operations"] = number(all.operations);
    json["activation_bytes"] = number(all.activations);
    print_json(context.terminal, json);
    return kSuccess;
  }
  const auto style = context.terminal.out_style();
  context.print(report::paint(report::clean(experiment.name, style), report::Paint::bold, style) +
                ", for one row\n\n" + experiment::summary_text(layers, rows, style));
  const auto note = experiment::undecayed(experiment.model(), types, experiment.fit.optimizer,
                                          experiment.fit.updates.groups);
  if (!note.empty()) context.print(report::wrapped(note, 0, 0, style));
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
