#include "glia/report/document.h"

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/report/image.h"

namespace glia::report {
namespace {

// A title over as many lines as it needs.
std::string title_lines(std::string_view text, const Style& style) {
  auto lines = wrapped(clean(text, style), 0, 0, style);
  lines.pop_back();
  return paint(lines, Paint::bold, style) + "\n";
}

struct Terminal {
  const Style& style;

  std::string operator()(const Heading& heading) const {
    return "\n" + title_lines(heading.text, style);
  }
  std::string operator()(const Paragraph& paragraph) const {
    return wrapped(clean(paragraph.text, style), 0, 0, style);
  }
  std::string operator()(const Facts& facts) const {
    Table table{.columns = {"", ""}};
    for (const auto& [name, value, detail] : facts.facts)
      table.rows.push_back({{name, Paint::dim}, {value + (detail.empty() ? "" : "  " + detail)}});
    return render(table, style);
  }
  std::string operator()(const Note& note) const {
    const auto title = clean(note.title, style);
    const auto head = title.empty() || note.text.empty() ? title : title + ":";
    // A first word as short as the indent could not be told from it.
    const int indent = head.find(' ') > 2 ? 2 : 0;
    const auto lines = wrapped(head + " " + clean(note.text, style), indent, 0, style);
    return lines.starts_with(head) ? paint(head, note.role, style) + lines.substr(head.size())
                                   : lines;
  }
  std::string operator()(const Code& code) const {
    std::string out;
    for (std::size_t at = 0; at < code.text.size();) {
      const auto end = std::min(code.text.find('\n', at), code.text.size());
      out += "  " + clean(std::string_view(code.text).substr(at, end - at), style) + "\n";
      at = end + 1;
    }
    return out;
  }
  std::string operator()(const Table& table) const {
    constexpr std::size_t kMost = 40;  // rows: more is for a page, or for a file
    if (!table.search || table.rows.size() <= kMost) return render(table, style);
    Table first = table;
    first.rows.resize(kMost);
    return render(first, style) +
           paint(fmt::format("  {} of {} rows", kMost, with_commas(std::ssize(table.rows))),
                 Paint::dim, style) +
           "\n";
  }
  std::string operator()(const Plot& plot) const { return render(plot, style); }
  std::string operator()(const Bars& bars) const { return render(bars, style); }
  std::string operator()(const Confusion& confusion) const { return render(confusion, style); }
  std::string operator()(const Pictures& pictures) const {
    ImageGrid grid{.title = pictures.title};
    std::vector<std::vector<float>> grey(pictures.pictures.size());  // which the grid looks into
    std::string names;
    for (std::size_t i = 0; i < grey.size(); ++i) {
      const auto& picture = pictures.pictures[i];
      names += (i ? ", " : "") + clean(picture.caption, style);
      if (picture.pixels.empty()) continue;
      const std::size_t area = static_cast<std::size_t>(picture.width * picture.height);
      const std::size_t channels = picture.pixels.size() / std::max<std::size_t>(1, area);
      for (std::size_t p = 0; p < picture.pixels.size(); p += channels)
        grey[i].push_back(static_cast<float>(picture.pixels[p]) / 255.0f);
      grid.images.push_back({picture.width, picture.height, grey[i], picture.caption});
    }
    if (!grid.images.empty()) return render(grid, style);
    return "  " + wrapped(names, 2, 2, style);
  }
  std::string operator()(const Sounds& sounds) const {
    std::string names;
    for (const auto& sound : sounds.sounds)
      names += (names.empty() ? "" : ", ") + clean(sound.caption, style);
    return "  " + wrapped(names, 2, 2, style);
  }
  std::string operator()(const Group& group) const {
    std::string out = group.title.empty() ? "" : "\n" + title_lines(group.title, style);
    for (const auto& block : group.blocks) out += std::visit(*this, block);
    return out;
  }
};

}  // namespace

std::string render(const Document& document, const Style& style) {
  std::string out = title_lines(document.title, style);
  if (!document.subtitle.empty()) out += wrapped(clean(document.subtitle, style), 0, 0, style);
  for (const auto& block : document.blocks) out += std::visit(Terminal{style}, block);
  return out;
}

}  // namespace glia::report
