// What trainings of several models came to: folds, members of an ensemble.
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/review/pages.h"

namespace glia::review {
namespace {

using report::Align;
using report::Cell;

Cell cell_of(const std::optional<double>& value) {
  return value ? Cell(report::compact_number(*value)) : Cell("");
}

void add_folds(const StoredRun& run, report::Document& page) {
  constexpr std::size_t kMost = 20;  // columns that can be read side by side
  const std::size_t folds = run.folds.front().folds.size();
  page.add(report::Heading{"Cross-validation"});
  report::Table table{.columns = {{"", Align::left}, "mean", "deviation"}};
  for (std::size_t fold = 1; fold <= std::min(folds, kMost); ++fold)
    table.columns.emplace_back(fmt::format("fold {}", fold));
  for (const auto& values : run.folds) {
    auto& cells = table.rows.emplace_back();
    cells.push_back({values.name, report::Paint::bold});
    cells.push_back(cell_of(values.mean));
    cells.push_back(cell_of(values.deviation));
    for (std::size_t fold = 0; fold < std::min(folds, kMost); ++fold)
      cells.push_back(fold < values.folds.size() ? cell_of(values.folds[fold]) : Cell(""));
  }
  page.add(std::move(table));
  if (folds > kMost)
    page.add(
        report::Paragraph{fmt::format("The first {} of {} folds are shown; the others stand in "
                                      "folds.json.",
                                      kMost, folds)});
  page.add(
      report::Paragraph{"Each fold's model was judged by rows that it had not seen; the folds "
                        "share training rows, so "
                        "their deviation is no standard error."});
  if (!run.final_model.empty())
    page.add(report::Paragraph{fmt::format("The final model was trained {}.", run.final_model)});
}

void add_members(const StoredRun& run, report::Document& page) {
  page.add(report::Heading{"Members"});
  page.add(report::Paragraph{
      fmt::format("An ensemble of {} models ({}).", run.members.size(), run.ensemble)});
  report::Table table{.columns = {"member", "seed", "epochs", "best epoch", "weight"}};
  const auto& first = run.members.front().validation;
  if (first)
    for (const auto& [name, value] : first->metrics) table.columns.emplace_back("val_" + name);
  for (std::size_t m = 0; m < run.members.size(); ++m) {
    const auto& member = run.members[m];
    auto& cells = table.rows.emplace_back();
    cells.emplace_back(std::to_string(m + 1));
    cells.emplace_back(std::to_string(member.seed));
    cells.emplace_back(std::to_string(member.epochs));
    cells.emplace_back(member.best_epoch > 0 ? std::to_string(member.best_epoch) : "");
    cells.emplace_back(report::compact_number(member.weight));
    if (!first) continue;
    for (const auto& [name, value] : first->metrics) {
      const auto* own = member.validation ? member.validation->find(name) : nullptr;
      cells.push_back(own ? cell_of(*own) : Cell(""));
    }
  }
  page.add(std::move(table));
}

}  // namespace

void add_several(const StoredRun& run, report::Document& page) {
  if (!run.folds.empty()) add_folds(run, page);
  if (!run.members.empty()) add_members(run, page);
}

}  // namespace glia::review
