#include "glia/experiment/previews.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/base/text.h"

namespace glia::experiment {

std::vector<std::int64_t> drawn_rows(const PreviewOptions& options, std::int64_t size) {
  auto rows = Random(options.seed, "preview").permutation(size);
  rows.resize(std::min(rows.size(), static_cast<std::size_t>(std::max(options.rows, 1))));
  return rows;
}

data::Batch batch_of(const data::Source& source, const std::vector<std::int64_t>& rows,
                     std::int64_t epoch) {
  data::Batch batch = source.allocate(std::ssize(rows));
  batch.epoch = epoch, batch.count = std::ssize(rows), batch.rows = rows;
  source.fill(batch);
  return batch;
}

std::string place_of(const data::Table& table, std::int64_t row) {
  return std::filesystem::path(table.where(row)).filename().string();
}

std::string label_of(const Tensor& targets, std::int64_t row, const data::Target& target) {
  const std::int64_t each = targets.size() / targets.shape()[0].value();
  if (target.task == data::Task::regression)
    return each == 1 ? fmt::format("{:.6g}", targets.at(row) * target.std + target.mean) : "";
  const auto name = [&](std::int64_t c) { return target.labels[static_cast<std::size_t>(c)]; };
  const std::int64_t classes = target.classes();
  if (targets.dtype() == DType::i64 && each == 1)
    return name(static_cast<std::int64_t>(targets.at(row)));
  if (targets.dtype() != DType::f32 || (each != 1 && each != classes) || targets.shape().rank() > 2)
    return "";
  std::vector<std::string> parts;
  for (std::int64_t c = 0; c < classes; ++c) {
    const double one = targets.at(row * each + std::min(c, each - 1));
    const double share = each == 1 && c == 0 ? 1 - one : one;
    if (share > 0.995) return name(c);
    if (share > 0.005) parts.push_back(fmt::format("{} {:.0f} %", name(c), 100 * share));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

report::Table token_table(const data::Tokenizer& tokenizer, std::span<const std::int64_t> tokens,
                          std::span<const std::int64_t> next) {
  constexpr std::size_t kLine = 16;
  // A space is to be seen.
  const auto cell_of = [&](std::int64_t token) {
    if (tokenizer.unknown() == token) return report::Cell("unknown", report::Paint::warn);
    std::string seen;
    for (const char c : tokenizer.token(token)) c == ' ' ? seen += "\u2423" : seen += c;
    return report::Cell(shown(seen), report::Paint::bold);
  };
  report::Table table;
  table.columns.assign(1 + std::min(kLine, tokens.size()), report::Column(""));
  for (std::size_t from = 0; from < tokens.size(); from += kLine) {
    const auto line = tokens.subspan(from, std::min(kLine, tokens.size() - from));
    if (from > 0) table.rules.push_back(table.rows.size());
    const std::size_t first = table.rows.size();
    for (const char* head : {"token", "number"}) table.rows.push_back({{head, report::Paint::dim}});
    if (!next.empty()) table.rows.push_back({{"next", report::Paint::dim}});
    for (std::size_t i = 0; i < line.size(); ++i) {
      table.rows[first].push_back(cell_of(line[i]));
      table.rows[first + 1].push_back({std::to_string(line[i])});
      if (!next.empty()) table.rows[first + 2].push_back({std::to_string(next[from + i])});
    }
    for (std::size_t i = first; i < table.rows.size(); ++i)
      table.rows[i].resize(table.columns.size(), "");
  }
  return table;
}

}  // namespace glia::experiment
