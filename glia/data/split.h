// Rows for training, validation and test; folds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "glia/data/table.h"

namespace glia::data {

struct SplitOptions {
  double validation = 0;  // share of the rows, [0, 1); what is not named is for training
  double test = 0;
  std::uint64_t seed = 1;
  // The class of each row, where every part shall have the classes in the same proportions.
  std::span<const std::int64_t> stratify = {};
  std::vector<std::string> labels = {};  // names of the classes, for messages
  // The group of each row, from 0: the rows of a group stay in one part.
  std::span<const std::int64_t> groups = {};
  // The time of each row: training is before validation, and validation before the test. Rows of
  // one time stay in one part. Neither classes nor groups go with it.
  std::span<const double> times = {};
};

struct Split {
  std::vector<std::int64_t> train, validation, test;  // row numbers, ascending; disjoint
};

// Splits rows 0..rows-1, at random where there are no times; the same seed gives the same split on
// every machine. A part of share s gets s * rows of them, rounded, and one at least. Stratified,
// every part has s * n rows of a class of n, rounded up or down, and training at least one of each
// class. With groups the shares (and classes) are met as well as whole groups allow: the largest
// group first, each where its classes are missed most. By time a boundary between rows of one time
// moves to the nearest change. Errors: E-DATA-50 shares outside [0, 1), or nothing left for
// training; E-DATA-51 a class with one row under stratification; E-DATA-52 as many classes, groups
// or times as rows are expected, none negative; E-DATA-173 fewer groups than parts; E-DATA-175 too
// few different times; E-DATA-177 times beside classes or groups.
Split split(std::int64_t rows, const SplitOptions& options);

struct FoldOptions {
  std::int64_t folds = 5;
  std::int64_t repeats = 1;  // each draws anew
  std::int64_t gap = 0;      // by time: rows before each test part that nobody gets
  // Seed, classes, groups and times as above. `validation` is a share of each fold's training
  // rows, taken from them by the same rules; `test` says nothing.
  SplitOptions split = {};
};

// k-fold cross-validation: every row is in the test part of one fold of each repeat, and trains in
// the others. The sizes are those of scikit-learn's KFold and StratifiedKFold; with groups those of
// GroupKFold, and with both the best effort of StratifiedGroupKFold. By time, windows that grow, as
// in TimeSeriesSplit: fold i is tested on the i-th of the last k of k + 1 parts and trains on what
// is before it; what is behind stays out. Errors as above, and E-DATA-176 a number of folds or
// repeats that cannot be.
std::vector<Split> folds(std::int64_t rows, const FoldOptions& options);

// Folds of the training rows of each fold, `inner_folds` of them: what is chosen is chosen on the
// inner ones, and the choice is judged on the outer test rows (Cawley and Talbot, JMLR 11, 2010).
struct NestedFold {
  Split outer;
  std::vector<Split> inner;  // of outer.train
};
std::vector<NestedFold> nested_folds(std::int64_t rows, const FoldOptions& options,
                                     std::int64_t inner_folds);

// The group of each row by the cells of a column, numbered as they first occur. Error E-DATA-174
// where some are missing (how many, and the first line).
std::vector<std::int64_t> groups_of(const Table& table, std::int64_t column);

// Rows that are in one group of either are in one group of both.
std::vector<std::int64_t> joined_groups(std::span<const std::int64_t> a,
                                        std::span<const std::int64_t> b);

// The time of each row: a number as it is, a date in seconds (parse_date). `ascending`: error
// E-DATA-174 where a row is earlier than the one before it (how often, and both lines of the
// first); also for a cell that is missing or neither number nor date.
std::vector<double> times_of(const Table& table, std::int64_t column, bool ascending = true);

}  // namespace glia::data
