#include "glia/experiment/notes.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {
namespace {

constexpr std::string_view kWarning = "warning: ";
constexpr std::size_t kFew = 5;

// Of a note that warns; "" of another.
std::string_view code_of(std::string_view note) {
  if (!note.starts_with(kWarning)) return {};
  note.remove_prefix(kWarning.size());
  return note.substr(0, note.find(' '));
}

// "'a', 'b', ..."
std::string few_of(std::vector<std::string> names) {
  const bool more = names.size() > kFew;
  if (more) names.resize(kFew);
  return fmt::format("'{}'{}", fmt::join(names, "', '"), more ? ", ..." : "");
}

}  // namespace

std::string warning(std::string_view code, std::string_view text) {
  return fmt::format("{}{} {}", kWarning, code, text);
}

void waive(std::vector<std::string>& notes, const std::vector<std::string>& codes) {
  const auto waived = [&](const std::string& note) {
    return std::find(codes.begin(), codes.end(), code_of(note)) != codes.end();
  };
  for (auto& note : notes)
    if (waived(note) && code_of(note) == "D-62")
      note.resize(std::min(note.size(), note.find(':', kWarning.size())));
  std::erase_if(notes, [&](const auto& note) { return waived(note) && code_of(note) != "D-62"; });
}

void note_equal_rows(std::string_view what, std::int64_t count, std::vector<std::string>& notes) {
  if (count == 0) return;
  const auto things = what.substr(what.find(' ') + 1);
  const auto one = what.substr(0, what.size() - 1);  // "test row"
  notes.push_back(warning(
      "D-60",
      fmt::format("{} {} equal to training {}: chance, or leakage", with_commas(count),
                  count == 1 ? fmt::format("{} is", one) : fmt::format("{} are", what), things)));
}

void note_constants(std::vector<std::string> columns, std::vector<std::string>& notes) {
  if (columns.empty()) return;
  const auto count = std::ssize(columns);
  notes.push_back(warning(
      "D-61", fmt::format("{} {} one value in all training rows, so nothing can be learned of {} "
                          "({}); say columns: {{NAME: drop}}",
                          with_commas(count), count == 1 ? "column has" : "columns have",
                          count == 1 ? "it" : "them", few_of(std::move(columns)))));
}

void note_left_out(std::string_view what, std::int64_t count, std::span<const std::string> first,
                   std::vector<std::string>& notes) {
  if (count == 0) return;
  const auto few = first.first(std::min(kFew, first.size()));
  const auto more = count - std::ssize(few);
  notes.push_back(warning(
      "D-62", fmt::format("{}:\n  {}{}", what, fmt::join(few, "\n  "),
                          more > 0 ? fmt::format("\n  and {} more", with_commas(more)) : "")));
}

// A share may be meant the other way round, or be too small to say anything.
void note_parts(const SplitPlan& plan, Prepared& prepared) {
  constexpr std::int64_t kLeast = 10;
  const std::int64_t training = prepared.train->size();
  if (plan.limited())
    prepared.notes.push_back(
        fmt::format("data.split draws {} rows for the training", with_commas(training)));
  const auto note = [&](const char* part, double share,
                        const std::shared_ptr<const data::Source>& rows) {
    if (share <= 0 || !rows) return;
    if (rows->size() > training && !plan.limited())
      prepared.notes.push_back(warning(
          "D-63",
          fmt::format("{} takes {} rows (a share of {}) and leaves {} for training: a share says "
                      "how much is taken away from it",
                      part, with_commas(rows->size()), share, with_commas(training))));
    else if (rows->size() < kLeast)
      prepared.notes.push_back(warning(
          "D-63", fmt::format("{} has only {} {} (a share of {}): its values say little", part,
                              rows->size(), rows->size() == 1 ? "row" : "rows", share)));
  };
  note("validation", plan.validation, prepared.validation);
  note("the test", plan.test, prepared.test);
}

}  // namespace glia::experiment
