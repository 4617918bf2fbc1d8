#include "glia/report/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "glia/base/format.h"
#include "glia/report/canvas.h"

namespace glia::report {
namespace {

constexpr std::size_t kMostSeries = 4;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) { low = std::min(low, value), high = std::max(high, value); }
  bool empty() const { return low > high; }
};

double x_of(const Series& series, std::size_t i) {
  return i < series.x.size() ? series.x[i] : static_cast<double>(i + 1);
}

// The height at which a value stands.
double y_of(const Plot& plot, const Series& series, std::size_t i) {
  return plot.log_y ? std::log10(series.y[i]) : series.y[i];  // -inf or NaN: not drawn
}

struct Frame {
  Range x, y;
  Ticks x_ticks, y_ticks;
  int label = 0;    // columns of the numbers on the y axis
  int columns = 0;  // of the plotting area
  int rows = 0;
  bool whole_x = true;
  // The centre of a dot for a value; the ends of the x range are the outermost dots.
  int across(double value, int dots) const {
    const double share = x.high > x.low ? (value - x.low) / (x.high - x.low) : 0.5;
    return static_cast<int>(std::lround(share * (dots - 1)));
  }
  // The ends of the y range are the centres of the outermost lines, so that ticks, which are evenly
  // spaced in lines, name the height at which they stand.
  int down(double value, int dots_per_line) const {
    const double lines = (y.high - value) / (y.high - y.low) * (rows - 1);
    return static_cast<int>(std::lround(lines * dots_per_line + (dots_per_line - 1) / 2.0));
  }
};

// A flat line needs a range around it.
void widen(Range& range) {
  if (range.high > range.low) return;
  const double by = range.low == 0 ? 1 : std::abs(range.low) * 0.1;
  range.low -= by, range.high += by;
}

Frame frame_of(const Plot& plot, std::size_t count, const Style& style) {
  Frame frame;
  for (std::size_t s = 0; s < count; ++s)
    for (std::size_t i = 0; i < plot.series[s].y.size(); ++i) {
      const double x = x_of(plot.series[s], i), y = y_of(plot, plot.series[s], i);
      if (!std::isfinite(y)) continue;
      frame.x.add(x), frame.y.add(y);
      frame.whole_x = frame.whole_x && x == std::floor(x);
    }
  if (frame.y.empty()) return frame;
  const int height = std::max(3, plot.height);
  widen(frame.y);
  int intervals = 0;
  for (int count = std::max(2, height / 3); count > 0; --count) {
    frame.y_ticks = nice_ticks(frame.y.low, frame.y.high, count);
    intervals = static_cast<int>(frame.y_ticks.values.size()) - 1;
    if (intervals < height) break;
  }
  frame.y_ticks.powers = plot.log_y;
  frame.rows = intervals * std::max(1, (height - 1 + intervals / 2) / intervals) + 1;
  frame.y.low = frame.y_ticks.values.front();
  frame.y.high = frame.y_ticks.values.back();
  for (const double tick : frame.y_ticks.values)
    frame.label = std::max(frame.label, display_width(frame.y_ticks.text(tick)));
  const int width = std::min(style.width, std::max(20, plot.most_width));
  frame.columns = std::max(8, width - frame.label - 6);
  return frame;
}

std::string legend(const Plot& plot, std::size_t count, int width, const Style& style) {
  std::string out;
  for (std::size_t s = 0; s < count; ++s) {
    const auto& series = plot.series[s];
    const int at = static_cast<int>(s);
    // The last value of a cloud of points tells nothing.
    const auto last = series.draw == Draw::points
                          ? series.y.rend()
                          : std::find_if(series.y.rbegin(), series.y.rend(),
                                         [](double y) { return std::isfinite(y); });
    const auto line = !style.unicode          ? repeat(std::string(1, letter_of_series(at)), 2)
                      : s > 0 && !style.color ? std::string("┄┄")
                                              : std::string("━━");
    auto text = clean(series.name, style);
    if (last != series.y.rend()) text += " " + compact_number(*last);
    const int room = width - display_width(out) - (s ? 3 : 0);
    if (room < 6) break;
    out += (s ? "   " : "") + paint(line, paint_of_series(at), style) + " " +
           fit(text, room - 3, style);
  }
  return out;
}

Canvas drawn(const Plot& plot, std::size_t count, const Frame& frame, const Style& style) {
  Canvas canvas(frame.columns, frame.rows, style);
  const auto place = [&](const Series& series, std::size_t i) {
    return std::pair{frame.across(x_of(series, i), canvas.dots_across()),
                     frame.down(y_of(plot, series, i), style.unicode ? 4 : 1)};
  };
  for (std::size_t s = 0; s < count; ++s) {
    const auto& series = plot.series[s];
    const bool dotted = s % 2 == 1 && !style.color && style.unicode;
    const auto finite = [&](std::size_t i) {
      return i < series.y.size() && std::isfinite(y_of(plot, series, i));
    };
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!finite(i)) continue;
      const auto [x, y] = place(series, i);
      if (series.draw == Draw::points) {
        canvas.dot(x, y, static_cast<int>(s));
        continue;
      }
      if (finite(i + 1)) {
        const auto [next_x, next_y] = place(series, i + 1);
        canvas.line(x, y, next_x, next_y, static_cast<int>(s), dotted);
      } else if (i == 0 || !finite(i - 1)) {
        canvas.point(x, y, static_cast<int>(s));  // alone between gaps
      }
    }
  }
  return canvas;
}

