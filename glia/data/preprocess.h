// From raw cells to the numbers that a network takes, fitted on training rows only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/schema.h"
#include "glia/data/steps/fitted.h"
#include "glia/data/steps/step.h"
#include "glia/data/table.h"
#include "glia/data/target.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

struct CrossFit;

// Chains of steps (known_steps() lists them, docs/preprocessing.md explains them) for each kind of
// column, and for single columns.
struct PreprocessOptions {
  Chain numeric = {"impute_median", "standardize"};
  Chain categorical = {"impute_mode", "one_hot"};
  Chain date = {"impute_median", "date_parts"};
  double constant = 0;  // of impute_constant of numbers, where it has no value of its own
  std::map<std::string, Kind> columns = {};  // by name; the rest is inferred (infer_schema)
  std::map<std::string, Chain> steps = {};   // by name: this chain instead of that of the kind,
                                             // which it says where only one kind knows its steps
  std::int64_t max_categories = 256;         // for the inference
  std::optional<TargetOptions> target = std::nullopt;  // a column that is no feature
};

// What transform() met that a person may want to know.
struct TransformReport {
  struct Column {
    std::string name;
    std::int64_t imputed = 0;                 // missing values replaced
    std::int64_t unseen = 0;                  // categories that training never had
    std::vector<std::string> unseen_samples;  // at most 5 of them
    std::int64_t dropped = 0;                 // training rows left out for their value here
  };
  std::int64_t rows = 0;
  std::int64_t imputed = 0, unseen = 0;    // sums over the columns
  std::int64_t dropped = 0;                // rows, each once
  std::vector<Column> columns;             // those with anything to tell
  std::vector<std::string> extra_columns;  // of the table, unknown to training: ignored
};

// Rules. Statistics come from the rows that fit() is given, and from no others: the median is the
// mean of the two middle values for an even count, the deviation is that of the population, the
// mode of equally frequent categories is the first in order. A numeric column of one value gets
// scale 1. One-hot: an unseen category, or a missing one without impute_mode, is all zeros;
// ordinal: -1. Columns are matched by name, in any order.
//
// Training rows differ from others in two ways. Some may be left out (drop_iqr, drop_z): then
// training_rows() says which stay, and everything else is fitted on these. And a category that is
// encoded by its target must not see its own row's target: transform_training() gives each fold of
// them values that were fitted on the other folds.
class Preprocessor {
 public:
  // Errors: E-DATA-10 and -11 of the schema; -12 no feature is left; -14 an unknown step, or steps
  // in an order that cannot be; -24 a kind or steps given for the target; -31 a missing value and
  // no impute step; -34 no rows, or a column without any value; -35 values too large; -100 an
  // option; -101 a cell that is no date; -102 numbers from 0 down for box_cox; -105 an encoding by
  // target and no target; -106 too many rows for impute_knn; -108 every row is left out; those of
  // Target::fit.
  static Preprocessor fit(const Table& table, Rows rows, const PreprocessOptions& options = {});
  static Preprocessor fit(const Table& table, const PreprocessOptions& options = {});

  // Features [rows, features()]: f32, or f64 where asked. The table needs no target. Errors:
  // E-DATA-32 missing columns (all of them named); -11 text in a numeric column and -31 (line and
  // value); -33; -35; -101; -102.
  Tensor transform(const Table& table, Rows rows, TransformReport* report = nullptr,
                   DType dtype = DType::f32) const;
  Tensor transform(const Table& table, TransformReport* report = nullptr) const;

  // Of the rows that are to be trained on, those that no drop step leaves out; the report gets the
  // counts. By their values alone, so it is the same for any part of the rows.
  std::vector<std::int64_t> training_rows(const Table& table, Rows rows,
                                          TransformReport* report = nullptr) const;
  // The features of rows of training_rows(), of which the first is the one at `position` among all
  // that were fitted on, in the same order. After from_json() it is transform().
  Tensor transform_training(const Table& table, Rows rows, TransformReport* report = nullptr,
                            std::int64_t position = 0, DType dtype = DType::f32) const;

  std::int64_t features() const { return static_cast<std::int64_t>(feature_names_.size()); }
  const std::vector<std::string>& feature_names() const {
    return feature_names_;
  }  // "age", "sex=Male"
  const std::vector<FittedColumn>& columns() const {
    return columns_;
  }  // in the training table's order
  const std::vector<Imputer>& imputers() const { return imputers_; }  // of several columns
  const Schema& schema() const { return schema_; }  // of all columns of the training rows
  const std::optional<Target>& target() const { return target_; }

  // For a person: columns whose medians or quantiles are approximate, each with its bound.
  std::vector<std::string> notes() const;

  // The whole as JSON, and back to the same bits. Error E-DATA-30 for text that is not such JSON.
  std::string to_json() const;
  static Preprocessor from_json(std::string_view text);

 private:
  friend class PreprocessFitter;
  void name_features();
  std::vector<std::vector<double>> imputed_together(const Table& table, Rows rows) const;
  void check_columns(const Table& table) const;
  Tensor make(const Table& table, Rows rows, TransformReport* report, DType dtype,
              std::optional<std::int64_t> position) const;

  Schema schema_;
  std::vector<FittedColumn> columns_;
  std::vector<Imputer> imputers_;
  std::optional<Target> target_;
  std::vector<std::string> feature_names_;
  std::map<std::string, std::shared_ptr<const CrossFit>> cross_;  // by column; never saved
};

// The same fit for rows that come in pieces, such as those of a file larger than memory:
//
//   PreprocessFitter fitter(options);
//   do {
//     for (each piece) fitter.add(piece, rows);
//   } while (fitter.next_pass());
//   auto preprocessor = std::move(fitter).finish();
//
// Counts, means, deviations, least and largest values, categories and targets are exact; medians
// and quantiles come from a QuantileSketch, whose error bound the result tells (notes(), and
// rank_error in JSON). The kinds of columns are those of the first piece. Each pass must bring the
// same rows in the same order. One pass is enough for a chain that imputes and then scales; each
// further fitted step behind a step that is no imputation takes one more, and drop steps and
// encodings by target take one before all others. impute_knn and impute_iterative cannot be fitted
// so: E-DATA-103. Pieces wait for others, for threads to share the columns: errors come then.
class PreprocessFitter {
 public:
  explicit PreprocessFitter(PreprocessOptions options);
  PreprocessFitter(PreprocessFitter&&) noexcept;
  ~PreprocessFitter();

  void add(const Table& piece, Rows rows);
  void add(const Table& piece);
  bool next_pass();  // Error E-DATA-107: this pass had other rows than the first
  Preprocessor finish() &&;

 private:
  friend class Preprocessor;
  struct State;
  explicit PreprocessFitter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A target as JSON, and back to the same bits. Error E-DATA-30 for text that is not such JSON.
std::string to_json(const Target& target);
Target target_from_json(std::string_view text);

}  // namespace glia::data
