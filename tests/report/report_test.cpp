#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/report/bars.h"
#include "glia/report/confusion.h"
#include "glia/report/image.h"
#include "glia/report/plot.h"
#include "glia/report/table.h"

namespace glia::report {
namespace {

constexpr Style kPlain{.color = false, .unicode = true, .width = 80};
constexpr Style kAscii{.color = false, .unicode = false, .width = 80};
constexpr Style kColor{.color = true, .unicode = true, .width = 80};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string without_escapes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b')
      out += text[i];
    else
      while (text[i] != 'm') ++i;
  }
  return out;
}

std::string random_text(Random& random, std::size_t most) {
  static const std::vector<std::string> pieces = {"a",        "income",    "é",       "日本",
                                                  "🙂",     " ",         "\x1b[2J", "\xff",
                                                  "\xe2\x82", "e\xcc\x81", "\t",      "12"};
  std::string text;
  for (auto n = random.below(most + 1); n > 0; --n) text += pieces[random.below(pieces.size())];
  return text;
}

// Every rendering, of data that a seed makes, at one style.
std::vector<std::string> everything(std::uint64_t seed, const Style& style) {
  Random random(seed, "report");
  const auto text = [&] { return random_text(random, 9); };
  const auto number = [&] { return random.normal() * std::pow(10.0, random.uniform() * 8 - 4); };
  Table table{.title = text(), .columns = {}, .rows = {}, .rules = {1}};
  for (int c = 0; c < 6; ++c) table.columns.push_back(text());
  for (int r = 0; r < 4; ++r) {
    auto& row = table.rows.emplace_back();
    for (int c = 0; c < 6; ++c)
      row.push_back(c % 2 ? Cell(compact_number(number()), Paint::good) : Cell(text()));
  }
  Confusion confusion{text(), {}, {}};
  const auto k = 1 + random.below(14);
  for (std::uint64_t c = 0; c < k; ++c) confusion.labels.push_back(text());
  for (std::uint64_t c = 0; c < k * k; ++c)
    confusion.counts.push_back(static_cast<double>(random.below(2000)));
  Plot plot{.title = text(), .x_label = text(), .series = {}, .mark = 3, .mark_label = text()};
  for (auto s = random.below(5); s > 0; --s) {
    Series series{text(), {}, {}};
    for (auto n = random.below(40); n > 0; --n)
      series.y.push_back(random.below(9) ? number() : std::numeric_limits<double>::quiet_NaN());
    plot.series.push_back(std::move(series));
  }
  Bars bars{text(), {}};
  for (int b = 0; b < 5; ++b) bars.bars.push_back({text(), number(), ""});
  static std::vector<float> pixels;
  pixels.assign(40 * 30, 0.0f);
  for (auto& pixel : pixels) pixel = static_cast<float>(random.normal());
  ImageGrid grid{text(), {{40, 30, pixels, text()}, {30, 40, pixels, ""}, {0, 0, {}, text()}}};
  grid.per_row = static_cast<int>(random.below(4));
  return {render(table, style), render(confusion, style), render(plot, style), render(bars, style),
          render(grid, style)};
}

void expect_shown_as(const std::string& text, const Style& style) {
  ASSERT_TRUE(text.empty() || text.back() == '\n');
  for (const auto& line : lines_of(text)) {
    ASSERT_LE(display_width(line), style.width) << line;
    // With colour there are only our own sequences, each ended in its line.
    ASSERT_FALSE(holds(without_escapes(line), "\x1b"));
    const auto last = line.rfind("\x1b[");
    if (last != std::string::npos) {
      ASSERT_EQ(line.substr(last, 4), "\x1b[0m");
    }
  }
  if (!style.color) {
    ASSERT_FALSE(holds(text, "\x1b")) << text;
  }
  if (!style.unicode) {
    for (const char c : text) ASSERT_LT(static_cast<unsigned char>(c), 0x80u) << text;
  }
}

