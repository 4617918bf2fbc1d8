// glia predict
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/interrupt.h"
#include "glia/cli/json.h"
#include "glia/cli/predict.h"
#include "glia/cli/show.h"
#include "glia/data/csv.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

// What a row's prediction is: a label and probabilities of all classes, or a value.
struct Predictions {
  std::string output;                      // its name, where there are several
  std::vector<std::string> labels;         // of the classes; none: regression
  std::vector<std::string> decided;        // classification: the label of each row
  std::vector<std::vector<float>> values;  // probabilities by class, or one value
};

// Two classes are decided by the threshold, more by the largest probability, as metrics do.
std::size_t decide(const std::vector<float>& p, std::optional<double> threshold) {
  if (p.size() == 2) return static_cast<double>(p[1]) > threshold.value_or(0.5) ? 1 : 0;
  return static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
}

Predictions decided(const experiment::Bundle& bundle, const Tensor& output,
                    const data::Target& target) {
  const auto data = output.data<float>();
  const auto rows = static_cast<std::size_t>(output.shape()[0].value());
  const std::size_t width = rows > 0 ? data.size() / rows : 1;
  Predictions result;
  result.labels = target.labels;
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<float> values(data.begin() + static_cast<std::ptrdiff_t>(row * width),
                              data.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
    if (!result.labels.empty()) {
      if (width == 1) values = {1 - values[0], values[0]};
      if (values.size() != result.labels.size())
        fail("E-CLI-06", "model '{}': it gives {} probabilities, and there are {} labels",
             bundle.experiment.name, values.size(), result.labels.size());
      result.decided.push_back(result.labels[decide(values, bundle.experiment.fit.threshold)]);
    }
    result.values.push_back(std::move(values));
  }
  return result;
}

// Of each output.
std::vector<Predictions> predict(const experiment::Bundle& bundle, const data::Source& rows,
                                 int threads) {
  const auto outputs = bundle.predict(rows, threads, 1);
  const auto& named = bundle.encoding.outputs;
  std::vector<Predictions> all;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    all.push_back(
        decided(bundle, outputs[i], named.empty() ? bundle.encoding.target : named[i].second));
    if (!named.empty()) all.back().output = named[i].first;
  }
  return all;
}

// The head of a column: "label", or "kind" and "kind_probability_yes" of the output `kind`.
std::string column(const Predictions& predictions, const std::string& word, bool decision) {
  if (predictions.output.empty()) return word;
  return decision ? predictions.output : predictions.output + "_" + word;
}

// How many lines a row's prediction takes: its steps.
std::size_t lines_of(const experiment::NewRows& rows) {
  return rows.steps.empty() ? 1 : rows.steps.size() / static_cast<std::size_t>(rows.rows->size());
}

std::vector<std::string> head(const experiment::NewRows& rows,
                              const std::vector<Predictions>& outputs) {
  std::vector<std::string> cells;
  if (!rows.ids.empty()) cells.push_back(data::csv_field(rows.id_name));
  if (!rows.steps.empty()) cells.push_back(data::csv_field(rows.step_name));
  for (const auto& name : rows.values) cells.push_back(data::csv_field(name));
  if (!rows.values.empty()) return cells;
  for (const auto& output : outputs) {
    cells.push_back(
        data::csv_field(column(output, output.labels.empty() ? "prediction" : "label", true)));
    for (const auto& label : output.labels)
      cells.push_back(data::csv_field(column(output, "probability_" + label, false)));
  }
  return cells;
}

void write_csv(const experiment::NewRows& rows, const std::vector<Predictions>& outputs,
               const std::function<void(std::string_view)>& sink) {
  sink(fmt::format("{}\n", fmt::join(head(rows, outputs), ",")));
  const std::size_t lines = lines_of(rows);
  std::vector<std::string> cells;
  for (std::size_t line = 0; line < outputs.front().values.size() * lines; ++line) {
    const std::size_t row = line / lines, step = line % lines;
    cells.clear();
    if (!rows.ids.empty()) cells.push_back(data::csv_field(rows.ids[row]));
    if (!rows.steps.empty()) cells.push_back(data::csv_field(rows.steps[line]));
    for (const auto& output : outputs) {
      if (!output.labels.empty()) cells.push_back(data::csv_field(output.decided[row]));
      const auto& values = output.values[row];
      for (std::size_t i = step * values.size() / lines; i < (step + 1) * values.size() / lines;
           ++i)
        cells.push_back(exact(values[i]));
    }
    sink(fmt::format("{}\n", fmt::join(cells, ",")));
  }
}

