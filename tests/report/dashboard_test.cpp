#include "glia/report/dashboard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "glia/base/random.h"
#include "glia/base/text.h"
#include "glia/report/bars.h"
#include "glia/report/curve.h"
#include "glia/report/pace.h"

namespace glia::report {
namespace {

bool holds(const std::vector<std::string>& lines, std::string_view part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

Series falling(const std::string& name, int count, double noise) {
  Random random(7, name);
  Series series{name, {}, {}};
  for (int i = 0; i < count; ++i) {
    series.x.push_back(i * 0.01);
    series.y.push_back(2 * std::exp(-i * 0.01) + 0.1 + noise * random.uniform());
  }
  return series;
}

Dashboard training() {
  Dashboard d;
  d.title = "income";
  d.state = "training  1:23";
  d.state_role = Paint::good;
  d.about = {{"task", "'income', yes or no: >50K against <=50K"},
             {"data", "27,676 training rows, 4,885 for validation; a row is [108]"},
             {"model", "dense 64 > dropout > dense 1; 7,041 parameters"},
             {"folder", "runs/income"}};
  d.plot.x_label = "epoch";
  d.plot.series = {falling("loss", 500, 0.2), falling("val_loss", 12, 0)};
  d.plot.mark = 0.07;
  d.plot.mark_label = "best: epoch 7";
  Moment epoch{.label = "epoch 3/30", .step = 120, .total = 217, .seconds = 2};
  epoch.rate = 12412, epoch.left = 3, epoch.unit = "rows";
  epoch.values = {{"loss", 0.31}, {"accuracy", 0.85}};
  d.progress = {epoch, {.label = "whole run ", .step = 554, .total = 6510, .left = 60}};
  d.facts = {{"learning rate", "0.0010"},
             {"batches", "97.1/s"},
             {"waiting for data", "3%"},
             {"best val_loss", "0.3121 in epoch 7"},
             {"patience left", "2 of 3"}};
  d.meters = {{"val_accuracy", "0.8512", 0.8512, "best 0.8533", Paint::second},
              {"val_rmse", "12.31", -1, "best 11.02", Paint::second},
              {"accuracy", "0.8534", 0.8534, "", Paint::first},
              {"memory", "210 MB", 0.4, "peak 250 MB", Paint::third}};
  d.messages = {"warning: a first one", "step 12: learning rates are multiplied by 0.5"};
  d.keys = {{"q", "stop"}, {"-/+", "rate"},   {"p", "pause"},     {"?", "help"},
            {"l", "log"},  {"v", "validate"}, {"c", "checkpoint"}};
  return d;
}

Style plain(int width) { return {.color = false, .unicode = true, .width = width}; }

void expect_inside(const Dashboard& d, const Style& style, int rows) {
  const auto lines = render(d, style, rows);
  ASSERT_LE(lines.size(), static_cast<std::size_t>(std::max(0, rows))) << style.width;
  for (const auto& line : lines) {
    ASSERT_LE(display_width(line), style.width) << rows << ": " << line;
    ASSERT_EQ(line.find('\n'), std::string::npos);
    ASSERT_TRUE(is_utf8(line));
    if (!style.color) ASSERT_EQ(line.find('\x1b'), std::string::npos);
    if (!style.unicode)
      ASSERT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c >= 0; })) << line;
  }
}

TEST(Dashboard, StaysInsideOfAnyScreen) {
  for (const bool help : {false, true})
    for (const bool unicode : {false, true})
      for (const bool color : {false, true}) {
        auto d = training();
        if (help) d.help = {{"q", "ends the training as if its epochs were over"}, {"?", "back"}};
        for (int width = 1; width < 210; width += width < 60 ? 5 : 29)
          for (int rows = 0; rows < 62; rows += rows < 30 ? 2 : 9)
            expect_inside(d, {color, unicode, width}, rows);
      }
}

TEST(Dashboard, StaysInsideWithAnyText) {
  Random random(3, "dashboard");
  const std::vector<std::string> pieces{"a", "income", "é",   "日本",         "🙂",
                                        " ", "\x1b",   "[2J", "\xff\xfe\n\t", "e\xcc\x81"};
  const auto text = [&] {
    std::string out;
    for (auto n = random.below(40); n > 0; --n) out += pieces[random.below(pieces.size())];
    return out;
  };
  for (int round = 0; round < 40; ++round) {
    auto d = training();
    d.title = text(), d.state = text(), d.plot.mark_label = text(), d.plot.x_label = text();
    for (auto* lines : {&d.about, &d.facts, &d.keys})
      for (auto& [name, line] : *lines) name = text(), line = text();
    for (auto& meter : d.meters) {
      meter = {text(), text(), random.uniform() * 2 - 0.5, text(), Paint::first};
      if (random.below(4) == 0) meter.share = std::numeric_limits<double>::quiet_NaN();
    }
    for (auto& message : d.messages) message = text();
    for (auto& series : d.plot.series) {
      series.name = text();
      for (auto& y : series.y)
        y = random.below(9) == 0 ? NAN : random.normal() * std::pow(10.0, random.normal() * 9);
    }
    d.plot.log_y = random.below(2) == 0;
    for (const int width : {3, 17, 40, 79, 111, 199})
      for (const int rows : {1, 4, 12, 24, 59})
        expect_inside(d, {round % 2 == 0, round % 3 != 0, width}, rows);
  }
}