// Puts `text` around `at` into `line` where it is free, with a space on each side.
bool write_at(std::vector<std::string>& line, int at, const std::string& text) {
  const int size = static_cast<int>(text.size()), cells = static_cast<int>(line.size());
  const int begin = std::clamp(at - size / 2, 0, std::max(0, cells - size));
  if (begin + size > cells) return false;
  for (int i = std::max(0, begin - 1); i < std::min(cells, begin + size + 1); ++i)
    if (line[static_cast<std::size_t>(i)] != " ") return false;
  for (int i = 0; i < size; ++i)
    line[static_cast<std::size_t>(begin + i)] = text[static_cast<std::size_t>(i)];
  return true;
}

std::string joined(const std::vector<std::string>& cells) {
  std::string out;
  for (const auto& cell : cells) out += cell;
  return out.substr(0, out.find_last_not_of(' ') + 1);
}

// The axis with its numbers, and the mark under it.
std::string x_axis(const Plot& plot, const Frame& frame, const Style& style) {
  const std::string_view tick_mark = style.unicode ? "┬" : "+", corner = style.unicode ? "└" : "+";
  const auto cells = static_cast<std::size_t>(frame.columns);
  std::vector<std::string> axis(cells, style.unicode ? "─" : "-"), numbers(cells, " ");
  for (const double tick : frame.x_ticks.values) {
    const int at = frame.across(tick, frame.columns);
    if (at < 0 || at >= frame.columns) continue;
    if (write_at(numbers, at, frame.x_ticks.text(tick)))
      axis[static_cast<std::size_t>(at)] = tick_mark;
  }
  const auto indent = repeat(" ", frame.label + 3);
  auto out = repeat(" ", frame.label + 3) +
             paint(std::string(corner) + joined(axis), Paint::dim, style) + "\n";
  auto under = joined(numbers);
  const auto label = clean(plot.x_label, style);
  const int room = frame.columns + 2 - display_width(under);
  if (!label.empty() && display_width(label) + 2 <= room) under += "  " + label;
  out += indent + " " + paint(under, Paint::dim, style) + "\n";
  if (plot.mark && *plot.mark >= frame.x.low && *plot.mark <= frame.x.high) {
    const int at = frame.across(*plot.mark, frame.columns);
    const auto text = fit(clean(plot.mark_label, style), frame.columns - 2, style);
    const bool before = at + 2 + display_width(text) > frame.columns;  // then the text comes first
    const std::string pointer = style.unicode ? "▲" : "^";
    const auto line =
        before ? pad_left(text + " ", at) + pointer : repeat(" ", at) + pointer + " " + text;
    out += indent + " " + paint(line, Paint::good, style) + "\n";
  }
  return out;
}

}  // namespace

std::string Ticks::text(double value) const {
  if (powers) return fmt::format("{:.3g}", std::pow(10.0, value));
  if (scientific) return value == 0 ? "0" : fmt::format("{:.{}e}", value, decimals);
  return fmt::format("{:.{}f}", value == 0 ? 0.0 : value, decimals);  // never "-0"
}

Ticks nice_ticks(double low, double high, int count, double least_step) {
  const double rough = std::max((high - low) / std::max(1, count), least_step * 0.999);
  if (!(rough > 0) || !std::isfinite(rough)) return {{low}, 2, false};
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double lead = rough / power;
  const double step = power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  Ticks ticks;
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  for (double i = first; i <= last; ++i) ticks.values.push_back(i * step);
  const auto exponent = static_cast<int>(std::floor(std::log10(step) + 1e-9));
  const double largest = std::max(std::abs(first), std::abs(last)) * step;
  ticks.scientific = largest >= 1e6 || (largest > 0 && largest < 1e-3);
  ticks.decimals =
      ticks.scientific
          ? std::max(0, static_cast<int>(std::floor(std::log10(largest) + 1e-9)) - exponent)
          : std::max(0, -exponent);
  return ticks;
}

std::string render(const Plot& plot, const Style& given) {
  Style style = given;
  style.width = std::max(20, style.width);
  const auto count = std::min(plot.series.size(), kMostSeries);
  auto frame = frame_of(plot, count, style);
  std::string out;
  if (!plot.title.empty())
    out += "  " + paint(fit(clean(plot.title, style), style.width - 2, style), Paint::bold, style) +
           "\n";
  if (frame.y.empty()) return out + "  " + paint("no finite values", Paint::dim, style) + "\n";
  // Ticks of x need no rounding out: the line should reach both ends of the area.
  if (frame.x.high > frame.x.low)
    frame.x_ticks = nice_ticks(frame.x.low, frame.x.high, std::clamp(frame.columns / 10, 2, 10),
                               frame.whole_x ? 1 : 0);
  else
    frame.x_ticks = {{frame.x.low}, frame.x.low == std::floor(frame.x.low) ? 0 : 2, false};

  out += repeat(" ", frame.label + 4) + legend(plot, count, frame.columns, style) + "\n";
  const auto canvas = drawn(plot, count, frame, style);
  std::vector<std::string> labels(static_cast<std::size_t>(frame.rows));
  for (const double tick : frame.y_ticks.values) {
    const auto row = static_cast<std::size_t>(frame.down(tick, 1));
    if (labels[row].empty()) labels[row] = frame.y_ticks.text(tick);
  }
  for (int row = 0; row < frame.rows; ++row) {
    const auto& label = labels[static_cast<std::size_t>(row)];
    const std::string_view axis =
        style.unicode ? (label.empty() ? "│" : "┤") : (label.empty() ? "|" : "+");
    auto line =
        "  " + paint(pad_left(label, frame.label) + " " + std::string(axis), Paint::dim, style);
    line += canvas.row(row);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out + x_axis(plot, frame, style);
}

}  // namespace glia::report
