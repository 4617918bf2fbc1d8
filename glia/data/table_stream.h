// A CSV file that need not fit into the memory: read a piece at a time, in any order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "glia/data/csv.h"
#include "glia/data/table.h"

namespace glia::data {

struct StreamOptions {
  CsvOptions csv = {};
  // About what a piece has of the file: what a reader takes at once, so that what is made of it is
  // made while it lies in a core's own cache.
  std::int64_t piece_bytes = std::int64_t{500} << 10;
};

// Cheap to copy; copies share the open file. Several threads may read at once. The file must stay
// as it is: what is no longer as it was is E-DATA-122.
class TableStream {
 public:
  // Goes through the file once, by several threads, to learn where its records are, in memory for
  // some of its pieces; so a record that cannot be read is known before the first piece is asked
  // for. Errors: those of read_csv(); E-DATA-121 a file packed with gzip, whose middle cannot be
  // found, or one that is no file (a pipe).
  static TableStream open(const std::filesystem::path& path, const StreamOptions& options = {});

  std::int64_t rows() const;
  std::int64_t columns() const { return static_cast<std::int64_t>(names().size()); }
  const std::vector<std::string>& names() const;
  const std::filesystem::path& path() const;
  std::int64_t bytes() const;  // of the file
  char separator() const;      // as given or guessed
  bool has_header() const;     // as given or found
  const SkippedRecords& skipped() const;
  // Of the file's bytes; equal for equal files. Not one that withstands intent.
  const std::string& digest() const;

  std::int64_t pieces() const;
  // piece: [0, pieces()]; the last gives rows().
  std::int64_t first_row(std::int64_t piece) const;

  // The rows from first_row(piece) on up to the next piece's, as a table of their own, numbered
  // from 0; its messages have the file's lines. A column is numeric() where this piece's cells are.
  // as_text: by column, whether its cells will be asked for as text rather than as numbers, which
  // is then quicker.
  Table read(std::int64_t piece, const std::vector<bool>& as_text = {}) const {
    return read(piece, 1, as_text);
  }
  // The same of `count` pieces from one on, or of as many as there are.
  Table read(std::int64_t piece, std::int64_t count, const std::vector<bool>& as_text) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace glia::data
