#include "glia/cli/watch.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/memory.h"
#include "glia/base/text.h"
#include "glia/metrics/metric.h"

namespace glia::cli {
namespace {

using report::Paint;

constexpr std::size_t kMostMessages = 200;
constexpr double kWeigh = 1;  // seconds between two looks at the memory

train::FitOptions without_plateau(train::FitOptions options) {
  options.schedule.plateau.reset();
  options.callbacks.clear();
  return options;
}

std::optional<train::EarlyStopping> only_counting(std::optional<train::EarlyStopping> options) {
  if (options) options->restore_best = false;
  return options;
}

std::vector<std::string> names_of(const std::vector<train::Output>& outputs) {
  std::vector<std::string> names;
  for (const auto& output : outputs) names.push_back(output.name);
  return names;
}

void set(train::NamedValues& values, const std::string& name, double value) {
  for (auto& [key, old] : values)
    if (key == name) {
      old = value;
      return;
    }
  values.emplace_back(name, value);
}

const double* find(const train::NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

// Losses have the plot and the rate has its own place: metrics are the rest.
bool is_metric(std::string_view name, const std::vector<std::string>& outputs) {
  const auto plain = train::without_output(name, outputs);
  return plain != "loss" && plain != "val_loss" && plain != "learning_rate";
}

// Nothing for names that glia does not know.
std::optional<bool> larger_is_better(std::string_view name,
                                     const std::vector<std::string>& outputs) {
  try {
    return metrics::larger_is_better(train::without_output(name, outputs));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::int64_t batches_of(std::int64_t rows, std::int64_t size) {
  return std::max<std::int64_t>(1, (rows + size - 1) / std::max<std::int64_t>(1, size));
}

}  // namespace

Watch::Watch(const train::FitOptions& options, std::int64_t rows)
    : options_(without_plateau(options)),
      rows_(rows),
      batches_(batches_of(rows, options.batch_size)),
      outputs_(names_of(options_.outputs)),
      rates_(options_, batches_, outputs_),
      stopper_(only_counting(options.early_stopping), no_weights_, outputs_) {}

double Watch::place_of(std::int64_t step) const {
  return static_cast<double>(step) / static_cast<double>(batches_);
}

void Watch::begin(double now) { begun_ = epoch_begun_ = now; }

void Watch::step(const train::StepRecord& record, double now) {
  if (!pace_) {  // the first one that is heard of
    pace_.emplace(record.step, now);
    first_step_ = record.step - 1;
  }
  running_ = *record.running;  // assigned in place: no allocation after the first step
  last_ = record;
  last_.running = nullptr;
  training_.add(place_of(record.step), record.loss);
  pace_->measure(record.step, now);
  stepped_ = now;
}

void Watch::see(const train::EpochRecord& record, double now) {
  stopper_.see(record);
  if (const auto& stopping = options_.early_stopping;
      stopping && train::judged(record, stopping->monitor))
    waited_ = stopper_.best_step() == record.step ? 0 : waited_ + 1;
  keep_values(record.values);
  if (const double* rate = record.find("learning_rate")) rated_step_ = record.step, rate_ = *rate;
  const double place = place_of(record.step);
  if (const double* loss = record.find("val_loss")) validation_.add(place, *loss);
  if (const double* loss = record.find("loss"); loss && !pace_)  // of earlier parts of the run
    training_.add(place, *loss);
  if (pace_) pace_->skip(now - stepped_);  // validation is none of the steps
  stepped_ = now;
  if (record.within == 0) epoch_begun_ = now;
}

void Watch::keep_values(const train::NamedValues& values) {
  for (const auto& [name, value] : values) {
    if (!is_metric(name, outputs_)) continue;
    set(values_, name, value);
    const auto larger = larger_is_better(name, outputs_);
    const double* best = find(best_, name);
    if (!larger || !std::isfinite(value)) continue;
    if (!best || (*larger ? value > *best : value < *best)) set(best_, name, value);
  }
}

void Watch::message(std::string text) {
  messages_.push_back(std::move(text));
  if (messages_.size() <= kMostMessages) return;
  messages_.pop_front();
  ++forgotten_;
}

void Watch::skip(double seconds) {
  begun_ += seconds, epoch_begun_ += seconds, stepped_ += seconds;
  if (pace_) pace_->skip(seconds);
}

// What the records say, gone on with by the schedule.
double Watch::learning_rate() const {
  if (last_.step == 0) return options_.optimizer.learning_rate;
  const double planned = rates_.at(last_.step - 1);
  if (rated_step_ == 0 || rated_step_ > last_.step) return planned;
  const double then = rates_.at(rated_step_ - 1);
  return then > 0 ? planned * rate_ / then : planned;
}

void Watch::weigh(const train::History& history, double now) {
  if (now - weighed_ < kWeigh) return;
  weighed_ = now;
  const double passed = history.seconds - seconds_,
               waited = history.waited_seconds - waited_seconds_;
  if (passed > 0) waiting_ = std::clamp(waited / passed, 0.0, 1.0);
  seconds_ = history.seconds, waited_seconds_ = history.waited_seconds;
  const auto use = memory_use();
  if (!use) return;
  resident_ = static_cast<double>(use->resident), peak_ = static_cast<double>(use->peak);
  limit_ = resident_ + static_cast<double>(available_memory().value_or(0));
}

report::Plot Watch::plot(bool log) const {
  report::Plot plot;
  plot.x_label = "epoch";
  plot.log_y = log;
  plot.series.push_back(training_.series("loss"));
  if (!validation_.empty()) plot.series.push_back(validation_.series("val_loss", true));
  if (stopper_.best_epoch() > 0) {
    plot.mark = place_of(stopper_.best_step());
    plot.mark_label = fmt::format("best: epoch {}", stopper_.best_epoch());
  }
  return plot;
}

std::vector<report::Moment> Watch::progress(const train::History& history, double now) const {
  const double pace = pace_ ? pace_->per_second() : 0;
  report::Moment epoch, whole;
  epoch.label = fmt::format("epoch {}/{}", last_.epoch, options_.epochs);
  epoch.step = last_.batch, epoch.total = batches_;
  epoch.seconds = now - epoch_begun_;
  epoch.rate = pace * static_cast<double>(rows_) / static_cast<double>(batches_);
  if (pace > 0) epoch.left = static_cast<double>(epoch.total - epoch.step) / pace;
  epoch.unit = "rows";
  epoch.values = running_;

  whole.label = report::pad_right("whole run", report::display_width(epoch.label));
  whole.step = last_.step;
  whole.total = options_.epochs * batches_;
  whole.seconds = now - begun_;
  // With validations and checkpoints, which the pace of the steps knows nothing of.
  if (const auto done = last_.step - first_step_; done > 0 && whole.seconds > 0)
    whole.left =
        static_cast<double>(whole.total - whole.step) * whole.seconds / static_cast<double>(done);
  if (options_.time_budget > 0)
    whole.left = std::clamp(options_.time_budget - history.seconds, 0.0,
                            whole.left < 0 ? options_.time_budget : whole.left);
  epoch.label = report::pad_right(epoch.label, report::display_width(whole.label));
  return {epoch, whole};
}

report::Dashboard::Lines Watch::facts() const {
  report::Dashboard::Lines facts;
  facts.emplace_back("learning rate", fmt::format("{:.3g}", learning_rate()));
  const double pace = pace_ ? pace_->per_second() : 0;
  if (pace > 0) facts.emplace_back("batches", report::compact_rate(pace) + "/s");
  if (waiting_ >= 0) facts.emplace_back("waiting for data", report::percent(waiting_, 0));
  if (const auto& stopping = options_.early_stopping) {
    if (stopper_.best_epoch() > 0)
      facts.emplace_back(
          "best " + stopping->monitor,
          fmt::format("{} in epoch {}", report::compact_number(stopper_.best_value()),
                      stopper_.best_epoch()));
    if (stopping->patience > 0)
      facts.emplace_back(
          "patience left",
          fmt::format("{} of {}", std::max<std::int64_t>(0, stopping->patience - waited_),
                      stopping->patience));
  }
  return facts;
}

std::vector<report::Meter> Watch::meters() const {
  std::vector<report::Meter> meters;
  const auto add = [&](const std::string& name, double value, Paint role) {
    report::Meter meter{name, report::compact_number(value), -1, "", role};
    if (larger_is_better(name, outputs_).value_or(false) && value >= 0 && value <= 1)
      meter.share = value;
    if (const double* best = find(best_, name))
      meter.note = "best " + report::compact_number(*best);
    meters.push_back(std::move(meter));
  };
  for (const auto& [name, value] : values_)
    if (name.starts_with("val_")) add(name, value, Paint::second);
  for (const auto& [name, value] : running_)
    if (is_metric(name, outputs_)) add(name, value, Paint::first);
  if (peak_ > 0) {
    report::Meter memory{"memory", human_bytes(resident_), -1, "peak " + human_bytes(peak_),
                         Paint::third};
    if (limit_ > resident_) memory.share = resident_ / limit_;
    if (memory.share > 0.9) memory.role = Paint::bad;
    meters.push_back(std::move(memory));
  }
  return meters;
}

report::Dashboard Watch::dashboard(const train::History& history, bool log, double now) {
  weigh(history, now);
  report::Dashboard d;
  d.messages.assign(messages_.begin(), messages_.end());
  if (last_.step == 0) return d;
  d.plot = plot(log);
  d.progress = progress(history, now);
  d.facts = facts();
  d.meters = meters();
  return d;
}

}  // namespace glia::cli