TEST(Dashboard, ShowsWhatMattersFirst) {
  // The smallest that is promised.
  const auto small = render(training(), plain(39), 12);
  for (const char* part : {"income", "training", "epoch 3/30", "loss 0.31", "1:00 left",
                           "whole run", "learning rate", "multiplied", "q stop", "└"})
    EXPECT_TRUE(holds(small, part)) << part;
  const auto usual = render(training(), plain(79), 24);
  for (const char* part :
       {"income", "training  1:23", "epoch 3/30", "12.4k rows/s", "whole run",
        "learning rate 0.0010", "97.1/s", "waiting for data 3%", "patience left 2", "val_accuracy",
        "best 0.8533", "memory", "peak 250 MB", "loss", "best: epoch 7", "p pause", "c checkpoint",
        "multiplied by 0.5", "task"})
    EXPECT_TRUE(holds(usual, part)) << part;
  EXPECT_EQ(usual.size(), 24u);
  const auto large = render(training(), plain(199), 60);
  EXPECT_EQ(large.size(), 60u);
  for (const char* part : {"task", "folder", "a first one", "val_rmse"})
    EXPECT_TRUE(holds(large, part)) << part;
}

TEST(Dashboard, APlotThatHasNoRoomIsLeftOut) {
  EXPECT_FALSE(holds(render(training(), plain(79), 8), "└"));
  EXPECT_FALSE(holds(render(training(), plain(20), 30), "└"));
  EXPECT_TRUE(holds(render(training(), plain(20), 30), "val_rmse"));
}

TEST(Dashboard, PartsKeepTheirPlaceWhileNumbersChange) {
  auto d = training();
  const auto row_of = [&](std::string_view part) {
    const auto lines = render(d, plain(79), 24);
    return std::find_if(lines.begin(), lines.end(),
                        [&](const auto& line) { return line.find(part) != std::string::npos; }) -
           lines.begin();
  };
  const auto row = row_of("whole run");
  for (double scale = 1e-3; scale < 1e4; scale *= 3) {
    d.plot.series.front() = falling("loss", 300, scale);
    EXPECT_EQ(row_of("whole run"), row) << scale;
  }
}

TEST(Dashboard, HelpStandsInPlaceOfTheCurves) {
  auto d = training();
  d.help = {{"q", "ends the training"}, {"Ctrl-C", "interrupts"}};
  const auto lines = render(d, plain(79), 24);
  EXPECT_TRUE(holds(lines, "ends the training"));
  EXPECT_TRUE(holds(lines, "epoch 3/30"));
  EXPECT_FALSE(holds(lines, "└"));
}

TEST(Plot, LogarithmicAxesNameTheHeights) {
  Plot plot{.title = "", .x_label = "", .series = {{"loss", {}, {100, 10, 1, 0.1, 0.01}}}};
  plot.log_y = true;
  plot.height = 9;
  const auto text = render(plot, {.color = false, .unicode = false, .width = 60});
  std::vector<std::string> lines;
  for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 1)
    lines.push_back(text.substr(at, (end = text.find('\n', at)) - at));
  // Equal factors are equal heights: the line is straight, and each power of ten stands on it.
  for (const char* label : {" 100 +", "   1 +", "0.01 +"}) EXPECT_TRUE(holds(lines, label)) << text;
  std::vector<std::size_t> columns;
  for (const auto& line : lines)
    if (const auto bar = line.find_first_of("+|"); bar != std::string::npos && bar > 1)
      if (const auto star = line.find('*', bar); star != std::string::npos) columns.push_back(star);
  ASSERT_GE(columns.size(), 5u) << text;
  for (std::size_t i = 3; i < columns.size(); ++i)  // of the first line, half is above the area
    EXPECT_NEAR(static_cast<double>(columns[i] - columns[i - 1]),
                static_cast<double>(columns[2] - columns[1]), 1.5)
        << text;
  // What has no logarithm is a gap, not an error.
  plot.series.front().y = {1, 0, -1, 10};
  EXPECT_NE(render(plot, plain(60)).find("10"), std::string::npos);
  plot.series.front().y = {0, -1};
  EXPECT_NE(render(plot, plain(60)).find("no finite values"), std::string::npos);
}

