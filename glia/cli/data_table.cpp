// A table as a document.
#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/data.h"

namespace glia::cli {
namespace {

using data::ColumnSummary;
using data::Description;
using report::compact_number;

constexpr std::size_t kSampleBytes = 40;
constexpr std::int64_t kSampleRows = 5;

bool has_numbers(const ColumnSummary& column) {
  return column.info.numbers > 0 && column.info.numbers == column.info.rows - column.info.missing;
}

// Whole numbers as they are.
std::string number_text(double value) {
  return value == std::trunc(value) && std::abs(value) < 1e9
             ? with_commas(static_cast<long long>(value))
             : compact_number(value);
}

std::string kind_of(const ColumnSummary& column, const Description& d) {
  return d.target && column.info.name == d.target->column ? "target"
                                                          : std::string(name_of(column.info.kind));
}

report::Facts facts_of(const data::Table& table, const Description& d) {
  std::int64_t missing = 0;
  for (const auto& column : d.columns) missing += column.info.missing;
  const auto cells = static_cast<double>(d.rows) * static_cast<double>(table.columns());
  report::Facts facts{
      {{"rows", with_commas(d.rows)},
       {"columns", with_commas(table.columns())},
       {"missing cells", missing == 0
                             ? "none"
                             : fmt::format("{} ({})", with_commas(missing),
                                           report::percent(static_cast<double>(missing) / cells))},
       {"repeated rows", d.duplicate_rows == 0 ? "none" : with_commas(d.duplicate_rows)}}};
  if (d.target) {
    facts.facts.emplace_back("target", d.target->column);
    facts.facts.emplace_back("task", d.classes.empty()
                                         ? std::string(name_of(d.target->task))
                                         : fmt::format("{} classes", d.classes.size()));
  }
  return facts;
}

// The most frequent values with their counts, or for free text what it looks like.
std::string values_of(const ColumnSummary& column) {
  if (!column.earliest.empty()) return fmt::format("{} to {}", column.earliest, column.latest);
  if (has_numbers(column))
    return fmt::format("{} to {}", number_text(column.info.min), number_text(column.info.max));
  if (column.info.distinct == 0) return "-";
  const auto present = column.info.rows - column.info.missing;
  if (column.info.kind == data::Kind::text || column.info.distinct == present)
    return fmt::format("{}...", shown(column.info.samples.front(), 30));
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, column.top.size()); ++i)
    text += fmt::format("{}{} ({})", i ? ", " : "", shown(column.top[i].value, 20),
                        with_commas(column.top[i].rows));
  const auto more = column.info.distinct - std::ssize(column.top);
  return text + (column.info.distinct > 3 || more > 0 ? ", ..." : "");
}

std::vector<double> heights(const ColumnSummary& column) {
  // Half as many bins as were counted: that is what a line of a terminal has room for.
  std::vector<double> bins;
  for (std::size_t b = 0; b + 1 < column.counts.size(); b += 2)
    bins.push_back(static_cast<double>(column.counts[b] + column.counts[b + 1]));
  if (!bins.empty()) return bins;
  if (has_numbers(column) || column.info.kind != data::Kind::categorical) return {};
  for (const auto& value : column.top) bins.push_back(static_cast<double>(value.rows));
  return bins;
}

report::Table columns_table(const Description& d) {
  report::Table table{
      .columns = {
          {"column", report::Align::left, true}, "kind", "missing", "distinct", "", "values"}};
  for (const auto& column : d.columns) {
    const auto kind = kind_of(column, d);
    const auto& info = column.info;
    const double missing =
        info.rows > 0 ? static_cast<double>(info.missing) / static_cast<double>(info.rows) : 0;
    report::Cell share(info.missing == 0 ? "-" : report::percent(missing),
                       missing > 0.5 ? report::Paint::warn : report::Paint::plain);
    if (missing > 0) share.share = missing;
    report::Cell shape("");
    shape.histogram = heights(column);
    table.rows.push_back({{info.name, report::Paint::bold},
                          {kind, kind == "target" ? report::Paint::first
                                 : kind == "drop" ? report::Paint::dim
                                                  : report::Paint::plain},
                          share,
                          {with_commas(info.distinct)},
                          shape,
                          {values_of(column)}});
  }
  return table;
}

report::Table numbers_table(const Description& d) {
  report::Table table{.columns = {{"column", report::Align::left, true}}};
  for (const char* title : {"mean", "std", "min", "25%", "50%", "75%", "max", "zeros"})
    table.columns.emplace_back(title, report::Align::right);
  for (const auto& column : d.columns)
    if (has_numbers(column))
      table.rows.push_back({{column.info.name, report::Paint::bold},
                            {compact_number(column.info.mean)},
                            {compact_number(column.std)},
                            {number_text(column.info.min)},
                            {number_text(column.q1)},
                            {number_text(column.median)},
                            {number_text(column.q3)},
                            {number_text(column.info.max)},
                            {column.zeros == 0 ? "-" : with_commas(column.zeros)}});
  return table;
}