TEST(Everything, KeepsToTheWidthAndToWhatTheTerminalCanShow) {
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    for (const int width : {20, 33, 60, 80, 132})
      for (const int kind : {0, 1, 2, 3}) {
        const Style style{kind % 2 == 1, kind / 2 == 1, width};
        int which = 0;
        for (const auto& text : everything(seed, style)) {
          SCOPED_TRACE(testing::Message() << "seed " << seed << ", rendering " << which++);
          expect_shown_as(text, style);
          if (HasFatalFailure()) return;
        }
      }
}

TEST(Everything, ColourChangesNoLetterOfATable) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto plain = everything(seed, kPlain), color = everything(seed, kColor);
    EXPECT_EQ(without_escapes(color[0]), plain[0]);
    EXPECT_EQ(without_escapes(color[3]), plain[3]);
  }
}

TEST(Text, IsMeasuredInColumns) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("Zürich"), 6);
  EXPECT_EQ(display_width("日本語"), 6);
  EXPECT_EQ(display_width("e\xcc\x81"), 1);  // e and a combining accent
  EXPECT_EQ(display_width("🙂"), 2);
  EXPECT_EQ(display_width("\x1b[1mbold\x1b[0m"), 4);
  EXPECT_EQ(display_width("\xff\xfe"), 2);
  EXPECT_EQ(display_width("\xc0\xaf"), 2);      // an overlong '/'
  EXPECT_EQ(display_width("\xed\xa0\x80"), 3);  // a surrogate
  EXPECT_EQ(display_width("━⣿█"), 3);
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(fit("validation", 10, kPlain), "validation");
  EXPECT_EQ(fit("validation", 6, kPlain), "valid…");
  EXPECT_EQ(fit("validation", 6, kAscii), "val...");
  EXPECT_EQ(fit("日本語", 4, kPlain), "日…");  // half a character is none
  EXPECT_EQ(fit("ee\xcc\x81z", 2, kPlain), "e…");
  EXPECT_EQ(fit("abc", 0, kPlain), "");
}

TEST(Text, FromFilesCannotReachTheTerminal) {
  EXPECT_EQ(clean("a\tb\nc", kPlain), "a b c");
  EXPECT_EQ(clean("\x1b[2J", kPlain), "\uFFFD[2J");
  EXPECT_EQ(clean("\xc2\x9b", kPlain), "\uFFFD");      // the other way to write ESC [
  EXPECT_EQ(clean("\u202Eabc", kPlain), "\uFFFDabc");  // would turn the line around
  EXPECT_EQ(clean("café \xff", kAscii), "caf? ?");
}

TEST(Numbers, HaveFourDigitsAndNoFalseHundred) {
  EXPECT_EQ(compact_number(0.21341), "0.2134");
  EXPECT_EQ(compact_number(1.23456), "1.235");
  EXPECT_EQ(compact_number(9.99996), "10.00");
  EXPECT_EQ(compact_number(-12.3456), "-12.35");
  EXPECT_EQ(compact_number(54999.6), "55,000");
  EXPECT_EQ(compact_number(1.3e-5), "1.30e-05");
  EXPECT_EQ(compact_number(NAN), "nan");
  EXPECT_EQ(percent(0.98214), "98.2%");
  EXPECT_EQ(percent(0.99999), "99.9%");
  EXPECT_EQ(percent(0.999, 0), "99%");
  EXPECT_EQ(percent(1), "100%");
  EXPECT_EQ(percent(0), "0.0%");
  EXPECT_EQ(compact_rate(12412), "12.4k");
  EXPECT_EQ(compact_rate(999.7), "1.00k");
  EXPECT_EQ(compact_rate(0.451), "0.45");
  EXPECT_EQ(clock(7.4), "0:07");
  EXPECT_EQ(clock(3723), "1:02:03");
}

TEST(Table, AlignsNumbersRightAndTextLeft) {
  const Table table{.columns = {"layer", "parameters"},
                    .rows = {{"dense", "6,784"}, {"out", "65"}}};
  EXPECT_EQ(render(table, kPlain),
            "  layer  parameters\n"
            "  ─────────────────\n"
            "  dense       6,784\n"
            "  out            65\n");
  EXPECT_EQ(lines_of(render(table, kAscii))[1], "  -----------------");
}

