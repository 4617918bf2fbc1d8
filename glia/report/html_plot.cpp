// Plots, histograms and bars on a page.
#include <algorithm>
#include <cmath>
#include <limits>

#include "glia/base/format.h"
#include "glia/report/html_parts.h"

namespace glia::report {
namespace {

constexpr double kWidth = 720, kLeft = 64, kRight = 16, kTop = 12, kBottom = 44, kLine = 18;
constexpr std::size_t kMostSeries = 4;

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

// Lines of a series; where a value is not finite, a new one begins. A lone point is a dot.
std::string line_of(const Series& series, std::size_t number, const Axis& x, const Axis& y) {
  std::string path, dots;
  bool drawing = false;
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (!std::isfinite(series.y[i])) {
      drawing = false;
      continue;
    }
    const double px = x.at(x_of(series, i)), py = y.at(series.y[i]);
    const bool goes_on = i + 1 < series.y.size() && std::isfinite(series.y[i + 1]);
    if (!drawing && !goes_on)
      dots += fmt::format("<circle class=\"f{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", number, px,
                          py);
    path += fmt::format("{}{:.1f} {:.1f}", drawing ? 'L' : 'M', px, py);
    drawing = true;
  }
  return fmt::format("<path class=\"l{}\" d=\"{}\"/>{}", number, path, dots);
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
  if (plot.mark && *plot.mark >= x.low && *plot.mark <= x.high)
    out += fmt::format(
        "<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>"
        "<text x=\"{3:.1f}\" y=\"{4:.1f}\"{5}>{6}</text>",
        x.at(*plot.mark), y.from, y.to, x.at(*plot.mark) + (x.at(*plot.mark) > kWidth / 2 ? -6 : 6),
        y.to + 10, x.at(*plot.mark) > kWidth / 2 ? " text-anchor=\"end\"" : "",
        html_text(plot.mark_label));
  return out;
}

std::string legend(const Plot& plot, std::size_t count) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t s = 0; s < count; ++s) {
    const auto& y = plot.series[s].y;
    out += fmt::format("<span><i class=\"b{}\"></i>{}{}</span>", s, html_text(plot.series[s].name),
                       y.empty() ? "" : " " + compact_number(y.back()));
  }
  return out + "</div>";
}

}  // namespace

std::string svg(const Plot& plot) {
  const std::size_t count = std::min(plot.series.size(), kMostSeries);
  Axis x, y;
  bool whole = true;
  for (std::size_t s = 0; s < count; ++s)
    for (std::size_t i = 0; i < plot.series[s].y.size(); ++i) {
      if (!std::isfinite(plot.series[s].y[i])) continue;
      const double at = x_of(plot.series[s], i);
      x.add(at), y.add(plot.series[s].y[i]);
      whole = whole && at == std::floor(at);
    }
  std::string out = "<figure class=\"plot\">";
  if (!plot.title.empty()) out += fmt::format("<figcaption>{}</figcaption>", html_text(plot.title));
  if (y.low > y.high) return out + "<p class=\"dim\">nothing to draw</p></figure>\n";
  const double height = kTop + kBottom + 18.0 * std::max(8, plot.height);
  y.settle(height - kBottom, kTop, 5, 0);
  y.low = y.ticks.values.front(), y.high = y.ticks.values.back();
  x.settle(kLeft, kWidth - kRight, 8, whole ? 1 : 0);
  out += fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">", kWidth,
                     height, html_text(plot.title.empty() ? plot.x_label : plot.title));
  out += axes(plot, x, y);
  for (std::size_t s = count; s-- > 0;) out += line_of(plot.series[s], s, x, y);
  return out + "</svg>" + legend(plot, count) + "</figure>\n";
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