report::Table samples_table(const data::Table& data) {
  report::Table table;
  for (const auto& name : data.names()) table.columns.emplace_back(name);
  for (std::int64_t row = 0; row < std::min(kSampleRows, data.rows()); ++row) {
    auto& cells = table.rows.emplace_back();
    for (std::int64_t c = 0; c < data.columns(); ++c)
      cells.emplace_back(shown(data.cell(row, c), kSampleBytes),
                         data.missing(row, c) ? report::Paint::dim : report::Paint::plain);
  }
  return table;
}

report::Bars classes_of(const Description& d) {
  constexpr std::size_t kMost = 20;
  report::Bars bars;
  for (const auto& [label, rows] : d.classes) {
    if (bars.bars.size() == kMost) break;
    bars.bars.push_back(
        {label, static_cast<double>(rows),
         fmt::format("{} ({})", with_commas(rows),
                     report::percent(static_cast<double>(rows) / static_cast<double>(d.rows)))});
  }
  return bars;
}

std::string words_of(const std::string& name) {
  std::string words = name;
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

// The findings of one name are one note.
std::vector<report::Note> notes_of(const Description& d) {
  std::vector<std::pair<const data::Finding*, std::string>> groups;  // the first, and what all say
  for (const auto& finding : d.findings) {
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const auto& g) { return g.first->name == finding.name; });
    auto& text = same == groups.end() ? groups.emplace_back(&finding, "").second : same->second;
    if (!text.empty()) text += "; ";
    if (finding.columns.size() == 1) text += fmt::format("'{}': ", shown(finding.columns[0]));
    text += finding.evidence;
  }
  std::vector<report::Note> notes;
  for (const auto& [finding, text] : groups) {
    const bool bad = finding->name == "target_leak" || finding->name == "unusable_target";
    notes.push_back(
        {bad ? report::Paint::bad : report::Paint::warn, words_of(finding->name),
         fmt::format("{}. {}{}.", text, static_cast<char>(std::toupper(finding->advice[0])),
                     finding->advice.substr(1))});
  }
  return notes;
}

Json json_of(const ColumnSummary& column, const Description& d) {
  Json json{{"name", column.info.name},       {"kind", name_of(column.info.kind)},
            {"reason", column.info.reason},   {"target", kind_of(column, d) == "target"},
            {"missing", column.info.missing}, {"distinct", column.info.distinct},
            {"samples", column.info.samples}};
  if (has_numbers(column)) {
    json.update({{"mean", number(column.info.mean)},
                 {"std", number(column.std)},
                 {"min", number(column.info.min)},
                 {"q1", number(column.q1)},
                 {"median", number(column.median)},
                 {"q3", number(column.q3)},
                 {"max", number(column.info.max)},
                 {"zeros", column.zeros},
                 {"edges", column.edges},
                 {"counts", column.counts}});
  }
  if (!column.earliest.empty())
    json.update({{"earliest", column.earliest}, {"latest", column.latest}});
  json["top"] = Json::array();
  for (const auto& [value, rows] : column.top)
    json["top"].push_back({{"value", value}, {"rows", rows}});
  return json;
}

Json json_of(const data::Table& table, const Description& d) {
  Json json{{"source", table.source()},          {"rows", d.rows},
            {"repeated_rows", d.duplicate_rows}, {"columns", Json::array()},
            {"classes", Json::array()},          {"findings", Json::array()}};
  if (d.target) json["task"] = name_of(d.target->task);
  for (const auto& column : d.columns) json["columns"].push_back(json_of(column, d));
  for (const auto& [label, rows] : d.classes)
    json["classes"].push_back({{"label", label}, {"rows", rows}});
  for (const auto& finding : d.findings)
    json["findings"].push_back({{"name", finding.name},
                                {"columns", finding.columns},
                                {"evidence", finding.evidence},
                                {"advice", finding.advice}});
  return json;
}

}  // namespace

Described describe_table(const OpenTable& opened, const data::DescribeOptions& options) {
  const auto& table = opened.table;
  const Description d = data::describe(table, options);
  Described described;
  auto& document = described.document;
  document.title = std::filesystem::path(table.source()).filename().string();
  document.subtitle = fmt::format("{} rows of {} columns", with_commas(d.rows), table.columns());
  document.add(facts_of(table, d));
  for (const auto& note : opened.notes)
    document.add(report::Note{report::Paint::warn, "as it was read", note + "."});
  if (!d.findings.empty()) document.add(report::Heading{"To look at"});
  for (auto& note : notes_of(d)) document.add(std::move(note));
  if (!d.classes.empty()) {
    document.add(report::Heading{fmt::format("Classes of {}", d.target->column)});
    document.add(classes_of(d));
  }
  document.add(report::Heading{"Columns"});
  document.add(columns_table(d));
  if (auto numbers = numbers_table(d); !numbers.rows.empty()) {
    document.add(report::Heading{"Numbers"});
    document.add(std::move(numbers));
  }
  document.add(report::Heading{"The first rows"});
  document.add(samples_table(table));
  described.json = json_of(table, d);
  described.json["notes"] = opened.notes;
  return described;
}

}  // namespace glia::cli
