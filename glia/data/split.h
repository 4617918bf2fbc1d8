// Rows for training, validation and test.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace glia::data {

struct SplitOptions {
  double validation = 0;  // share of the rows, [0, 1); what is not named is for training
  double test = 0;
  std::uint64_t seed = 1;
  // The class of each row, where every part shall have the classes in the same proportions.
  std::span<const std::int64_t> stratify = {};
  std::vector<std::string> labels = {};  // names of the classes, for messages
};

struct Split {
  std::vector<std::int64_t> train, validation, test;  // row numbers, ascending; disjoint
};

// Splits rows 0..rows-1 at random; the same seed gives the same split on every machine. A part of
// share s gets s * rows of them, rounded, and one at least. Stratified, every part has s * n rows
// of a class of n, rounded up or down, and training at least one of each class. Errors: E-DATA-50
// shares outside [0, 1), or nothing left for training; E-DATA-51 a class with one row under
// stratification; E-DATA-52 as many classes as rows are expected, none negative.
Split split(std::int64_t rows, const SplitOptions& options);

}  // namespace glia::data
