// The page of one run.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/shell.h"
#include "glia/base/text.h"
#include "glia/review/costs.h"
#include "glia/review/curves.h"
#include "glia/review/pages.h"
#include "glia/review/rows.h"

namespace glia::review {
namespace {

using Json = nlohmann::ordered_json;
using experiment::Assessment;
using report::Cell;
using report::Document;
using report::Heading;
using report::Note;
using report::Paint;
using report::Paragraph;

struct Judged {
  std::string part;
  Assessment assessment;
};

// Metrics with intervals, of the predictions that were kept. Many answers of one row (steps,
// pixels) are no independent rows: no bootstrap is made of them, and of very many it would take
// long.
std::vector<Judged> judged(const StoredRun& run, const Options& options,
                           std::vector<std::string>& problems) {
  std::vector<Judged> all;
  if (!run.bundle) return all;
  for (const auto& [part, predictions] : {std::pair{"validation", &run.validation_predictions},
                                          std::pair{"test", &run.test_predictions}}) {
    if (!*predictions) continue;
    const auto& first = (*predictions)->outputs.front().predictions;
    constexpr std::int64_t kMostBootstrapped = 2000000;
    const bool small = first.size() <= kMostBootstrapped && first.shape().rank() <= 2;
    const auto affordable =
        static_cast<std::size_t>(20000000 / std::max<std::int64_t>(1, first.size()));
    const std::size_t replicates = small ? std::min(options.replicates, affordable) : 0;
    try {
      all.push_back({part, experiment::assess(run.bundle->experiment, run.bundle->encoding,
                                              **predictions, replicates < 50 ? 0 : replicates)});
    } catch (const Error& error) {
      problems.push_back(fmt::format("The {} rows have no metrics: {}", part, error.what()));
    }
  }
  return all;
}

std::string value_text(double value) {
  return std::abs(value) < 1 && value != 0 && std::abs(value) >= 1e-4
             ? fmt::format("{:.4f}", value)
             : fmt::format("{:.5g}", value);
}

std::string interval_text(const metrics::Metric& m) {
  return m.interval
             ? fmt::format("{} to {}", value_text(m.interval->low), value_text(m.interval->high))
             : "";
}

Cell metric_cell(const metrics::Metric& m) {
  if (!m.value) return {m.note, Paint::warn};
  const auto interval = interval_text(m);
  return {value_text(*m.value) + (interval.empty() ? "" : fmt::format(" ({})", interval))};
}

report::Facts headline(const StoredRun& run, const std::vector<Judged>& parts) {
  report::Facts facts;
  constexpr std::size_t kMost = 4;
  if (!parts.empty()) {
    const auto& best = parts.back();
    for (const auto& m : best.assessment.metrics) {
      if (facts.facts.size() >= kMost) break;
      if (m.value)
        facts.facts.push_back(
            {fmt::format("{} {}", best.part, m.name), value_text(*m.value), interval_text(m)});
    }
    if (run.bundle->experiment.data->things() == "windows" &&
        !run.bundle->encoding.target.labels.empty())
      facts.facts.push_back(
          {best.part + " perplexity", value_text(std::exp(best.assessment.loss))});
  } else if (run.scores()) {
    for (const auto& [name, value] : run.scores()->metrics)
      if (facts.facts.size() < kMost)
        facts.facts.push_back({fmt::format("{} {}", run.judged_by(), name), value_text(value)});
  }
  if (!run.epochs.empty())
    facts.facts.push_back({"epochs", std::to_string(run.epochs.size()),
                           run.best_epoch > 0 ? fmt::format("the best: {}", run.best_epoch) : ""});
  if (run.seconds > 0) facts.facts.push_back({"training", human_seconds(run.seconds)});
  if (run.parameters > 0) facts.facts.push_back({"parameters", with_commas(run.parameters)});
  return facts;
}

std::string target_text(const data::Target& target) {
  if (target.task == data::Task::regression)
    return fmt::format(
        "{}, a number{}", shown(target.column),
        target.mean != 0 || target.std != 1
            ? fmt::format("; learned less {:.5g}, divided by {:.5g}", target.mean, target.std)
            : "");
  constexpr std::size_t kMost = 20;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < std::min(kMost, target.labels.size()); ++i)
    labels.push_back(shown(target.labels[i]));
  return fmt::format("{}, one of {} classes: {}{}", shown(target.column), target.labels.size(),
                     fmt::join(labels, ", "), target.labels.size() > kMost ? ", ..." : "");
}

void add_data(const StoredRun& run, Document& page) {
  page.add(Heading{"Data"});
  report::Table table{.columns = {"", ""}};
  const auto row = [&](std::string name, std::string value) {
    if (!value.empty()) table.rows.push_back({{std::move(name), Paint::dim}, {std::move(value)}});
  };
  constexpr std::string_view kFiles[] = {"data.train", "data.test"};
  for (const auto& [key, value] : run.settings)
    for (const auto prefix : kFiles)
      if (key == prefix || key.starts_with(std::string(prefix) + ".")) row(key.substr(5), value);
  const auto rows_of = [](const std::optional<Scores>& scores) {
    return scores ? scores->rows : 0;
  };
  std::string rows = run.training_rows > 0 ? with_commas(run.training_rows) + " to train" : "";
  if (rows_of(run.validation) > 0)
    rows += fmt::format("{}{} to validate", rows.empty() ? "" : ", ",
                        with_commas(rows_of(run.validation)));
  if (rows_of(run.test) > 0)
    rows += fmt::format("{}{} to test", rows.empty() ? "" : ", ", with_commas(rows_of(run.test)));
  row("rows", rows);
  if (run.bundle) {
    const auto& encoding = run.bundle->encoding;
    if (encoding.outputs.empty()) row("target", target_text(encoding.target));
    for (const auto& [name, target] : encoding.outputs)
      row("output " + shown(name), target_text(target));
    row("digest of the training file", run.bundle->training_digest);
  }
  row("SHA-256 of what was read", run.data_sha256);
  page.add(std::move(table));
  if (run.notes.empty()) return;
  report::Group notes{report::Group::How::folded,
                      fmt::format("What was noticed in the data ({})", run.notes.size()),
                      {}};
  for (const auto& note : run.notes) notes.blocks.emplace_back(Paragraph{note});
  page.add(std::move(notes));
}

void add_curves(const StoredRun& run, Document& page) {
  if (run.epochs.empty()) return;
  page.add(Heading{"Learning curves"});
  auto plots = learning_curves({&run});
  if (run.epochs.size() == 1) page.add(Paragraph{"There is one epoch: its values are points."});
  report::Group first,
      others{report::Group::How::folded, "Learning curves of the other values", {}};
  constexpr std::size_t kOpen = 6;
  for (std::size_t i = 0; i < plots.size(); ++i)
    (i < kOpen ? first : others).blocks.emplace_back(std::move(plots[i]));
  page.add(std::move(first));
  if (!others.blocks.empty()) page.add(std::move(others));
  if (run.events.empty()) return;
  report::Table table{.title = "What happened on the way", .columns = {"step", "what"}};
  for (const auto& [step, text] : run.events)
    table.rows.push_back({{with_commas(step)}, {shown(text, 200)}});
  page.add(std::move(table));
}

void add_metrics(const StoredRun& run, const std::vector<Judged>& parts, const Options& options,
                 Document& page) {
  report::Table table{.columns = {""}};
  std::vector<Cell> rows{{"rows"}}, losses{{"loss"}};
  if (parts.empty()) {
    for (const auto& [name, scores] :
         {std::pair{"validation", &run.validation}, std::pair{"test", &run.test}}) {
      if (!*scores) continue;
      report::Table one{.title = std::string(name), .columns = {"", "value"}};
      one.rows.push_back({{"rows"}, {with_commas((*scores)->rows)}});
      for (const auto& [metric, value] : (*scores)->metrics)
        one.rows.push_back({{metric}, {value_text(value)}});
      page.add(std::move(one));
    }
    return;
  }
  bool resampled = false;
  for (const auto& [part, assessment] : parts) {
    table.columns.emplace_back(part, report::Align::left);
    rows.emplace_back(with_commas(assessment.rows));
    losses.emplace_back(value_text(assessment.loss));
  }
  table.rows = {rows, losses};
  for (const auto& metric : parts.back().assessment.metrics) {
    std::vector<Cell> cells{{shown(metric.name), Paint::bold}};
    for (const auto& [part, assessment] : parts) {
      const auto& all = assessment.metrics;
      const auto found = std::find_if(all.begin(), all.end(),
                                      [&](const auto& m) { return m.name == metric.name; });
      cells.push_back(found == all.end() ? Cell("") : metric_cell(*found));
      resampled = resampled || (found != all.end() && found->interval);
    }
    table.rows.push_back(std::move(cells));
  }
  table.rules = {2};
  page.add(std::move(table));
  for (const auto& [part, predictions] : {std::pair{"validation", &run.validation_predictions},
                                          std::pair{"test", &run.test_predictions}})
    if (*predictions && (*predictions)->kept() < (*predictions)->rows)
      page.add(Paragraph{fmt::format(
          "Of {} {} rows {} were kept, at equal distances: their predictions are large. Figures "
          "here are of these.",
          with_commas((*predictions)->rows), part, with_commas((*predictions)->kept()))});
  if (resampled)
    page.add(Paragraph{fmt::format(
        "In brackets 95 % intervals: of shares Wilson's, of a ROC-AUC DeLong's, of others a "
        "bootstrap of at most {} replicates. They hold for rows that do not depend on each other.",
        options.replicates)});
}

void add_results(const StoredRun& run, const std::vector<Judged>& parts, const Options& options,
                 Document& page) {
  if (parts.empty() && !run.scores()) return;
  page.add(Heading{fmt::format("Results on the {} rows", run.judged_by())});
  add_metrics(run, parts, options, page);
  if (!run.judged() || !run.bundle) {
    if (run.ended())
      page.add(
          Paragraph{"Curves, mistakes and intervals need the predictions of the rows, which this "
                    "run has not kept: train it again to have them."});
    return;
  }
  RawData data(run, options);
  std::vector<Answers> all;
  try {
    all = answers_of(*run.bundle, *run.judged());
  } catch (const Error& error) {
    page.add(Paragraph{fmt::format("Predictions cannot be shown: {}", error.what())});
    return;
  }
  const auto each = [&](const std::string& title, auto&& blocks_of) {
    bool headed = title.empty();
    for (const auto& a : all) {
      auto blocks = blocks_of(a);
      if (blocks.empty()) continue;
      if (!headed) page.add(Heading{title});
      headed = true;
      if (!a.output.empty()) page.add(Heading{"Output " + shown(a.output), 3});
      for (auto& block : blocks) page.add(std::move(block));
    }
  };
  each("", [&](const Answers& a) { return pictures_of(a); });
  // Precision, recall and F1 of each class.
  if (!parts.empty() && parts.back().assessment.classes.size() > 2 &&
      parts.back().assessment.classes.size() <= 200) {
    const auto number = [](const metrics::Metric& m) {
      return m.value ? Cell(fmt::format("{:.4f}", *m.value)) : Cell("-", Paint::dim);
    };
    report::Table table{.title = "By class",
                        .columns = {"class", "precision", "recall", "f1", "rows"}};
    for (const auto& c : parts.back().assessment.classes)
      table.rows.push_back({{shown(c.label)},
                            number(c.precision),
                            number(c.recall),
                            number(c.f1),
                            {with_commas(std::llround(c.support))}});
    page.add(std::move(table));
  }
  each(all.front().is_classified() ? "The most confident mistakes" : "The largest errors",
       [&](const Answers& a) { return mistakes_of(a, run, data); });
  if (!data.why().empty()) page.add(Paragraph{data.why()});
  each("Slices", [&](const Answers& a) { return slices_of(a, data); });
  each("Every row", [&](const Answers& a) {
    auto blocks = all_rows_of(a, run, data);
    if (blocks.empty()) return blocks;
    report::Group group{report::Group::How::folded,
                        fmt::format("The {} rows, to be sorted and filtered", run.judged_by()),
                        std::move(blocks)};
    return std::vector<report::Block>{std::move(group)};
  });
}

void add_model(const StoredRun& run, const Options& options, Document& page) {
  if (!run.bundle) return;
  page.add(Heading{"Model"});
  for (auto& block : layers_of(*run.bundle)) page.add(std::move(block));
  auto times = times_of(run, options);
  if (times.empty()) return;
  page.add(Heading{"Time and memory by op"});
  for (auto& block : times) page.add(std::move(block));
}

std::string command_line(const StoredRun& run) {
  auto words = run.command;
  words.insert(words.begin(), "glia");
  return shell_line(words);
}

void add_settings(const StoredRun& run, const Options& options, Document& page) {
  page.add(Heading{"Settings"});
  report::Group all{report::Group::How::folded, "Every setting, defaults included", {}};
  all.blocks.emplace_back(report::Code{run.yaml});
  page.add(std::move(all));
  page.add(Heading{"To repeat it"});
  page.add(Paragraph{run.command.empty() ? "With the settings above, as experiment.yaml:"
                                         : "The command, in the folder in which it was given:"});
  page.add(report::Code{run.command.empty() ? "glia train experiment.yaml" : command_line(run)});
  report::Table table{.columns = {"", ""}};
  for (const auto& [name, value] :
       {std::pair<std::string, std::string>{"environment", run.fingerprint},
        {"SHA-256 of the weights", run.weights_sha256},
        {"this page", options.version}})
    if (!value.empty()) table.rows.push_back({{name, Paint::dim}, {value}});
  if (!run.fingerprint.empty())
    page.add(
        Paragraph{"With the same data, build and environment the weights have the same SHA-256."});
  page.add(std::move(table));
}

Json metrics_json(const Assessment& assessment) {
  Json json = Json::object();
  for (const auto& m : assessment.metrics) {
    Json& one = json[m.name];
    one["value"] = m.value && std::isfinite(*m.value) ? Json(*m.value) : Json();
    if (m.interval) one["interval"] = {m.interval->low, m.interval->high};
    if (!m.note.empty()) one["note"] = m.note;
  }
  return json;
}

}  // namespace

