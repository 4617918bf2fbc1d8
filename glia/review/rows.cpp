#include "glia/review/rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/table.h"

namespace glia::review {
namespace {

namespace fs = std::filesystem;
using report::Cell;
using report::Paint;

constexpr std::size_t kMostMistakes = 24, kMostColumns = 24;
constexpr std::size_t kMostText = 200;            // bytes of a cell
constexpr std::size_t kMostRows = 20000;          // of the table of all
constexpr std::size_t kMostBytes = 2000000;       // of its raw cells
constexpr std::uintmax_t kMostFile = 512u << 20;  // of a file that is read for its rows

std::string number_text(double value) { return fmt::format("{:.6g}", value); }

// How far a row is from the truth: the larger, the worse.
double badness(const Answers& a, std::size_t i) {
  if (a.is_classified()) return a.wrong(i) ? a.confidence(i) : -1;
  double most = 0;
  for (std::size_t c = 0; c < a.width && a.kind == Answers::Kind::numbers; ++c)
    most = std::max(most, std::abs(a.predicted[i * a.width + c] - a.values[i * a.width + c]));
  return most;
}

std::string joined(const std::vector<double>& from, std::size_t begin, std::size_t width) {
  std::string text;
  for (std::size_t c = 0; c < std::min<std::size_t>(width, 4); ++c)
    text += (c ? ", " : "") + number_text(from[begin + c]);
  return text + (width > 4 ? ", ..." : "");
}

std::vector<report::Column> verdict_columns(const Answers& a) {
  if (a.is_classified()) return {"row", "true", "predicted", "probability"};
  return {"row", "true", "predicted", "error"};
}

std::vector<Cell> verdict(const Answers& a, const experiment::Predictions& p, std::size_t i) {
  std::vector<Cell> cells{{std::to_string(p.numbers[i] + 1)}};
  if (a.is_classified()) {
    cells.emplace_back(shown(a.label(a.truth[i])));
    cells.emplace_back(shown(a.label(a.said(i))), a.wrong(i) ? Paint::bad : Paint::plain);
    cells.emplace_back(fmt::format("{:.4f}", a.confidence(i)));
    return cells;
  }
  cells.emplace_back(joined(a.values, i * a.width, a.width));
  cells.emplace_back(joined(a.predicted, i * a.width, a.width));
  cells.emplace_back(a.width == 1 ? number_text(a.predicted[i] - a.values[i])
                                  : number_text(badness(a, i)));
  return cells;
}

void add_raw_columns(const experiment::RawRows& raw, report::Table& table) {
  for (std::size_t c = 0; c < std::min(raw.columns.size(), kMostColumns); ++c)
    table.columns.emplace_back(shown(raw.columns[c]));
}
void add_raw_cells(const experiment::RawRows& raw, std::size_t row, std::vector<Cell>& cells) {
  for (std::size_t c = 0; row < raw.cells.size() && c < std::min(raw.columns.size(), kMostColumns);
       ++c)
    cells.emplace_back(shown(raw.cells[row][c], kMostText));
}

bool can_be_shown(const Answers& a) {
  return a.by_row && a.kind != Answers::Kind::labels && a.count > 0;
}

// The truth of a row as its file has it is the one that the model was judged by.
bool agrees(const Answers& a, std::size_t i, const std::string& truth) {
  if (a.is_classified()) return a.label(a.truth[i]) == truth;
  const auto number = data::parse_number(truth);
  return number && std::abs(*number - a.values[i * a.width]) <=
                       1e-4 * std::max({1.0, std::abs(*number), a.target.std});
}

// Answers in the order of their mistakes.
std::vector<std::size_t> worst(const Answers& a) {
  std::vector<std::size_t> rows(a.count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::vector<double> how(a.count);
  for (std::size_t i = 0; i < a.count; ++i) how[i] = badness(a, i);
  const auto most = std::min(rows.size(), kMostMistakes);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(most), rows.end(),
                    [&](auto x, auto y) { return how[x] != how[y] ? how[x] > how[y] : x < y; });
  rows.resize(most);
  if (a.is_classified()) std::erase_if(rows, [&](auto i) { return how[i] < 0; });
  return rows;
}

std::string caption_of(const Answers& a, std::size_t i) {
  if (!a.is_classified())
    return fmt::format("true {}, predicted {}", joined(a.values, i * a.width, a.width),
                       joined(a.predicted, i * a.width, a.width));
  return fmt::format("{}, said {} ({})", shown(a.label(a.truth[i])), shown(a.label(a.said(i))),
                     report::percent(a.confidence(i)));
}

}  // namespace

RawData::RawData(const StoredRun& run, const Options& options) {
  if (!run.judged() || !run.bundle) return;
  predictions_ = &*run.judged();
  part_ = run.test_predictions ? experiment::Part::test : experiment::Part::validation;
  if (!options.find) {
    why_ = "Raw rows are not shown: nobody said where the data is.";
    return;
  }
  if (!predictions_->of_file) {
    why_ =
        "Raw rows are not shown: where they stand in their files is not known for this kind of "
        "data.";
    return;
  }
  try {
    plan_ = run.bundle->experiment.data->with_files([&](const fs::path& file) {
      const auto found = options.find(run.folder, file);
      std::error_code none;
      if (fs::is_regular_file(found, none) && fs::file_size(found, none) > kMostFile)
        fail("E-REPORT-12", "{} is larger than {}", found.string(), human_bytes(kMostFile));
      return found;
    });
  } catch (const Error& error) {
    why_ = fmt::format("Raw rows are not shown: {}", error.what());
  }
}

experiment::RawRows RawData::of(const Answers& a, const std::vector<std::size_t>& rows) {
  if (!plan_ || rows.empty()) return {};
  std::vector<std::int64_t> places;
  for (const auto row : rows) places.push_back(predictions_->numbers[row]);
  experiment::RawRows raw;
  try {
    raw = plan_->raw(part_, places);
  } catch (const Error& error) {
    why_ = fmt::format("Raw rows are not shown: {}", error.what());
    plan_ = nullptr;
    return {};
  }
  // Of a model of several outputs the truth is that of the first.
  std::size_t other = 0;
  for (std::size_t i = 0; i < raw.truth.size() && a.output.empty(); ++i)
    other += !agrees(a, rows[i], raw.truth[i]);
  if (other == 0) return raw;
  why_ = fmt::format(
      "Raw rows are not shown: of {} rows that were looked up, {} have another target "
      "in the file than when the model was judged; the data was changed since.",
      with_commas(std::ssize(rows)), with_commas(static_cast<long long>(other)));
  plan_ = nullptr;
  return {};
}

std::vector<report::Block> mistakes_of(const Answers& a, const StoredRun& run, RawData& data) {
  if (!can_be_shown(a)) return {};
  const auto rows = worst(a);
  if (rows.empty()) return {report::Paragraph{"There are none: every row is right."}};
  std::vector<report::Block> blocks;
  const auto raw = data.of(a, rows);
  report::Table table{.columns = verdict_columns(a)};
  add_raw_columns(raw, table);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    auto cells = verdict(a, *run.judged(), rows[k]);
    add_raw_cells(raw, k, cells);
    table.rows.push_back(std::move(cells));
  }
  if (!raw.pictures.empty()) {
    report::Pictures pictures;
    for (std::size_t k = 0; k < std::min(rows.size(), raw.pictures.size()); ++k) {
      pictures.pictures.push_back(raw.pictures[k]);
      pictures.pictures.back().caption = caption_of(a, rows[k]);
    }
    blocks.emplace_back(std::move(pictures));
    return blocks;
  }
  if (!raw.sounds.empty()) {
    constexpr std::size_t kMostSounds = 12, kMostSoundBytes = 2000000;
    report::Sounds sounds;
    std::size_t bytes = 0;
    for (std::size_t k = 0; k < std::min({rows.size(), raw.sounds.size(), kMostSounds}); ++k) {
      bytes += raw.sounds[k].size();
      if (bytes > kMostSoundBytes) break;
      sounds.sounds.push_back(
          {raw.sounds[k], fmt::format("{}: {}", shown(raw.names[k]), caption_of(a, rows[k]))});
    }
    blocks.emplace_back(std::move(sounds));
  }
  blocks.emplace_back(std::move(table));
  return blocks;
}

