#include "glia/report/confusion.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/report/table.h"

namespace glia::report {
namespace {

struct Matrix {
  const Confusion& confusion;
  std::size_t k;
  double at(std::size_t truth, std::size_t predicted) const {
    return confusion.counts[truth * k + predicted];
  }
  double row(std::size_t c) const {
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) sum += at(c, j);
    return sum;
  }
  double column(std::size_t c) const {
    double sum = 0;
    for (std::size_t i = 0; i < k; ++i) sum += at(i, c);
    return sum;
  }
  double total() const {
    double sum = 0;
    for (std::size_t c = 0; c < k; ++c) sum += row(c);
    return sum;
  }
};

std::string count_text(double count) {  // weighted counts are not whole
  return count == std::floor(count) && std::abs(count) < 1e15
             ? fmt::format("{}", static_cast<long long>(count))
             : fmt::format("{:.1f}", count);
}

std::string share_text(double part, double whole, int digits) {
  return whole > 0 ? percent(part / whole, digits) : "-";
}

struct Layout {
  std::vector<std::string> row_labels, column_labels;
  int label = 0, cell = 0;
  int digits = 1;  // of the precision under the columns
  bool fits = false;
  int width(std::size_t k) const { return 2 + label + static_cast<int>(k) * (cell + 1) + 9; }
};

Layout measure(const Matrix& matrix, const Style& style) {
  Layout layout;
  int widest_count = 1, widest_name = 0;
  for (const double count : matrix.confusion.counts)
    widest_count = std::max(widest_count, display_width(count_text(count)));
  for (const auto& label : matrix.confusion.labels) {
    layout.row_labels.push_back(clean(label, style));
    widest_name = std::max(widest_name, display_width(layout.row_labels.back()));
  }
  layout.column_labels = layout.row_labels;
  layout.label = std::max(9, widest_name);  // "precision" stands there too
  layout.cell = std::max({widest_count + 1, 6, widest_name});
  // Full names above the columns, or numbers; then narrower numbers, then shorter names.
  if (widest_name > 8 || layout.width(matrix.k) > style.width) {
    const bool named = widest_name > 2;
    for (std::size_t c = 0; named && c < matrix.k; ++c) {
      layout.column_labels[c] = std::to_string(c);
      layout.row_labels[c] =
          fmt::format("{:>{}} {}", c, matrix.k > 10 ? 2 : 1, layout.row_labels[c]);
    }
    if (named) layout.label = std::max(9, widest_name + (matrix.k > 10 ? 3 : 2));
    layout.cell = std::max({widest_count + 1, 6, matrix.k > 10 ? 2 : 1});
  }
  if (layout.width(matrix.k) > style.width) {
    layout.cell = std::max(widest_count, 4);
    layout.digits = 0;
  }
  layout.label = std::max(std::min(layout.label, 9),
                          layout.label - std::max(0, layout.width(matrix.k) - style.width));
  layout.fits = layout.width(matrix.k) <= style.width;
  return layout;
}

// Grounds of the 256-colour palette: green for the share that is right, red for the share that is
// confused. Zero stays empty, so that errors stand out.
std::string heat(const std::string& text, double share, bool right, const Style& style) {
  static constexpr int kGreens[] = {58, 22, 28};
  static constexpr int kReds[] = {52, 88, 124};
  if (right) return paint(text, 231, kGreens[share >= 0.9 ? 2 : share >= 0.6 ? 1 : 0], style);
  if (share < 0.005) return text;
  return paint(text, 231, kReds[share >= 0.15 ? 2 : share >= 0.04 ? 1 : 0], style);
}

std::string matrix_row(const Matrix& matrix, const Layout& layout, std::size_t t,
                       const Style& style) {
  const double total = matrix.row(t);
  auto out = "  " + pad_right(fit(layout.row_labels[t], layout.label, style), layout.label) + " ";
  for (std::size_t p = 0; p < matrix.k; ++p) {
    const double count = matrix.at(t, p);
    if (count == 0 && t != p) {
      const auto dot = pad_left(style.unicode ? "·" : ".", layout.cell);
      out += paint(dot + " ", Paint::dim, style);
      continue;
    }
    const auto text = pad_left(count_text(count), layout.cell) + " ";
    out += total > 0 ? heat(text, count / total, t == p, style) : text;
  }
  return out + pad_left(share_text(matrix.at(t, t), total, 1), 7) + "\n";
}

std::string grid(const Matrix& matrix, const Layout& layout, const Style& style) {
  auto head = pad_right("true", layout.label) + " ";
  for (const auto& label : layout.column_labels)
    head += pad_left(fit(label, layout.cell, style), layout.cell) + " ";
  head += pad_left("recall", 7);
  auto out = repeat(" ", layout.label + 3) +
             paint(pad_left("predicted", std::max(9, layout.cell)), Paint::dim, style) + "\n";
  out += "  " + paint(head, Paint::bold, style) + "\n";
  const auto rule =
      "  " + paint(repeat(style.unicode ? "─" : "-", display_width(head)), Paint::dim, style) +
      "\n";
  out += rule;
  for (std::size_t t = 0; t < matrix.k; ++t) out += matrix_row(matrix, layout, t, style);
  out += rule;
  auto foot = pad_right("precision", layout.label) + " ";
  for (std::size_t p = 0; p < matrix.k; ++p)
    foot +=
        pad_left(share_text(matrix.at(p, p), matrix.column(p), layout.digits), layout.cell) + " ";
  return out + "  " + foot.substr(0, foot.find_last_not_of(' ') + 1) + "\n";
}

// "9,095 of 10,000 rows right (90.9%)"
std::string right_text(const Matrix& matrix) {
  double right = 0;
  for (std::size_t c = 0; c < matrix.k; ++c) right += matrix.at(c, c);
  const auto text = [](double count) {
    return count == std::floor(count) && count < 1e15 ? with_commas(static_cast<long long>(count))
                                                      : count_text(count);
  };
  return fmt::format("{} of {} rows right ({})", text(right), text(matrix.total()),
                     share_text(right, matrix.total(), 1));
}

struct Pair {
  std::size_t truth = 0, predicted = 0;
  double count = 0;
};

std::vector<Pair> most_confused(const Matrix& matrix, std::size_t most) {
  std::vector<Pair> pairs;
  for (std::size_t t = 0; t < matrix.k; ++t)
    for (std::size_t p = 0; p < matrix.k; ++p)
      if (t != p && matrix.at(t, p) > 0) pairs.push_back({t, p, matrix.at(t, p)});
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.count > b.count; });
  pairs.resize(std::min(pairs.size(), most));
  return pairs;
}

