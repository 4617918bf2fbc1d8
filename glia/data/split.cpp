#include "glia/data/split.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/split_parts.h"

namespace glia::data {
namespace {

constexpr int kParts = 3;  // training, validation, test
using Shares = std::array<double, kParts>;
using Counts = std::array<std::int64_t, kParts>;

Shares shares_of(std::int64_t rows, const SplitOptions& o) {
  const auto check = [](const char* name, double share) {
    if (!(share >= 0 && share < 1))
      fail("E-DATA-50",
           "split: {} is {}; expected a share of the rows from 0 to below 1, for example 0.15",
           name, share);
  };
  check("validation", o.validation);
  check("test", o.test);
  const double rest = 1 - o.validation - o.test;
  if (rest < 1e-9)
    fail("E-DATA-50",
         "split: validation {} and test {} leave nothing for training; take smaller shares",
         o.validation, o.test);
  const int parts = 1 + (o.validation > 0) + (o.test > 0);
  if (rows < parts)
    fail("E-DATA-50",
         "split: {} rows cannot be split into {} parts; expected one row for each at least", rows,
         parts);
  return {rest, o.validation, o.test};
}

Counts plain_counts(std::int64_t rows, const Shares& shares) {
  Counts counts{};
  for (int p = 1; p < kParts; ++p) {
    if (shares[p] == 0) continue;
    counts[p] = std::max<std::int64_t>(1, std::llround(shares[p] * static_cast<double>(rows)));
  }
  counts[0] = rows - counts[1] - counts[2];
  for (int p = 1; counts[0] < 1; p = 3 - p)  // rounding up twice took it all
    if (counts[p] > 1) --counts[p], ++counts[0];
  return counts;
}

// Shares of one class in whole rows: each part's quota rounded down, and what is left given to
// different parts with a broken quota, first to training where it has none, then where the classes
// before have left the largest debt. So every count is its quota rounded up or down.
Counts class_counts(std::int64_t rows, const Shares& shares, Shares& debt) {
  Counts counts{};
  std::array<bool, kParts> open{};
  std::int64_t left = rows;
  for (int p = 0; p < kParts; ++p) {
    const double quota = shares[p] * static_cast<double>(rows);
    counts[p] = static_cast<std::int64_t>(std::floor(quota + 1e-9));
    open[p] = quota - static_cast<double>(counts[p]) > 1e-9;
    debt[p] += quota - static_cast<double>(counts[p]);
    left -= counts[p];
  }
  for (; left > 0; --left) {
    int best = -1;
    for (int p = 0; p < kParts; ++p)
      if (open[p] && (best < 0 || debt[p] > debt[best])) best = p;
    if (open[0] && counts[0] == 0) best = 0;
    if (best < 0) best = 0;
    ++counts[best], debt[best] -= 1, open[best] = false;
  }
  return counts;
}

using Parts = std::array<std::vector<std::int64_t>, kParts>;

void deal(Parts& parts, const std::vector<std::int64_t>& order, const Counts& counts) {
  auto from = order.begin();
  for (int p = 0; p < kParts; ++p) {
    parts[p].insert(parts[p].end(), from, from + counts[p]);
    from += counts[p];
  }
}

Parts by_time(std::int64_t rows, const SplitOptions& options, const Shares& shares) {
  const TimeLine line(options.times);
  const Counts counts = plain_counts(rows, shares);
  Parts parts;
  std::int64_t from = 0, wanted = 0;
  for (int p = 0; p < kParts; ++p) {
    if (counts[p] == 0) continue;
    wanted += counts[p];
    const std::int64_t to = wanted == rows ? rows : line.boundary(wanted, from);
    parts[p] = line.rows(from, to);
    from = to;
  }
  return parts;
}

Parts by_groups(std::int64_t rows, const SplitOptions& options, const Shares& shares) {
  const auto of = parts_of_groups(rows, options, {shares.begin(), shares.end()}, 0);
  Parts parts;
  for (std::int64_t row = 0; row < rows; ++row)
    parts[static_cast<std::size_t>(of[static_cast<std::size_t>(row)])].push_back(row);
  return parts;
}

Parts by_classes(std::int64_t rows, const SplitOptions& options, const Shares& shares) {
  Parts parts;
  Shares debt{};
  // By the number of the class, so that the order of the rows does not decide.
  auto classes = rows_of_classes(rows, options);
  const auto number = [&](const auto& of) {
    return options.stratify[static_cast<std::size_t>(of[0])];
  };
  std::sort(classes.begin(), classes.end(),
            [&](const auto& a, const auto& b) { return number(a) < number(b); });
  for (const auto& of : classes) {
    const auto n = static_cast<std::int64_t>(of.size());
    auto order =
        Random(options.seed, "split", static_cast<std::uint64_t>(number(of)) + 1).permutation(n);
    for (auto& at : order) at = of[static_cast<std::size_t>(at)];
    deal(parts, order, class_counts(n, shares, debt));
  }
  for (int p = 1; p < kParts; ++p)
    if (shares[p] > 0 && parts[p].empty())
      fail("E-DATA-50",
           "split: {} is {} of {} rows, and with `stratify` no class gives it a row; expected one "
           "at least: take a larger share, or say stratify: false",
           p == 1 ? "validation" : "test", shares[p], rows);
  return parts;
}

}  // namespace

Split split(std::int64_t rows, const SplitOptions& options) {
  const Shares shares = shares_of(rows, options);
  check_split(rows, options);
  Parts parts;
  if (!options.times.empty())
    parts = by_time(rows, options, shares);
  else if (!options.groups.empty())
    parts = by_groups(rows, options, shares);
  else if (!options.stratify.empty())
    parts = by_classes(rows, options, shares);
  else
    deal(parts, Random(options.seed, "split").permutation(rows), plain_counts(rows, shares));
  for (auto& part : parts) std::sort(part.begin(), part.end());
  return {std::move(parts[0]), std::move(parts[1]), std::move(parts[2])};
}

}  // namespace glia::data