std::vector<report::Block> all_rows_of(const Answers& a, const StoredRun& run, RawData& data) {
  if (!can_be_shown(a)) return {};
  std::vector<std::size_t> rows(std::min(a.count, kMostRows));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  experiment::RawRows raw;
  if (data.has_columns()) raw = data.of(a, rows);
  std::size_t bytes = 0;
  for (const auto& cells : raw.cells)
    for (const auto& cell : cells) bytes += std::min(cell.size(), kMostText) + 3;
  if (bytes > kMostBytes) raw = {};
  report::Table table{.columns = verdict_columns(a), .search = true};
  if (a.is_classified()) table.columns.insert(table.columns.begin() + 3, {"right"});
  add_raw_columns(raw, table);
  for (const auto i : rows) {
    auto cells = verdict(a, *run.judged(), i);
    if (a.is_classified()) cells.insert(cells.begin() + 3, Cell(a.wrong(i) ? "no" : "yes"));
    add_raw_cells(raw, i, cells);
    table.rows.push_back(std::move(cells));
  }
  std::vector<report::Block> blocks;
  if (a.count > rows.size())
    blocks.emplace_back(
        report::Paragraph{fmt::format("The first {} of {} rows.", with_commas(std::ssize(rows)),
                                      with_commas(static_cast<long long>(a.count)))});
  if (bytes > kMostBytes)
    blocks.emplace_back(report::Paragraph{
        "The rows' own columns are left out here: they would make this page large."});
  blocks.emplace_back(std::move(table));
  return blocks;
}

}  // namespace glia::review
