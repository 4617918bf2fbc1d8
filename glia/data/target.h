// What is to be predicted.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "glia/data/table.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

enum class Task : std::uint8_t { binary, multiclass, regression };
std::string_view name_of(Task task);
Task task_from(std::string_view name);  // Error E-DATA-13 with the nearest name

struct TargetOptions {
  std::string column;
  std::string strip = {};  // characters taken off both ends of each label (">50K." becomes ">50K")
  std::optional<std::string> positive = std::nullopt;  // of a binary task
  std::optional<Task> task = std::nullopt;             // nothing: inferred
  bool standardize = true;                             // regression: learn (value - mean) / std
};

// A target fitted on training rows. Two labels make a binary task, where 0 is the negative and 1
// the positive label: the declared one, or the last in order. More make a multiclass task, unless
// all are numbers: then regression, but for at most 20 whole numbers, which are classes. Labels are
// ordered by value where all are whole numbers, else by bytes.
struct Target {
  std::string column, strip;
  Task task = Task::binary;
  std::vector<std::string> labels;  // of classes 0, 1, ...; none for regression
  double mean = 0, std = 1;         // regression: of the training rows, or 0 and 1

  // Errors: E-DATA-10 no such column; E-DATA-11 text under regression; E-DATA-20 a task that the
  // labels do not allow; E-DATA-21 a positive label that is none; E-DATA-23 missing targets (count
  // and first line); E-DATA-34 no rows.
  static Target fit(const Table& table, Rows rows, const TargetOptions& options);

  std::int64_t classes() const { return static_cast<std::int64_t>(labels.size()); }

  // Class numbers, i64 [N]; or for regression (value - mean) / std, f32 [N, 1]. Error E-DATA-22 for
  // a label that training never saw (line and label); -10, -11 and -23 as above.
  Tensor transform(const Table& table, Rows rows) const;

  // Regression: the values as the table has them, and predictions back in their unit.
  std::vector<double> values(const Table& table, Rows rows) const;
  double inverse(double standardized) const { return standardized * std + mean; }
  Tensor inverse(const Tensor& standardized) const;  // f32, the same shape

  friend bool operator==(const Target&, const Target&) = default;
};

// The same fit for rows that come in pieces. What the task is not said, it is inferred of the
// labels of all pieces; numbers need bounded memory, labels as much as they are.
class TargetFitter {
 public:
  explicit TargetFitter(TargetOptions options) : options_(std::move(options)) {}
  void add(const Table& piece, Rows rows);
  Target finish() const;

 private:
  TargetOptions options_;
  std::set<std::string, std::less<>> labels_;  // until there are too many to be classes
  std::int64_t rows_ = 0, numbers_ = 0;
  double mean_ = 0, squares_ = 0, least_ = 0, most_ = 0;
  std::string source_, first_text_;  // where the first label stands that is no number, and what
};

}  // namespace glia::data
