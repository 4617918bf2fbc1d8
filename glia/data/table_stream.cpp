#include "glia/data/table_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <span>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/data/csv_pieces.h"
#include "glia/data/each.h"
#include "glia/data/gzip.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeadBytes = std::size_t{4} << 20, kBehind = std::size_t{64} << 10;

// An open file, read at places.
class PlacedFile {
 public:
  explicit PlacedFile(const fs::path& path) : path_(path) {
    struct stat status {};
    // Of a pipe without a writer, open() would never return otherwise.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0)
      fail(errno == ENOENT ? "E-FILE-01" : "E-FILE-02", "{}: cannot be opened ({}); check the path",
           path.string(), std::strerror(errno));
    if (!S_ISREG(status.st_mode))
      fail("E-DATA-121",
           "{}: is no plain file, so it cannot be streamed; write it into a file first",
           path.string());
    size_ = static_cast<std::size_t>(status.st_size);
    written_ = status.st_mtim;
  }
  ~PlacedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  PlacedFile(const PlacedFile&) = delete;
  PlacedFile& operator=(const PlacedFile&) = delete;

  std::size_t size() const { return size_; }

  // Error E-DATA-122 where somebody has written to it since it was opened.
  void check_unchanged() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || static_cast<std::size_t>(status.st_size) != size_ ||
        status.st_mtim.tv_sec != written_.tv_sec || status.st_mtim.tv_nsec != written_.tv_nsec)
      fail_changed();
  }

  // The bytes [from, from + size), fewer at the file's end.
  std::string read(std::size_t from, std::size_t size) const {
    std::string text(std::min(size, size_ - std::min(from, size_)), '\0');
    for (std::size_t done = 0; done < text.size();) {
      const auto count = ::pread(descriptor_, text.data() + done, text.size() - done,
                                 static_cast<off_t>(from + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0)
        fail("E-FILE-02", "{}: cannot be read ({})", path_.string(), std::strerror(errno));
      if (count == 0) fail_changed();
      done += static_cast<std::size_t>(count);
    }
    return text;
  }

 private:
  [[noreturn]] void fail_changed() const {
    fail("E-DATA-122", "{}: changed while it was being read; start again", path_.string());
  }

  fs::path path_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
  timespec written_{};
};

// A part of the file in whole records.
struct Section {
  std::size_t start = 0, end = 0;
  std::int64_t rows = 0, lines = 0;
  SkippedRecords skipped;
  std::uint64_t digest = 0;
  bool failed = false;
};

struct Counter {
  std::int64_t rows = 0;
  Mistakes mistakes = {};
  void record(std::size_t) { ++rows; }
  void cell(std::size_t, std::size_t, std::string_view) {}
  void doubled(std::size_t, std::string_view) {}
  void bad(const CsvMistake& mistake) {
    --rows;
    if (mistakes.count++ < static_cast<std::int64_t>(kMistakesShown))
      mistakes.first.push_back(mistake);
  }
};

// Four sums side by side, for one would wait for its own multiplications.
std::uint64_t digest_of(std::string_view text) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  std::uint64_t sums[4] = {text.size(), 1, 2, 3};
  const auto take = [&](const char* bytes) {
    std::uint64_t words[4];
    std::memcpy(words, bytes, sizeof words);
    for (int i = 0; i < 4; ++i) sums[i] = std::rotl((sums[i] ^ words[i]) * kOdd, 29);
  };
  for (; text.size() >= 32; text.remove_prefix(32)) take(text.data());
  char rest[32] = {};
  std::copy(text.begin(), text.end(), rest);
  take(rest);
  std::uint64_t all = 0;
  for (const std::uint64_t sum : sums) all = std::rotl((all ^ sum) * kOdd, 31);
  return all;
}

}  // namespace

struct TableStream::State {
  struct Place {
    std::size_t start = 0, end = 0;
    std::int64_t first_row = 0, line = 0;
  };

  State(const fs::path& path, const StreamOptions& options)
      : path(path), options(options), file(path), missing(options.csv.missing) {}

  void begin() {
    const std::string start = file.read(0, 2);
    if (is_gzip(start))
      fail("E-DATA-121",
           "{}: is packed with gzip, and the rows of a packed file cannot be read in any order; "
           "unpack it (gunzip), or read it whole",
           path.string());
    for (std::size_t size = kHeadBytes;; size *= 4) {
      const bool whole = size >= file.size();
      auto head = Bytes::own(file.read(0, size), path.string());
      try {
        const auto [storage, from] = begin_csv(head, options.csv, whole);
        data = skip_blank_lines(head->text(), from, storage->format);
        if (!whole && data == head->text().size()) continue;
        format = storage->format;
        names = storage->names;
        numeric = storage->numeric;
        header = storage->header;
        format.first_line = line_of(head->text(), data);
        return;
      } catch (const CutShort&) {
      }
    }
  }

  std::size_t sections() const {
    const auto piece = static_cast<std::size_t>(options.piece_bytes);
    return std::max<std::size_t>(1, (file.size() - data + piece - 1) / piece);
  }
  // A section's records start at or before this byte, but after the section before it.
  std::size_t last_of(std::size_t section) const {
    return std::min(file.size(),
                    data + (section + 1) * static_cast<std::size_t>(options.piece_bytes));
  }

  // Behind the first line end from `from` on.
  std::size_t next_line(std::size_t from) const {
    for (std::size_t size = kBehind / 16; from < file.size(); from += size, size = kBehind) {
      const auto text = file.read(from, size);
      const auto at = text.find_first_of("\r\n");
      if (at != text.npos) return from + at + 1;
    }
    return file.size();
  }

