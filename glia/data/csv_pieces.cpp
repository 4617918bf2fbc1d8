#include "glia/data/csv_pieces.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <exception>
#include <limits>
#include <thread>
#include <utility>

#include "glia/base/format.h"
#include "glia/data/csv_columns.h"
#include "glia/data/csv_numbers.h"

namespace glia::data {
namespace {

constexpr std::size_t kPieceBytes = 512 << 10;  // its text and cells lie in a core's own cache

// Words that are written before they are read; of more room than is needed nothing is touched.
class Scratch {
 public:
  std::uint64_t* room(std::size_t words) {
    if (words > size_) words_ = std::make_unique_for_overwrite<std::uint64_t[]>(size_ = words);
    return words_.get();
  }

 private:
  std::unique_ptr<std::uint64_t[]> words_;
  std::size_t size_ = 0;
};

// Takes the rows of a piece. A column that was wanted as numbers and has text ends as nothing.
class PieceSink {
 public:
  // scratch: a worker's own, for what is as many as the rows that will be found.
  PieceSink(std::string_view text, const CsvFormat& format, const MissingWords& missing,
            Scratch& scratch, std::size_t most_rows, std::vector<Want> wants, Piece& piece)
      : text_(text),
        separator_(format.separator),
        quote_(format.quote),
        missing_(missing),
        most_rows_(most_rows),
        wants_(std::move(wants)),
        piece_(piece) {
    values_ = scratch.room(most_rows_ * wants_.size());
    runs_.assign(wants_.size(), 0);
    plain_ = plain_numbers(format, missing);
    find_runs();
  }

  void record(std::size_t start) {
    if (!texts_.empty()) give_up();
    row_starts_.push_back(start);
  }

  void bad(const CsvMistake& mistake) {
    row_starts_.pop_back();
    texts_.clear();
    if (mistakes_.count++ < static_cast<std::int64_t>(kMistakesShown))
      mistakes_.first.push_back(mistake);
  }

  // Columns of numbers side by side need no search for the ends of their cells.
  NumberRun quick(std::size_t column, std::size_t start) {
    if (column >= runs_.size() || runs_[column] == 0) return {};
    return read_number_run(text_, start, separator_, runs_[column],
                           values_ + column * most_rows_ + row_starts_.size() - 1, most_rows_);
  }

  void cell(std::size_t column, std::size_t start, std::string_view text) {
    const Want want = wants_[column];
    if (want == Want::nothing) return;
    std::uint64_t& to = values_[column * most_rows_ + row_starts_.size() - 1];
    const bool missing = missing_.holds(text);
    if (want == Want::cells) {
      to = pack(start, text.size(), missing);
      return;
    }
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!missing && !parse_number(text, value)) texts_.push_back(column);
    to = std::bit_cast<std::uint64_t>(value);
  }

  void doubled(std::size_t column, std::string_view inner) {
    const std::size_t start = piece_.arena.size();
    append_unescaped(piece_.arena, inner, quote_);
    cell(column, text_.size() + start, std::string_view(piece_.arena).substr(start));
  }

  void finish(Pool& pool) {
    give_up();
    const auto kept = [&pool](std::span<const std::uint64_t> words) {
      const auto to = pool.take(words.size());
      std::copy(words.begin(), words.end(), to.begin());
      return to;
    };
    if (piece_.row_starts.empty()) piece_.row_starts = kept(row_starts_);
    piece_.mistakes = std::move(mistakes_);
    piece_.columns.resize(wants_.size());
    for (std::size_t c = 0; c < wants_.size(); ++c)
      if (wants_[c] != Want::nothing)
        piece_.columns[c] = kept({values_ + c * most_rows_, row_starts_.size()});
  }

 private:
  // Columns that the last record has text in are no numbers. Not before it is known to be good.
  void give_up() {
    for (const std::size_t column : texts_) wants_[column] = Want::nothing;
    texts_.clear();
    find_runs();
  }

  void find_runs() {
    std::size_t run = 0;
    for (std::size_t c = wants_.size(); c-- > 0;)
      runs_[c] = run = plain_ && wants_[c] == Want::numbers ? run + 1 : 0;
  }

