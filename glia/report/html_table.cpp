// Tables and confusion matrices on a page.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/report/html_parts.h"

namespace glia::report {
namespace {

std::string_view class_of(Paint role) {
  switch (role) {
    case Paint::plain:
      return "";
    case Paint::bold:
      return "bold";
    case Paint::dim:
      return "dim";
    case Paint::good:
      return "good";
    case Paint::warn:
      return "warn";
    case Paint::bad:
      return "bad";
    case Paint::first:
      return "c0";
    case Paint::second:
      return "c1";
    case Paint::third:
      return "c2";
    case Paint::fourth:
      return "c3";
  }
  return "";
}

constexpr std::size_t kPage = 100;  // rows of a large table that are shown at first

bool right_aligned(const Table& table, std::size_t column) {
  const auto align = column < table.columns.size() ? table.columns[column].align : Align::automatic;
  if (align != Align::automatic) return align == Align::right;
  bool any = false;
  for (const auto& row : table.rows) {
    if (column >= row.size() || row[column].text.empty() || row[column].text == "-") continue;
    if (!reads_as_number(row[column].text)) return false;
    any = true;
  }
  return any;
}

// What a number is sorted by: without its commas and its unit.
std::string sort_key(const std::string& text) {
  if (!reads_as_number(text)) return "";
  std::string digits;
  for (const char c : trim(text)) {
    if (c == ' ' || c == '%') break;
    if (c != ',' && c != '+') digits += c;
  }
  return fmt::format(" data-sort=\"{}\"", digits);
}

std::string cell_of(const Cell& cell, bool right) {
  std::string classes(class_of(cell.role));
  if (right) classes += classes.empty() ? "right" : " right";
  std::string out = fmt::format("<td{}{}>{}", sort_key(cell.text),
                                classes.empty() ? "" : fmt::format(" class=\"{}\"", classes),
                                html_text(cell.text));
  if (!cell.histogram.empty()) out += svg_histogram(cell.histogram);
  if (cell.share >= 0)
    out += fmt::format("<span class=\"share\"><i style=\"width:{:.1f}%\"></i></span>",
                       100 * std::min(cell.share, 1.0));
  return out + "</td>";
}

// Rows of a table too large to be shown at once, for the script.
std::string rows_data(const Table& table, const std::vector<bool>& right) {
  std::string out = "<script type=\"application/json\">{\"right\":[";
  for (std::size_t c = 0; c < right.size(); ++c) out += (c ? "," : "") + std::to_string(right[c]);
  out += "],\"rows\":[";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    out += r ? ",\n[" : "[";
    for (std::size_t c = 0; c < table.rows[r].size(); ++c)
      out += (c ? "," : "") + json_text(table.rows[r][c].text);
    out += "]";
  }
  out += "],\"roles\":{";
  bool any = false;
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    for (std::size_t c = 0; c < table.rows[r].size(); ++c)
      if (const auto name = class_of(table.rows[r][c].role); !name.empty()) {
        out += fmt::format("{}\"{} {}\":\"{}\"", any ? "," : "", r, c, name);
        any = true;
      }
  return out + "}}</script>";
}

}  // namespace

std::string html_table(const Table& table) {
  std::size_t columns = table.columns.size();
  for (const auto& row : table.rows) columns = std::max(columns, row.size());
  std::vector<bool> right(columns);
  for (std::size_t c = 0; c < columns; ++c) right[c] = right_aligned(table, c);
  std::string out = "<figure class=\"table\">";
  if (!table.title.empty())
    out += fmt::format("<figcaption>{}</figcaption>", html_text(table.title));
  const bool head = std::any_of(table.columns.begin(), table.columns.end(),
                                [](const Column& column) { return !column.title.empty(); });
  // A total under a rule would lose its place.
  const bool sortable = head && table.rows.size() > 1 && table.rules.empty();
  const bool paged = sortable && table.rows.size() > kPage;
  if (sortable && table.search)
    out += fmt::format(
        "<p class=\"search\"><input type=\"search\" aria-label=\"filter\" "
        "placeholder=\"filter: words, or column&lt;0.5, column:word\">"
        "<span class=\"dim\">{} rows</span></p>",
        table.rows.size());
  out += sortable ? fmt::format("<div><table class=\"sortable\"{}>",
                                table.filters_lines ? " data-lines=\"1\"" : "")
                  : "<div><table>";
  if (head) {
    out += "<thead><tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      out += fmt::format("<th scope=\"col\"{}>{}</th>", right[c] ? " class=\"right\"" : "",
                         html_text(table.columns[c].title));
    out += "</tr></thead>";
  }
  out += "<tbody>";
  for (std::size_t r = 0; r < (paged ? kPage : table.rows.size()); ++r) {
    out += std::count(table.rules.begin(), table.rules.end(), r) ? "<tr class=\"rule\">" : "<tr>";
    for (std::size_t c = 0; c < table.rows[r].size(); ++c)
      out += cell_of(table.rows[r][c], right[c]);
    out += "</tr>\n";
  }
  out += "</tbody></table></div>";
  if (paged) out += rows_data(table, right);
  return out + "</figure>\n";
}

std::string html_confusion(const Confusion& confusion) {
  const std::size_t k = confusion.labels.size();
  if (confusion.counts.size() != k * k)
    fail("E-REPORT-02", "a confusion matrix of {} classes with {} counts; expected {}", k,
         confusion.counts.size(), k * k);
  std::string out = "<figure class=\"table confusion\">";
  if (!confusion.title.empty())
    out += fmt::format("<figcaption>{}</figcaption>", html_text(confusion.title));
  out += "<div><table><thead><tr><th>true \\ predicted</th>";
  for (const auto& label : confusion.labels) out += fmt::format("<th>{}</th>", html_text(label));
  out += "<th>recall</th></tr></thead><tbody>";
  for (std::size_t i = 0; i < k; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) sum += confusion.counts[i * k + j];
    out += fmt::format("<tr><th>{}</th>", html_text(confusion.labels[i]));
    for (std::size_t j = 0; j < k; ++j) {
      const double count = confusion.counts[i * k + j];
      out += fmt::format("<td class=\"right {}\" style=\"--share:{:.3f}\">{}</td>",
                         i == j ? "hit" : "miss", sum > 0 ? count / sum : 0,
                         fmt::format("{:.6g}", count));
    }
    out += fmt::format("<td class=\"right dim\">{}</td></tr>\n",
                       sum > 0 ? percent(confusion.counts[i * k + i] / sum) : "-");
  }
  return out + "</tbody></table></div></figure>\n";
}

}  // namespace glia::report
