#include "glia/data/steps/imputers.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/data/steps/bayesian_ridge.h"
#include "glia/data/steps/sample.h"

namespace glia::data {
namespace {

// A saved model holds all of them, as text.
constexpr std::size_t kMostDonors = 20'000'000;

// Statistics of each member; the values' rows are `members` wide.
template <class F>
std::vector<double> of_members(std::span<const double> values, std::size_t members, F statistic) {
  std::vector<double> all;
  for (std::size_t m = 0; m < members; ++m) {
    std::vector<double> column;
    for (std::size_t i = m; i < values.size(); i += members) column.push_back(values[i]);
    const auto sample = exact_sample();
    sample->add(column);
    all.push_back(statistic(*sample));
  }
  return all;
}

// Squared, over what both rows have; NaN where that is nothing.
double distance(const double* a, const double* b, std::size_t members) {
  double sum = 0;
  std::size_t both = 0;
  for (std::size_t m = 0; m < members; ++m) {
    const double d = a[m] - b[m];
    if (!std::isnan(d)) sum += d * d, ++both;
  }
  return sum / static_cast<double>(both) * static_cast<double>(members);
}

struct Neighbour {
  double distance;
  std::size_t row;
  friend auto operator<=>(const Neighbour&, const Neighbour&) = default;
};

// The mean of a member over the nearest donors, the nearer ones counting more where asked; one at
// distance 0 then counts alone.
double mean_of_nearest(const KnnImputer& imputer, std::vector<Neighbour>& near,
                       std::size_t member) {
  const std::size_t members = imputer.means.size();
  const auto k = std::min<std::size_t>(near.size(), static_cast<std::size_t>(imputer.neighbors));
  if (k == 0) return imputer.means[member];
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(k), near.end());
  const bool touching = near[0].distance == 0;
  double sum = 0, weights = 0;
  for (std::size_t i = 0; i < k; ++i) {
    double weight = 1;
    if (imputer.by_distance)
      weight = touching ? (near[i].distance == 0 ? 1 : 0) : 1 / std::sqrt(near[i].distance);
    sum += weight * imputer.donors[near[i].row * members + member];
    weights += weight;
  }
  return sum / weights;
}

void impute_rows(const KnnImputer& imputer, std::span<double> values) {
  const std::size_t members = imputer.means.size(), donors = imputer.donors.size() / members;
  std::vector<double> distances(donors);
  std::vector<Neighbour> near;
  for (std::size_t at = 0; at < values.size(); at += members) {
    const std::vector<double> row(values.begin() + static_cast<std::ptrdiff_t>(at),
                                  values.begin() + static_cast<std::ptrdiff_t>(at + members));
    if (std::none_of(row.begin(), row.end(), [](double v) { return std::isnan(v); })) continue;
    for (std::size_t d = 0; d < donors; ++d)
      distances[d] = distance(row.data(), &imputer.donors[d * members], members);
    for (std::size_t m = 0; m < members; ++m) {
      if (!std::isnan(row[m])) continue;
      near.clear();
      for (std::size_t d = 0; d < donors; ++d)
        if (!std::isnan(distances[d]) && !std::isnan(imputer.donors[d * members + m]))
          near.push_back({distances[d], d});
      values[at + m] = mean_of_nearest(imputer, near, m);
    }
  }
}

// The values with the initial ones where they are missing, and where that is.
std::vector<double> filled(const std::vector<double>& initial, std::span<const double> values,
                           std::vector<bool>& missing) {
  std::vector<double> full(values.begin(), values.end());
  missing.assign(values.size(), false);
  for (std::size_t i = 0; i < full.size(); ++i)
    if (std::isnan(full[i])) missing[i] = true, full[i] = initial[i % initial.size()];
  return full;
}

void predict(const IterativeImputer::Model& model, const std::vector<bool>& missing,
             std::size_t members, std::vector<double>& full) {
  const auto member = static_cast<std::size_t>(model.member);
  for (std::size_t at = 0; at < full.size(); at += members) {
    if (!missing[at + member]) continue;
    double sum = 0;
    for (std::size_t m = 0, c = 0; m < members; ++m)
      if (m != member) sum += full[at + m] * model.coefficients[c++];
    full[at + member] = sum + model.intercept;
  }
}

void impute_rows(const IterativeImputer& imputer, std::span<double> values) {
  std::vector<bool> missing;
  auto full = filled(imputer.initial, values, missing);
  for (const auto& model : imputer.models) predict(model, missing, imputer.initial.size(), full);
  std::copy(full.begin(), full.end(), values.begin());
}

IterativeImputer::Model fit_model(const std::vector<double>& full, const std::vector<bool>& missing,
                                  std::size_t members, std::size_t member) {
  std::vector<double> x, y;
  for (std::size_t at = 0; at < full.size(); at += members) {
    if (missing[at + member]) continue;
    y.push_back(full[at + member]);
    for (std::size_t m = 0; m < members; ++m)
      if (m != member) x.push_back(full[at + m]);
  }
  auto ridge = fit_bayesian_ridge(x, y);
  return {static_cast<std::int64_t>(member), ridge.intercept, std::move(ridge.coefficients)};
}

// The largest sum of changes of a row.
double change(const std::vector<double>& a, const std::vector<double>& b, std::size_t members) {
  double most = 0;
  for (std::size_t at = 0; at < a.size(); at += members) {
    double sum = 0;
    for (std::size_t m = 0; m < members; ++m) sum += std::abs(a[at + m] - b[at + m]);
    most = std::max(most, sum);
  }
  return most;
}

// Columns with fewer missing values come first.
std::vector<std::size_t> ascending(const std::vector<bool>& missing, std::size_t members) {
  std::vector<std::size_t> counts(members), order(members);
  for (std::size_t i = 0; i < missing.size(); ++i) counts[i % members] += missing[i] ? 1 : 0;
  for (std::size_t m = 0; m < members; ++m) order[m] = m;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
  return order;
}

Imputer fit_iterative(const Step& step, std::span<const double> values, std::size_t members) {
  IterativeImputer imputer;
  const std::string& initial = step.text("initial");
  imputer.initial = of_members(values, members, [&](const Sample& sample) {
    return initial == "mean" ? sample.mean() : initial == "mode" ? sample.mode() : sample.median();
  });
  if (members == 1) return imputer;
  std::vector<bool> missing;
  auto full = filled(imputer.initial, values, missing);
  double largest = 0;
  for (const double v : values)
    if (!std::isnan(v)) largest = std::max(largest, std::abs(v));
  const auto order = ascending(missing, members);
  for (std::int64_t round = 0; round < step.whole("max_iter"); ++round) {
    const auto before = full;
    for (const std::size_t member : order) {
      imputer.models.push_back(fit_model(full, missing, members, member));
      predict(imputer.models.back(), missing, members, full);
    }
    if (change(full, before, members) < step.number("tolerance") * largest) break;
  }
  return imputer;
}

Imputer fit_knn(const Step& step, std::span<const double> values, std::size_t members) {
  if (values.size() > kMostDonors)
    fail("E-DATA-106",
         "impute_knn would keep {} values of the training rows, more than {}; take "
         "impute_iterative, or fit on fewer rows",
         values.size(), kMostDonors);
  KnnImputer imputer;
  imputer.neighbors = step.whole("n_neighbors");
  imputer.by_distance = step.text("weights") == "distance";
  imputer.means = of_members(values, members, [](const Sample& sample) { return sample.mean(); });
  imputer.donors.assign(values.begin(), values.end());
  return imputer;
}

}  // namespace

Imputer fit_imputer(const Step& step, std::span<const double> values, std::int64_t members) {
  const auto width = static_cast<std::size_t>(members);
  return step.name == "impute_knn" ? fit_knn(step, values, width)
                                   : fit_iterative(step, values, width);
}

std::size_t members_of(const Imputer& imputer) {
  const auto* knn = std::get_if<KnnImputer>(&imputer);
  return knn ? knn->means.size() : std::get<IterativeImputer>(imputer).initial.size();
}

void impute(const Imputer& imputer, std::span<double> values) {
  std::visit([&](const auto& one) { impute_rows(one, values); }, imputer);
}

}  // namespace glia::data
