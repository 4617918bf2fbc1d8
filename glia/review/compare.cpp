#include "glia/review/compare.h"

#include <cmath>
#include <numeric>

#include "glia/base/format.h"
#include "glia/review/slice_by.h"

namespace glia::review {
namespace {

std::vector<std::int64_t> decisions(const Answers& a) {
  std::vector<std::int64_t> said;
  for (std::size_t i = 0; i < a.count; ++i) said.push_back(a.said(i));
  return said;
}

// Mean squared and absolute error of each row.
std::vector<double> errors(const Answers& a, bool squared) {
  std::vector<double> all;
  for (std::size_t i = 0; i < a.count; ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < a.width; ++c) {
      const double error = a.predicted[i * a.width + c] - a.values[i * a.width + c];
      sum += squared ? error * error : std::abs(error);
    }
    all.push_back(sum / static_cast<double>(a.width));
  }
  return all;
}

std::vector<double> log_losses(const Answers& a) {
  std::vector<double> all;
  for (std::size_t i = 0; i < a.count; ++i)
    all.push_back(-std::log(std::max(1e-7, a.probability(i, a.truth[i]))));
  return all;
}

// Labels by their names: the runs may number them differently.
bool same_truth(const Answers& a, const Answers& b) {
  if (a.kind != b.kind || a.count != b.count || a.target.labels != b.target.labels) return false;
  if (a.truth != b.truth || a.values.size() != b.values.size()) return false;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    if (std::abs(a.values[i] - b.values[i]) > 1e-4 * std::max(1.0, std::abs(a.values[i])))
      return false;
  return true;
}

// Why they were not judged by the same rows; empty where they were.
std::string unlike(const StoredRun& a, const StoredRun& b, const std::vector<Answers>& of_a,
                   const std::vector<Answers>& of_b) {
  const bool parts = std::string_view(a.judged_by()) == b.judged_by();
  bool same = parts && of_a.size() == of_b.size() && a.judged()->numbers == b.judged()->numbers;
  for (std::size_t i = 0; i < of_a.size() && same; ++i) same = same_truth(of_a[i], of_b[i]);
  return same ? "" : "they were not judged by the same rows; train both by the same data and split";
}

// Which of them has nothing to be compared, and why; empty where both have.
std::string nothing_kept(const StoredRun& a, const StoredRun& b) {
  for (const auto* run : {&a, &b}) {
    // Predictions of the validation rows do not stand for damaged ones of the test rows.
    std::error_code none;
    const bool damaged =
        !run->test_predictions &&
        std::filesystem::exists(run->folder / "predictions" / "test.safetensors", none);
    if (run->judged() && run->bundle && !damaged) continue;
    const auto name = run->folder.string();
    for (const auto& problem : run->problems)
      if (problem.find("predictions") != problem.npos || problem.find("model") != problem.npos)
        return problem;
    if (run->damaged) return name + ": its result.json is damaged";
    if (!run->ended()) return name + " has not ended: go on with it by --resume";
    return name + " has kept no predictions: train it again";
  }
  return "";
}

std::vector<double> positive_scores(const Answers& a) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < a.count; ++i) scores.push_back(a.score(i));
  return scores;
}

// A metric whose values are shares is told in points of a hundred.
bool is_share(const metrics::MetricName& name) {
  const auto base = name.info->name;
  return name.info->task == metrics::Task::classification && base != "log_loss" && base != "brier";
}

metrics::Comparison in_metric(const Answers& a, const Answers& b, const std::string& metric,
                              std::size_t replicates) {
  const auto name = metrics::parse_metric(
      metric, a.is_classified() ? metrics::Task::classification : metrics::Task::regression);
  if (a.is_classified() && name.info->name == "accuracy")
    return metrics::compare_accuracy(a.truth, decisions(a), decisions(b));
  if (a.kind == Answers::Kind::binary && metric == "roc_auc")
    return metrics::compare_roc_auc(positive_scores(a), positive_scores(b), a.truth);
  std::vector<std::size_t> every(a.count);
  std::iota(every.begin(), every.end(), std::size_t{0});
  const auto value_of = [&](const Answers& answers) {
    return [&, metric](std::span<const double> weights) {
      return metrics_of(answers, every, {metric}, 0, weights).front().value;
    };
  };
  return metrics::compare_metric(metric, name.info->larger_is_better, is_share(name), a.count,
                                 value_of(a), value_of(b), {.replicates = replicates});
}

void add(const Answers& a, const Answers& b, const std::string& prefix,
         std::vector<metrics::Comparison>& to) {
  if (a.is_classified()) {
    to.push_back(metrics::compare_accuracy(a.truth, decisions(a), decisions(b)));
    if (a.kind == Answers::Kind::binary)
      to.push_back(metrics::compare_roc_auc(positive_scores(a), positive_scores(b), a.truth));
    to.push_back(metrics::compare_errors("log loss", log_losses(a), log_losses(b)));
  } else if (a.kind == Answers::Kind::numbers) {
    to.push_back(metrics::compare_errors("absolute error", errors(a, false), errors(b, false)));
    to.push_back(metrics::compare_errors("squared error", errors(a, true), errors(b, true)));
  }
  if (prefix.empty()) return;
  for (auto& comparison : to) comparison.name = prefix + ": " + comparison.name;
}

}  // namespace

std::vector<metrics::Comparison> compared(const StoredRun& a, const StoredRun& b,
                                          std::string& why) {
  if (why = nothing_kept(a, b); !why.empty()) return {};
  std::vector<metrics::Comparison> all;
  try {
    const auto of_a = answers_of(*a.bundle, *a.judged()), of_b = answers_of(*b.bundle, *b.judged());
    if (why = unlike(a, b, of_a, of_b); !why.empty()) return {};
    for (std::size_t i = 0; i < of_a.size(); ++i) {
      std::vector<metrics::Comparison> some;
      add(of_a[i], of_b[i], of_a[i].output, some);
      all.insert(all.end(), some.begin(), some.end());
    }
  } catch (const Error& error) {
    why = error.what();
  }
  return all;
}

std::vector<metrics::Comparison> compared_in(const StoredRun& a, const StoredRun& b,
                                             const std::string& metric, std::size_t replicates) {
  const auto refuse = [&](std::string_view why) {
    fail("E-METRIC-15", "{} and {} cannot be compared: {}", a.folder.string(), b.folder.string(),
         why);
  };
  if (const auto why = nothing_kept(a, b); !why.empty()) refuse(why);
  const auto of_a = answers_of(*a.bundle, *a.judged()), of_b = answers_of(*b.bundle, *b.judged());
  if (const auto why = unlike(a, b, of_a, of_b); !why.empty()) refuse(why);
  std::vector<metrics::Comparison> all;
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    all.push_back(in_metric(of_a[i], of_b[i], metric, replicates));
    if (!of_a[i].output.empty()) all.back().name = of_a[i].output + ": " + all.back().name;
  }
  return all;
}

}  // namespace glia::review
