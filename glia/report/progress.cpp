#include "glia/report/progress.h"

#include <algorithm>
#include <cmath>

namespace glia::report {
namespace {

constexpr double kRedraw = 0.1;       // seconds between two drawings on a terminal
constexpr double kPlain = 5;          // seconds between two plain lines
constexpr double kPlainUnknown = 30;  // the same where the total is not known

}  // namespace

Progress::Progress(ProgressOptions options, Sink sink, double now)
    : options_(std::move(options)),
      sink_(std::move(sink)),
      begun_(now),
      step_(options_.start),
      shown_at_(now),
      shown_step_(options_.start),
      pace_(options_.start, now) {}

bool Progress::due(double now) const {
  const double since = now - shown_at_;
  // The first line comes at once: a person should see that something began.
  if (options_.terminal) return !shown_ || since >= kRedraw;
  if (options_.total <= 0) return since >= kPlainUnknown;
  const auto tenth = [&](std::int64_t step) { return step * 10 / options_.total; };
  return since >= kPlain && tenth(step_) > tenth(shown_step_) && step_ < options_.total;
}

Moment Progress::moment(double now, bool done) const {
  Moment moment;
  moment.label = options_.label;
  moment.step = step_, moment.total = options_.total;
  moment.seconds = now - begun_;
  double rate = pace_.per_second();
  if (done)  // over the whole: that is what a person compares
    rate = moment.seconds > 0 ? static_cast<double>(step_ - options_.start) / moment.seconds : 0;
  moment.rate = rate * options_.items_per_step;
  if (rate > 0) moment.left = static_cast<double>(options_.total - step_) / rate;
  moment.unit = options_.unit;
  moment.values = values_;
  moment.done = done;
  moment.bar = options_.terminal;
  return moment;
}

void Progress::show(double now, bool done) {
  Style style = options_.style;
  // The last column stays free: some terminals wrap, and erase a character, when it is written.
  if (options_.terminal) --style.width;
  const auto line = progress_line(moment(now, done), style);
  if (options_.terminal)
    sink_("\r" + line + "\x1b[K" + (done ? "\n" : ""));
  else
    sink_(line + "\n");
  shown_ = true, shown_at_ = now, shown_step_ = step_;
}

bool Progress::advance(std::int64_t step, double now) {
  if (finished_) return false;
  step_ = step;
  pace_.measure(step_, now);
  return due(now);
}

void Progress::draw(double now, const NamedValues& values) {
  values_ = values;
  show(now, false);
}

void Progress::finish(double now, const NamedValues& values) {
  if (finished_) return;
  if (!values.empty()) values_ = values;
  pace_.measure(step_, now);
  show(now, true);
  finished_ = true;
}

void Progress::message(std::string_view text, double now) {
  const bool drawn = options_.terminal && shown_ && !finished_;
  sink_((drawn ? "\r" : "") + std::string(text) + (drawn ? "\x1b[K" : "") + "\n");
  if (drawn) show(now, false);
}

}  // namespace glia::report
