#include "glia/report/dashboard.h"

#include <algorithm>

#include "glia/report/bars.h"

namespace glia::report {
namespace {

using Text = std::vector<std::string>;

constexpr int kLeastPlot = 6, kMarkedPlot = 9;  // lines; with a mark under the axis
constexpr int kLeastWidth = 24;                 // columns of a plot
constexpr int kSideFrom = 110, kSide = 46;      // columns from which there is a side, and its own
constexpr int kGap = 3;                         // columns between facts in one line

// Parts of the screen, from above.
enum Part {
  kTitle,
  kAbout,
  kSpaceAbove,
  kBody,
  kFacts,
  kMeters,
  kSpaceBelow,
  kProgress,
  kMessages,
  kKeys,
  kParts
};

// Who gets lines, in this order: a part has so many then, where that many are left.
struct Wish {
  Part part;
  int rows;
};
constexpr Wish kWishes[] = {
    {kProgress, 1}, {kTitle, 1},    {kKeys, 1},       {kFacts, 1},      {kBody, kLeastPlot},
    {kProgress, 2}, {kMessages, 1}, {kMeters, 2},     {kFacts, 2},      {kBody, kMarkedPlot},
    {kMeters, 4},   {kAbout, 1},    {kFacts, 4},      {kMessages, 2},   {kBody, 12},
    {kAbout, 9},    {kMeters, 99},  {kSpaceBelow, 1}, {kSpaceAbove, 1}, {kBody, 16},
    {kMessages, 6}, {kFacts, 99},   {kBody, 9999}};

Text split(const std::string& text) {
  Text lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string title_line(const Dashboard& d, const Style& style) {
  const auto state = fit(clean(d.state, style), style.width, style);
  const int room = style.width - display_width(state) - 2;
  const auto title = fit(clean(d.title, style), room, style);
  return paint(title, Paint::bold, style) +
         repeat(" ", style.width - display_width(title) - display_width(state)) +
         paint(state, d.state_role, style);
}

// One line for each, the names in a column of their own.
Text listed(const Dashboard::Lines& lines, const Style& style) {
  int column = 0;
  for (const auto& line : lines) column = std::max(column, display_width(clean(line.first, style)));
  column = std::min(column, style.width / 2);
  Text out;
  for (const auto& [name, text] : lines)
    out.push_back(
        paint(pad_right(fit(clean(name, style), column, style), column), Paint::dim, style) + "  " +
        fit(clean(text, style), style.width - column - 2, style));
  return out;
}

// As many in a line as have room there.
Text flowing(const Dashboard::Lines& lines, Paint name_role, const Style& style) {
  Text out;
  int used = style.width;
  for (const auto& line : lines) {
    const auto name = fit(clean(line.first, style), style.width / 2, style);
    const auto text = fit(clean(line.second, style), style.width - display_width(name) - 1, style);
    const int wide = display_width(name) + 1 + display_width(text);
    const bool fits = used + kGap + wide <= style.width;
    if (!fits) out.emplace_back(), used = -kGap;
    if (used > 0) out.back() += repeat(" ", kGap);
    out.back() += paint(name, name_role, style) + " " + text;
    used += kGap + wide;
  }
  return out;
}

Text meter_lines(const std::vector<Meter>& meters, const Style& style) {
  constexpr int kLeastBar = 6, kMostBar = 30;
  int label = 0, text = 0, note = 0;
  for (const auto& meter : meters) {
    label = std::max(label, display_width(clean(meter.label, style)));
    text = std::max(text, display_width(clean(meter.text, style)));
    note = std::max(note, display_width(clean(meter.note, style)));
  }
  label = std::min(label, style.width / 2);
  text = std::min(text, style.width - label - 2);
  int room = style.width - label - text - 4;  // for the bar
  if (room < kLeastBar) room = 0;
  const bool notes = note > 0 && room - note - 2 >= kLeastBar;
  if (notes) room -= note + 2;
  room = std::min(room, kMostBar);
  Text out;
  for (const auto& m : meters) {
    auto line =
        paint(pad_right(fit(clean(m.label, style), label, style), label), Paint::dim, style);
    line += "  ";
    if (room > 0)
      line += (!(m.share >= 0) ? repeat(" ", room)
                               : meter(std::clamp(m.share, 0.0, 1.0), room, m.role, style)) +
              "  ";
    line += pad_left(fit(clean(m.text, style), text, style), text);
    if (notes && !m.note.empty()) line += "  " + paint(clean(m.note, style), Paint::dim, style);
    out.push_back(std::move(line));
  }
  return out;
}

Text plot_lines(Plot plot, const Style& style, int rows) {
  if (style.width < kLeastWidth || rows < kLeastPlot) return {};
  plot.most_width = style.width;
  if (rows < kMarkedPlot) plot.mark.reset();
  // The numbers of the axis decide how high it becomes, so the next lower one is tried.
  for (plot.height = rows - 3; plot.height >= 3; --plot.height)
    if (auto lines = split(render(plot, style)); static_cast<int>(lines.size()) <= rows)
      return lines;
  return {};
}

// The lines that each part would like to have; the body's are made when its room is known.
struct Screen {
  Text parts[kParts];
  int given[kParts] = {};
  void give(int rows, int body) {
    for (const auto& [part, wanted] : kWishes) {
      const int has = part == kBody ? body : static_cast<int>(parts[part].size());
      const int more = std::min(wanted, has) - given[part];
      if (more <= 0 || (part == kBody && given[part] == 0 && more > rows)) continue;
      given[part] += std::min(more, rows);
      rows -= std::min(more, rows);
    }
  }
};

// The plot, and beside it, where there is a side, facts and meters.
Text body_lines(const Dashboard& d, const Style& style, int rows, bool side) {
  if (!d.help.empty()) return listed(d.help, style);
  if (!side) return plot_lines(d.plot, style, rows);
  Style left = style, right = style;
  right.width = kSide;
  left.width = style.width - kSide - 2;
  auto lines = plot_lines(d.plot, left, rows);
  auto beside = meter_lines(d.meters, right);
  const auto facts = listed(d.facts, right);
  if (!beside.empty() && !facts.empty()) beside.emplace_back();
  beside.insert(beside.end(), facts.begin(), facts.end());
  lines.resize(std::max(lines.size(), std::min<std::size_t>(beside.size(), rows)));
  for (std::size_t i = 0; i < std::min(lines.size(), beside.size()); ++i)
    if (!beside[i].empty()) lines[i] = pad_right(lines[i], left.width + 2) + beside[i];
  return lines;
}

// What no part foresaw shall not break the screen.
std::string cut(std::string line, const Style& style) {
  if (display_width(line) <= style.width) return line;
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b')
      plain += line[i];
    else
      i = std::min(line.find('m', i), line.size());
  }
  return fit(plain, style.width, style);
}

}  // namespace

std::vector<std::string> render(const Dashboard& d, const Style& style, int rows) {
  const bool side = style.width >= kSideFrom && d.help.empty();
  Screen screen;
  auto& parts = screen.parts;
  parts[kTitle] = {title_line(d, style)};
  parts[kAbout] = listed(d.about, style);
  for (const auto& moment : d.progress) parts[kProgress].push_back(progress_line(moment, style));
  for (const auto& message : d.messages)
    parts[kMessages].push_back(fit(clean(message, style), style.width, style));
  parts[kKeys] = flowing(d.keys, Paint::bold, style);
  parts[kKeys].resize(std::min<std::size_t>(1, parts[kKeys].size()));
  if (!side && d.help.empty()) {
    parts[kFacts] = flowing(d.facts, Paint::dim, style);
    parts[kMeters] = meter_lines(d.meters, style);
  }
  parts[kSpaceAbove] = parts[kSpaceBelow] = {""};
  screen.give(rows, !d.help.empty()             ? static_cast<int>(d.help.size())
                    : style.width < kLeastWidth ? 0
                                                : rows);
  parts[kBody] = body_lines(d, style, screen.given[kBody], side);

  Text out;
  for (int part = 0; part < kParts; ++part) {
    const auto& lines = parts[part];
    const auto size = static_cast<int>(lines.size());
    const int count = std::min(screen.given[part], size);
    const int from = part == kMessages ? size - count : 0;  // the last ones
    for (int i = from; i < from + count; ++i)
      out.push_back(cut(lines[static_cast<std::size_t>(i)], style));
    if (part == kBody)  // what stands below it keeps its place, however high the plot became
      out.resize(out.size() + static_cast<std::size_t>(screen.given[part] - count));
  }
  return out;
}

}  // namespace glia::report