  std::string_view text_;
  char separator_, quote_;
  bool plain_ = false;             // no number can be taken for anything else
  std::vector<std::size_t> runs_;  // how many columns of numbers lie side by side, from each on
  const MissingWords& missing_;
  std::size_t most_rows_;
  std::vector<Want> wants_;
  Piece& piece_;
  std::uint64_t* values_;  // column by column, most_rows_ apart: the bits of a number, or a Cell
  std::vector<std::uint64_t> row_starts_;
  std::vector<std::size_t> texts_;  // columns of numbers in which the record has text
  Mistakes mistakes_;
};

// What `work` throws, or nothing.
template <class Work>
std::exception_ptr caught(const Work& work) {
  try {
    work();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

class Reader {
 public:
  Reader(Table::Storage& storage, std::size_t from, const MissingWords& missing, int threads)
      : storage_(storage),
        text_(storage.source->text()),
        from_(from),
        missing_(missing),
        guess_(storage.numeric),
        sections_(std::max<std::size_t>(1, (text_.size() - from + kPieceBytes - 1) / kPieceBytes)),
        workers_(std::min<std::size_t>(static_cast<std::size_t>(threads), sections_.size())) {}

  void read() {
    in_parallel([this](std::size_t s, Worker& worker) { read_guessed(s, worker); });
    check_starts();
    find_numeric();
    in_parallel([this](std::size_t s, Worker& worker) {
      sections_[s].failure = caught([&] { read_text(s, worker); });
    });
    join();
  }

 private:
  struct Section {
    std::size_t start = 0, end = 0;  // of its first record; of the first record after it
    Piece piece;
    std::exception_ptr bad_text, failure;  // not UTF-8; no records from `start` on
    bool check_text = false;
  };

  // A thread's own.
  struct Worker {
    CellEnds ends;
    Scratch scratch;
    Pool pool;
  };

  // The sections are taken in order, by a thread for each worker. `work` does not throw.
  template <class Work>
  void in_parallel(const Work& work) {
    std::atomic<std::size_t> next = 0;
    const auto run = [&](Worker& worker) {
      for (std::size_t s; (s = next.fetch_add(1)) < sections_.size();) work(s, worker);
    };
    std::vector<std::jthread> helpers;
    for (std::size_t t = 1; t < workers_.size(); ++t)
      helpers.emplace_back([&, t] { run(workers_[t]); });
    run(workers_[0]);
  }

  // A section's records start at or before this byte, but after the section before it.
  std::size_t last_of(std::size_t section) const {
    return section + 1 == sections_.size() ? text_.size() : from_ + (section + 1) * kPieceBytes;
  }

  // Reads a section from the guess that no line end before it is within quotes.
  void read_guessed(std::size_t s, Worker& worker) {
    std::size_t start = from_;
    if (s > 0) {
      start = text_.find_first_of("\r\n", last_of(s - 1));
      start = start == text_.npos ? text_.size() : start + 1;
    }
    Section& section = sections_[s];
    section.bad_text = bad_text(s == 0 ? 0 : last_of(s - 1), last_of(s));
    section.failure = caught([&] { read_from(s, start, worker); });
  }

  std::exception_ptr bad_text(std::size_t from, std::size_t to) const {
    return caught([&] { check_encoding(text_, from, to, storage_.format.file); });
  }

  void read_from(std::size_t s, std::size_t start, Worker& worker) {
    Section& section = sections_[s];
    section.piece = {};
    section.start = skip_blank_lines(text_, start, storage_.format);
    std::vector<Want> wants;
    for (const bool numeric : guess_) wants.push_back(numeric ? Want::numbers : Want::cells);
    section.end = read(s, wants, worker);
    // To leave out what is not UTF-8, each record is looked at; the last goes beyond the section.
    if (!storage_.format.skip || section.check_text) return;
    section.check_text = section.bad_text || bad_text(last_of(s), section.end);
    if (section.check_text) section.piece = {}, section.end = read(s, wants, worker);
  }

  std::size_t read(std::size_t s, std::vector<Want> wants, Worker& worker) {
    Section& section = sections_[s];
    const std::size_t last = last_of(s);
    if (section.start > last) return section.start;
    CsvFormat format = storage_.format;
    format.check_text = section.check_text;
    if (const auto end = worker.ends.find(text_, section.start, last, format)) {
      read_columns(text_, worker.ends, format, missing_, std::move(wants), worker.pool,
                   section.piece);
      return *end;
    }
    // A record of n cells takes n bytes or more, but for the last one.
    const std::size_t most_rows = (last - section.start) / wants.size() + 2;
    PieceSink sink(text_, format, missing_, worker.scratch, most_rows, std::move(wants),
                   section.piece);
    const auto end = CsvParser<PieceSink>(text_, format, sink).read(section.start, last);
    sink.finish(worker.pool);
    return end;
  }

  // Where a guess was wrong, the section is read once more, from the end of the one before it. The
  // first error of the file is the one that is told.
  void check_starts() {
    std::size_t end = skip_blank_lines(text_, from_, storage_.format);
    for (std::size_t s = 0; s < sections_.size(); ++s) {
      Section& section = sections_[s];
      if (section.bad_text && !storage_.format.skip) std::rethrow_exception(section.bad_text);
      if (section.start != end)
        read_from(s, end, workers_[0]);
      else if (section.failure)
        std::rethrow_exception(section.failure);
      end = section.end;
    }
  }

  // A column is numbers if it is so in every section.
  void find_numeric() {
    for (const Section& section : sections_)
      for (std::size_t c = 0; section.piece.rows() > 0 && c < storage_.numeric.size(); ++c)
        if (section.piece.columns[c].empty()) storage_.numeric[c] = false;
  }

  // The cells of columns that turned out to be text, against the first guess.
  void read_text(std::size_t s, Worker& worker) {
    if (sections_[s].piece.rows() == 0) return;
    const auto& columns = sections_[s].piece.columns;
    std::vector<Want> wants(columns.size(), Want::nothing);
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (guess_[c] && !storage_.numeric[c]) wants[c] = Want::cells;
    if (std::find(wants.begin(), wants.end(), Want::cells) != wants.end())
      read(s, std::move(wants), worker);
  }

  void join() {
    std::size_t rows = 0;
    for (const Section& section : sections_) rows += section.piece.rows();
    storage_.piece_of.reserve(std::exchange(rows, 0));
    for (Section& section : sections_) {
      if (section.failure) std::rethrow_exception(section.failure);
      storage_.skipped.count += section.piece.mistakes.count;
      for (const CsvMistake& mistake : section.piece.mistakes.first)
        if (storage_.skipped.first.size() < kMistakesShown)
          storage_.skipped.first.push_back(told(text_, storage_.format, mistake));
      const std::size_t more = section.piece.rows();
      if (more == 0) continue;
      storage_.piece_of.insert(storage_.piece_of.end(), more,
                               static_cast<std::uint32_t>(storage_.pieces.size()));
      storage_.first_rows.push_back(rows);
      storage_.pieces.push_back(std::move(section.piece));
      rows += more;
    }
    for (Worker& worker : workers_) storage_.pools.push_back(std::move(worker.pool));
  }

  Table::Storage& storage_;
  std::string_view text_;
  std::size_t from_;
  const MissingWords& missing_;
  const std::vector<bool> guess_;  // by column: whether it is numbers
  std::vector<Section> sections_;
  std::vector<Worker> workers_;
};

}  // namespace

void check_encoding(std::string_view text, std::size_t from, std::size_t to,
                    const std::string& file) {
  // A character that crosses a range's end belongs to that range.
  const auto goes_on = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (goes_on(to)) ++to;
  if (from > 0)
    while (from < to && goes_on(from)) ++from;
  if (from >= to) return;
  const std::size_t valid = from + valid_utf8(text.substr(from, to - from));
  if (valid < to) fail_mistake(text, {.file = file}, {CsvMistake::Kind::not_utf8, valid, 0});
}

void read_pieces(Table::Storage& storage, std::size_t from, const MissingWords& missing,
                 int threads) {
  Reader(storage, from, missing, threads).read();
}

}  // namespace glia::data