Document run_page(const StoredRun& run, const Options& options, Json& json) {
  Document page{run.name, "", {}};
  page.contents = true;
  page.subtitle = run.ended() ? fmt::format("The run {}", run.label)
                              : fmt::format("The run {}, which has not come to its end", run.label);
  auto problems = run.problems;
  const auto parts = judged(run, options, problems);
  page.add(headline(run, parts));
  if (!run.ended())
    page.add(Note{Paint::warn, "Not at its end.",
                  "There is no result yet: what is here is what the run has written so far."});
  for (const auto& problem : problems) page.add(Note{Paint::bad, "Left out:", problem});
  constexpr std::string_view kWarning = "warning: ";
  for (const auto& message : run.messages)
    page.add(message.starts_with(kWarning)
                 ? Note{Paint::warn, "Warning:", message.substr(kWarning.size())}
                 : Note{Paint::plain, "", message});
  add_data(run, page);
  add_curves(run, page);
  add_results(run, parts, options, page);
  add_model(run, options, page);
  add_settings(run, options, page);
  json = to_json(run);
  for (const auto& [part, assessment] : parts)
    json["judged"][part] = {{"rows", assessment.rows}, {"metrics", metrics_json(assessment)}};
  if (!problems.empty()) json["problems"] = problems;
  return page;
}

}  // namespace glia::review
