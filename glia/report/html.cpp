#include "glia/base/format.h"
#include "glia/report/html_parts.h"

namespace glia::report {
namespace {

struct Page {
  std::string operator()(const Heading& heading) const {
    const int level = heading.level <= 2 ? 2 : 3;
    return fmt::format("<h{0}>{1}</h{0}>\n", level, html_text(heading.text));
  }
  std::string operator()(const Paragraph& paragraph) const {
    return fmt::format("<p>{}</p>\n", html_text(paragraph.text));
  }
  std::string operator()(const Facts& facts) const {
    std::string out = "<dl class=\"facts\">";
    for (const auto& [name, value] : facts.facts)
      out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", html_text(name), html_text(value));
    return out + "</dl>\n";
  }
  std::string operator()(const Note& note) const {
    const char* role = note.role == Paint::good   ? "good"
                       : note.role == Paint::bad  ? "bad"
                       : note.role == Paint::warn ? "warn"
                                                  : "plain";
    return fmt::format("<div class=\"note {}\"><strong>{}</strong> {}</div>\n", role,
                       html_text(note.title), html_text(note.text));
  }
  std::string operator()(const Code& code) const {
    std::string lines;
    for (std::size_t at = 0; at < code.text.size();) {
      const auto end = std::min(code.text.find('\n', at), code.text.size());
      lines += html_text(std::string_view(code.text).substr(at, end - at)) + "\n";
      at = end + 1;
    }
    return "<pre>" + lines + "</pre>\n";
  }
  std::string operator()(const Table& table) const { return html_table(table); }
  std::string operator()(const Plot& plot) const { return svg(plot); }
  std::string operator()(const Bars& bars) const { return html_bars(bars); }
  std::string operator()(const Confusion& confusion) const { return html_confusion(confusion); }
  std::string operator()(const Pictures& pictures) const { return html_pictures(pictures); }
};

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : clean(text, {.unicode = true})) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string html(const Document& document) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      // Nothing is ever loaded, whatever the data holds.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  const auto title = html_text(document.title);
  out += fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n", title,
                     kPageStyle);
  out += fmt::format("<header><h1>{}</h1>", title);
  if (!document.subtitle.empty())
    out += fmt::format("<p class=\"dim\">{}</p>", html_text(document.subtitle));
  out += "</header>\n";
  for (const auto& block : document.blocks) out += std::visit(Page{}, block);
  return out + fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", kPageScript);
}

}  // namespace glia::report
