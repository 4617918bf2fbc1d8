// Internal: the quick way through lines that are all alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "glia/data/storage.h"

namespace glia::data {

// Where the cells end of lines that have the same number of cells each and no quote in them. Most
// files are nothing else, and then no cell needs to be looked at to find the next one.
class CellEnds {
 public:
  // Of the lines from text[from] on, where one begins, that begin at or before `last`. Returns
  // where the record after them starts, or text.size(); nothing where CsvParser must read them:
  // they are not alike, there is a quote, the text ends before the last line does, or this machine
  // has no AVX2. format.columns must be known.
  std::optional<std::size_t> find(std::string_view text, std::size_t from, std::size_t last,
                                  const CsvFormat& format);

  std::size_t rows() const { return rows_; }
  // Cell c of row r is text[start(r * columns + c) .. end(r * columns + c)), with the blanks around
  // it, and in the last column with the '\r' of the line end where there is one.
  std::size_t start(std::size_t cell) const {
    return from_ + static_cast<std::uint32_t>(ends_[cell] + 1);
  }
  std::size_t end(std::size_t cell) const { return from_ + ends_[cell + 1]; }
  bool returns() const { return returns_; }  // lines end in "\r\n"

  // For read_number_column(): cell i begins behind from() + ends()[i] and ends at ends()[i + 1].
  std::size_t from() const { return from_; }
  const std::uint32_t* ends() const { return ends_.get(); }

 private:
  bool check(std::string_view text, std::size_t columns, std::size_t found, std::size_t newlines,
             std::size_t returns);

  std::unique_ptr<std::uint32_t[]> ends_;  // from `from_` on; before the first cell, -1
  std::size_t room_ = 0, from_ = 0, rows_ = 0;
  bool returns_ = false;
};

}  // namespace glia::data
