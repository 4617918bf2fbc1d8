// From raw cells to the numbers that a network takes, fitted on training rows only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/schema.h"
#include "glia/data/table.h"
#include "glia/data/target.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

struct PreprocessOptions {
  // At most one of impute_median, impute_mean, impute_constant, then at most one of standardize,
  // min_max; or none alone.
  std::vector<std::string> numeric = {"impute_median", "standardize"};
  // impute_mode or not, then one of one_hot, ordinal.
  std::vector<std::string> categorical = {"impute_mode", "one_hot"};
  double constant = 0;                       // of impute_constant
  std::map<std::string, Kind> columns = {};  // by name; the rest is inferred (infer_schema)
  std::int64_t max_categories = 256;         // for the inference
  std::optional<TargetOptions> target = std::nullopt;  // a column that is no feature
};

enum class Encoding : std::uint8_t { one_hot, ordinal };

// What was fitted for one column of features; enough to compute, or to export, what it becomes.
struct FittedColumn {
  std::string name;
  Kind kind = Kind::numeric;  // numeric or categorical
  bool impute = false;  // whether a missing value is replaced; without, it is an error (numeric)
  double fill = 0;      // numeric: by this
  double center = 0, scale = 1;           // numeric: (value - center) / scale
  Encoding encoding = Encoding::one_hot;  // categorical
  std::vector<std::string> categories;    // categorical, in order
  std::int64_t mode = 0;                  // categorical: the place of the most frequent category
  std::int64_t width() const {
    return kind == Kind::categorical && encoding == Encoding::one_hot
               ? static_cast<std::int64_t>(categories.size())
               : 1;
  }
  friend bool operator==(const FittedColumn&, const FittedColumn&) = default;
};

// What transform() met that a person may want to know.
struct TransformReport {
  struct Column {
    std::string name;
    std::int64_t imputed = 0;                 // missing values replaced
    std::int64_t unseen = 0;                  // categories that training never had
    std::vector<std::string> unseen_samples;  // at most 5 of them
  };
  std::int64_t rows = 0;
  std::int64_t imputed = 0, unseen = 0;    // sums over the columns
  std::vector<Column> columns;             // those with anything to tell
  std::vector<std::string> extra_columns;  // of the table, unknown to training: ignored
};

// Rules. Statistics come from the rows that fit() is given, and from no others: the median is the
// mean of the two middle values for an even count, the deviation is that of the population, the
// mode of equally frequent categories is the first in order. A numeric column of one value gets
// scale 1. One-hot: an unseen category, or a missing one without impute_mode, is all zeros;
// ordinal: -1. Columns are matched by name, in any order.
class Preprocessor {
 public:
  // Errors: E-DATA-10 and -11 of the schema; -12 no feature is left; -14 an unknown step, or steps
  // in an order that cannot be; -24 a kind given for the target; -31 a missing value and no impute
  // step; -34 no rows, or a column without any value; -35 values too large; those of Target::fit.
  static Preprocessor fit(const Table& table, Rows rows, const PreprocessOptions& options = {});
  static Preprocessor fit(const Table& table, const PreprocessOptions& options = {});

  // Features f32 [rows, features()]. The table needs no target. Errors: E-DATA-32 missing columns
  // (all of them named); -11 text in a numeric column and -31 (line and value); -33; -35.
  Tensor transform(const Table& table, Rows rows, TransformReport* report = nullptr) const;
  Tensor transform(const Table& table, TransformReport* report = nullptr) const;

  std::int64_t features() const { return static_cast<std::int64_t>(feature_names_.size()); }
  const std::vector<std::string>& feature_names() const {
    return feature_names_;
  }  // "age", "sex=Male"
  const std::vector<FittedColumn>& columns() const {
    return columns_;
  }                                                 // in the training table's order
  const Schema& schema() const { return schema_; }  // of all columns of the training rows
  const std::optional<Target>& target() const { return target_; }

  // The whole as JSON, and back to the same bits. Error E-DATA-30 for text that is not such JSON.
  std::string to_json() const;
  static Preprocessor from_json(std::string_view text);

 private:
  void name_features();
  Schema schema_;
  std::vector<FittedColumn> columns_;
  std::optional<Target> target_;
  std::vector<std::string> feature_names_;
};

// A target as JSON, and back to the same bits. Error E-DATA-30 for text that is not such JSON.
std::string to_json(const Target& target);
Target target_from_json(std::string_view text);

}  // namespace glia::data
