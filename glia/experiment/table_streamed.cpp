// A table that is read in pieces, because it may not fit into the memory.
#include <algorithm>
#include <set>

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

constexpr std::int64_t kFirstPieces = 128;  // some 64 MB, that say which columns are numbers
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

// Calls `add` with the training rows of each piece, in order; several threads read them.
template <class Add>
void for_pieces(const data::StreamPart& part, const std::vector<bool>& as_text, const Add& add) {
  constexpr std::int64_t kAtOnce = 64;  // some 60 MB
  const auto& stream = part.stream();
  for (std::int64_t p = 0; p < stream.pieces(); p += kAtOnce) {
    const auto count = static_cast<std::size_t>(std::min(kAtOnce, stream.pieces() - p));
    std::vector<std::optional<data::Table>> tables(count);
    std::vector<std::vector<std::int64_t>> rows(count);
    data::each(std::ssize(tables), 0, [&](std::int64_t i) {
      tables[static_cast<std::size_t>(i)] = stream.read(p + i, as_text);
      rows[static_cast<std::size_t>(i)] = part.rows_of(p + i);
    });
    for (std::size_t i = 0; i < count; ++i)
      if (!rows[i].empty()) add(*tables[i], rows[i]);
  }
}

data::Preprocessor fit_preprocessor(const data::StreamPart& part, const std::vector<bool>& as_text,
                                    const data::PreprocessOptions& options) {
  data::PreprocessFitter fitter(options);
  do {
    for_pieces(part, as_text,
               [&](const auto& piece, const auto& rows) { fitter.add(piece, rows); });
  } while (fitter.next_pass());
  return std::move(fitter).finish();
}

// All in one pass.
std::vector<data::Target> fit_targets(const data::StreamPart& part,
                                      const std::vector<bool>& as_text,
                                      const std::vector<data::TargetOptions>& targets) {
  std::vector<data::TargetFitter> fitters(targets.begin(), targets.end());
  if (fitters.empty()) return {};
  for_pieces(part, as_text, [&](const auto& piece, const auto& rows) {
    for (auto& fitter : fitters) fitter.add(piece, rows);
  });
  std::vector<data::Target> fitted;
  for (const auto& fitter : fitters) fitted.push_back(fitter.finish());
  return fitted;
}

// By column, whether it is one of `names`.
std::vector<bool> among(const data::TableStream& stream, const std::set<std::string>& names) {
  std::vector<bool> listed;
  for (const auto& name : stream.names()) listed.push_back(names.contains(name));
  return listed;
}

// What is said to be no numbers is asked for as text while it is fitted.
std::vector<bool> fitted_as_text(const data::TableStream& stream,
                                 const data::PreprocessOptions& options,
                                 const std::vector<data::TargetOptions>& targets) {
  std::set<std::string> texts;
  for (const auto& [name, kind] : options.columns)
    if (kind != data::Kind::numeric) texts.insert(name);
  for (const auto& [name, chain] : options.steps)
    if (data::kind_of(chain).value_or(data::Kind::numeric) != data::Kind::numeric)
      texts.insert(name);
  for (const auto& target : targets) {
    texts.erase(target.column);
    if (target.task != data::Task::regression) texts.insert(target.column);
  }
  return among(stream, texts);
}

// Classes and categories are asked for as text.
std::vector<bool> decoded_as_text(const data::TableStream& stream, const Encoding& encoding) {
  std::set<std::string> texts;
  for (const auto& column : encoding.as<TableEncoder>().preprocessor.columns())
    if (column.kind() != data::Kind::numeric) texts.insert(column.name);
  if (encoding.target.task != data::Task::regression) texts.insert(encoding.target.column);
  for (const auto& [name, target] : encoding.outputs)
    if (target.task != data::Task::regression) texts.insert(target.column);
  return among(stream, texts);
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

void note_streamed(const TableData& plan, const data::TableStream& rows,
                   std::vector<std::string>& notes) {
  notes.push_back(fmt::format(
      "{} is streamed: {} rows in {} {}; equal rows in different parts are not looked for{}",
      plan.train.string(), with_commas(rows.rows()), with_commas(rows.pieces()),
      rows.pieces() == 1 ? "piece" : "pieces",
      plan.split.validation + plan.split.test > 0
          ? ", and parts are drawn row by row, so shares are met up to chance and not by class"
          : ""));
}

// Which columns are approximate: the first, and how many more.
void note_approximate(const data::Preprocessor& preprocessor, std::vector<std::string>& notes) {
  const auto all = preprocessor.notes();
  if (all.empty()) return;
  notes.push_back(all.front() +
                  (all.size() > 1 ? fmt::format(" (and {} columns more)", all.size() - 1) : ""));
}

}  // namespace

