// Classes of unlike sizes, made more alike: for training rows only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "glia/data/dataset.h"

namespace glia::data {

struct SamplingOptions {
  double ratio = 1;  // of a smaller class's rows to those of the largest, afterwards: (0, 1]
  std::uint64_t seed = 1;
};

// Row numbers. All rows, and then of each class with fewer than ratio * the largest's rows some of
// them again, drawn with replacement up to that number, rounded. classes: of each row, from 0.
// Errors: E-DATA-178 an option that cannot be, or rows of one class alone; E-DATA-74 a class below
// 0.
std::vector<std::int64_t> oversample(std::span<const std::int64_t> classes,
                                     const SamplingOptions& options = {});

// Row numbers, ascending: of each class with more than (the smallest's rows) / ratio rows that
// many, rounded, drawn without replacement; all of the others. Errors as above.
std::vector<std::int64_t> undersample(std::span<const std::int64_t> classes,
                                      const SamplingOptions& options = {});

// The rows `rows` of another source, in that order; one may come more than once. Error E-DATA-73
// where there is no such row.
std::shared_ptr<const Source> picked_rows(std::shared_ptr<const Source> source,
                                          std::vector<std::int64_t> rows);

struct SmoteOptions {
  double ratio = 1;  // as above
  std::uint64_t seed = 1;
  std::int64_t k_neighbors = 5;
};

// The rows, and behind them as many new ones of each smaller class as oversample() would draw, each
// on the line from a row of the class to one of its k nearest in the class, at a place drawn
// uniformly, with the target and the weight of the row that it starts from. Chawla et al., JAIR 16,
// 2002, as imbalanced-learn has it. For numbers: between two categories there is nothing, so
// one-hot features do not belong here; scale the features first, for distances are Euclidean.
// Classes are told apart by their targets. Costs (rows of a class)^2 * F. Errors: E-DATA-178 as
// above, or a class with no more rows than k_neighbors; E-DATA-179 rows that are not f32 [N, F], or
// of several inputs or targets.
Dataset smote(const Dataset& rows, const SmoteOptions& options = {});

// The class of each row by its target, i64 or f32 [N, ...]: numbered in the order of the targets'
// values.
std::vector<std::int64_t> classes_of(const Tensor& targets);

}  // namespace glia::data
