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

constexpr std::int64_t kFirstPieces = 64;  // some 64 MB, that say which columns are numbers
constexpr std::size_t kShown = 5;

// Rows of the pieces that `choose` leaves out, of those that are given.
template <class Given, class Choose>
std::vector<std::int64_t> left_out_of(const data::TableStream& stream, const Given& given,
                                      const Choose& choose) {
  std::vector<std::vector<std::int64_t>> out(static_cast<std::size_t>(stream.pieces()));
  data::each(stream.pieces(), 0, [&](std::int64_t p) {
    const auto table = stream.read(p);
    const auto rows = given(p, table);
    const auto kept = choose(p, table, rows);
    auto& left = out[static_cast<std::size_t>(p)];
    std::set_difference(rows.begin(), rows.end(), kept.begin(), kept.end(),
                        std::back_inserter(left));
    for (std::int64_t& row : left) row += stream.first_row(p);
  });
  std::vector<std::int64_t> rows;
  for (const auto& left : out) rows.insert(rows.end(), left.begin(), left.end());
  return rows;
}

// Rows that cannot be used.
std::vector<std::int64_t> unusable_rows(const data::TableStream& stream,
                                        const std::vector<std::string>& numbers,
                                        const std::vector<data::TargetOptions>& targets,
                                        data::SkippedRecords& skipped) {
  std::vector<data::SkippedRecords> told(static_cast<std::size_t>(stream.pieces()));
  const auto rows = left_out_of(
      stream, [](std::int64_t, const data::Table& table) { return data::all_rows(table.rows()); },
      [&](std::int64_t p, const data::Table& table, const std::vector<std::int64_t>& all) {
        return data::usable_rows(table, all, numbers, targets, told[static_cast<std::size_t>(p)]);
      });
  for (auto& piece : told) {
    skipped.count += piece.count;
    for (auto& first : piece.first)
      if (skipped.first.size() < kShown) skipped.first.push_back(std::move(first));
  }
  return rows;
}

// Calls `add` with the training rows of each piece, in order; pieces are read by several threads.
template <class Add>
void for_pieces(const data::StreamPart& part, const Add& add) {
  constexpr std::int64_t kAtOnce = 16;
  const auto& stream = part.stream();
  for (std::int64_t p = 0; p < stream.pieces(); p += kAtOnce) {
    const std::int64_t count = std::min(kAtOnce, stream.pieces() - p);
    std::vector<std::optional<data::Table>> tables(static_cast<std::size_t>(count));
    data::each(count, 0,
               [&](std::int64_t i) { tables[static_cast<std::size_t>(i)] = stream.read(p + i); });
    for (std::int64_t i = 0; i < count; ++i)
      add(*tables[static_cast<std::size_t>(i)], part.rows_of(p + i));
  }
}

data::Preprocessor fit_preprocessor(const data::StreamPart& part,
                                    const data::PreprocessOptions& options) {
  data::PreprocessFitter fitter(options);
  do {
    for_pieces(part, [&](const data::Table& piece, const std::vector<std::int64_t>& rows) {
      if (!rows.empty()) fitter.add(piece, rows);
    });
  } while (fitter.next_pass());
  return std::move(fitter).finish();
}

