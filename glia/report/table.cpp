#include "glia/report/table.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::report {
namespace {

constexpr int kMargin = 2;     // before the first column
constexpr int kGap = 2;        // between columns
constexpr int kLeastText = 8;  // what a text column keeps while another can still give

bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool stands_for_nothing(std::string_view text) {
  return text.empty() || text == "-" || text == "–" || text == "n/a" || text == "nan" ||
         text == "inf" || text == "-inf" || text == "?";
}

struct Layout {
  std::vector<std::vector<std::string>> cells;  // cleaned, every row as long as the columns
  std::vector<std::string> titles;
  std::vector<int> widths;
  std::vector<bool> right;
  std::vector<bool> number;  // not to be cut
  std::vector<bool> names;
  std::size_t shown = 0;  // columns
};

bool numeric_column(const Layout& layout, std::size_t column) {
  bool any = false;
  for (const auto& row : layout.cells) {
    if (stands_for_nothing(row[column])) continue;
    if (!reads_as_number(row[column])) return false;
    any = true;
  }
  return any;
}

Layout measure(const Table& table, const Style& style) {
  Layout layout;
  std::size_t columns = table.columns.size();
  for (const auto& row : table.rows) columns = std::max(columns, row.size());
  for (const auto& column : table.columns) layout.titles.push_back(clean(column.title, style));
  layout.titles.resize(columns);
  for (const auto& row : table.rows) {
    auto& cells = layout.cells.emplace_back();
    for (const auto& cell : row)
      cells.push_back(clean(cell.text, style) + sparkline(cell.histogram, style));
    cells.resize(columns);
  }
  for (std::size_t c = 0; c < columns; ++c) {
    const auto align = c < table.columns.size() ? table.columns[c].align : Align::automatic;
    layout.number.push_back(numeric_column(layout, c));
    layout.names.push_back(c < table.columns.size() && table.columns[c].names);
    layout.right.push_back(align == Align::right ||
                           (align == Align::automatic && layout.number[c]));
    int width = display_width(layout.titles[c]);
    for (const auto& row : layout.cells) width = std::max(width, display_width(row[c]));
    layout.widths.push_back(width);
  }
  layout.shown = columns;
  return layout;
}

int total_width(const Layout& layout) {
  int total = kMargin;
  for (std::size_t c = 0; c < layout.shown; ++c) total += layout.widths[c] + (c ? kGap : 0);
  return total;
}

// Takes from the widest text column until all fits or every one is at `least`.
void shrink(Layout& layout, int width, int least) {
  while (total_width(layout) > width) {
    int widest = -1;
    for (std::size_t c = 0; c < layout.shown; ++c)
      if (!layout.number[c] && layout.widths[c] > least &&
          (widest < 0 || layout.widths[c] > layout.widths[static_cast<std::size_t>(widest)]))
        widest = static_cast<int>(c);
    if (widest < 0) return;
    --layout.widths[static_cast<std::size_t>(widest)];
  }
}

void fit_width(Layout& layout, int width) {
  const auto natural = layout.widths;
  shrink(layout, width, kLeastText);
  while (total_width(layout) > width && layout.shown > 1) {
    --layout.shown;
    layout.widths = natural;  // what is left may have room again
    shrink(layout, width, kLeastText);
  }
  shrink(layout, width, 1);
}

// A third of the room is for the end.
std::string fit_middle(const std::string& text, int width, const Style& style) {
  if (display_width(text) <= width || width < kLeastText) return fit(text, width, style);
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t end = text.size();
  for (std::size_t at = end; at-- > 0;)
    if (!continues(at)) {
      if (display_width(std::string_view(text).substr(at)) > width / 3) break;
      end = at;
    }
  const auto tail = text.substr(end);
  return fit(text, width - display_width(tail), style) + tail;
}

std::string line(const Layout& layout, const std::vector<std::string>& cells,
                 const std::vector<Paint>& roles, const Style& style) {
  std::string out = repeat(" ", kMargin);
  for (std::size_t c = 0; c < layout.shown; ++c) {
    if (c) out += repeat(" ", kGap);
    const auto cut = layout.names[c] ? fit_middle(cells[c], layout.widths[c], style)
                                     : fit(cells[c], layout.widths[c], style);
    const int spaces = layout.widths[c] - display_width(cut);
    if (layout.right[c]) out += repeat(" ", spaces);
    out += paint(cut, roles[c], style);
    if (!layout.right[c] && c + 1 < layout.shown) out += repeat(" ", spaces);
  }
  return out + "\n";
}

std::string left_out(const Layout& layout, const Style& style) {
  std::string names;
  for (std::size_t c = layout.shown; c < layout.titles.size(); ++c)
    names += (names.empty() ? "" : ", ") + layout.titles[c];
  const auto count = layout.titles.size() - layout.shown;
  const auto text = fmt::format("not shown for want of width: {}",
                                trim(names).empty() ? fmt::format("{} columns", count) : names);
  return repeat(" ", kMargin) + paint(fit(text, style.width - kMargin, style), Paint::dim, style) +
         "\n";
}

}  // namespace

bool reads_as_number(std::string_view text) {
  text = trim(text);
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || !(digit(text[0]) || (text[0] == '.' && text.size() > 1 && digit(text[1]))))
    return false;
  std::size_t at = 0;
  while (at < text.size() && (digit(text[at]) || text[at] == '.' || text[at] == ',')) ++at;
  if (at + 1 < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t exponent = at + 1;
    if (text[exponent] == '-' || text[exponent] == '+') ++exponent;
    if (exponent < text.size() && digit(text[exponent]))
      for (at = exponent; at < text.size() && digit(text[at]);) ++at;
  }
  const auto unit = text.substr(at);
  if (unit.empty() || unit == "%" || unit == "x") return true;
  const auto of_unit = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == ' ' || c == '/' || c == '%';
  };
  return unit.size() <= 12 && unit[0] == ' ' && std::all_of(unit.begin(), unit.end(), of_unit);
}

std::string render(const Table& table, const Style& given) {
  Style style = given;
  style.width = std::max(20, style.width);
  auto layout = measure(table, style);
  fit_width(layout, style.width);
  const auto rule = [&] {
    const int length = std::max(0, std::min(total_width(layout), style.width) - kMargin);
    return repeat(" ", kMargin) +
           paint(repeat(style.unicode ? "─" : "-", length), Paint::dim, style) + "\n";
  };

  std::string out;
  if (!table.title.empty())
    out += repeat(" ", kMargin) +
           paint(fit(clean(table.title, style), style.width - kMargin, style), Paint::bold, style) +
           "\n";
  const bool head = std::any_of(layout.titles.begin(), layout.titles.end(),
                                [](const std::string& title) { return !title.empty(); });
  if (head) {
    out +=
        line(layout, layout.titles, std::vector<Paint>(layout.titles.size(), Paint::bold), style);
    out += rule();
  }
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (std::count(table.rules.begin(), table.rules.end(), r)) out += rule();
    std::vector<Paint> roles(layout.titles.size(), Paint::plain);
    for (std::size_t c = 0; c < table.rows[r].size(); ++c) roles[c] = table.rows[r][c].role;
    out += line(layout, layout.cells[r], roles, style);
  }
  if (layout.shown < layout.titles.size()) out += left_out(layout, style);
  return out;
}

}  // namespace glia::report
