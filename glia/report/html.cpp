#include <cmath>

#include "glia/base/format.h"
#include "glia/report/html_parts.h"

namespace glia::report {
namespace {

struct Page {
  std::vector<std::string> sections = {};  // their titles so far

  std::string operator()(const Heading& heading) {
    if (heading.level > 2) return fmt::format("<h3>{}</h3>\n", html_text(heading.text));
    sections.push_back(html_text(heading.text));
    return fmt::format("<h2 id=\"s{}\">{}</h2>\n", sections.size(), sections.back());
  }
  std::string operator()(const Group& group) {
    std::string inside;
    for (const auto& block : group.blocks) inside += std::visit(*this, block);
    if (group.how == Group::How::beside)
      return (group.title.empty() ? "" : fmt::format("<h3>{}</h3>\n", html_text(group.title))) +
             "<div class=\"beside\">" + inside + "</div>\n";
    return fmt::format("<details><summary>{}</summary>\n{}</details>\n", html_text(group.title),
                       inside);
  }
  std::string operator()(const Paragraph& paragraph) const {
    return fmt::format("<p>{}</p>\n", html_text(paragraph.text));
  }
  std::string operator()(const Facts& facts) const {
    std::string out = "<dl class=\"facts\">";
    for (const auto& [name, value, detail] : facts.facts)
      out += fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>", html_text(name), html_text(value),
                         detail.empty() ? "" : fmt::format("<small>{}</small>", html_text(detail)));
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
  std::string operator()(const Sounds& sounds) const { return html_sounds(sounds); }
};

std::string contents_of(const std::vector<std::string>& sections) {
  std::string out = "<nav>";
  for (std::size_t i = 0; i < sections.size(); ++i)
    out += fmt::format("<a href=\"#s{}\">{}</a>", i + 1, sections[i]);
  return out + "</nav>\n";
}

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

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : clean(text, {.unicode = true})) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out + "\"";
}

std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}

std::string html(const Document& document) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      // Nothing is ever loaded, whatever the data holds.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "media-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  const auto title = html_text(document.title);
  out += fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n", title,
                     kPageStyle);
  out += fmt::format("<header><h1>{}</h1>", title);
  if (!document.subtitle.empty())
    out += fmt::format("<p class=\"dim\">{}</p>", html_text(document.subtitle));
  out += "</header>\n";
  Page page;
  std::string body;
  for (const auto& block : document.blocks) body += std::visit(page, block);
  if (document.contents && page.sections.size() > 2) out += contents_of(page.sections);
  // What makes tables and plots answer, where there are any.
  const bool tables = body.find("<table class=\"sortable") != std::string::npos;
  const bool plots = body.find("<figure class=\"plot") != std::string::npos;
  out += body + "</main>\n";
  if (tables || plots)
    out += fmt::format("<script>{}{}</script>\n", plots ? kPlotScript : "",
                       tables ? kTableScript : "");
  return out + "</body>\n</html>\n";
}

}  // namespace glia::report
