#include "glia/cli/show.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/report/confusion.h"
#include "glia/report/plot.h"
#include "glia/report/table.h"
#include "glia/review/costs.h"

namespace glia::cli {
namespace {

using report::Align;
using report::Cell;
using report::Column;
using report::Paint;
using report::Style;

Cell cell(const metrics::Metric* metric) {
  if (metric == nullptr) return {""};
  if (!metric->value) return {metric->note, Paint::warn};
  const double value = *metric->value;
  if (!metric->interval) return {report::compact_number(value)};
  return {fmt::format("{:.4f} ({:.4f} to {:.4f})", value, metric->interval->low,
                      metric->interval->high)};
}

std::string ratio(double amount, double seconds, std::string_view unit) {
  if (amount <= 0 || seconds <= 0) return "";
  return report::compact_rate(amount / seconds) + std::string(unit);
}

std::string milliseconds(double seconds) { return fmt::format("{:.1f} ms", seconds * 1e3); }

// "dnnl 2.6.3 jit:avx512" -> "dnnl jit:avx512": the version stands in the fingerprint.
std::string kernel_name(const std::string& kernel) {
  if (!kernel.starts_with("dnnl ")) return kernel;
  const auto rest = kernel.find(' ', 5);
  return rest == std::string::npos ? kernel : "dnnl" + kernel.substr(rest);
}

}  // namespace

std::vector<std::string> scales(const experiment::Encoding& encoding) {
  std::vector<data::Target> targets{encoding.target};
  if (!encoding.outputs.empty()) targets.clear();
  for (const auto& [name, target] : encoding.outputs) targets.push_back(target);
  std::vector<std::string> lines;
  for (const auto& target : targets)
    if (target.task == data::Task::regression && (target.mean != 0 || target.std != 1))
      lines.push_back(
          fmt::format("the loss is of '{}' less {}, divided by {}; metrics are in its unit",
                      shown(target.column), report::compact_number(target.mean),
                      report::compact_number(target.std)));
  return lines;
}

std::string metrics_table(const std::vector<NamedAssessment>& assessments, const Style& style,
                          const experiment::Encoding& encoding) {
  report::Table table;
  table.columns.emplace_back("");
  std::vector<Cell> rows{{"rows"}}, losses{{"loss"}};
  bool intervals = false;
  for (const auto& [name, assessment] : assessments) {
    table.columns.emplace_back(name, Align::left);
    rows.emplace_back(with_commas(assessment->rows));
    losses.emplace_back(report::compact_number(assessment->loss));
  }
  table.rows = {rows, losses};
  for (const auto& metric : assessments.front().assessment->metrics) {
    std::vector<Cell> row{{metric.name, Paint::bold}};
    for (const auto& [name, assessment] : assessments) {
      const auto& all = assessment->metrics;
      const auto found = std::find_if(all.begin(), all.end(),
                                      [&](const auto& m) { return m.name == metric.name; });
      row.push_back(cell(found == all.end() ? nullptr : &*found));
      intervals = intervals || (found != all.end() && found->interval);
    }
    table.rows.push_back(std::move(row));
  }
  std::string text = report::render(table, style);
  if (intervals)
    text += report::paint("in brackets: 95 % confidence intervals (Wilson; of roc_auc DeLong)",
                          Paint::dim, style) +
            "\n";
  for (const auto& line : scales(encoding))
    text +=
        report::paint(report::wrapped(report::clean(line, style), 0, 0, style), Paint::dim, style);
  return text;
}

std::string classes_table(const experiment::Assessment& assessment, const Style& style) {
  if (assessment.classes.size() <= 2) return "";
  report::Table table{.title = "by class",
                      .columns = {"class", "precision", "recall", "f1", "rows"}};
  const auto number = [](const metrics::Metric& metric) {
    return metric.value ? Cell(fmt::format("{:.4f}", *metric.value)) : Cell("-", Paint::warn);
  };
  for (const auto& c : assessment.classes)
    table.rows.push_back({{report::clean(c.label, style)},
                          number(c.precision),
                          number(c.recall),
                          number(c.f1),
                          {with_commas(std::llround(c.support))}});
  return report::render(table, style);
}

std::string confusion(const experiment::Assessment& assessment, const std::string& title,
                      const Style& style) {
  if (!assessment.confusion || assessment.confusion->classes() == 0) return "";
  return report::render(
      report::Confusion{title, assessment.confusion->labels, assessment.confusion->counts}, style);
}

std::string learning_curve(const train::History& history, const Style& style) {
  if (history.epochs.size() < 2) return "";
  report::Plot plot;
  plot.title = "learning curve";
  plot.x_label = "epoch";
  for (const auto* name : {"loss", "val_loss"}) {
    report::Series series{name, {}, {}};
    for (const auto& epoch : history.epochs) {
      const double* value = epoch.find(name);
      if (value == nullptr) continue;
      series.x.push_back(static_cast<double>(epoch.epoch));
      series.y.push_back(*value);
    }
    if (!series.y.empty()) plot.series.push_back(std::move(series));
  }
  if (history.best_epoch > 0) {
    plot.mark = static_cast<double>(history.best_epoch);
    plot.mark_label = fmt::format("best: epoch {}", history.best_epoch);
  }
  return report::render(plot, style);
}

std::string layers_line(const std::vector<experiment::LayerSummary>& layers, const Style& style) {
  std::string line;
  for (const auto& layer : layers) {
    const bool sized =
        layer.parameters > 0 && layer.kind != "batch_norm" && layer.output.rank() > 1;
    line += line.empty() ? "" : style.unicode ? " → " : " > ";
    line += layer.kind;
    // Features or channels, as images have them first and rows and sequences last.
    const int rank = layer.output.rank();
    if (sized) line += " " + layer.output[rank <= 3 ? rank - 1 : 1].text();
  }
  return line;
}

std::string profile_table(const std::vector<InstructionTime>& times, const Style& style) {
  const auto ops = review::by_op(times);
  double total = 0, on_reference = 0;
  for (const auto& op : ops) {
    total += op.seconds;
    if (op.kernel == "reference") on_reference += op.seconds;
  }
  report::Table table{
      .title = "profile: time by layer, op and kernel",
      .columns = {"layer", "op", "kernel", "time", "share", "runs", "operations/s", "bytes/s"}};
  for (const auto& op : ops) {
    const auto runs = static_cast<double>(op.runs);
    table.rows.push_back(
        {{op.layer},
         {op.op},
         {kernel_name(op.kernel), op.kernel == "reference" ? Paint::warn : Paint::plain},
         {milliseconds(op.seconds)},
         {total > 0 ? report::percent(op.seconds / total) : ""},
         {with_commas(op.runs)},
         {ratio(op.operations * runs, op.seconds, "")},
         {ratio(op.bytes * runs, op.seconds, "B")}});
  }
  table.rules = {table.rows.size()};
  table.rows.push_back({{"all", Paint::bold}, {""}, {""}, {milliseconds(total)}, {"100.0%"}});
  std::string text = report::render(table, style);
  if (on_reference > 0)
    text += report::paint(fmt::format("{} of the time was spent in reference kernels, which are "
                                      "slow: this backend has none of its own for these ops",
                                      report::percent(on_reference / total)),
                          Paint::warn, style) +
            "\n";
  return text;
}

std::vector<std::string> notes(const data::TransformReport& report, const std::string& target) {
  std::vector<std::string> lines;
  constexpr std::size_t kMostNames = 20;
  std::string extra;
  std::size_t names = 0;
  for (const auto& name : report.extra_columns)
    if (name != target && names++ < kMostNames)
      extra += (extra.empty() ? "'" : ", '") + shown(name) + "'";
  if (names > kMostNames) extra += fmt::format(", and {} more", names - kMostNames);
  if (!extra.empty()) lines.push_back("columns that the model does not know are ignored: " + extra);
  for (const auto& column : report.columns) {
    std::vector<std::string> unseen;
    for (const auto& sample : column.unseen_samples) unseen.push_back(shown(sample));
    if (column.imputed > 0)
      lines.push_back(fmt::format("column '{}': {} missing {} filled in", shown(column.name),
                                  with_commas(column.imputed),
                                  column.imputed == 1 ? "value" : "values"));
    if (column.unseen > 0)
      lines.push_back(fmt::format("column '{}': {} {} of categories that training never saw ('{}')",
                                  shown(column.name), with_commas(column.unseen),
                                  column.unseen == 1 ? "value" : "values",
                                  fmt::join(unseen, "', '")));
  }
  return lines;
}

std::string list(const std::string& title, const std::vector<std::string>& lines,
                 const Style& style) {
  std::string text = report::paint(title, Paint::bold, style) + "\n";
  for (const auto& line : lines) text += "  " + line + "\n";
  return text;
}

}  // namespace glia::cli
