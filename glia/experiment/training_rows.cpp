// Some of the training rows: few of each class, or few in all.
#include <algorithm>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/base/text.h"
#include "glia/experiment/kinds.h"

namespace glia::experiment {
namespace {

using Rows = std::vector<std::int64_t>;

// In an order that does not depend on how many are wanted: fewer are among more.
Rows shuffled(const Rows& rows, std::uint64_t seed) {
  Rows order;
  for (const auto place : Random(seed, "training rows").permutation(std::ssize(rows)))
    order.push_back(rows[static_cast<std::size_t>(place)]);
  return order;
}

Rows first_of_each_class(const Rows& order, const Rows& classes, const data::Target& target,
                         std::int64_t count) {
  Rows taken(static_cast<std::size_t>(target.classes())), kept;
  for (const auto row : order)
    if (auto& n = taken[static_cast<std::size_t>(classes[static_cast<std::size_t>(row)])];
        n < count)
      ++n, kept.push_back(row);
  for (std::size_t c = 0; c < taken.size(); ++c)
    if (taken[c] < count)
      fail("E-EXP-05",
           "data.split.per_class: {} training rows are asked for of each class, and '{}' has {}; "
           "take fewer",
           with_commas(count), shown(target.labels[c]), with_commas(taken[c]));
  return kept;
}

// Each class has its share of the rows, to within one row of it.
Rows stratified(const Rows& order, const Rows& classes, std::int64_t count) {
  std::vector<std::int64_t> of_class, seen;
  const auto grown = [](Rows& counts, std::int64_t c) -> std::int64_t& {
    if (std::cmp_less_equal(counts.size(), c)) counts.resize(static_cast<std::size_t>(c) + 1);
    return counts[static_cast<std::size_t>(c)];
  };
  for (const auto row : order) ++grown(of_class, classes[static_cast<std::size_t>(row)]);
  // A class's i-th row of n comes at the share (i + 1/2) / n of all.
  std::vector<std::pair<double, std::int64_t>> places;
  for (const auto row : order) {
    const auto c = classes[static_cast<std::size_t>(row)];
    const auto i = grown(seen, c)++;
    places.emplace_back((static_cast<double>(i) + 0.5) / static_cast<double>(grown(of_class, c)),
                        row);
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Rows kept;
  for (std::int64_t i = 0; i < count; ++i)
    kept.push_back(places[static_cast<std::size_t>(i)].second);
  return kept;
}

}  // namespace

void read_drawing(Settings& split, SplitPlan& plan) {
  plan.rows = split.integer("rows", plan.rows,
                            "training rows that are drawn, the others are left out; 0: all stay",
                            {.least = 0});
  plan.per_class = split.integer("per_class", plan.per_class, "the same of each class; 0: all stay",
                                 {.least = 0});
  plan.rows_seed = split.integer("rows_seed", plan.rows_seed, "of the drawing of these");
  if (plan.rows > 0 && plan.per_class > 0)
    fail("E-EXP-05", "{}: rows are drawn of all, or of each class; say rows or per_class",
         split.where());
}

void draw_training_rows(const SplitPlan& plan, const Rows& classes, const data::Target& target,
                        const std::vector<double>& times, data::Split& parts) {
  if (!plan.limited()) return;
  if (plan.per_class > 0 && classes.empty())
    fail("E-EXP-05", "data.split.per_class: the target '{}' has no classes; say rows: {}",
         shown(target.column), plan.per_class);
  if (plan.rows > std::ssize(parts.train))
    fail("E-EXP-05", "data.split.rows: {} training rows are asked for, and there are {}",
         with_commas(plan.rows), with_commas(std::ssize(parts.train)));
  auto order = shuffled(parts.train, plan.rows_seed);
  if (plan.per_class > 0) {
    parts.train = first_of_each_class(order, classes, target, plan.per_class);
  } else if (!times.empty()) {  // those next to what is to come
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      return times[static_cast<std::size_t>(a)] > times[static_cast<std::size_t>(b)];
    });
    parts.train.assign(order.begin(), order.begin() + plan.rows);
  } else if (plan.stratify && !classes.empty()) {
    parts.train = stratified(order, classes, plan.rows);
  } else {
    parts.train.assign(order.begin(), order.begin() + plan.rows);
  }
  std::sort(parts.train.begin(), parts.train.end());
}

}  // namespace glia::experiment
