// Folds of cross-validation.
#include <algorithm>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/split_parts.h"

namespace glia::data {
namespace {

void check(std::int64_t rows, const FoldOptions& o) {
  const bool timed = !o.split.times.empty();
  if (o.folds < (timed ? 1 : 2) || o.folds + (timed ? 1 : 0) > rows)
    fail("E-DATA-176",
         "folds: {} folds of {} rows (without those of a test share); expected {} to {}", o.folds,
         rows, timed ? 1 : 2, timed ? rows - 1 : rows);
  if (o.repeats < 1 || (timed && o.repeats > 1))
    fail("E-DATA-176", "folds: {} repeats; expected {}", o.repeats,
         timed ? "1: by time nothing is drawn" : "1 or more");
  if (o.gap < 0 || (o.gap > 0 && !timed))
    fail("E-DATA-176", "folds: a gap of {} rows; expected 0, or by time more", o.gap);
  check_split(rows, o.split);
}

// The fold of each row. Dealt in turn to rows that lie by classes, shuffled within each: the sizes
// of scikit-learn's KFold and StratifiedKFold.
std::vector<std::int64_t> drawn_folds(std::int64_t rows, const FoldOptions& o,
                                      std::uint64_t repeat) {
  std::vector<std::int64_t> fold(static_cast<std::size_t>(rows));
  std::int64_t dealt = 0;
  std::uint64_t place = 0;
  for (const auto& of : rows_of_classes(rows, o.split)) {
    const std::uint64_t step = repeat << 32 | place++;
    for (const auto at : Random(o.split.seed, "folds", step).permutation(std::ssize(of)))
      fold[static_cast<std::size_t>(of[static_cast<std::size_t>(at)])] = dealt++ % o.folds;
  }
  return fold;
}

// The folds of one repeat.
void add_folds(std::vector<Split>& to, std::int64_t rows, const FoldOptions& o,
               std::uint64_t repeat) {
  const std::vector<double> shares(static_cast<std::size_t>(o.folds),
                                   1 / static_cast<double>(o.folds));
  const auto fold_of = o.split.groups.empty() ? drawn_folds(rows, o, repeat)
                                              : parts_of_groups(rows, o.split, shares, repeat + 1);
  for (std::int64_t f = 0; f < o.folds; ++f) {
    Split fold;
    for (std::int64_t row = 0; row < rows; ++row)
      (fold_of[static_cast<std::size_t>(row)] == f ? fold.test : fold.train).push_back(row);
    to.push_back(std::move(fold));
  }
}

// Those of the options that each row has, for some of the rows.
struct Some {
  std::vector<std::int64_t> rows, stratify, groups;
  std::vector<double> times;
  SplitOptions options;

  Some(const SplitOptions& of, std::vector<std::int64_t> some)
      : rows(std::move(some)), options(of) {
    for (const auto row : rows) {
      const auto at = static_cast<std::size_t>(row);
      if (!of.stratify.empty()) stratify.push_back(of.stratify[at]);
      if (!of.groups.empty()) groups.push_back(of.groups[at]);
      if (!of.times.empty()) times.push_back(of.times[at]);
    }
    options.stratify = stratify, options.groups = groups, options.times = times;
  }
  Some(const Some&) = delete;  // the options look into it
  Some& operator=(const Some&) = delete;

  std::vector<std::int64_t> back(std::vector<std::int64_t> places) const {
    for (auto& place : places) place = rows[static_cast<std::size_t>(place)];
    return places;
  }
  Split back(Split split) const {
    return {back(std::move(split.train)), back(std::move(split.validation)),
            back(std::move(split.test))};
  }
};

// Rows whose class has no other row among them: they cannot be in two parts.
std::vector<std::int64_t> take_lone(std::vector<std::int64_t>& rows, const SplitOptions& options) {
  if (options.stratify.empty() || !options.groups.empty()) return {};
  const auto class_of = [&](auto row) { return options.stratify[static_cast<std::size_t>(row)]; };
  std::unordered_map<std::int64_t, std::int64_t> counts;
  for (const auto row : rows) ++counts[class_of(row)];
  const auto lone = std::stable_partition(rows.begin(), rows.end(),
                                          [&](auto row) { return counts[class_of(row)] > 1; });
  std::vector<std::int64_t> taken(lone, rows.end());
  rows.erase(lone, rows.end());
  return taken;
}

// Takes a share of a fold's training rows for validation. `step`: which fold of which repeat.
void take_validation(Split& fold, const SplitOptions& options, std::uint64_t step) {
  if (options.validation == 0) return;
  const auto lone = take_lone(fold.train, options);
  Some training(options, std::move(fold.train));
  Random seed(options.seed, "fold", step);
  training.options.seed = std::uint64_t{seed.next()} << 32 | seed.next();
  training.options.test = 0;
  auto parts = training.back(split(std::ssize(training.rows), training.options));
  fold.train = std::move(parts.train), fold.validation = std::move(parts.validation);
  fold.train.insert(fold.train.end(), lone.begin(), lone.end());
  std::sort(fold.train.begin(), fold.train.end());
}

std::vector<Split> folds_by_time(std::int64_t rows, const FoldOptions& o) {
  const TimeLine line(o.split.times);
  const std::int64_t each = rows / (o.folds + 1);
  std::vector<std::int64_t> starts;
  for (std::int64_t f = 0; f < o.folds; ++f)
    starts.push_back(line.boundary(rows - (o.folds - f) * each, f == 0 ? o.gap : starts.back()));
  starts.push_back(rows);
  std::vector<Split> all;
  for (std::size_t f = 0; f + 1 < starts.size(); ++f)
    all.push_back({line.rows(0, starts[f] - o.gap), {}, line.rows(starts[f], starts[f + 1])});
  return all;
}

}  // namespace

std::vector<Split> folds(std::int64_t rows, const FoldOptions& o) {
  check(rows, o);
  const bool timed = !o.split.times.empty();
  std::vector<Split> all;
  if (timed) all = folds_by_time(rows, o);
  for (std::int64_t repeat = 0; !timed && repeat < o.repeats; ++repeat)
    add_folds(all, rows, o, static_cast<std::uint64_t>(repeat));
  for (std::size_t f = 0; f < all.size(); ++f) take_validation(all[f], o.split, f);
  return all;
}

std::vector<NestedFold> nested_folds(std::int64_t rows, const FoldOptions& options,
                                     std::int64_t inner_folds) {
  std::vector<NestedFold> nested;
  for (auto& outer : folds(rows, options)) {
    // What validates in the outer fold is chosen from by the inner ones, too.
    std::vector<std::int64_t> training = outer.train;
    training.insert(training.end(), outer.validation.begin(), outer.validation.end());
    std::sort(training.begin(), training.end());
    const Some inner(options.split, std::move(training));
    NestedFold fold{std::move(outer), {}};
    for (auto& one :
         folds(std::ssize(inner.rows),
               {.folds = inner_folds, .repeats = 1, .gap = options.gap, .split = inner.options}))
      fold.inner.push_back(inner.back(std::move(one)));
    nested.push_back(std::move(fold));
  }
  return nested;
}

}  // namespace glia::data
