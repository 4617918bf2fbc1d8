#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/report/bars.h"
#include "glia/report/progress.h"

namespace glia::report {
namespace {

constexpr int kLeastBar = 8, kMostBar = 30;
constexpr int kNumber = 6;  // columns of a value, so that a line does not jump while numbers change

// A part of the line, and how late it gets its place: the lowest `rank` is served first.
struct Part {
  std::string text;
  int rank = 0;
  bool bar = false;
  bool shown = false;
};

std::string value_text(const std::pair<std::string, double>& value, const Style& style) {
  const auto number = pad_right(compact_number(value.second), kNumber);
  return paint(clean(value.first, style), Paint::dim, style) + " " +
         (std::isfinite(value.second) ? number : paint(number, Paint::bad, style));
}

std::string time_text(const Moment& moment) {
  if (moment.done) return human_seconds(moment.seconds);
  if (moment.total > 0 && moment.left >= 0) return clock(moment.left) + " left";
  return clock(moment.seconds);
}

double share_of(const Moment& moment) {
  if (moment.total <= 0) return 0;
  return std::clamp(static_cast<double>(moment.step) / static_cast<double>(moment.total), 0.0, 1.0);
}

// Who is served first while work goes on: loss, time left, bar, first metric, rate, share, step,
// the other metrics. At the end the metrics come first: they are what the line is kept for.
std::vector<Part> parts_of(const Moment& moment, const Style& style) {
  const double share = share_of(moment);
  const bool known = moment.total > 0, complete = moment.done && share >= 1;
  std::vector<Part> parts;
  if (!moment.label.empty())
    parts.push_back({paint(clean(moment.label, style), Paint::bold, style), 0});
  if (known) {
    if (moment.bar) parts.push_back({"", 30, true});
    if (!complete)  // the time taken says that it is all done
      parts.push_back({fmt::format("{:>3}%", static_cast<int>(share * 100)), moment.bar ? 60 : 1});
    const auto total = std::to_string(moment.total);
    parts.push_back({fmt::format("{:>{}}/{}", moment.step, total.size(), total), 70});
  } else {
    parts.push_back({with_commas(moment.step) + " " + moment.unit, 1});
  }
  if (moment.rate > 0)
    parts.push_back(
        {fmt::format("{} {}/s", pad_left(compact_rate(moment.rate), 5), moment.unit), 50});
  parts.push_back({pad_left(time_text(moment), moment.done ? 6 : 9), 20});
  for (std::size_t i = 0; i < moment.values.size(); ++i) {
    const int at = static_cast<int>(i);
    parts.push_back({value_text(moment.values[i], style), moment.done || i == 0
                                                              ? 10 + std::min(at, 9)
                                                          : i == 1 ? 40
                                                                   : 80 + at});
  }
  return parts;
}

// Serves the parts by rank; gives what is left for the bar.
int choose(std::vector<Part>& parts, int width) {
  std::vector<Part*> order;
  for (auto& part : parts) order.push_back(&part);
  std::stable_sort(order.begin(), order.end(),
                   [](const Part* a, const Part* b) { return a->rank < b->rank; });
  int used = -2;
  for (auto* part : order) {
    const int wants = 2 + (part->bar ? kLeastBar : display_width(part->text));
    part->shown = used + wants <= width;
    if (part->shown) used += wants;
  }
  return std::min(width - used + kLeastBar, kMostBar);
}

}  // namespace

std::string progress_line(const Moment& moment, const Style& style) {
  auto parts = parts_of(moment, style);
  int room = choose(parts, style.width);
  const auto no_bar = [](const Part& part) { return part.bar && !part.shown; };
  if (std::any_of(parts.begin(), parts.end(), no_bar)) {  // then the share says it in its place
    Moment without = moment;
    without.bar = false;
    parts = parts_of(without, style);
    room = choose(parts, style.width);
  }
  const auto bar = [&](double share) {
    return meter(share, room, share >= 1 ? Paint::good : Paint::first, style);
  };
  std::string line;
  for (const auto& part : parts) {
    if (!part.shown) continue;
    if (!line.empty()) line += "  ";
    line += part.bar ? bar(share_of(moment)) : part.text;
  }
  if (line.empty()) return fit(clean(moment.label, style), style.width, style);
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace glia::report