std::string pairs_table(const Matrix& matrix, const std::string& title, std::size_t most,
                        const Style& style) {
  Table table{.title = title, .columns = {"true", "predicted as", "rows", "of its class"}};
  for (const auto& pair : most_confused(matrix, most))
    table.rows.push_back({matrix.confusion.labels[pair.truth],
                          matrix.confusion.labels[pair.predicted], count_text(pair.count),
                          share_text(pair.count, matrix.row(pair.truth), 1)});
  if (table.rows.empty()) return "  " + paint("no row is confused", Paint::good, style) + "\n";
  return render(table, style);
}

// As many of the most confused pairs as a line holds.
std::string pairs_line(const Matrix& matrix, const Style& style) {
  std::string out = "most confused: ";
  std::size_t shown = 0;
  for (const auto& pair : most_confused(matrix, 4)) {
    const auto text =
        fmt::format("{}{} {} {} {}", shown ? ", " : "",
                    clean(matrix.confusion.labels[pair.truth], style), style.unicode ? "→" : "->",
                    clean(matrix.confusion.labels[pair.predicted], style), count_text(pair.count));
    if (display_width(out) + display_width(text) > style.width - 2) break;
    out += text, ++shown;
  }
  return shown ? "  " + paint(out, Paint::dim, style) + "\n" : "";
}

}  // namespace

std::string render(const Confusion& confusion, const Style& given) {
  Style style = given;
  style.width = std::max(20, style.width);
  const std::size_t k = confusion.labels.size();
  if (confusion.counts.size() != k * k)
    fail("E-REPORT-02", "confusion matrix: got {} counts for {} classes; expected {}",
         confusion.counts.size(), k, k * k);
  const Matrix matrix{confusion, k};
  std::string out;
  if (!confusion.title.empty())
    out += "  " +
           paint(fit(clean(confusion.title, style), style.width - 2, style), Paint::bold, style) +
           "\n";
  if (k == 0 || matrix.total() == 0) return out + "  " + paint("no rows", Paint::dim, style) + "\n";
  const auto layout = measure(matrix, style);
  const auto right = "  " + fit(right_text(matrix), style.width - 2, style) + "\n";
  if (!layout.fits) return out + right + pairs_table(matrix, "the pairs most confused", 10, style);
  return out + grid(matrix, layout, style) + right + (k > 2 ? pairs_line(matrix, style) : "");
}

}  // namespace glia::report
