// Rows of a table beside what the model takes of them.
#include <algorithm>
#include <map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/previews.h"
#include "glia/experiment/run.h"
#include "glia/experiment/table_data.h"

namespace glia::experiment {
namespace {

using report::Cell;
using report::Paint;

constexpr std::size_t kAll = 4, kMost = 24;  // features of a column that are shown
constexpr std::size_t kCell = 200;           // bytes of a cell

Cell raw_cell(const data::Table& table, std::int64_t row, std::int64_t column) {
  if (table.missing(row, column)) return {"missing", Paint::warn};
  return shown(table.cell(row, column), kCell);
}

// Of many features those that are not 0, and how many are.
void add_features(report::Table& page, Cell column, Cell raw, const data::FittedColumn& fitted,
                  std::span<const float> values) {
  const auto names = fitted.features();
  std::size_t listed = 0;
  const auto add = [&](Cell feature, Cell value) {
    page.rows.push_back({column, raw, std::move(feature), std::move(value)});
    column = raw = "";
    ++listed;
  };
  for (std::size_t i = 0; i < names.size(); ++i)
    if (values.size() <= kAll || (values[i] != 0 && listed < kMost))
      add(shown(names[i], kCell), fmt::format("{:.5g}", values[i]));
  if (const std::size_t hidden = names.size() - listed; hidden > 0) {
    const auto zeros = static_cast<std::size_t>(std::count(values.begin(), values.end(), 0.0f));
    add({with_commas(static_cast<long long>(hidden)) + " others", Paint::dim},
        {hidden == zeros ? "0" : "...", Paint::dim});
  }
}

report::Table row_table(const Prepared& prepared, const data::Table& table, std::int64_t row,
                        std::span<const float> features) {
  const auto& fitted = prepared.encoding.as<TableEncoder>().preprocessor.columns();
  std::map<std::string_view, std::pair<const data::FittedColumn*, std::size_t>> places;
  std::size_t first = 0;
  for (const auto& column : fitted) {
    places[column.name] = {&column, first};
    first += static_cast<std::size_t>(column.width());
  }
  std::vector<const data::Target*> targets{&prepared.encoding.target};
  for (std::size_t i = 1; i < prepared.encoding.outputs.size(); ++i)
    targets.push_back(&prepared.encoding.outputs[i].second);
  report::Table page{.title = place_of(table, row),
                     .columns = {{"column", report::Align::left, true},
                                 {"value", report::Align::left},
                                 {"feature", report::Align::left, true},
                                 {"encoded", report::Align::right}}};
  for (std::int64_t c = 0; c < table.columns(); ++c) {
    const auto& name = table.names()[static_cast<std::size_t>(c)];
    const Cell column(shown(name), Paint::bold), raw = raw_cell(table, row, c);
    const auto target = std::find_if(targets.begin(), targets.end(),
                                     [&](const auto* t) { return t->column == name; });
    if (target != targets.end()) {
      const std::int64_t rows[] = {row};
      page.rows.push_back({column,
                           raw,
                           {"target", Paint::first},
                           {fmt::format("{:.5g}", (*target)->transform(table, rows).at(0))}});
    } else if (const auto found = places.find(name); found != places.end()) {
      const auto& [of, at] = found->second;
      add_features(page, column, raw, *of,
                   features.subspan(at, static_cast<std::size_t>(of->width())));
    } else {
      page.rows.push_back({column, raw, {"left out", Paint::dim}, ""});
    }
  }
  return page;
}

}  // namespace

report::Document TableData::preview(const Prepared& prepared, const PreviewOptions& options) const {
  const auto& fitted = prepared.encoding.as<TableEncoder>().preprocessor;
  const auto [table, training] = training_rows();
  const auto rows = fitted.training_rows(table, training);
  report::Document document;
  document.title = "Training rows";
  document.subtitle =
      fmt::format("{} columns as they stand in the file, and the {} features that they become{}",
                  table.columns(), with_commas(fitted.features()),
                  is_streamed() ? "; rows of the file's beginning" : "");
  for (const auto place : drawn_rows(options, std::ssize(rows))) {
    const std::int64_t row[] = {rows[static_cast<std::size_t>(place)]};
    const Tensor features = fitted.transform_training(table, row, nullptr, place);
    document.add(row_table(prepared, table, row[0], features.data<float>()));
  }
  return document;
}

}  // namespace glia::experiment
