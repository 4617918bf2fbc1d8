#include "glia/data/split.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/base/text.h"

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

std::vector<std::vector<std::int64_t>> rows_of_classes(std::int64_t rows, const SplitOptions& o) {
  if (static_cast<std::int64_t>(o.stratify.size()) != rows)
    fail("E-DATA-52", "split: {} classes were given for {} rows; expected one for each row",
         o.stratify.size(), rows);
  std::int64_t classes = 0;
  for (const std::int64_t c : o.stratify) {
    if (c < 0 || c >= rows)
      fail("E-DATA-52", "split: a row has class {}; expected 0 to below the number of classes", c);
    classes = std::max(classes, c + 1);
  }
  std::vector<std::vector<std::int64_t>> of(static_cast<std::size_t>(classes));
  for (std::int64_t r = 0; r < rows; ++r)
    of[static_cast<std::size_t>(o.stratify[static_cast<std::size_t>(r)])].push_back(r);
  for (std::size_t c = 0; c < of.size(); ++c)
    if (of[c].size() == 1)
      fail("E-DATA-51",
           "split: class '{}' has one row (row {}), which cannot be in every part; remove the "
           "class, "
           "join it to another, or split without stratify",
           c < o.labels.size() ? shown(o.labels[c]) : std::to_string(c), of[c][0]);
  return of;
}

}  // namespace

Split split(std::int64_t rows, const SplitOptions& options) {
  const Shares shares = shares_of(rows, options);
  std::array<std::vector<std::int64_t>, kParts> parts;
  const auto deal = [&](const std::vector<std::int64_t>& order, const Counts& counts) {
    auto from = order.begin();
    for (int p = 0; p < kParts; ++p) {
      parts[p].insert(parts[p].end(), from, from + counts[p]);
      from += counts[p];
    }
  };
  if (options.stratify.empty()) {
    deal(Random(options.seed, "split").permutation(rows), plain_counts(rows, shares));
  } else {
    Shares debt{};
    const auto classes = rows_of_classes(rows, options);
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const auto n = static_cast<std::int64_t>(classes[c].size());
      auto order = Random(options.seed, "split", c + 1).permutation(n);
      for (auto& at : order) at = classes[c][static_cast<std::size_t>(at)];
      deal(order, class_counts(n, shares, debt));
    }
  }
  for (int p = 1; p < kParts; ++p)
    if (shares[p] > 0 && parts[p].empty())
      fail("E-DATA-50",
           "split: {} is {} of {} rows, and with `stratify` no class gives it a row; expected one "
           "at "
           "least: take a larger share, or say stratify: false",
           p == 1 ? "validation" : "test", shares[p], rows);
  for (auto& part : parts) std::sort(part.begin(), part.end());
  return {std::move(parts[0]), std::move(parts[1]), std::move(parts[2])};
}

}  // namespace glia::data