TEST(Table, CutsTextButNeverANumber) {
  Table table{.columns = {"name", "rows", "note"},
              .rows = {{std::string(60, 'n'), "123,456,789", std::string(50, 'x')}}};
  const auto at40 = render(table, {false, true, 40});
  EXPECT_TRUE(holds(at40, "123,456,789"));
  EXPECT_TRUE(holds(at40, "…"));
  table.columns = {"a", "b", "c", "d"};
  table.rows = {{"1234567", "1234567", "1234567", "1234567"}};
  const auto narrow = render(table, {false, true, 24});
  EXPECT_TRUE(holds(narrow, "  1234567  1234567\n")) << narrow;
  EXPECT_TRUE(holds(narrow, "not shown")) << narrow;
  EXPECT_FALSE(holds(narrow, "12345…"));
}

TEST(Table, KnowsWhatReadsAsANumber) {
  for (const char* text :
       {"1,234", "-0.5", "98.2%", "1.5e-4", "12.3 ms", "2 min 05 s", "1.9x", ".5"})
    EXPECT_TRUE(reads_as_number(text)) << text;
  for (const char* text :
       {"", "-", "50-54", "3d", "relu", "1st place", "e5", "12 rows of many more"})
    EXPECT_FALSE(reads_as_number(text)) << text;
}

TEST(Plot, TicksAreRoundNumbers) {
  const auto same = [](const Ticks& ticks, const std::vector<std::string>& expected) {
    std::vector<std::string> texts;
    for (const double value : ticks.values) texts.push_back(ticks.text(value));
    EXPECT_EQ(texts, expected);
  };
  same(nice_ticks(0.21, 0.89, 4), {"0.2", "0.4", "0.6", "0.8", "1.0"});
  same(nice_ticks(-0.3, 0.3, 3), {"-0.4", "-0.2", "0.0", "0.2", "0.4"});
  same(nice_ticks(1, 30, 6), {"0", "5", "10", "15", "20", "25", "30"});
  same(nice_ticks(1, 3, 10, 1), {"1", "2", "3"});
  same(nice_ticks(2e7, 8e7, 3), {"2e+07", "4e+07", "6e+07", "8e+07"});
}

// A line from corner to corner of an ASCII plot runs over its diagonal.
TEST(Plot, DrawsAFallingLineFromTheTopLeftToTheBottomRight) {
  Plot plot{.series = {{"loss", {0, 1}, {4, 0}}}, .height = 5};
  const auto lines = lines_of(render(plot, kAscii));
  ASSERT_GE(lines.size(), 7u);
  EXPECT_TRUE(holds(lines[0], "** loss 0")) << lines[0];
  std::size_t before = 0;
  for (std::size_t row = 1; row <= 5; ++row) {
    const auto at = lines[row].find('*');
    ASSERT_NE(at, std::string::npos) << render(plot, kAscii);
    EXPECT_GE(at, before);
    before = at;
  }
  EXPECT_EQ(lines[1].substr(0, 6), "  4 +*");
  EXPECT_EQ(lines[5].substr(0, 5), "  0 +");
  EXPECT_EQ(lines[5].back(), '*');
  EXPECT_EQ(lines[5].size(), 80u - 2);
}

TEST(Plot, GapsSinglePointsAndNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(holds(render(Plot{.series = {{"a", {}, {nan, nan}}}}, kPlain), "no finite values"));
  EXPECT_TRUE(holds(render(Plot{}, kPlain), "no finite values"));
  EXPECT_TRUE(holds(render(Plot{.series = {{"a", {}, {0.5}}}}, kPlain), "●"));
  const auto gap = render(Plot{.series = {{"a", {}, {1, nan, nan, nan, 1}}}}, kAscii);
  int stars = 0;
  for (const auto& line : lines_of(gap))
    if (!holds(line, "** a"))
      for (const char c : line) stars += c == '*';
  EXPECT_EQ(stars, 2) << gap;
}