// Fits on the training rows; leaves outliers out of them.
Encoding TableData::fit_streamed(const Experiment& e, data::StreamPart& training,
                                 data::StreamPart::Options drawn,
                                 std::vector<std::string>& notes) const {
  const data::TableStream stream = training.stream();
  const auto options = features_plan(*this, stream.read(0));
  const auto as_text = fitted_as_text(stream, options, targets());
  auto encoder = std::make_shared<TableEncoder>();
  encoder->preprocessor = fit_preprocessor(training, as_text, options);
  encoder->groups = inputs;
  if (const auto outliers = outliers_of(training, encoder->preprocessor); !outliers.empty()) {
    notes.push_back(fmt::format("{} of {} training rows are left out as outliers",
                                with_commas(std::ssize(outliers)), with_commas(training.rows())));
    std::vector<std::int64_t> both;
    std::merge(drawn.left_out.begin(), drawn.left_out.end(), outliers.begin(), outliers.end(),
               std::back_inserter(both));
    drawn.left_out = std::move(both);
    training = data::StreamPart(stream, std::move(drawn));
  }
  Encoding encoding{encoder, *encoder->preprocessor.target(), {}};
  std::vector<data::TargetOptions> more;
  for (std::size_t i = 1; i < e.fit.outputs.size(); ++i)
    more.push_back(more_targets.at(i - 1).options);
  auto fitted = fit_targets(training, as_text, more);
  for (std::size_t i = 0; i < e.fit.outputs.size(); ++i)
    encoding.outputs.emplace_back(e.fit.outputs[i].name,
                                  i == 0 ? encoding.target : std::move(fitted[i - 1]));
  return encoding;
}

// The rows of a part as a model takes them.
std::shared_ptr<data::Source> TableData::streamed(const Experiment& e, const Encoding& encoding,
                                                  const data::StreamPart& part,
                                                  bool of_training) const {
  const auto decode = [plan = *this, losses = losses_of(e), encoding, of_training](
                          const data::Table& piece, data::Rows rows, std::int64_t first) {
    const auto& fitted = encoding.as<TableEncoder>().preprocessor;
    return plan.decoded(losses, encoding, piece, rows,
                        of_training ? fitted.transform_training(piece, rows, nullptr, first)
                                    : fitted.transform(piece, rows));
  };
  std::vector<data::Field> outputs;
  const auto one = first_decoded(part, decode);
  for (std::size_t i = 0; i < one.outputs.size(); ++i) {
    const Shape& shape = one.outputs[i].shape();
    const Shape row(std::vector<Dim>(shape.begin() + 1, shape.end()));
    outputs.push_back({encoding.outputs.empty() ? "target" : encoding.outputs[i].first,
                       one.outputs[i].dtype(), row});
  }
  return std::make_shared<data::StreamedRows>(
      part, encoding.as<TableEncoder>().inputs(), std::move(outputs), decode,
      data::StreamedRows::Options{.as_text = decoded_as_text(part.stream(), encoding)});
}

Prepared TableData::prepare_streamed(const Experiment& e) const {
  const auto rows = data::TableStream::open(train, {.csv = csv});
  std::optional<data::TableStream> test_rows;
  if (!test.empty()) {
    data::refuse_same_file(train, test);
    test_rows = data::TableStream::open(
        test, {.csv = as_read(csv, rows.separator(), rows.has_header(), rows.names())});
  }
  Prepared prepared;
  const bool skip = csv.on_error == data::OnError::skip;
  const auto numbers =
      skip ? number_columns(*this, rows.read(0, kFirstPieces, {})) : std::vector<std::string>{};
  data::SkippedRecords unusable;
  const auto left_out = [&](const data::TableStream& stream) {
    return skip ? unusable_rows(stream, numbers, targets(), unusable) : std::vector<std::int64_t>{};
  };
  const auto none = left_out(rows);
  const auto drawn = [&](double from, double to) {
    return data::StreamPart::Options{.from = from, .to = to, .seed = split.seed, .left_out = none};
  };
  const double test_end = split.test, validation_end = test_end + split.validation;
  data::StreamPart training(rows, drawn(validation_end, 1));
  prepared.encoding = fit_streamed(e, training, drawn(validation_end, 1), prepared.notes);
  const auto source = [&](const data::StreamPart& part, bool of_training = false) {
    return streamed(e, prepared.encoding, part, of_training);
  };
  prepared.train = source(training, true);
  if (split.validation > 0) prepared.validation = source({rows, drawn(test_end, validation_end)});
  if (test_rows)
    prepared.test = source({*test_rows, {.left_out = left_out(*test_rows)}});
  else if (split.test > 0)
    prepared.test = source({rows, drawn(0, test_end)});

  const auto& preprocessor = prepared.encoding.as<TableEncoder>().preprocessor;
  note_streamed(*this, rows, prepared.notes);
  note_approximate(preprocessor, prepared.notes);
  note_parts(split, prepared);
  note_columns(preprocessor, *this, prepared.notes);
  note_skipped(rows.skipped(), "they cannot be read", prepared.notes);
  if (test_rows) note_skipped(test_rows->skipped(), "they cannot be read", prepared.notes);
  note_skipped(unusable, "a cell cannot be used", prepared.notes);
  Sha256 sha;
  sha.update(rows.digest());
  if (test_rows) sha.update(test_rows->digest());
  prepared.training_digest = rows.digest();
  prepared.fingerprint = sha.hex();
  return prepared;
}

}  // namespace glia::experiment
