// Plots on a page: drawn here, so that they are seen without a script, and given to the script with
// their values.
#include <algorithm>
#include <cmath>
#include <limits>

#include "glia/base/format.h"
#include "glia/report/html_parts.h"

namespace glia::report {
namespace {

constexpr double kWidth = 720, kLeft = 64, kRight = 16, kTop = 12, kBottom = 44, kLine = 18;
constexpr double kSquare = 360;  // width and height of one
constexpr int kColors = 8;

struct Axis {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  double from = 0, to = 0;  // where they lie on the page
  Ticks ticks;
  void add(double value) { low = std::min(low, value), high = std::max(high, value); }
  void settle(double begin, double end, int count, double least_step) {
    from = begin, to = end;
    if (!(high > low)) {
      const double by = low == 0 ? 1 : std::abs(low) * 0.1;
      low -= by, high += by;
    }
    ticks = nice_ticks(low, high, count, least_step);
  }
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

double x_of(const Series& series, std::size_t i) {
  return i < series.x.size() ? series.x[i] : static_cast<double>(i + 1);
}

int color_of(const Plot& plot, std::size_t number) {
  const int color = plot.series[number].color;
  return (color < 0 ? static_cast<int>(number) : color) % kColors;
}

bool is_drawn(const Series& series, std::size_t i) {
  return std::isfinite(series.y[i]) && std::isfinite(x_of(series, i));
}

// Lines of a series; where a value is not finite, a new one begins. A lone point is a dot.
std::string line_of(const Series& series, int color, const Axis& x, const Axis& y) {
  std::string path, dots;
  bool drawing = false;
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (!is_drawn(series, i)) {
      drawing = false;
      continue;
    }
    const double px = x.at(x_of(series, i)), py = y.at(series.y[i]);
    if (series.draw == Draw::points) {
      path += fmt::format("M{:.1f} {:.1f}h0", px, py);
      continue;
    }
    const bool goes_on = i + 1 < series.y.size() && is_drawn(series, i + 1);
    if (!drawing && !goes_on)
      dots +=
          fmt::format("<circle class=\"f{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", color, px, py);
    path += fmt::format("{}{:.1f} {:.1f}", drawing ? 'L' : 'M', px, py);
    drawing = true;
  }
  const char* how = series.draw == Draw::points   ? " points"
                    : series.draw == Draw::dashed ? " dashed"
                                                  : "";
  return fmt::format("<path class=\"l{}{}\" d=\"{}\"/>{}", color, how, path, dots);
}

std::string axes(const Plot& plot, const Axis& x, const Axis& y) {
  std::string out;
  for (const double tick : y.ticks.values)
    out += fmt::format(
        "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        x.from, x.to, y.at(tick), y.at(tick), x.from - 8, y.at(tick) + 4, y.ticks.text(tick));
  for (const double tick : x.ticks.values)
    if (tick >= x.low && tick <= x.high)
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                         x.at(tick), y.from + kLine, x.ticks.text(tick));
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                     (x.from + x.to) / 2, y.from + 2 * kLine, html_text(plot.x_label));
  if (plot.mark && *plot.mark >= x.low && *plot.mark <= x.high) {
    const bool before = x.at(*plot.mark) > (x.from + x.to) / 2;
    out += fmt::format(
        "<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>"
        "<text x=\"{3:.1f}\" y=\"{4:.1f}\"{5}>{6}</text>",
        x.at(*plot.mark), y.from, y.to, x.at(*plot.mark) + (before ? -6 : 6), y.to + 10,
        before ? " text-anchor=\"end\"" : "", html_text(plot.mark_label));
  }
  return out;
}

// steps: x counts epochs or the like, of which the last value is the present one.
std::string legend(const Plot& plot, bool steps) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const auto& series = plot.series[s];
    const bool valued = steps && series.draw == Draw::line && plot.by_x && !series.y.empty();
    out += fmt::format("<button type=\"button\"><i class=\"b{}\"></i>{}{}</button>",
                       color_of(plot, s), html_text(series.name),
                       valued ? " <b>" + compact_number(series.y.back()) + "</b>" : "");
  }
  return out + "</div>";
}

std::string numbers(const std::vector<double>& values) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) out += (i ? "," : "") + json_number(values[i]);
  return out + "]";
}

