// Internal: what must hold for any bytes that a stranger calls a table (CSV, JSON lines, .npy,
// .npz, as they are or packed by gzip), and files to begin with. Shared by the fuzzer (clang, ./x
// fuzz) and by a short test of every build.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "glia/base/error.h"
#include "glia/base/text.h"
#include "glia/data/bytes.h"
#include "glia/data/gzip.h"
#include "glia/data/read_table.h"
#include "glia/data/table_readers.h"

namespace glia::data {

// Whether two tables are the same in every cell.
inline bool same_cells(const Table& a, const Table& b) {
  if (a.names() != b.names() || a.rows() != b.rows()) return false;
  for (std::int64_t column = 0; column < a.columns(); ++column) {
    if (a.numeric(column) != b.numeric(column)) return false;
    for (std::int64_t row = 0; row < a.rows(); ++row)
      if (a.missing(row, column) != b.missing(row, column) ||
          a.cell(row, column) != b.cell(row, column))
        return false;
  }
  return true;
}

// True where the bytes were read. They are read or refused with an Error that has a code of the
// readers', under either way with bad rows. What was read is UTF-8, has no more places than its
// bytes allow, and is the same with any number of threads.
inline bool table_survives(std::string_view bytes, const char** broken) {
  constexpr std::uint64_t kLimit = 1 << 20;
  constexpr std::size_t kPlaces = 1 << 21;  // an empty object on a line has one for each key
  bool read = false;
  for (const auto on_error : {OnError::stop, OnError::skip}) try {
      const auto source =
          Bytes::own(is_gzip(bytes) ? unpacked(bytes, "fuzz", kLimit) : std::string(bytes), "fuzz");
      const Table table = read_table(source, {.on_error = on_error, .threads = 1});
      read = true;
      const auto rows = static_cast<std::size_t>(table.rows());
      const auto columns = static_cast<std::size_t>(table.columns());
      if (rows == 0 || columns == 0) *broken = "a table of nothing";
      if (rows * columns > kPlaces + 16 * source->text().size()) *broken = "more than its bytes";
      if (rows * columns > 10'000) continue;  // the rest looks at every cell
      for (std::int64_t column = 0; column < table.columns(); ++column) {
        if (!is_utf8(table.names()[static_cast<std::size_t>(column)])) *broken = "a name";
        for (std::int64_t row = 0; row < table.rows(); ++row)
          if (!is_utf8(table.cell(row, column))) *broken = "a cell that is not UTF-8";
      }
      if (!same_cells(table, read_table(source, {.on_error = on_error, .threads = 3})))
        *broken = "other cells with other threads";
    } catch (const Error& error) {
      if (!error.code().starts_with("E-DATA-") && error.code() != "E-FILE-05")
        *broken = "an error that is not the readers'";
    }
  return read;
}

// Small files by name: of each format, and some that are just wrong.
inline std::map<std::string, std::string> table_seeds() {
  using namespace std::string_literals;
  const auto little = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
    return text;
  };
  const auto npy = [&](const std::string& descr, const std::string& shape, const std::string& of) {
    const auto header = "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + "}";
    return "\x93NUMPY\x01\0"s + little(header.size(), 2) + header + of;
  };
  const auto numbers = npy("'<f4'", "(2, 3)", std::string(24, '\x3f'));
  // An archive of one array, stored.
  const auto about = little(0, 8) + little(0x768a722a, 4) + little(numbers.size(), 4) +
                     little(numbers.size(), 4) + little(5, 2) + little(0, 2);
  const auto member = "PK\x03\x04" + little(20, 2) + about + "x.npy" + numbers;
  const auto entry = "PK\x01\x02" + little(20, 2) + little(20, 2) + about + little(0, 14) + "x.npy";
  std::map<std::string, std::string> seeds;
  seeds["csv"] = "a,b,c\n1,x,\"two\nlines\"\n2.5e3,NA,\"say \"\"ja\"\"\"\n";
  seeds["tsv"] =
      "\xEF\xBB\xBF"
      "a\tb\r\n1\t \xc3\xa9 \r\n\r\n-7\t\r\n";
  seeds["ragged"] = "1;2\n3\n4;\"5\n6;7\n";
  seeds["latin1"] = "name,n\nJos\xe9,1\nAda,2\n";
  seeds["json_lines"] = R"({"a": 1, "b": {"c": "x"}, "d": [true, {"e": null}]})"
                        "\n"
                        R"({"a": -2.5e-3, "f": "\u00e9\ud83d\ude42"})"
                        "\n";
  seeds["json_deep"] = "{\"a\":" + std::string(70, '[') + std::string(70, ']') + "}";
  seeds["npy"] = numbers;
  seeds["npy_fields"] = npy("[('n', '>i2'), ('s', '|S2'), ('u', '<U1')]", "(2,)",
                            "\0\1ab\xe9\0\0\0\xff\xf9"
                            "c\0\0\0\0\0"s);
  seeds["npy_nothing"] = npy("'<f8'", "(0, 4611686018427387904)", "");
  seeds["npy_pickle"] = npy("'|O'", "(1,)", "cos\nsystem\n");
  seeds["npz"] = member + entry + "PK\x05\x06" + little(0, 4) + little(1, 2) + little(1, 2) +
                 little(entry.size(), 4) + little(member.size(), 4) + little(0, 2);
  seeds["gzip"] =
      "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\xd4\x49\xe2\x32\xd4\x31\xe2\x02\0"s
      "\x7b\x07\x97\x0a\x08\0\0\0"s;
  seeds["parquet"] = "PAR1";
  return seeds;
}

}  // namespace glia::data