  // Reads the records of a section, the first of which starts at `start`, in line `line`.
  Section scan(std::size_t section, std::size_t start, std::int64_t line) const {
    const std::size_t last = last_of(section);
    Section found{.start = start, .end = start};
    if (start > last || start >= file.size()) return found;
    for (std::size_t behind = kBehind;; behind *= 4) {
      const auto text = file.read(start, last - start + behind);
      CsvFormat f = format;
      f.first_line = line;
      f.whole = start + text.size() >= file.size();
      try {
        const std::size_t blank = skip_blank_lines(text, 0, f);
        if (!f.whole && blank == text.size()) throw CutShort();
        found.start = found.end = start + blank;
        if (found.start <= last)
          count(std::string_view(text).substr(blank), last - found.start, f, found);
        return found;
      } catch (const CutShort&) {
      }
    }
  }

  static void count(std::string_view text, std::size_t last, CsvFormat& f, Section& found) {
    Counter counter;
    std::size_t end = CsvParser<Counter>(text, f, counter).read(0, last);
    const std::size_t valid = valid_utf8(text.substr(0, end));
    if (valid < end && !f.skip) fail_mistake(text, f, {CsvMistake::Kind::not_utf8, valid, 0});
    if (valid < end) {
      f.check_text = true;
      counter = {};
      end = CsvParser<Counter>(text, f, counter).read(0, last);
    }
    found.end = found.start + end;
    found.rows = counter.rows;
    found.lines = line_of(text, end, 0);
    found.digest = digest_of(text.substr(0, end));
    found.skipped.count = counter.mistakes.count;
    for (const auto& mistake : counter.mistakes.first)
      found.skipped.first.push_back(told(text, f, mistake));
  }

  // From the guess that no line end before a section is within quotes; where it was wrong, the
  // section is scanned once more, and where there is something to say, with its line.
  void find_places() {
    std::vector<Section> found(sections());
    each(std::ssize(found), threads_of(options.csv), [&](std::int64_t i) {
      const auto s = static_cast<std::size_t>(i);
      try {
        found[s] = scan(s, s == 0 ? data : next_line(last_of(s - 1)), 1);
      } catch (const Error&) {
        found[s].failed = true;
      }
    });
    std::size_t start = data;
    std::int64_t line = format.first_line;
    Sha256 sha;
    sha.update(file.read(0, data));
    for (std::size_t s = 0; s < found.size(); ++s) {
      Section& section = found[s];
      const bool tell = section.skipped.count > 0 && skipped.first.size() < kMistakesShown;
      if (section.failed || section.start != start || tell) section = scan(s, start, line);
      skipped.count += section.skipped.count;
      for (auto& mistake : section.skipped.first)
        if (skipped.first.size() < kMistakesShown) skipped.first.push_back(std::move(mistake));
      if (section.rows > 0) places.push_back({section.start, section.end, rows, line});
      sha.update(std::as_bytes(std::span(&section.digest, 1)));
      rows += section.rows;
      line += section.lines;
      start = section.end;
    }
    file.check_unchanged();
    if (rows == 0) fail_no_rows(path.string(), skipped);
    digest = sha.hex();
  }

  fs::path path;
  StreamOptions options;
  PlacedFile file;
  MissingWords missing;
  CsvFormat format;
  std::shared_ptr<const Names> names;
  std::vector<bool> numeric;  // as far as the first records tell
  bool header = false;
  std::size_t data = 0;  // where the records start
  std::vector<Place> places;
  std::int64_t rows = 0;
  SkippedRecords skipped;
  std::string digest;
};

TableStream TableStream::open(const fs::path& path, const StreamOptions& options) {
  if (options.piece_bytes < 1)
    fail("E-DATA-08", "{}: piece_bytes is {}; expected 1 or more", path.string(),
         options.piece_bytes);
  const auto state = std::make_shared<State>(path, options);
  state->begin();
  state->find_places();
  TableStream stream;
  stream.state_ = state;
  return stream;
}

std::int64_t TableStream::rows() const { return state_->rows; }
const std::vector<std::string>& TableStream::names() const { return state_->names->list; }
const fs::path& TableStream::path() const { return state_->path; }
std::int64_t TableStream::bytes() const { return static_cast<std::int64_t>(state_->file.size()); }
char TableStream::separator() const { return state_->format.separator; }
bool TableStream::has_header() const { return state_->header; }
const SkippedRecords& TableStream::skipped() const { return state_->skipped; }
const std::string& TableStream::digest() const { return state_->digest; }
std::int64_t TableStream::pieces() const { return std::ssize(state_->places); }

std::int64_t TableStream::first_row(std::int64_t piece) const {
  return piece < pieces() ? state_->places[static_cast<std::size_t>(piece)].first_row : rows();
}

Table TableStream::read(std::int64_t piece, std::int64_t count,
                        const std::vector<bool>& as_text) const {
  const State& state = *state_;
  const auto wanted = std::span(state.places)
                          .subspan(static_cast<std::size_t>(piece),
                                   static_cast<std::size_t>(std::min(count, pieces() - piece)));
  const std::size_t start = wanted.front().start;
  auto text = state.file.read(start, wanted.back().end - start);
  state.file.check_unchanged();
  auto storage = std::make_shared<Table::Storage>();
  storage->source = Bytes::own(std::move(text), state.path.string());
  storage->path = state.path.string();
  storage->format = state.format;
  storage->format.whole = true;
  storage->format.first_line = wanted.front().line;
  storage->names = state.names;
  storage->header = state.header;
  storage->numeric = state.numeric;
  for (std::size_t c = 0; c < as_text.size(); ++c)
    if (as_text[c]) storage->numeric[c] = false;
  read_pieces(*storage, 0, state.missing, count > 1 ? threads_of(state.options.csv) : 1);
  return Table(std::move(storage));
}

}  // namespace glia::data