TEST(Plot, LowOnesAreLow) {
  Random random(5, "low");
  for (int round = 0; round < 300; ++round) {
    Plot plot{.title = "", .x_label = "", .series = {{"loss", {}, {}}}};
    for (int i = 0; i < 5; ++i)
      plot.series.front().y.push_back(random.normal() * std::pow(10.0, random.normal() * 3));
    plot.log_y = round % 2 == 0;
    plot.height = 3 + static_cast<int>(random.below(4));
    const auto text = render(plot, plain(60));
    const auto lines = std::count(text.begin(), text.end(), '\n');
    EXPECT_LE(lines, plot.height + plot.height / 2 + 3) << text;
  }
}

TEST(Curve, IsTheMeansOfNeighbours) {
  Curve curve(8);
  EXPECT_TRUE(curve.empty());
  for (int i = 0; i < 32; ++i) curve.add(i, 2 * i);
  const auto series = curve.series("loss", true);
  ASSERT_EQ(series.x.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_DOUBLE_EQ(series.x[i], 4 * static_cast<double>(i) + 1.5);
    EXPECT_DOUBLE_EQ(series.y[i], 2 * series.x[i]);
  }
  curve.add(32, 64);  // half full again, the last group with one
  const auto more = curve.series("loss", true);
  ASSERT_EQ(more.x.size(), 5u);
  EXPECT_DOUBLE_EQ(more.x[4], 32);
  EXPECT_DOUBLE_EQ(more.x[0], 3.5);
}

TEST(Curve, KeepsItsSizeAndItsMean) {
  Random random(11, "curve");
  Curve curve(64);
  double sum = 0;
  std::size_t count = 0;
  for (int i = 0; i < 1 << 16; ++i) {
    const double y = random.normal();
    curve.add(i, y);
    curve.add(i, i % 100 == 0 ? NAN : INFINITY);  // is left out
    sum += y;
    ++count;
  }
  const auto series = curve.series("y", true);
  ASSERT_LE(series.y.size(), 64u);
  ASSERT_GE(series.y.size(), 32u);
  double mean = 0;
  for (const double y : series.y) mean += y / static_cast<double>(series.y.size());
  EXPECT_NEAR(mean, sum / static_cast<double>(count), 1e-9);  // 2^16 fills its groups
  EXPECT_TRUE(std::is_sorted(series.x.begin(), series.x.end()));
}

TEST(Curve, SmoothingTakesNoiseAndKeepsTheLevel) {
  Random random(13, "curve");
  Curve noisy, level;
  for (int i = 0; i < 400; ++i) noisy.add(i, 3 + random.normal()), level.add(i, 3);
  const auto spread = [](const Series& series) {
    double most = 0;
    for (std::size_t i = 100; i < series.y.size(); ++i)
      most = std::max(most, std::abs(series.y[i] - 3));
    return most;
  };
  EXPECT_LT(spread(noisy.series("y")), 0.5 * spread(noisy.series("y", true)));
  for (const double y : level.series("y").y) EXPECT_NEAR(y, 3, 1e-12);
}

TEST(Pace, IsTheRateOfTheLastSeconds) {
  Pace pace(100, 50);
  EXPECT_EQ(pace.per_second(), 0);
  for (int i = 1; i <= 100; ++i) pace.measure(100 + 2 * i, 50 + 0.2 * i);
  EXPECT_NEAR(pace.per_second(), 10, 1e-9);
  for (int i = 1; i <= 100; ++i) pace.measure(300 + 10 * i, 70 + 0.2 * i);
  EXPECT_NEAR(pace.per_second(), 50, 0.5);
  pace.skip(910);  // a pause slows nothing
  pace.measure(1300 + 50, 1001);
  EXPECT_NEAR(pace.per_second(), 50, 0.5);
}

TEST(Meter, IsFilledByItsShare) {
  const Style ascii{.color = false, .unicode = false, .width = 80};
  for (const double share : {0.0, 0.25, 0.5, 1.0}) {
    EXPECT_EQ(display_width(meter(share, 22, Paint::first, ascii)), 22);
    EXPECT_EQ(display_width(meter(share, 22, Paint::first, plain(80))), 22);
    const auto text = meter(share, 22, Paint::first, ascii);
    EXPECT_EQ(std::count(text.begin(), text.end(), '='), std::lround(20 * share));
  }
}

}  // namespace
}  // namespace glia::report
