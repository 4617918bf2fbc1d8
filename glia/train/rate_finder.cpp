#include "glia/train/rate_finder.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/train/graphs.h"

namespace glia::train {
namespace {

constexpr double kSmoothing = 0.9;  // of the running mean that tells when to end

class RateFinder final : public Callback {
 public:
  RateFinder(const RateFinderOptions& options, std::int64_t accumulate, RateFinding& finding)
      : o_(options), accumulate_(accumulate), finding_(finding) {}
  std::string name() const override { return "rate_finder"; }

  void step(const StepRecord& record, Control& control) override {
    sum_ += record.loss, ++batches_;
    if (batches_ < accumulate_ && record.batch < record.batches) return;
    const double loss = sum_ / static_cast<double>(batches_);
    sum_ = 0, batches_ = 0;
    const auto done = static_cast<double>(finding_.losses.size()) + 1;
    average_ = kSmoothing * average_ + (1 - kSmoothing) * loss;
    const double smoothed = average_ / (1 - std::pow(kSmoothing, done));
    finding_.losses.push_back(loss);
    least_ = std::min(least_, smoothed);
    finding_.diverged = done > 1 && smoothed > bound();
    if (finding_.diverged || static_cast<std::int64_t>(done) == o_.updates)
      control.stop("measured");
  }

  // Above it the loss has left what can be trained. Of losses below 0 a multiple says nothing; then
  // what it has fallen is the measure.
  double bound() const {
    return least_ > 0 ? o_.diverged * least_
                      : least_ + o_.diverged * (finding_.losses.front() - least_);
  }

 private:
  const RateFinderOptions& o_;
  std::int64_t accumulate_, batches_ = 0;
  RateFinding& finding_;
  double sum_ = 0, average_ = 0, least_ = INFINITY;
};

void check(const RateFinderOptions& o, const FitOptions& options) {
  const auto expect = [](bool good, std::string_view what) {
    if (!good) fail("E-TRAIN-02", "[find_rate] {}", what);
  };
  expect(o.from > 0 && o.to > o.from && std::isfinite(o.to),
         fmt::format("rates from {} to {}, expected 0 < from < to", o.from, o.to));
  expect(o.updates >= 10, fmt::format("{} updates, expected at least 10", o.updates));
  expect(o.diverged > 1, fmt::format("diverged {}, expected above 1", o.diverged));
  expect(!options.optimizer.lbfgs, "lbfgs chooses the length of its steps itself; leave its rate");
}

// Weighted means over `half` neighbours on each side, weights falling linearly.
std::vector<double> smooth(const std::vector<double>& losses, double bound, std::int64_t half) {
  const auto n = static_cast<std::int64_t>(losses.size());
  std::vector<double> means;
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = 0, weights = 0;
    // As many on both sides, also near an end: a mean of one side would lean.
    const std::int64_t reach = std::min({half, i, n - 1 - i});
    for (std::int64_t k = -reach; k <= reach; ++k) {
      const auto weight = static_cast<double>(half + 1 - std::abs(k));
      sum += weight * std::min(losses[static_cast<std::size_t>(i + k)], bound);
      weights += weight;
    }
    means.push_back(sum / weights);
  }
  return means;
}

}  // namespace

void judge(RateFinding& f) {
  f.steepest.reset();
  if (f.smoothed.empty()) return;
  f.lowest = f.rates[static_cast<std::size_t>(
      std::min_element(f.smoothed.begin(), f.smoothed.end()) - f.smoothed.begin())];
  double steepest = 0;
  for (std::size_t i = 1; i + 1 < f.smoothed.size(); ++i) {
    const double slope =
        (f.smoothed[i + 1] - f.smoothed[i - 1]) / std::log(f.rates[i + 1] / f.rates[i - 1]);
    if (!(slope < steepest)) continue;
    steepest = slope;
    f.steepest = f.rates[i];
  }
}

RateFinding find_rate(const nn::Module& model, const data::Source& train, const FitOptions& options,
                      const RateFinderOptions& o, const Store* store) {
  check(o, options);
  RateFinding finding;
  FitOptions fit = options;
  const double factor = std::pow(o.to / o.from, 1 / static_cast<double>(o.updates - 1));
  fit.optimizer.learning_rate = o.from;
  fit.schedule = {"rising", [factor](const optim::Progress& p) {
                    return std::pow(factor, static_cast<double>(p.step));
                  }};
  fit.epochs = o.updates;  // of one batch at least; the callback ends it
  fit.early_stopping.reset();
  fit.average.reset();
  fit.checkpoint = {};
  fit.time_budget = 0;
  fit.resume = false;
  fit.metrics = {};
  for (Output& output : fit.outputs) output.metrics.clear();
  const auto finder = std::make_shared<RateFinder>(o, options.updates.accumulate, finding);
  fit.callbacks = {finder};
  Store own;
  if (store) {
    own.initialize(loss_graph(model, objective(fit), batch_types(train), true, fit.seed), fit.seed);
    for (const auto& name : own.names())
      if (store->has(name)) own.assign(name, store->at(name));
  }
  try {
    train::fit(model, train, nullptr, own, fit);
  } catch (const Error& error) {
    if (error.code() != "E-TRAIN-04" || finding.losses.empty()) throw;
    finding.diverged = true;  // so far that its loss is no number any more
  }
  for (std::size_t i = 0; i < finding.losses.size(); ++i)
    finding.rates.push_back(o.from * std::pow(factor, static_cast<double>(i)));
  constexpr std::int64_t kWindows = 20;
  finding.smoothed = smooth(finding.losses, finder->bound(), o.updates / kWindows);
  judge(finding);
  return finding;
}

}  // namespace glia::train