data::Target fit_target(const data::StreamPart& part, const data::TargetOptions& options) {
  data::TargetFitter fitter(options);
  for_pieces(part, [&](const data::Table& piece, const std::vector<std::int64_t>& rows) {
    if (!rows.empty()) fitter.add(piece, rows);
  });
  return fitter.finish();
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

// Training rows that drop steps leave out.
std::vector<std::int64_t> outliers_of(const data::StreamPart& training,
                                      const data::Preprocessor& preprocessor) {
  const auto drops = [](const data::FittedColumn& column) {
    const auto* number = std::get_if<data::FittedNumber>(&column.fitted);
    return number && std::any_of(number->steps.begin(), number->steps.end(), [](const auto& step) {
             return std::holds_alternative<data::DropOutside>(step);
           });
  };
  const auto& columns = preprocessor.columns();
  if (std::none_of(columns.begin(), columns.end(), drops)) return {};
  return left_out_of(
      training.stream(), [&](std::int64_t p, const data::Table&) { return training.rows_of(p); },
      [&](std::int64_t, const data::Table& table, const std::vector<std::int64_t>& rows) {
        return preprocessor.training_rows(table, rows);
      });
}

// One row of a part, decoded.
template <class Decode>
data::DecodedRows first_decoded(const data::StreamPart& part, const Decode& decode) {
  std::int64_t p = 0;
  while (part.first_row(p + 1) == 0) ++p;
  const auto rows = part.rows_of(p);
  return decode(part.stream().read(p), std::span(rows).first(1), 0);
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
    if (numbers.empty()) numbers = number_columns(*this, rows.read(0, kFirstPieces, {}));
    return unusable_rows(stream, numbers, targets(), unusable);
  };
  const double test_end = split.test, validation_end = test_end + split.validation;
  const auto none = left_out(rows);
  const auto part = [&](double from, double to) {
    return data::StreamPart(rows, {.from = from, .to = to, .seed = split.seed, .left_out = none});
  };
  auto training = part(validation_end, 1);

  auto encoder = std::make_shared<TableEncoder>();
  encoder->preprocessor = fit_preprocessor(training, features_plan(*this, rows.read(0)));
  encoder->groups = inputs;
  if (const auto outliers = outliers_of(training, encoder->preprocessor); !outliers.empty()) {
    prepared.notes.push_back(fmt::format("{} of {} training rows are left out as outliers",
                                         with_commas(std::ssize(outliers)),
                                         with_commas(training.rows())));
    std::vector<std::int64_t> both;
    std::merge(none.begin(), none.end(), outliers.begin(), outliers.end(),
               std::back_inserter(both));
    training = data::StreamPart(
        rows, {.from = validation_end, .to = 1, .seed = split.seed, .left_out = both});
  }
  Encoding encoding{encoder, *encoder->preprocessor.target(), {}};
  for (std::size_t i = 0; i < e.fit.outputs.size(); ++i)
    encoding.outputs.emplace_back(
        e.fit.outputs[i].name,
        i == 0 ? encoding.target : fit_target(training, more_targets.at(i - 1).options));

  const auto losses = losses_of(e);
  const auto decoding = [&](bool of_training) {
    return [plan = *this, encoding, losses, of_training](const data::Table& piece, data::Rows some,
                                                         std::int64_t first) {
      const auto& fitted = encoding.as<TableEncoder>().preprocessor;
      return plan.decoded(losses, encoding, piece, some,
                          of_training ? fitted.transform_training(piece, some, nullptr, first)
                                      : fitted.transform(piece, some));
    };
  };
  std::vector<data::Field> outputs;
  const auto one = first_decoded(training, decoding(false));
  for (std::size_t i = 0; i < one.outputs.size(); ++i) {
    const Shape& shape = one.outputs[i].shape();
    const Shape row(std::vector<Dim>(shape.begin() + 1, shape.end()));
    outputs.push_back({encoding.outputs.empty() ? "target" : encoding.outputs[i].first,
                       one.outputs[i].dtype(), row});
  }
  const auto source = [&](const data::StreamPart& of, bool of_training = false) {
    return std::make_shared<data::StreamedRows>(
        of, encoder->inputs(), outputs, decoding(of_training),
        data::StreamedRows::Options{.as_text = asked_as_text(of.stream(), encoding, targets())});
  };
  prepared.train = source(training, true);
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
  if (const auto notes = encoder->preprocessor.notes(); !notes.empty())
    prepared.notes.push_back(
        notes.front() +
        (notes.size() > 1 ? fmt::format(" (and {} columns more)", notes.size() - 1) : ""));
  note_parts(split, prepared);
  note_schema(encoder->preprocessor.schema(), *this, prepared.notes);
  note_skipped(rows.skipped(), "they cannot be read", prepared.notes);
  if (test_rows) note_skipped(test_rows->skipped(), "they cannot be read", prepared.notes);
  note_skipped(unusable, "a cell cannot be used", prepared.notes);
  prepared.encoding = std::move(encoding);
  Sha256 sha;
  sha.update(rows.digest());
  if (test_rows) sha.update(test_rows->digest());
  prepared.training_digest = rows.digest();
  prepared.fingerprint = sha.hex();
  return prepared;
}

}  // namespace glia::experiment
