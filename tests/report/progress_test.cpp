#include "glia/report/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace glia::report {
namespace {

constexpr Style kPlain{.color = false, .unicode = true, .width = 80};

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// What a Progress wrote, piece by piece.
struct Written {
  std::vector<std::string> pieces;
  Progress::Sink sink() {
    return [this](std::string_view text) { pieces.emplace_back(text); };
  }
};

ProgressOptions epoch(bool terminal) {
  return {.label = "epoch 1/3",
          .total = 1000,
          .items_per_step = 64,
          .unit = "rows",
          .terminal = terminal,
          .style = kPlain};
}

TEST(ProgressLine, KeepsToTheWidthAndGivesUpTheLeastImportantFirst) {
  const Moment moment{
      "epoch  3/30", 543, 938,    4.2,
      12412,         3.4, "rows", {{"loss", 0.21341}, {"accuracy", 0.93218}, {"recall", 0.9}}};
  for (const bool unicode : {false, true})
    for (const bool color : {false, true})
      for (int width = 1; width < 160; ++width)
        ASSERT_LE(display_width(progress_line(moment, {color, unicode, width})), width);
  const auto wide = progress_line(moment, {false, true, 160});
  for (const char* part : {"57%", "543/938", "12.4k rows/s", "0:03 left", "loss 0.2134",
                           "accuracy 0.9322", "recall 0.9000"})
    EXPECT_TRUE(holds(wide, part)) << part << ": " << wide;
  // What a terminal of 80 columns must show: bar, rate, time left, loss and a metric.
  const auto usual = progress_line(moment, {false, true, 79});
  for (const char* part : {"━━━━", "12.4k rows/s", "0:03 left", "loss 0.2134", "accuracy 0.9322"})
    EXPECT_TRUE(holds(usual, part)) << part << ": " << usual;
  EXPECT_TRUE(holds(progress_line(moment, {false, true, 40}), "57%"));  // where there is no bar
}

TEST(ProgressLine, TheBarIsFilledByItsShare) {
  for (const int step : {0, 250, 500, 999, 1000}) {
    const auto line = progress_line({.label = "x", .step = step, .total = 1000},
                                    {.color = false, .unicode = false, .width = 80});
    const auto begin = line.find('['), end = line.find(']');
    ASSERT_NE(begin, std::string::npos);
    const auto inside = line.substr(begin + 1, end - begin - 1);
    EXPECT_EQ(inside.size(), 28u);
    EXPECT_EQ(std::count(inside.begin(), inside.end(), '='), 28 * step / 1000) << line;
  }
  EXPECT_TRUE(holds(progress_line({.step = 999, .total = 1000}, kPlain), " 99%"));
}

TEST(ProgressLine, TheEndShowsTheTimeTakenAndAllMetricsFirst) {
  const Moment end{
      "epoch  3/30", 938,
      938,           7.62,
      13102,         0,
      "rows",        {{"loss", 0.2}, {"accuracy", 0.9}, {"val_loss", 0.25}, {"val_accuracy", 0.91}},
      true};
  const auto line = progress_line(end, {false, true, 79});
  for (const char* part :
       {"loss 0.2000", "accuracy 0.9000", "val_loss 0.2500", "val_accuracy 0.9100"})
    EXPECT_TRUE(holds(line, part)) << line;
  EXPECT_TRUE(holds(progress_line(end, {false, true, 120}), "7.6 s"));
  EXPECT_FALSE(holds(progress_line(end, {false, true, 120}), "left"));
}

TEST(Progress, RedrawsATerminalAtMostTenTimesASecond) {
  Written written;
  Progress progress(epoch(true), written.sink(), 0);
  for (int step = 1; step <= 1000; ++step) progress.update(step, step * 0.01, {{"loss", 1.0}});
  progress.finish(10, {{"loss", 0.5}});
  progress.finish(11);  // a second one says nothing
  EXPECT_GE(written.pieces.size(), 90u);
  EXPECT_LE(written.pieces.size(), 102u);
  for (const auto& piece : written.pieces) {
    EXPECT_EQ(piece.front(), '\r');
    EXPECT_LT(display_width(piece.substr(1)), 80);  // the last column stays free
  }
  EXPECT_TRUE(written.pieces.back().ends_with("\x1b[K\n"));
  EXPECT_FALSE(holds(written.pieces[50], "\n"));
  EXPECT_TRUE(holds(written.pieces.back(), "loss 0.5000")) << written.pieces.back();
  EXPECT_TRUE(holds(written.pieces.back(), "10.0 s")) << written.pieces.back();
}

TEST(Progress, WritesSparsePlainLinesElsewhere) {
  Written written;
  Progress progress(epoch(false), written.sink(), 0);
  for (int step = 1; step <= 1000; ++step) progress.update(step, step * 0.1, {{"loss", 1.0}});
  progress.finish(100);
  EXPECT_EQ(written.pieces.size(), 10u);  // 10 % .. 90 %, and the end
  for (const auto& piece : written.pieces) {
    EXPECT_EQ(std::count(piece.begin(), piece.end(), '\n'), 1);
    EXPECT_FALSE(holds(piece, "\r"));
    EXPECT_FALSE(holds(piece, "\x1b"));
  }
  EXPECT_TRUE(holds(written.pieces[0], " 10%"));
  Written quick;  // a quick epoch is one line
  Progress short_epoch(epoch(false), quick.sink(), 0);
  for (int step = 1; step <= 1000; ++step) short_epoch.update(step, step * 0.001);
  short_epoch.finish(1);
  EXPECT_EQ(quick.pieces.size(), 1u);
}

TEST(Progress, TheRateAndTheTimeLeftFollowTheWork) {
  Written written;
  Progress progress(epoch(true), written.sink(), 100);
  for (int step = 1; step <= 250; ++step) progress.update(step, 100 + step * 0.02);
  EXPECT_TRUE(holds(written.pieces.back(), "3.20k rows/s")) << written.pieces.back();  // 50 * 64
  EXPECT_TRUE(holds(written.pieces.back(), "0:15 left")) << written.pieces.back();
  for (int step = 251; step <= 500; ++step) progress.update(step, 105 + (step - 250) * 0.2);
  EXPECT_TRUE(holds(written.pieces.back(), "  320 rows/s")) << written.pieces.back();  // it forgets
  EXPECT_TRUE(holds(written.pieces.back(), "1:40 left")) << written.pieces.back();
}

TEST(Progress, AResumedRunCountsOnlyItsOwnStepsInTheRate) {
  Written written;
  auto options = epoch(true);
  options.start = 900;
  Progress progress(options, written.sink(), 0);
  for (int step = 901; step <= 1000; ++step) progress.update(step, (step - 900) * 0.1);
  progress.finish(10);
  EXPECT_TRUE(holds(written.pieces.back(), "640 rows/s")) << written.pieces.back();
}

TEST(Progress, AMessageStandsAboveTheLine) {
  Written written;
  Progress progress(epoch(true), written.sink(), 0);
  progress.update(10, 1);
  progress.message("a warning", 1.01);
  ASSERT_EQ(written.pieces.size(), 3u);
  EXPECT_EQ(written.pieces[1], "\ra warning\x1b[K\n");
  EXPECT_EQ(written.pieces[2].front(), '\r');
  Written log;
  Progress plain(epoch(false), log.sink(), 0);
  plain.message("a warning", 1);
  EXPECT_EQ(log.pieces, std::vector<std::string>{"a warning\n"});
}

TEST(Progress, AsksForValuesOnlyWhereTheyAreShown) {
  Written written;
  Progress progress(epoch(true), written.sink(), 0);
  int asked = 0;
  for (int step = 1; step <= 1000; ++step)
    progress.update(step, step * 0.001, [&] { return ++asked, NamedValues{{"loss", 0.25}}; });
  EXPECT_GE(asked, 9);
  EXPECT_LE(asked, 11);
  EXPECT_EQ(static_cast<std::size_t>(asked), written.pieces.size());
  EXPECT_TRUE(holds(written.pieces.back(), "loss 0.2500"));
}

TEST(Progress, AnUnknownTotalHasACountAndNoShare) {
  const auto line = progress_line(
      {.label = "reading", .step = 1234567, .seconds = 12.4, .rate = 98123, .unit = "rows"},
      kPlain);
  EXPECT_EQ(line, "reading  1,234,567 rows  98.1k rows/s       0:12");
}

}  // namespace
}  // namespace glia::report
