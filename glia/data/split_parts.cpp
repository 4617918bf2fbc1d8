#include "glia/data/split_parts.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

void expect_one_each(std::int64_t rows, std::span<const std::int64_t> of, const char* what) {
  if (static_cast<std::int64_t>(of.size()) != rows)
    fail("E-DATA-52", "split: {} {} were given for {} rows; expected one for each row", of.size(),
         what, rows);
  for (const std::int64_t c : of)
    if (c < 0)
      fail("E-DATA-52", "split: a row has {} among the {}; expected numbers from 0", c, what);
}

// How many rows of each class a group has, by place of the class.
struct Group {
  std::vector<std::pair<std::size_t, double>> classes;
  double weight = 0;  // how hard it is to place
};

// The classes of the rows by place, 0 for all where there are none; and the rows of each.
std::vector<std::size_t> class_places(std::int64_t rows, const SplitOptions& options,
                                      std::vector<double>& totals) {
  const auto classes = rows_of_classes(rows, options);
  std::vector<std::size_t> place(static_cast<std::size_t>(rows));
  for (std::size_t c = 0; c < classes.size(); ++c) {
    totals.push_back(static_cast<double>(classes[c].size()));
    for (const auto row : classes[c]) place[static_cast<std::size_t>(row)] = c;
  }
  return place;
}

// Numbered as they first occur; `of`: that of each row.
std::vector<Group> groups_with_classes(const SplitOptions& options,
                                       const std::vector<std::size_t>& places,
                                       const std::vector<double>& totals,
                                       std::vector<std::size_t>& of) {
  std::unordered_map<std::int64_t, std::size_t> numbers;
  for (const auto group : options.groups)
    of.push_back(numbers.emplace(group, numbers.size()).first->second);
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return places[a] < places[b]; });
  std::vector<Group> groups(numbers.size());
  for (const auto row : order) {
    auto& classes = groups[of[row]].classes;
    if (classes.empty() || classes.back().first != places[row])
      classes.emplace_back(places[row], 0.0);
    ++classes.back().second;
  }
  for (auto& group : groups)
    for (const auto& [place, count] : group.classes)
      group.weight += (count / totals[place]) * (count / totals[place]);
  return groups;
}

}  // namespace

void check_split(std::int64_t rows, const SplitOptions& o) {
  if (!o.times.empty()) {
    if (!o.stratify.empty() || !o.groups.empty())
      fail("E-DATA-177",
           "split: by time and {} at once; the parts follow one another in time, so say one of the "
           "two",
           o.groups.empty() ? "by classes (stratify)" : "by groups");
    if (static_cast<std::int64_t>(o.times.size()) != rows)
      fail("E-DATA-52", "split: {} times were given for {} rows; expected one for each row",
           o.times.size(), rows);
  }
  if (!o.groups.empty()) expect_one_each(rows, o.groups, "groups");
  if (o.stratify.empty()) return;
  expect_one_each(rows, o.stratify, "classes");
  if (!o.groups.empty()) return;  // a class may be in one group: best effort
  for (const auto& of : rows_of_classes(rows, o))
    if (of.size() == 1) {
      const auto c = static_cast<std::size_t>(o.stratify[static_cast<std::size_t>(of[0])]);
      fail("E-DATA-51",
           "split: class '{}' has one row (row {}), which cannot be in every part; remove the "
           "class, join it to another, or split without stratify",
           c < o.labels.size() ? shown(o.labels[c]) : std::to_string(c), of[0]);
    }
}

std::vector<std::vector<std::int64_t>> rows_of_classes(std::int64_t rows, const SplitOptions& o) {
  std::vector<std::vector<std::int64_t>> classes;
  std::unordered_map<std::int64_t, std::size_t> places;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto c = o.stratify.empty() ? 0 : o.stratify[static_cast<std::size_t>(row)];
    const auto [at, first] = places.emplace(c, classes.size());
    if (first) classes.emplace_back();
    classes[at->second].push_back(row);
  }
  return classes;
}

std::vector<std::int64_t> parts_of_groups(std::int64_t rows, const SplitOptions& options,
                                          const std::vector<double>& shares, std::uint64_t step) {
  std::vector<double> totals;
  const auto places = class_places(rows, options, totals);
  std::vector<std::size_t> of;
  const auto groups = groups_with_classes(options, places, totals, of);
  auto order = Random(options.seed, "groups", step).permutation(std::ssize(groups));
  const auto group = [&](std::int64_t g) -> const Group& {
    return groups[static_cast<std::size_t>(g)];
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return group(a).weight > group(b).weight; });
  auto left = std::ssize(order);
  auto empty = std::count_if(shares.begin(), shares.end(), [](double s) { return s > 0; });
  if (left < empty)
    fail(
        "E-DATA-173",
        "split: {} groups cannot be in {} parts, for the rows of a group stay together; take fewer "
        "parts, or another column for the groups",
        left, empty);
  std::vector<std::vector<double>> missed;  // of each part: rows of each class, over its share
  for (const double share : shares) {
    missed.push_back(totals);
    for (auto& count : missed.back()) count *= share;
  }
  std::vector<std::int64_t> part_of(groups.size()), members(shares.size(), 0);
  for (const auto g : order) {
    std::size_t best = shares.size();
    double best_gain = 0;
    for (std::size_t p = 0; p < shares.size(); ++p) {
      // The last groups go where there is none yet.
      if (shares[p] == 0 || (left <= empty && members[p] > 0)) continue;
      double gain = 0;
      for (const auto& [place, count] : group(g).classes)
        gain += missed[p][place] * count / (totals[place] * totals[place]);
      if (best == shares.size() || gain > best_gain) best = p, best_gain = gain;
    }
    for (const auto& [place, count] : group(g).classes) missed[best][place] -= count;
    part_of[static_cast<std::size_t>(g)] = static_cast<std::int64_t>(best);
    if (members[best]++ == 0) --empty;
    --left;
  }
  std::vector<std::int64_t> parts;
  for (const auto g : of) parts.push_back(part_of[g]);
  return parts;
}

TimeLine::TimeLine(std::span<const double> times)
    : order_(all_rows(std::ssize(times))), times_(times) {
  std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) {
    return times_[static_cast<std::size_t>(a)] < times_[static_cast<std::size_t>(b)];
  });
}

std::int64_t TimeLine::boundary(std::int64_t at, std::int64_t after) const {
  const auto time = [&](std::int64_t place) {
    return times_[static_cast<std::size_t>(order_[static_cast<std::size_t>(place)])];
  };
  const auto n = std::ssize(order_);
  const auto changes = [&](std::int64_t place) {
    return place > after && place < n && time(place - 1) != time(place);
  };
  for (std::int64_t away = 0; away < n; ++away) {
    if (changes(at - away)) return at - away;
    if (changes(at + away)) return at + away;
  }
  fail("E-DATA-175",
       "split: the {} rows have too few different times for the parts, for rows of one time stay "
       "together; take fewer parts, or another column",
       n);
}

std::vector<std::int64_t> TimeLine::rows(std::int64_t from, std::int64_t to) const {
  std::vector<std::int64_t> rows(order_.begin() + from, order_.begin() + to);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace glia::data
