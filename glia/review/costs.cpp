#include "glia/review/costs.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/base/text.h"
#include "glia/data/dataset.h"

namespace glia::review {
namespace {

using experiment::Bundle;
using report::Cell;

constexpr std::size_t kMostOps = 40;
constexpr std::int64_t kSteps = 10;
constexpr double kMostOperations = 2e10;  // of the measured steps, so that they take a second or so

Tensor repeated(const Tensor& from, std::int64_t rows) {
  std::vector<Dim> sizes(from.shape().begin(), from.shape().end());
  sizes.front() = Dim(rows);
  Tensor to(from.dtype(), Shape(sizes));
  const std::int64_t each = from.size() / from.shape()[0].value();
  for (std::int64_t i = 0; i < to.size(); ++i) {
    const double value = from.at(i % (from.shape()[0].value() * each));
    if (to.dtype() == DType::i64)
      to.data<std::int64_t>()[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(value);
    else
      to.data<float>()[static_cast<std::size_t>(i)] = static_cast<float>(value);
  }
  return to;
}

// Rows like those of the training in type and size: normal numbers, the first token, the targets of
// the rows that were judged.
data::Dataset made_up(const Bundle& bundle, const experiment::Predictions& judged,
                      std::int64_t rows) {
  std::vector<data::Named> inputs, targets;
  for (const auto& field : bundle.encoding.encoder->inputs()) {
    std::vector<Dim> sizes{Dim(rows)};
    sizes.insert(sizes.end(), field.row.begin(), field.row.end());
    Tensor input(field.dtype, Shape(sizes));
    if (field.dtype == DType::f32) {
      Random random(1, "review");
      for (auto& value : input.data<float>()) value = static_cast<float>(random.normal());
    }
    inputs.push_back({field.name, std::move(input)});
  }
  for (const auto& output : judged.outputs)
    targets.push_back(
        {output.name.empty() ? "target" : output.name, repeated(output.targets, rows)});
  return {std::move(inputs), std::move(targets)};
}

struct Measured {
  std::vector<InstructionTime> times;
  std::int64_t batch = 0, steps = 0;
};

Measured measured(const Bundle& bundle, const experiment::Predictions& judged, int threads) {
  const auto& e = bundle.experiment;
  const auto all = experiment::total(
      experiment::summarize(e.model(), e.layers, bundle.encoding.types(), e.fit.updates.groups));
  Measured result;
  const double of_row = 3 * std::max(1.0, all.operations);  // forwards and backwards
  result.steps = kSteps;
  result.batch = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(kMostOperations / of_row / kSteps), 1, e.fit.batch_size);
  train::FitOptions fit = e.fit;
  fit.epochs = 1, fit.batch_size = result.batch, fit.threads = threads, fit.loader_workers = 0;
  fit.metrics.clear(), fit.early_stopping.reset(), fit.average.reset(), fit.class_weights.clear();
  fit.checkpoint = {}, fit.validate = {}, fit.callbacks.clear(), fit.time_budget = 0;
  fit.preflight = false, fit.resume = false, fit.profile = true;
  fit.target = bundle.encoding.target;
  for (std::size_t i = 0; i < fit.outputs.size(); ++i)
    fit.outputs[i].target = bundle.encoding.outputs.at(i).second, fit.outputs[i].metrics.clear();
  Store store;
  // The first steps of a process start its threads, which is no cost of an op.
  train::fit(e.model(), made_up(bundle, judged, result.batch * 2), nullptr, store, fit);
  const auto rows = made_up(bundle, judged, result.batch * kSteps);
  result.times = train::fit(e.model(), rows, nullptr, store, fit).profile;
  return result;
}

std::string size_text(const Shape& output) {
  std::string text;
  for (int i = output.rank() > 1 ? 1 : 0; i < output.rank(); ++i)
    text += (text.empty() ? "" : " x ") + output[i].text();
  return text.empty() ? "1" : text;
}

}  // namespace

std::vector<InstructionTime> by_op(const std::vector<InstructionTime>& times) {
  std::map<std::tuple<std::string, std::string, std::string>, InstructionTime> groups;
  for (const auto& time : times) {
    auto& group = groups[{time.layer, time.op, time.kernel}];
    const double before = static_cast<double>(group.runs), more = static_cast<double>(time.runs);
    const auto mean = [&](double a, double b) {
      return before + more > 0 ? (a * before + b * more) / (before + more) : 0;
    };
    // Operations and bytes are those of one run, so that batches of other sizes are averaged.
    const double operations = mean(group.operations, time.operations);
    const double bytes = mean(group.bytes, time.bytes), seconds = group.seconds + time.seconds;
    const long runs = group.runs + time.runs;
    group = time;
    group.seconds = seconds, group.runs = runs;
    group.operations = operations, group.bytes = bytes;
  }
  std::vector<InstructionTime> list;
  for (auto& [key, group] : groups) list.push_back(std::move(group));
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  return list;
}

std::vector<report::Block> layers_of(const Bundle& bundle) {
  const auto& e = bundle.experiment;
  const auto layers =
      experiment::summarize(e.model(), e.layers, bundle.encoding.types(), e.fit.updates.groups);
  const auto all = experiment::total(layers);
  report::Table table{
      .columns = {"layer", "kind", "output", "parameters", "operations", "results"}};
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  for (const auto& layer : layers) {
    Cell parameters(with_commas(layer.parameters)),
        operations(report::compact_rate(layer.operations));
    if (layer.parameters > 0)
      parameters.share =
          share(static_cast<double>(layer.parameters), static_cast<double>(all.parameters));
    if (layer.operations > 0) operations.share = share(layer.operations, all.operations);
    table.rows.push_back({{shown(layer.name)},
                          {layer.kind},
                          {size_text(layer.output)},
                          parameters,
                          operations,
                          {human_bytes(layer.activations)}});
  }
  table.rules = {table.rows.size()};
  table.rows.push_back({{"all", report::Paint::bold},
                        {""},
                        {""},
                        {with_commas(all.parameters)},
                        {report::compact_rate(all.operations)},
                        {human_bytes(all.activations)}});
  std::string text = "For one row, forwards. ";
  if (all.frozen > 0)
    text += fmt::format("{} parameters are not learned. ", with_commas(all.frozen));
  return {
      report::Paragraph{text + fmt::format("The weights take {}.",
                                           human_bytes(4.0 * static_cast<double>(all.parameters)))},
      std::move(table)};
}

std::vector<report::Block> times_of(const StoredRun& run, const Options& options) {
  Measured m{run.profile, 0, 0};
  std::string text = "Of the whole training, as --profile measured it.";
  if (m.times.empty()) {
    if (!options.measure || !run.bundle || !run.judged() || run.judged()->kept() == 0) return {};
    try {
      m = measured(*run.bundle, *run.judged(), options.threads);
    } catch (const Error& error) {
      return {report::Paragraph{fmt::format("Steps could not be measured: {}", error.what())}};
    }
    text = fmt::format(
        "Measured for this report: {} training steps of {} made-up rows, {} thread{}. Times are "
        "those of this machine now.",
        m.steps, m.batch, options.threads, options.threads == 1 ? "" : "s");
  }
  const auto ops = by_op(m.times);
  double total = 0;
  for (const auto& op : ops) total += op.seconds;
  if (!(total > 0)) return {};
  report::Table table{.columns = {"layer", "op", "kernel", "time of a run", "share", "operations/s",
                                  "memory moved"}};
  for (std::size_t i = 0; i < std::min(ops.size(), kMostOps); ++i) {
    const auto& op = ops[i];
    const auto runs = static_cast<double>(std::max(1L, op.runs));
    Cell share(report::percent(op.seconds / total));
    share.share = op.seconds / total;
    table.rows.push_back(
        {{shown(op.layer)},
         {op.op},
         {op.kernel, op.kernel == "reference" ? report::Paint::warn : report::Paint::dim},
         {fmt::format("{:.3f} ms", 1e3 * op.seconds / runs)},
         share,
         {op.operations > 0 && op.seconds > 0
              ? report::compact_rate(op.operations * runs / op.seconds)
              : ""},
         {op.bytes > 0 ? human_bytes(op.bytes) : ""}});
  }
  std::vector<report::Block> blocks{report::Paragraph{text}, std::move(table)};
  if (ops.size() > kMostOps)
    blocks.insert(blocks.begin() + 1,
                  report::Paragraph{fmt::format("The {} longest of {}.", kMostOps, ops.size())});
  return blocks;
}

}  // namespace glia::review
