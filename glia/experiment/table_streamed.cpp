// A table that is read in pieces, because it may not fit into the memory.
#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/each.h"
#include "glia/data/leakage.h"
#include "glia/data/usable.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/run.h"
#include "glia/experiment/table_data.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFittedPieces = 64;  // from the file's start, some 64 MB

// Rows that cannot be used, in all pieces.
std::vector<std::int64_t> unusable_rows(const data::TableStream& stream,
                                        const std::vector<std::string>& numbers,
                                        const std::vector<data::TargetOptions>& targets,
                                        data::SkippedRecords& skipped) {
  std::vector<std::vector<std::int64_t>> out(static_cast<std::size_t>(stream.pieces()));
  std::vector<data::SkippedRecords> told(out.size());
  data::each(stream.pieces(), 0, [&](std::int64_t p) {
    const auto i = static_cast<std::size_t>(p);
    const auto table = stream.read(p);
    const auto all = data::all_rows(table.rows());
    const auto usable = data::usable_rows(table, all, numbers, targets, told[i]);
    std::set_difference(all.begin(), all.end(), usable.begin(), usable.end(),
                        std::back_inserter(out[i]));
  });
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const std::int64_t row : out[i])
      rows.push_back(stream.first_row(static_cast<std::int64_t>(i)) + row);
    skipped.count += told[i].count;
    for (auto& first : told[i].first)
      if (skipped.first.size() < 5) skipped.first.push_back(std::move(first));
  }
  return rows;
}

// Targets and categories are asked for as text.
std::vector<bool> asked_as_text(const data::TableStream& stream, const Encoding& encoding,
                                const std::vector<data::TargetOptions>& targets) {
  std::vector<bool> as_text(stream.names().size(), false);
  const auto mark = [&](const std::string& name) {
    const auto at = std::find(stream.names().begin(), stream.names().end(), name);
    if (at != stream.names().end())
      as_text[static_cast<std::size_t>(at - stream.names().begin())] = true;
  };
  for (const auto& column : encoding.as<TableEncoder>().preprocessor.columns())
    if (column.kind() != data::Kind::numeric) mark(column.name);
  for (const auto& target : targets) mark(target.column);
  return as_text;
}

// The first training rows, as a table and its rows.
std::pair<data::Table, std::vector<std::int64_t>> first_rows(const data::StreamPart& part) {
  const auto& stream = part.stream();
  std::vector<std::int64_t> rows;
  for (std::int64_t p = 0; p < std::min(kFittedPieces, stream.pieces()); ++p)
    for (const std::int64_t row : part.rows_of(p)) rows.push_back(stream.first_row(p) + row);
  return {stream.read(0, kFittedPieces, {}), std::move(rows)};
}

}  // namespace

Prepared TableData::prepare_streamed(const Experiment& e) const {
  const auto rows = data::TableStream::open(train, {.csv = csv});
  std::optional<data::TableStream> test_rows;
  if (!test.empty()) {
    data::refuse_same_file(train, test);
    test_rows = data::TableStream::open(
        test, {.csv = as_read(csv, rows.separator(), rows.has_header(), rows.names())});
  }
  Prepared prepared;
  std::vector<std::string> numbers;
  data::SkippedRecords unusable;
  const auto left_out = [&](const data::TableStream& stream) {
    if (csv.on_error != data::OnError::skip) return std::vector<std::int64_t>{};
    if (numbers.empty()) numbers = number_columns(*this, rows.read(0, kFittedPieces, {}));
    return unusable_rows(stream, numbers, targets(), unusable);
  };
  const double test_end = split.test, validation_end = test_end + split.validation;
  const auto none = left_out(rows);
  const auto part = [&](double from, double to) {
    return data::StreamPart(rows, {.from = from, .to = to, .seed = split.seed, .left_out = none});
  };
  const auto training = part(validation_end, 1);
  const auto [head, fitted] = first_rows(training);

  auto encoder = std::make_shared<TableEncoder>();
  encoder->preprocessor = data::Preprocessor::fit(head, fitted, features_plan(*this, head));
  encoder->groups = inputs;
  Encoding encoding{encoder, *encoder->preprocessor.target(), {}};
  for (std::size_t i = 0; i < e.fit.outputs.size(); ++i)
    encoding.outputs.emplace_back(
        e.fit.outputs[i].name,
        i == 0 ? encoding.target : data::Target::fit(head, fitted, more_targets.at(i - 1).options));

  const auto losses = losses_of(e);
  const auto decode = [plan = *this, encoding, losses](const data::Table& piece, data::Rows some) {
    const auto& preprocessor = encoding.as<TableEncoder>().preprocessor;
    return plan.decoded(losses, encoding, piece, some, preprocessor.transform(piece, some));
  };
  std::vector<data::Field> outputs;
  const auto one = decode(head, std::span(fitted).first(1));
  for (std::size_t i = 0; i < one.outputs.size(); ++i) {
    const Shape& shape = one.outputs[i].shape();
    const Shape row(std::vector<Dim>(shape.begin() + 1, shape.end()));
    outputs.push_back({encoding.outputs.empty() ? "target" : encoding.outputs[i].first,
                       one.outputs[i].dtype(), row});
  }
  const auto source = [&](const data::StreamPart& of) {
    return std::make_shared<data::StreamedRows>(
        of, encoder->inputs(), outputs, decode,
        data::StreamedRows::Options{.as_text = asked_as_text(of.stream(), encoding, targets())});
  };
  prepared.train = source(training);
  if (split.validation > 0) prepared.validation = source(part(test_end, validation_end));
  if (test_rows)
    prepared.test = source(data::StreamPart(*test_rows, {.left_out = left_out(*test_rows)}));
  else if (split.test > 0)
    prepared.test = source(part(0, test_end));

  prepared.notes.push_back(fmt::format(
      "{} is streamed: {} rows in {} pieces; equal rows in different parts are not looked for{}",
      train.string(), with_commas(rows.rows()), with_commas(rows.pieces()),
      split.validation + split.test > 0
          ? ", and parts are drawn row by row, so shares are met up to chance and not by class"
          : ""));
  if (std::ssize(fitted) < training.rows())
    prepared.notes.push_back(fmt::format(
        "preprocessing was fitted on the first {} of {} training rows: a file that is sorted "
        "should be shuffled first",
        with_commas(std::ssize(fitted)), with_commas(training.rows())));
  note_parts(split, prepared);
  note_schema(encoder->preprocessor.schema(), *this, prepared.notes);
  note_skipped(rows.skipped(), "they cannot be read", prepared.notes);
  if (test_rows) note_skipped(test_rows->skipped(), "they cannot be read", prepared.notes);
  note_skipped(unusable, "a cell cannot be used", prepared.notes);
  prepared.encoding = std::move(encoding);
  Sha256 sha;
  sha.update(rows.digest());
  if (test_rows) sha.update(test_rows->digest());
  prepared.fingerprint = sha.hex();
  return prepared;
}

}  // namespace glia::experiment
