#include "glia/cli/json.h"

#include <cmath>

namespace glia::cli {
namespace {

Json values(const train::NamedValues& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = number(value);
  return json;
}

Json metric(const metrics::Metric& metric) {
  Json json;
  json["value"] = metric.value ? number(*metric.value) : Json();
  if (metric.interval)
    json["interval"] = {{"low", number(metric.interval->low)},
                        {"high", number(metric.interval->high)},
                        {"level", metric.interval->level}};
  if (!metric.note.empty()) json["note"] = metric.note;
  return json;
}

}  // namespace

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const experiment::Assessment& assessment) {
  Json json;
  json["rows"] = assessment.rows;
  json["loss"] = number(assessment.loss);
  json["metrics"] = Json::object();
  for (const auto& m : assessment.metrics) json["metrics"][m.name] = metric(m);
  if (assessment.confusion) {
    const auto& matrix = *assessment.confusion;
    json["labels"] = matrix.labels;
    Json rows = Json::array();
    for (std::size_t t = 0; t < matrix.classes(); ++t) {
      Json row = Json::array();
      for (std::size_t p = 0; p < matrix.classes(); ++p) row.push_back(number(matrix.at(t, p)));
      rows.push_back(std::move(row));
    }
    json["confusion"] = std::move(rows);
  }
  for (const auto& output : assessment.outputs) json["outputs"][output.output] = to_json(output);
  for (const auto& c : assessment.classes)
    json["classes"].push_back({{"label", c.label},
                               {"precision", metric(c.precision)},
                               {"recall", metric(c.recall)},
                               {"f1", metric(c.f1)},
                               {"support", number(c.support)}});
  return json;
}

Json to_json(const train::History& history) {
  Json json;
  json["end"] = train::name_of(history.end);
  json["seconds"] = number(history.seconds);
  json["waited_seconds"] = number(history.waited_seconds);
  json["fingerprint"] = history.fingerprint;
  if (history.best_epoch > 0) {
    json["best_epoch"] = history.best_epoch;
    json["best_step"] = history.best_step;
    json["best_value"] = number(history.best_value);
  }
  json["epochs"] = Json::array();
  for (const auto& epoch : history.epochs) {
    Json record{{"epoch", epoch.epoch}, {"step", epoch.step}};
    record.update(values(epoch.values));
    record["seconds"] = number(epoch.seconds);
    json["epochs"].push_back(std::move(record));
  }
  for (const auto& within : history.within) {
    Json record{{"epoch", within.epoch}, {"batch", within.within}, {"step", within.step}};
    record.update(values(within.values));
    json["within_epochs"].push_back(std::move(record));
  }
  for (const auto& event : history.events)
    json["events"].push_back({{"step", event.step}, {"text", event.text}});
  return json;
}

Json to_json(const data::TransformReport& report) {
  Json json{{"imputed", report.imputed}, {"unseen", report.unseen}};
  json["extra_columns"] = report.extra_columns;
  json["columns"] = Json::array();
  for (const auto& column : report.columns)
    json["columns"].push_back({{"name", column.name},
                               {"imputed", column.imputed},
                               {"unseen", column.unseen},
                               {"unseen_samples", column.unseen_samples}});
  return json;
}

Json to_json(const InstructionTime& time) {
  return {{"op", time.op},
          {"layer", time.layer},
          {"kernel", time.kernel},
          {"seconds", number(time.seconds)},
          {"runs", time.runs},
          {"operations", number(time.operations)},
          {"bytes", number(time.bytes)}};
}

Json to_json(const review::Slices& slices) {
  const auto all = [](const std::vector<metrics::Metric>& list) {
    Json json = Json::object();
    for (const auto& m : list) json[m.name] = metric(m);
    return json;
  };
  Json json{{"column", slices.column}, {"overall", all(slices.overall)}, {"slices", Json::array()}};
  for (const auto& slice : slices.slices) {
    json["slices"].push_back({{"value", slice.value}, {"rows", slice.rows}});
    if (slice.metrics.empty())
      json["slices"].back()["note"] = "too few rows";
    else
      json["slices"].back()["metrics"] = all(slice.metrics);
  }
  return json;
}

Json to_json(const report::Plot& plot) {
  Json json{{"title", plot.title}, {"x_label", plot.x_label}, {"y_label", plot.y_label}};
  for (const auto& line : plot.series) {
    Json x = Json::array(), y = Json::array();
    for (const double value : line.x) x.push_back(number(value));
    for (const double value : line.y) y.push_back(number(value));
    json["series"].push_back({{"name", line.name}, {"x", std::move(x)}, {"y", std::move(y)}});
  }
  return json;
}

void print_json(Terminal& terminal, const Json& json) {
  const int indent = terminal.out_is_terminal() ? 2 : -1;
  terminal.print(json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n");
  terminal.flush();
}

}  // namespace glia::cli
