#include "glia/metrics/metric.h"

#include <array>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::metrics {
namespace {

constexpr auto kClasses = Task::classification, kNumbers = Task::regression;

constexpr std::array kKnown = {
    MetricInfo{"accuracy", kClasses, true, false, true, "share of rows whose class is right"},
    MetricInfo{"precision", kClasses, true, true, true,
               "share of the rows predicted as a class that are of it"},
    MetricInfo{"recall", kClasses, true, true, true,
               "share of a class's rows that were predicted as it"},
    MetricInfo{"f1", kClasses, true, true, true, "harmonic mean of precision and recall"},
    MetricInfo{"roc_auc", kClasses, true, true, true,
               "chance that a row of the class scores above one that is not; ties count half"},
    MetricInfo{"log_loss", kClasses, false, false, true,
               "mean of -log of the true class's probability, in nats"},
    MetricInfo{"balanced_accuracy", kClasses, true, false, false,
               "mean of the classes' recalls, so that rare classes count as much"},
    MetricInfo{"matthews", kClasses, true, false, false,
               "correlation of decision and truth, -1 to 1; 0 for guessing"},
    MetricInfo{"cohen_kappa", kClasses, true, false, false,
               "agreement beyond what chance would reach, at most 1; 0 for guessing"},
    MetricInfo{"specificity", kClasses, true, true, false,
               "share of the rows of other classes that were not predicted as the class"},
    MetricInfo{"jaccard", kClasses, true, true, false,
               "rows that are and are predicted as a class, of those that are either"},
    MetricInfo{"average_precision", kClasses, true, true, false,
               "area under the precision-recall curve, in steps"},
    MetricInfo{"roc_auc_ovo", kClasses, true, false, false,
               "mean roc_auc over pairs of classes, each against the other"},
    MetricInfo{"top_3_accuracy", kClasses, true, false, false,
               "share of rows whose class is among the 3 most probable"},
    MetricInfo{"top_5_accuracy", kClasses, true, false, false,
               "share of rows whose class is among the 5 most probable"},
    MetricInfo{"brier", kClasses, false, false, false,
               "mean squared distance of the probabilities from what happened"},
    MetricInfo{"ece", kClasses, false, false, false,
               "expected calibration error: how far probabilities are from shares, 15 bins"},
    MetricInfo{"mce", kClasses, false, false, false,
               "maximum calibration error: that of the worst of 15 bins"},
    MetricInfo{"mse", kNumbers, false, false, true, "mean squared error"},
    MetricInfo{"mae", kNumbers, false, false, true, "mean absolute error"},
    MetricInfo{"rmse", kNumbers, false, false, true,
               "root of the mean squared error, in the target's unit"},
    MetricInfo{"r2", kNumbers, true, false, true, "share of the target's variance explained"},
    MetricInfo{"median_absolute_error", kNumbers, false, false, false,
               "half of the rows are off by at most that"},
    MetricInfo{"max_error", kNumbers, false, false, false, "the largest absolute error"},
    MetricInfo{"explained_variance", kNumbers, true, false, false,
               "r2 that forgives a constant offset"},
    MetricInfo{"msle", kNumbers, false, false, false, "mean squared error of log(1 + value)"},
    MetricInfo{"rmsle", kNumbers, false, false, false, "root of msle"},
    MetricInfo{"mape", kNumbers, false, false, false, "mean of |error| / |truth|"},
    MetricInfo{"smape", kNumbers, false, false, false,
               "mean of 2 |error| / (|truth| + |prediction|), 0 to 2"},
    MetricInfo{"wape", kNumbers, false, false, false, "sum of |error| / sum of |truth|"},
};

constexpr std::array kAverages = {Averaging::macro, Averaging::micro, Averaging::weighted};

std::optional<MetricName> find(std::string_view name) {
  for (const auto& info : kKnown) {
    if (name == info.name) return MetricName{&info, std::nullopt};
    if (!info.averaged || !name.starts_with(info.name)) continue;
    for (const auto averaging : kAverages)
      if (name == fmt::format("{}_{}", info.name, name_of(averaging)))
        return MetricName{&info, averaging};
  }
  return std::nullopt;
}

// The names to suggest: the plain ones, and those with an averaging where the name has a suffix.
std::vector<std::string> names(bool with_averaging, std::optional<Task> task) {
  std::vector<std::string> all;
  for (const auto& info : kKnown) {
    if (task && info.task != *task) continue;
    all.emplace_back(info.name);
    if (!with_averaging || !info.averaged) continue;
    for (const auto averaging : kAverages)
      all.push_back(fmt::format("{}_{}", info.name, name_of(averaging)));
  }
  return all;
}

[[noreturn]] void unknown(std::string_view name, std::optional<Task> task) {
  const bool suffixed = name.find('_') != std::string_view::npos;
  // A near miss is one name; a list is only readable without the averagings.
  const bool near = !nearest(name, names(suffixed, task)).empty();
  const auto hint = suggest(name, names(near && suffixed, task));
  fail("E-METRIC-01", "metrics: '{}' is not a metric{}", name, hint);
}

}  // namespace

std::string Metric::text(int digits) const {
  if (!value) return note;
  auto shown = fmt::format("{:.{}f}", *value, digits);
  if (interval)
    shown += fmt::format(" ({:.{}f} to {:.{}f})", interval->low, digits, interval->high, digits);
  return shown;
}

Metric defined(std::string name, double value) {
  return {std::move(name), value, "", std::nullopt};
}

Metric undefined(std::string name, std::string_view because) {
  return {std::move(name), std::nullopt, fmt::format("undefined, because {}", because),
          std::nullopt};
}

std::string_view name_of(Averaging averaging) {
  switch (averaging) {
    case Averaging::binary:
      return "binary";
    case Averaging::macro:
      return "macro";
    case Averaging::micro:
      return "micro";
    case Averaging::weighted:
      break;
  }
  return "weighted";
}

std::string_view name_of(Task task) {
  return task == Task::classification ? "classification" : "regression";
}

std::span<const MetricInfo> known_metrics() { return kKnown; }

std::vector<std::string> usual_metrics(Task task) {
  std::vector<std::string> names;
  for (const auto& info : kKnown)
    if (info.usual && info.task == task) names.emplace_back(info.name);
  return names;
}

MetricName parse_metric(std::string_view name) {
  if (const auto found = find(name)) return *found;
  unknown(name, std::nullopt);
}

MetricName parse_metric(std::string_view name, Task task) {
  const auto found = find(name);
  if (!found) unknown(name, task);
  if (found->info->task != task)
    fail("E-METRIC-01", "metrics: '{}' is a metric of {}, and this is {}; known: {}", name,
         name_of(found->info->task), name_of(task), fmt::join(names(false, task), ", "));
  return *found;
}

bool larger_is_better(std::string_view monitored) {
  std::string_view name = monitored;
  for (const std::string_view prefix : {"train_", "val_", "validation_", "test_"})
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  if (name == "loss") return false;
  if (const auto found = find(name)) return found->info->larger_is_better;
  auto known = names(true, std::nullopt);
  known.emplace_back("loss");
  const auto near = name == "acc" ? std::string("accuracy") : nearest(name, known);
  fail("E-METRIC-01", "metrics: cannot monitor '{}': no metric of that name{}", monitored,
       near.empty() ? fmt::format("; try val_loss or one of {}", fmt::join(names(false, {}), ", "))
                    : fmt::format("; did you mean '{}{}'?",
                                  monitored.substr(0, monitored.size() - name.size()), near));
}

}  // namespace glia::metrics