Json prediction_json(const Predictions& predictions, std::size_t row) {
  Json entry;
  const auto& values = predictions.values[row];
  if (predictions.labels.empty()) {
    entry["prediction"] = number(static_cast<double>(values.front()));
    return entry;
  }
  entry["label"] = predictions.decided[row];
  for (std::size_t c = 0; c < values.size(); ++c)
    entry["probabilities"][predictions.labels[c]] = number(static_cast<double>(values[c]));
  return entry;
}

// Of a row whose prediction is of several steps: [{"Month": "1961-01", "Passengers": 450.5}, ...].
Json steps_json(const experiment::NewRows& rows, const Predictions& predictions, std::size_t row) {
  Json steps = Json::array();
  const std::size_t lines = lines_of(rows), width = rows.values.size();
  for (std::size_t step = 0; step < lines; ++step) {
    Json entry{{rows.step_name, rows.steps[row * lines + step]}};
    for (std::size_t k = 0; k < width; ++k)
      entry[rows.values[k]] =
          number(static_cast<double>(predictions.values[row][step * width + k]));
    steps.push_back(std::move(entry));
  }
  return steps;
}

Json predictions_json(const experiment::NewRows& rows, const std::vector<Predictions>& outputs) {
  Json list = Json::array();
  for (std::size_t row = 0; row < outputs.front().values.size(); ++row) {
    Json entry;
    if (!rows.ids.empty()) entry[rows.id_name] = rows.ids[row];
    for (const auto& output : outputs)
      if (!rows.steps.empty())
        entry["steps"] = steps_json(rows, output, row);
      else if (output.output.empty())
        entry.update(prediction_json(output, row));
      else
        entry[output.output] = prediction_json(output, row);
    list.push_back(std::move(entry));
  }
  return list;
}

int run_predict(const PredictOptions& options, Context& context) {
  const auto bundle = experiment::load_bundle(options.run);
  if (bundle.experiment.data->gives_masks()) return predict_masks(bundle, options, context);
  if (!options.out.empty()) expect_new_file(options.out, options.force);
  const auto rows = bundle.experiment.data->unlabelled(bundle, options.file);
  auto& terminal = context.terminal;
  for (const auto& note : notes(rows.report, bundle.encoding.target.column))
    terminal.say("note: " + note + "\n");
  const auto predictions = predict(bundle, *rows.rows, threads_or_default(options.threads));
  if (!options.out.empty()) {
    write_atomically(options.out, [&](AtomicFile& file) {
      write_csv(rows, predictions, [&](std::string_view line) { file.write(line); });
    });
    terminal.say(fmt::format("{} predictions written to {}\n",
                             with_commas(std::ssize(predictions.front().values)), options.out));
  } else if (!context.json) {
    write_csv(rows, predictions, [&](std::string_view line) { terminal.print(line); });
  }
  if (context.json) {
    Json json{{"run", options.run},
              {"file", options.file},
              {"rows", predictions.front().values.size()},
              {"encoding", to_json(rows.report)}};
    if (options.out.empty())
      json["predictions"] = predictions_json(rows, predictions);
    else
      json["out"] = options.out;
    print_json(terminal, json);
  }
  return kSuccess;
}

}  // namespace

std::string exact(float value) {
  char text[32];
  return {text, std::to_chars(std::begin(text), std::end(text), value).ptr};
}

void add_predict(CLI::App& app, Context& context) {
  auto options = std::make_shared<PredictOptions>();
  auto* command =
      app.add_subcommand("predict", "Labels and probabilities, or values, of new rows.");
  command->add_option("run", options->run, "a run's folder, or a bundle's")->required();
  command
      ->add_option("file", options->file,
                   "rows as in training, columns in any order (CSV, JSON lines, NumPy); images or "
                   "sounds (a file or a folder; IDX); a series")
      ->required();
  command
      ->add_option("-o,--out", options->out,
                   "where to write (default: standard output); of masks a folder")
      ->type_name("FILE.csv|FOLDER");
  command->add_flag("--force", options->force, "replace a file that is there");
  add_threads(*command, options->threads);
  add_json(*command, context);
  command->callback([options, &context] {
    context.run = [options, &context] { return run_predict(*options, context); };
  });
}

}  // namespace glia::cli