// What the script draws again: on another axis, at another width, without some lines.
std::string data_of(const Plot& plot) {
  std::string out = fmt::format(
      "<script type=\"application/json\">{{\"x\":{},\"y\":{},\"byx\":{},\"square\":{},"
      "\"linked\":{},\"height\":{}",
      json_text(plot.x_label), json_text(plot.y_label), plot.by_x, plot.square, plot.linked,
      plot.height);
  if (plot.mark)
    out += fmt::format(",\"mark\":{},\"label\":{}", json_number(*plot.mark),
                       json_text(plot.mark_label));
  out += ",\"series\":[";
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const auto& series = plot.series[s];
    out +=
        fmt::format("{}{{\"n\":{},\"c\":{},\"d\":{},\"y\":{}", s ? "," : "", json_text(series.name),
                    color_of(plot, s), static_cast<int>(series.draw), numbers(series.y));
    if (!series.x.empty()) out += ",\"x\":" + numbers(series.x);
    if (!series.notes.empty()) {
      out += ",\"z\":[";
      for (std::size_t i = 0; i < series.notes.size(); ++i)
        out += (i ? "," : "") + json_text(series.notes[i]);
      out += "]";
    }
    out += "}";
  }
  return out + "]}</script>";
}

}  // namespace

std::string svg(const Plot& plot) {
  Axis x, y;
  bool whole = true;
  for (const auto& series : plot.series)
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!is_drawn(series, i)) continue;
      const double at = x_of(series, i);
      x.add(at), y.add(series.y[i]);
      whole = whole && at == std::floor(at);
    }
  std::string out = plot.square ? "<figure class=\"plot square\">" : "<figure class=\"plot\">";
  if (!plot.title.empty()) out += fmt::format("<figcaption>{}</figcaption>", html_text(plot.title));
  if (y.low > y.high) return out + "<p class=\"dim\">nothing to draw</p></figure>\n";
  const double width = plot.square ? kSquare : kWidth;
  const double height = plot.square ? kSquare : kTop + kBottom + 18.0 * std::max(8, plot.height);
  y.settle(height - kBottom, kTop, 5, 0);
  y.low = y.ticks.values.front(), y.high = y.ticks.values.back();
  x.settle(kLeft, width - kRight, plot.square ? 5 : 8, whole ? 1 : 0);
  out += fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">", width,
                     height, html_text(plot.title.empty() ? plot.x_label : plot.title));
  out += axes(plot, x, y);
  for (std::size_t s = plot.series.size(); s-- > 0;)
    out += line_of(plot.series[s], color_of(plot, s), x, y);
  return out + "</svg>" + legend(plot, whole) + data_of(plot) + "</figure>\n";
}

std::string svg_histogram(std::span<const double> heights) {
  constexpr double kBin = 6, kHeight = 24;
  double most = 0;
  for (const double height : heights) most = std::max(most, std::isfinite(height) ? height : 0);
  std::string out = fmt::format(
      "<svg class=\"spark\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "aria-hidden=\"true\">",
      kBin * static_cast<double>(heights.size()), kHeight);
  for (std::size_t i = 0; i < heights.size(); ++i) {
    if (!(heights[i] > 0)) continue;
    const double height = std::max(1.0, heights[i] / most * kHeight);
    out += fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\"/>",
                       kBin * static_cast<double>(i), kHeight - height, kBin - 1, height);
  }
  return out + "</svg>";
}

std::string html_bars(const Bars& bars) {
  double low = 0, high = 0;
  for (const auto& bar : bars.bars)
    if (std::isfinite(bar.value)) low = std::min(low, bar.value), high = std::max(high, bar.value);
  const double range = high > low ? high - low : 1;
  std::string out = "<figure class=\"bars\">";
  if (!bars.title.empty()) out += fmt::format("<figcaption>{}</figcaption>", html_text(bars.title));
  for (const auto& bar : bars.bars) {
    const double value = std::isfinite(bar.value) ? bar.value : 0;
    const auto text = bar.text.empty() ? compact_number(bar.value) : bar.text;
    out += fmt::format(
        "<div><span>{}</span><span class=\"track\"><i style=\"margin-left:{:.2f}%;width:{:.2f}%\">"
        "</i></span><span>{}</span></div>",
        html_text(bar.label), 100 * (std::min(value, 0.0) - low) / range,
        100 * std::abs(value) / range, html_text(text));
  }
  return out + "</figure>\n";
}

}  // namespace glia::report
