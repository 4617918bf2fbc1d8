#include "glia/report/bars.h"

#include <algorithm>
#include <cmath>

#include "glia/report/table.h"

namespace glia::report {
namespace {

constexpr int kLeastBar = 4;

// A heavy line rather than a block: bars of neighbouring lines would run into one another.
std::string line_of(double columns, bool to_the_left, const Style& style) {
  if (!style.unicode) return repeat("#", static_cast<int>(std::lround(columns)));
  const auto halves = static_cast<int>(std::lround(columns * 2));
  const auto line = repeat("━", halves / 2);
  if (halves % 2 == 0) return line;
  return to_the_left ? "╺" + line : line + "╸";
}

struct Layout {
  int label = 0, left = 0, right = 0;  // columns
  double scale = 0;                    // columns for one unit of value
};

Layout measure(const Bars& bars, const std::vector<std::string>& texts, const Style& style) {
  Layout layout;
  double low = 0, high = 0;
  int text = 0;
  for (std::size_t i = 0; i < bars.bars.size(); ++i) {
    const auto& bar = bars.bars[i];
    layout.label = std::max(layout.label, display_width(clean(bar.label, style)));
    text = std::max(text, display_width(texts[i]));
    if (!std::isfinite(bar.value)) continue;
    low = std::min(low, bar.value), high = std::max(high, bar.value);
  }
  layout.label = std::min({layout.label, std::max(8, style.width / 3),
                           std::max(1, style.width - 2 - 2 - kLeastBar - 1 - text)});
  const int room = std::clamp(style.width - 2 - layout.label - 2 - 1 - text, kLeastBar,
                              std::max(kLeastBar, bars.most));
  if (high - low <= 0) return layout;
  layout.left = static_cast<int>(std::lround(room * (-low / (high - low))));
  if (low < 0) layout.left = std::clamp(layout.left, 1, room - 1);
  layout.right = room - layout.left;
  // One scale for both sides: equal values have equal lengths.
  layout.scale = high > 0 ? layout.right / high : layout.left / -low;
  if (low < 0) layout.scale = std::min(layout.scale, layout.left / -low);
  return layout;
}

}  // namespace

std::string render(const Bars& bars, const Style& given) {
  Style style = given;
  style.width = std::max(20, style.width);
  std::vector<std::string> texts;
  for (const auto& bar : bars.bars)
    texts.push_back(bar.text.empty() ? compact_number(bar.value)
                                     : fit(clean(bar.text, style), style.width / 2, style));
  const auto layout = measure(bars, texts, style);
  std::string out;
  if (!bars.title.empty())
    out += "  " + paint(fit(clean(bars.title, style), style.width - 2, style), Paint::bold, style) +
           "\n";
  for (std::size_t i = 0; i < bars.bars.size(); ++i) {
    const auto& bar = bars.bars[i];
    const double columns = std::isfinite(bar.value) ? std::abs(bar.value) * layout.scale : 0;
    const bool negative = bar.value < 0;
    const auto left = negative ? line_of(columns, true, style) : std::string();
    const auto right = negative ? std::string() : line_of(columns, false, style);
    out += "  " + pad_right(fit(clean(bar.label, style), layout.label, style), layout.label) + "  ";
    out += repeat(" ", layout.left - display_width(left)) + paint(left, Paint::bad, style);
    out += paint(right, bar.role, style);
    out += (right.empty() && layout.left == 0 ? "" : " ") + texts[i] + "\n";
  }
  return out;
}

std::string meter(double share, int columns, Paint role, const Style& style) {
  if (!style.unicode) {
    const int full = static_cast<int>(share * (columns - 2));
    const bool head = full < columns - 2 && share > 0;
    return "[" + repeat("=", full) + (head ? ">" : "") +
           repeat(".", columns - 2 - full - (head ? 1 : 0)) + "]";
  }
  const int halves = static_cast<int>(share * columns * 2);
  const int full = halves / 2, half = halves % 2;
  // Without colour the rest must look different by its shape.
  const auto rest = repeat(style.color ? "━" : "─", columns - full - half);
  return paint(repeat("━", full) + (half ? "╸" : ""), role, style) + paint(rest, 238, -1, style);
}

}  // namespace glia::report