TEST(Plot, PointsAtTheBestEpoch) {
  Plot plot{.series = {{"a", {}, {3, 2, 1, 2, 3}}}, .mark = 3, .mark_label = "best: epoch 3"};
  EXPECT_TRUE(holds(render(plot, kPlain), "▲ best: epoch 3"));
  plot.mark = 5;  // at the right edge the text stands before it
  EXPECT_TRUE(holds(render(plot, kPlain), "best: epoch 3 ▲"));
  plot.mark = 9;
  EXPECT_FALSE(holds(render(plot, kPlain), "▲"));
}

TEST(Bars, AreAsLongAsTheirValues) {
  const Bars bars{"", {{"a", 4}, {"b", 2}, {"c", -1}}, 20};
  const auto lines = lines_of(render(bars, kAscii));
  const auto length = [&](std::size_t i) {
    return std::count(lines[i].begin(), lines[i].end(), '#');
  };
  EXPECT_EQ(length(0), 16);  // 20 columns for 4 + 1
  EXPECT_EQ(length(1), 8);
  EXPECT_EQ(length(2), 4);
  EXPECT_EQ(lines[2].find('#') + 4, lines[0].find('#'));  // both end at zero
  EXPECT_TRUE(holds(render(Bars{"", {{"x", NAN}}}, kPlain), "nan"));
}

TEST(Images, HalfBlocksHoldTwoRows) {
  const std::vector<float> pixels{1, 0, 1, 0,  //
                                  1, 0, 0, 1};
  const ImageGrid grid{"", {{4, 2, pixels, "7"}}};
  EXPECT_EQ(render(grid, kPlain), "  █ ▀▄\n   7\n");
  EXPECT_EQ(render(grid, kAscii), "  @ ++\n   7\n");
  EXPECT_EQ(lines_of(render(grid, kColor))[0],
            "  \x1b[48;5;231m \x1b[0m\x1b[48;5;16m \x1b[0m\x1b[38;5;231;48;5;16m▀\x1b[0m"
            "\x1b[38;5;16;48;5;231m▀\x1b[0m");
}

TEST(Images, AreAveragedDownToFit) {
  std::vector<float> stripes(100 * 4);
  for (std::size_t i = 0; i < stripes.size(); ++i) stripes[i] = i % 2 ? 1.0f : 0.0f;
  ImageGrid grid{"", {{100, 4, stripes, ""}}};
  grid.per_row = 1;
  const auto lines = lines_of(render(grid, {true, true, 52}));  // 50 columns: two pixels to one
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0], "  \x1b[48;5;244m" + std::string(50, ' ') + "\x1b[0m");  // one even grey
}

TEST(Images, RefuseTheWrongNumberOfPixels) {
  const std::vector<float> pixels(5);
  try {
    render(ImageGrid{"", {{2, 2, pixels, "a"}}}, kPlain);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E-REPORT-01");
  }
}

TEST(Confusion, ShowsCountsRecallAndPrecision) {
  const Confusion confusion{"", {"no", "yes"}, {90, 10, 5, 15}};
  EXPECT_EQ(render(confusion, kPlain),
            "            predicted\n"
            "  true          no    yes  recall\n"
            "  ───────────────────────────────\n"
            "  no            90     10   90.0%\n"
            "  yes            5     15   75.0%\n"
            "  ───────────────────────────────\n"
            "  precision  94.7%  60.0%\n"
            "  105 of 120 rows right (87.5%)\n");
}

TEST(Confusion, OfManyClassesShowsThePairs) {
  Confusion confusion{"", {}, std::vector<double>(900)};
  for (int c = 0; c < 30; ++c) {
    confusion.labels.push_back("class " + std::to_string(c));
    confusion.counts[static_cast<std::size_t>(c * 31)] = 100;
  }
  EXPECT_TRUE(holds(render(confusion, kPlain), "no row is confused"));
  confusion.counts[5 * 30 + 7] = 25;
  const auto text = render(confusion, kPlain);
  EXPECT_TRUE(holds(text, "class 5  class 7")) << text;
  EXPECT_TRUE(holds(text, "20.0%")) << text;
  confusion.counts.pop_back();
  try {
    render(confusion, kPlain);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E-REPORT-02");
  }
}

}  // namespace
}  // namespace glia::report
