// What a metric's computation gives back, the names people write for metrics, and the inputs that
// all of them share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glia::metrics {

// The ends of a confidence interval; `level` is the share of such intervals that hold the truth.
struct Interval {
  double low = 0;
  double high = 0;
  double level = 0;
};

// One number, or the reason why there is none. A metric is never a silent 0 or NaN: where it is not
// defined, `value` is empty and `note` reads "undefined, because ...".
struct Metric {
  std::string name;  // with its averaging: "accuracy", "f1_macro"
  std::optional<double> value;
  std::string note;                  // why undefined; or what a reader must know about the value
  std::optional<Interval> interval;  // where one is known: of counted shares, of a binary ROC-AUC

  // "0.9123", "0.9123 (0.9031 to 0.9207)" or the note. `digits` after the point.
  std::string text(int digits = 4) const;
};

Metric defined(std::string name, double value);
Metric undefined(std::string name, std::string_view because);

// How one number is made of the numbers of k classes.
//   binary    that of the positive class alone
//   macro     the mean over classes; a class without a value is left out, and the note says so
//   micro     over the pooled decisions of all classes
//   weighted  the mean over classes, each weighted by its true rows
enum class Averaging : std::uint8_t { binary, macro, micro, weighted };
std::string_view name_of(Averaging averaging);

enum class Task : std::uint8_t { classification, regression };
std::string_view name_of(Task task);

struct MetricInfo {
  std::string_view name;  // what users write: "accuracy", "f1", "rmse"
  Task task;
  bool larger_is_better;
  bool averaged;         // over classes: "f1_weighted" is a name as well
  bool usual;            // among those that are shown where none are asked for
  std::string_view doc;  // one line
};

// Every metric that has a name; docs/metrics.md says what each is.
std::span<const MetricInfo> known_metrics();

// The names of the usual ones: accuracy precision recall f1 roc_auc log_loss, or mse mae rmse r2.
std::vector<std::string> usual_metrics(Task task);

// A metric as written in an experiment: "f1", "f1_weighted".
struct MetricName {
  const MetricInfo* info = nullptr;
  std::optional<Averaging> averaging;  // empty where the name does not say
};

// Error E-METRIC-01 for an unknown name, with the nearest known one.
MetricName parse_metric(std::string_view name);

// The same, for one task: Error E-METRIC-01 also for a metric of another task.
MetricName parse_metric(std::string_view name, Task task);

// Whether a larger value is better, for a name that a callback monitors: a metric, or a loss, with
// or without "train_", "val_" or "test_" ("val_loss": false, "val_f1_macro": true). E-METRIC-01.
bool larger_is_better(std::string_view monitored);

// A view of numbers as the caller has them, f32 or f64; computations are in f64.
class Numbers {
 public:
  Numbers() = default;
  Numbers(std::span<const float> values) : f32_(values.data()), size_(values.size()) {}   // NOLINT
  Numbers(std::span<const double> values) : f64_(values.data()), size_(values.size()) {}  // NOLINT
  Numbers(const std::vector<float>& values) : Numbers(std::span<const float>(values)) {}  // NOLINT
  Numbers(const std::vector<double>& values)
      : Numbers(std::span<const double>(values)) {}  // NOLINT

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  double operator[](std::size_t i) const { return f32_ ? static_cast<double>(f32_[i]) : f64_[i]; }
  // The type's machine epsilon: no probability is told from 0 or 1 by less.
  double epsilon() const {
    return f32_ ? static_cast<double>(std::numeric_limits<float>::epsilon())
                : std::numeric_limits<double>::epsilon();
  }

 private:
  const float* f32_ = nullptr;
  const double* f64_ = nullptr;
  std::size_t size_ = 0;
};

using Labels = std::span<const std::int64_t>;  // class numbers, 0 .. k-1

}  // namespace glia::metrics
