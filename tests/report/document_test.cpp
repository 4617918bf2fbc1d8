#include "glia/report/document.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "glia/base/error.h"
#include "glia/data/npy_format.h"
#include "glia/report/html_parts.h"
#include "tests/data/gzip.h"

namespace glia::report {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

Document everything(const std::string& text) {
  Document document{text, text, {}};
  document.add(Heading{text});
  document.add(Paragraph{text});
  document.add(Facts{{{text, text}}});
  document.add(Note{Paint::bad, text, text});
  document.add(Code{text + "\n" + text});
  Cell cell(text);
  cell.histogram = {1, 0, 3};
  cell.share = 0.25;
  document.add(
      Table{.title = text, .columns = {text, "n"}, .rows = {{cell, "1,234"}, {text, "5 kB"}}});
  document.add(Plot{.title = text,
                    .x_label = text,
                    .series = {{text, {}, {1, 2, std::nan(""), 4}}, {text, {}, {3}}},
                    .mark = 2,
                    .mark_label = text});
  document.add(Bars{text, {{text, 2, text}, {text, -1, ""}}});
  document.add(Confusion{text, {text, text}, {1, 2, 3, 4}});
  document.add(Pictures{text, {{.width = 2, .height = 1, .pixels = {0, 255}, .caption = text}}});
  document.add(Sounds{text, {{"RIFF....WAVE", text}, {"", text}}});
  Group folded{Group::How::folded, text, {Paragraph{text}}};
  Table large{.columns = {text, "n"}, .search = true};
  for (int i = 0; i < 150; ++i) large.rows.push_back({{text, Paint::bad}, {std::to_string(i)}});
  folded.blocks.emplace_back(std::move(large));
  document.add(Group{Group::How::beside, "", {std::move(folded)}});
  document.contents = true;
  return document;
}

// Every tag that is opened is closed, in order; what needs no end is left out.
bool is_balanced(const std::string& page) {
  std::vector<std::string> open;
  for (auto at = page.find('<'); at != page.npos; at = page.find('<', at + 1)) {
    if (page.compare(at, 2, "<!") == 0) continue;
    const bool end = page[at + 1] == '/';
    const auto from = at + (end ? 2 : 1);
    const auto name = page.substr(from, page.find_first_of(" >/\n", from) - from);
    const auto close = page.find('>', at);
    if (name == "style" || name == "script") {
      if (!end) at = page.find("</" + name, at) - 1;
      if (!end) open.push_back(name);
      if (end) open.pop_back();
      continue;
    }
    if (page[close - 1] == '/' || name == "meta" || name == "img" || name == "input") continue;
    if (!end) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

TEST(Html, ShowsTextAndNeverRunsIt) {
  const std::string evil = "<script>alert('x')</script>\" onload=\"x & \x1b[2J \xff </style>";
  const auto page = html(everything(evil));
  EXPECT_EQ(count(page, "<script>"), 1u) << "only the page's own";
  EXPECT_EQ(count(page, "</style>"), 1u);
  EXPECT_FALSE(holds(page, "onload=\"x"));
  EXPECT_FALSE(holds(page, "\x1b"));
  EXPECT_FALSE(holds(page, "\xff"));
  EXPECT_TRUE(holds(page, "&lt;script&gt;alert(&#39;x&#39;)"));
  EXPECT_TRUE(is_balanced(page));
}

TEST(Html, LoadsNothingAndIsTheSameEachTime) {
  const auto page = html(everything("plain"));
  for (const char* part : {"http://", "https://", "src=\"/", "@import", "url("})
    EXPECT_FALSE(holds(page, part)) << part;
  EXPECT_TRUE(holds(page, "default-src 'none'"));
  EXPECT_EQ(page, html(everything("plain")));
}

TEST(Html, TablesCanBeSortedByTheirNumbers) {
  const auto table =
      html_table({.columns = {"a", "b"}, .rows = {{"x", "1,234"}, {"y", "-5.5 kB"}}});
  EXPECT_TRUE(holds(table, "data-sort=\"1234\""));
  EXPECT_TRUE(holds(table, "data-sort=\"-5.5\""));
  EXPECT_TRUE(holds(table, "class=\"sortable\""));
  const auto ruled = html_table({.columns = {"a"}, .rows = {{"1"}, {"2"}}, .rules = {1}});
  EXPECT_FALSE(holds(ruled, "sortable")) << "a sum would leave its place";
}

TEST(Html, ALargeTableIsGivenToTheScript) {
  Table table{.columns = {"a", "b"}, .search = true};
  for (int i = 0; i < 250; ++i)
    table.rows.push_back({{"</script>", Paint::bad}, {std::to_string(i)}});
  const auto page = html_table(table);
  EXPECT_EQ(count(page, "<tr>"), 101u) << "a head and the first hundred rows";
  const auto from = page.find("application/json\">") + 18;
  const auto data = nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
  ASSERT_EQ(data["rows"].size(), 250u);
  EXPECT_EQ(data["rows"][249][0], "</script>");
  EXPECT_EQ(data["rows"][249][1], "249");
  EXPECT_EQ(data["roles"]["249 0"], "bad");
  EXPECT_EQ(data["right"], nlohmann::json({0, 1}));
}

TEST(Html, APlotGivesItsValuesToTheScript) {
  const auto plot = svg(
      {.x_label = "epoch",
       .series = {{.name = "<a>", .x = {1, 2, 3}, .y = {0.5, std::nan(""), 1e-9}},
                  {.name = "b", .y = {1, 2}, .draw = Draw::points, .notes = {"one", "\"two\""}}},
       .mark = 2,
       .mark_label = "best"});
  const auto from = plot.find("application/json\">") + 18;
  const auto data = nlohmann::json::parse(plot.substr(from, plot.find("</script>", from) - from));
  EXPECT_EQ(data["x"], "epoch");
  EXPECT_EQ(data["mark"], 2);
  EXPECT_EQ(data["series"][0]["n"], "<a>");
  EXPECT_EQ(data["series"][0]["y"], nlohmann::json({0.5, nullptr, 1e-9}));
  EXPECT_EQ(data["series"][1]["z"][1], "\"two\"");
  EXPECT_EQ(count(plot, "<button"), 2u) << "each line has a name to be clicked";
}

TEST(Html, SoundsArePlayedAndNothingElseIs) {
  EXPECT_TRUE(holds(html_sounds({"", {{"RIFF....WAVE", "a"}}}),
                    "src=\"data:audio/wav;base64,UklGRi4uLi5XQVZF\""));
  EXPECT_TRUE(holds(html_sounds({"", {{"fLaC", "a"}}}), "data:audio/flac"));
  EXPECT_FALSE(holds(html_sounds({"", {{"", "a"}}}), "<audio"));
  try {
    html_sounds({"", {{"<html>", "a"}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E-REPORT-13");
  }
}

TEST(Html, SectionsAreLinkedAndPartsAreFolded) {
  Document document{"page", "", {}};
  for (const auto* name : {"one", "two", "three"}) document.add(Heading{name});
  document.add(Group{Group::How::folded, "more", {Heading{"inside", 3}, Paragraph{"text"}}});
  EXPECT_FALSE(holds(html(document), "<nav>"));
  document.contents = true;
  const auto page = html(document);
  EXPECT_TRUE(holds(page, "<a href=\"#s2\">two</a>"));
  EXPECT_TRUE(holds(page, "<h2 id=\"s2\">two</h2>"));
  EXPECT_TRUE(holds(page, "<details><summary>more</summary>\n<h3>inside</h3>"));
  EXPECT_FALSE(holds(page, "<script")) << "nothing there answers";
  EXPECT_TRUE(is_balanced(page));
}

TEST(Html, APlotHasAPointForEachFiniteValue) {
  const auto plot = svg({.series = {{"loss", {}, {1, 2, std::nan(""), 3, 4}}}});
  EXPECT_EQ(count(plot, "M"), 2u) << plot << ": the line has a gap";
  EXPECT_FALSE(holds(plot, "nan"));
  EXPECT_TRUE(holds(svg({.series = {{"none", {}, {}}}}), "nothing to draw"));
  EXPECT_TRUE(holds(svg({.series = {{"flat", {}, {2, 2}}}}), "<path"));
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(holds(html_bars({"", {{"a", inf, ""}, {"b", 1, ""}}}), "width:inf"));
}

TEST(Html, PicturesAreWholeFiles) {
  EXPECT_EQ(base64(""), "");  // RFC 4648, section 10
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  const std::vector<std::uint8_t> pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const auto file = png(2, 2, 3, pixels);
  EXPECT_TRUE(file.starts_with("\x89PNG\r\n\x1a\n"));
  const auto at = file.find("IDAT");
  const auto size = static_cast<std::size_t>(static_cast<unsigned char>(file[at - 1]));
  // Its lines, each behind a byte for its filter: none. Between the head and the checksum of zlib
  // stands what an archive's members are packed with.
  const std::string lines("\0\1\2\3\4\5\6\0\7\10\11\12\13\14", 14);
  const data::ZipMember member{"lines", std::string_view(file).substr(at + 6, size - 6), true,
                               lines.size(), testing::crc32_of(lines)};
  EXPECT_EQ(data::unpacked(member, "png"), lines);
  const auto code = [](const Picture& picture) {
    try {
      html_pictures({"", {picture}});
    } catch (const Error& error) {
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(code({.encoded = "GIF89a"}), "");
  EXPECT_EQ(code({.encoded = "<svg onload=x>"}), "E-REPORT-10");
  EXPECT_EQ(code({.width = 2, .height = 2, .pixels = {1, 2, 3}}), "E-REPORT-01");
  EXPECT_EQ(code({}), "E-REPORT-01");
}

TEST(Document, IsShownInATerminalOfAnyWidth) {
  for (const int width : {20, 40, 60, 80, 120})
    for (const bool unicode : {true, false}) {
      const Style style{.color = false, .unicode = unicode, .width = width};
      const auto text = render(everything("some words that take a line and more of it"), style);
      for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        const bool code = holds(line, "  some words");  // is never broken
        EXPECT_TRUE(code || display_width(line) <= width) << line;
        at = end + 1;
      }
    }
}

TEST(Document, HistogramsBecomeBlocks) {
  EXPECT_EQ(sparkline(std::vector<double>{0, 1, 4, 8}, {.unicode = true}), " ▁▄█");
  EXPECT_EQ(sparkline(std::vector<double>{0, 1, 4, 8}, {.unicode = false}), " .=@");
  EXPECT_EQ(sparkline(std::vector<double>{std::nan(""), 0}, {.unicode = true}), "  ");
}

}  // namespace
}  // namespace glia::report
