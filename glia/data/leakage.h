// Whether what a model is judged on is what it was trained on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "glia/data/table.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

// Error E-DATA-60 where both paths are one file (also through links), or files of equal bytes. The
// words name them in the message, for example "training" and "test". Error E-FILE-01 to -05 not
// readable.
void refuse_same_file(const std::filesystem::path& a, const std::filesystem::path& b,
                      const std::string& word_a = "training", const std::string& word_b = "test");

struct LeakageOptions {
  std::string id_column = {};  // names a record: the same id on both sides is an error
  std::string target = {};     // from whose cells `strip` is taken before rows are compared
  std::string strip = {};
  std::string word_a = "training", word_b = "test";  // for messages
};

struct Leakage {
  std::int64_t equal_rows = 0;    // rows of b that have an equal row in a
  std::int64_t first_equal = -1;  // the first of them, a row of b
};

// Compares rows of two tables (or two parts of one). Equal rows may be chance and are counted: the
// columns that both have, by name, without the id, all equal, as numbers or else as text, missing
// ones to each other. Errors: E-DATA-60 two tables of one file or of equal bytes; E-DATA-61 a
// record id on both sides (how many, and the first with both lines), or one row of a table in both
// parts; E-DATA-62 tables without a common column; E-DATA-10 no such id column or target. Two files
// that hold the same rows in the same order, written in another way, are E-DATA-60 too.
Leakage check_leakage(const Table& a, Rows rows_a, const Table& b, Rows rows_b,
                      const LeakageOptions& options = {});
Leakage check_leakage(const Table& a, const Table& b, const LeakageOptions& options = {});

// The group of each row of a table, equal rows in one, numbered as they first occur: split by it,
// they stay on one side (SplitOptions::groups). Rows are compared as above, the target too.
std::vector<std::int64_t> groups_of_equal_rows(const Table& table,
                                               const LeakageOptions& options = {});

// The same for images, u8 [N, H, W], by their pixels: of two parts of one array, or of two arrays.
Leakage count_equal_images(const Tensor& a, Rows rows_a, const Tensor& b, Rows rows_b);

// Error E-DATA-60 where every image of b stands in a, too: one set, packed or cut in another way.
Leakage check_leakage(const Tensor& a, const std::string& name_a, const Tensor& b,
                      const std::string& name_b);

// SHA-256 of a table's cells, row by row, or of an array's elements: the same for one set of rows
// written with other separators, quotes or line ends, with a header or without, packed or not.
std::string content_digest(const Table& table);
std::string content_digest(const Tensor& array);

}  // namespace glia::data
