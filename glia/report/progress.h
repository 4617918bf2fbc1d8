// Progress of long work: how a line looks, and when it is shown.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "glia/report/pace.h"
#include "glia/report/style.h"

namespace glia::report {

using NamedValues = std::vector<std::pair<std::string, double>>;  // "loss", "val_accuracy", ...

// One moment of some work. Pure data.
struct Moment {
  std::string label;  // "epoch  3/30"
  std::int64_t step = 0;
  std::int64_t total = 0;   // 0: not known; then there is no bar and no time left
  double seconds = 0;       // since the start
  double rate = 0;          // items per second; 0: not known yet
  double left = -1;         // seconds; negative: not known yet
  std::string unit = "it";  // of the rate: "rows" gives "12.4k rows/s"
  NamedValues values;       // the most important first
  bool done = false;        // no more will come: the time taken stands in place of the time left
  bool bar = true;          // false: the share alone, as in a log
};

// One line of at most style.width columns, without an end of line. What does not fit is left out,
// the least important first, and nothing but the label is ever cut; the bar takes what is left.
std::string progress_line(const Moment& moment, const Style& style);

struct ProgressOptions {
  std::string label;
  std::int64_t total = 0;     // steps; 0: not known
  std::int64_t start = 0;     // steps that were done before, by a run that is resumed
  double items_per_step = 1;  // the batch size, for a rate in rows
  std::string unit = "it";
  bool terminal = false;  // the sink shows \r and erases: one line is redrawn in place
  Style style;
};

// Decides when progress is shown. On a terminal one line is redrawn, at most ten times a second;
// elsewhere plain lines are written, at most one for each tenth of the work and one in 5 seconds,
// and one at the end. Reads no clock: `now` is any monotonic clock's seconds. Not synchronised.
class Progress {
 public:
  using Sink = std::function<void(std::string_view)>;
  Progress(ProgressOptions options, Sink sink, double now);

  // Shows `step` where that is due. Cheap, and without an allocation, where it is not.
  void update(std::int64_t step, double now, const NamedValues& values = {}) {
    if (advance(step, now)) draw(now, values);
  }
  // The same with values that are only asked for where they are shown: make() gives NamedValues.
  template <std::invocable Make>
  void update(std::int64_t step, double now, Make&& make) {
    if (advance(step, now)) draw(now, make());
  }

  // The last state, and the end of the line. Once; later calls do nothing. `values` may hold more
  // than update's did: those of the validation. With a step less than the total (interrupted), the
  // line says how far it came.
  void finish(double now, const NamedValues& values = {});

  // A line of text above the progress, such as a warning. `text` without an end of line.
  void message(std::string_view text, double now);

  void set_width(int columns) { options_.style.width = columns; }  // the terminal was resized

 private:
  bool advance(std::int64_t step, double now);  // gives whether a line is due
  void draw(double now, const NamedValues& values);
  bool due(double now) const;
  void show(double now, bool done);
  Moment moment(double now, bool done) const;

  ProgressOptions options_;
  Sink sink_;
  double begun_;
  std::int64_t step_;
  NamedValues values_;
  bool finished_ = false;
  double shown_at_;          // clock at the last line
  std::int64_t shown_step_;  // step at the last line
  bool shown_ = false;
  Pace pace_;  // in steps
};

}  // namespace glia::report
