// Internal: columns of categories.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/labels.h"
#include "glia/data/steps/fitted.h"
#include "glia/data/steps/sample.h"
#include "glia/data/steps/step.h"
#include "glia/data/table.h"

namespace glia::data {

// The fold of a training row, by its position among them: of each `folds` rows in a row, each fold
// has one, in an order of their own.
std::int64_t fold_of(std::int64_t position, std::int64_t folds, std::uint64_t seed);

// What target encoding makes of training rows: those of a fold get values that were fitted on the
// other folds.
struct CrossFit {
  std::int64_t folds = 0;
  std::uint64_t seed = 0;
  std::vector<std::vector<double>> values, unseen;  // as in FittedCategory, for each fold
};

// Targets of rows, as an encoding by target sees them: [rows, outputs].
struct TargetValues {
  std::vector<double> values;
  std::int64_t outputs = 1;
  std::vector<std::string> labels = {};  // of several classes
};

class CategoryFitter {
 public:
  // A chain that complete() gave; of more than `most` different categories none can be fitted.
  CategoryFitter(const Chain& chain, std::int64_t most);

  bool wants_target() const { return folds_ > 0; }
  // `position`: of the first row among all training rows. Error E-DATA-104: too many categories.
  void add(const Table& table, Rows rows, std::int64_t column, const TargetValues& target,
           std::int64_t position);
  // Error E-DATA-34, without a place: no row has a value.
  FittedCategory finish(CrossFit& cross) &&;

 private:
  // Rows of a category: how many, and the moments of their targets, [folds, outputs].
  struct Bucket {
    std::int64_t rows = 0;
    std::vector<Moments> targets;
    void add(const Bucket& other);
  };
  Bucket& bucket(std::string_view text, std::string_view within = {});
  Bucket& bucket(const Table& table, std::int64_t row, const std::optional<std::string_view>& text);
  void fill_missing(FittedCategory& c);
  std::vector<Bucket> sort_out(FittedCategory& c);
  void encode(const std::vector<Bucket>& places, std::int64_t without, std::vector<double>& values,
              std::vector<double>& unseen) const;

  std::vector<Step> imputer_;  // one or none
  Step encoder_;
  std::int64_t most_, folds_ = 0, outputs_ = 1;
  std::uint64_t seed_ = 0;
  std::vector<std::string> labels_;
  TextIndex texts_;
  std::vector<Bucket> buckets_;  // of the texts
  Bucket missing_, all_;
};

// The feature that a hashed category counts in, and as what: 1 or -1. As scikit-learn's
// FeatureHasher.
std::pair<std::int64_t, double> hashed(std::string_view text, std::int64_t features, bool signs);

}  // namespace glia::data
