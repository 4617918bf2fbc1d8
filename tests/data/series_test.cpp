#include "glia/data/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "glia/base/random.h"
#include "glia/data/csv.h"
#include "glia/data/loader.h"
#include "glia/data/series_source.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using nlohmann::json;
using testing::thrown;
using Ends = std::vector<std::int64_t>;

Series read(const std::string& csv, const SeriesOptions& options) {
  return Series::read(parse_csv(csv, {}, "sales.csv"), options);
}

SeriesOptions options_of(const json& o) {
  SeriesOptions s{.time = "time", .targets = {"sales"}, .columns = {"rain"}};
  s.log = o.at("log"), s.differences = o.at("differences").get<Ends>();
  s.lags = o.at("lags").get<Ends>(), s.rolling = o.at("rolling").get<Ends>();
  s.seasons = o.at("seasons").get<std::vector<std::string>>();
  if (o.at("scale") == "min_max") s.scale = SeriesScale::min_max;
  return s;
}

TEST(Series, AgreesWithPandas) {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/series.json");
  const json golden = json::parse(file);
  for (const auto& c : golden.at("cases")) {
    const auto options = options_of(c.at("options"));
    const auto series = read(c.at("csv"), options);
    const auto encoder =
        SeriesEncoder::fit(series, Ends{c.at("train").get<std::int64_t>()}, options);
    const auto features = encoder.encode(series).features;
    const auto& expected = c.at("values");
    ASSERT_EQ(features.shape(),
              (Shape{c.at("shape")[0].get<std::int64_t>(), c.at("shape")[1].get<std::int64_t>()}));
    for (std::int64_t i = 0; i < features.size(); ++i) {
      const auto& e = expected[static_cast<std::size_t>(i)];
      if (e.is_null())
        ASSERT_TRUE(std::isnan(features.at(i))) << c.at("name") << ", value " << i;
      else
        ASSERT_NEAR(features.at(i), e.get<double>(),
                    1e-6 * std::max(1.0, std::abs(e.get<double>())))
            << c.at("name") << ", value " << i;
    }
  }
}

// A daily series of two groups and two targets, rows of both in turn.
std::string two_shops(std::int64_t days, double later = 0, std::int64_t from = 1 << 30) {
  std::string csv = "day,shop,sales,visits\n";
  Random random(3, "shops");
  for (std::int64_t d = 0; d < days; ++d)
    for (const char* shop : {"south", "north"}) {
      const double sales =
          50 + static_cast<double>(d) + 5 * random.uniform() + (d >= from ? later : 0);
      const double visits = 200 + 20 * random.normal() + (d >= from ? later : 0);
      csv += std::to_string(d) + "," + shop + "," + std::to_string(sales) + "," +
             std::to_string(visits) + "\n";
    }
  return csv;
}

SeriesOptions shops() {
  return {.time = "day",
          .group = "shop",
          .targets = {"sales", "visits"},
          .window = 6,
          .horizon = 3,
          .log = true,
          .differences = {1, 7},
          .lags = {2},
          .rolling = {3},
          .seasons = {"7"}};
}

struct Parts {
  std::shared_ptr<const EncodedSeries> rows;
  std::shared_ptr<const SeriesSource> train, validation, test;
};
Parts parts_of(const std::string& csv, const SeriesOptions& options, double validation = 0.2,
               double test = 0.2) {
  auto series = read(csv, options);
  const auto cut = split(series, validation, test);
  const auto encoder = SeriesEncoder::fit(series, cut.train_end, options);
  const Ends starts(series.starts.begin(), series.starts.end() - 1);
  const Ends ends(series.starts.begin() + 1, series.starts.end());
  Parts p;
  p.rows = std::make_shared<EncodedSeries>(std::move(series), encoder);
  p.train = std::make_shared<SeriesSource>(p.rows, starts, cut.train_end, options.stride);
  p.validation = std::make_shared<SeriesSource>(p.rows, cut.train_end, cut.validation_end);
  p.test = std::make_shared<SeriesSource>(p.rows, cut.validation_end, ends);
  return p;
}

TEST(Series, GroupsAreSeriesOfTheirOwn) {
  const auto s = read(two_shops(10), shops());
  EXPECT_EQ(s.names, (std::vector<std::string>{"north", "south"}));
  EXPECT_EQ(s.starts, (Ends{0, 10, 20}));
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(s.times[i], static_cast<double>(i % 10));
  const auto cut = split(s, 0.2, 0.3);
  EXPECT_EQ(cut.train_end, (Ends{5, 15}));
  EXPECT_EQ(cut.validation_end, (Ends{7, 17}));
}

// All series are cut at one time, however they lie along it.
TEST(Series, SplitsAreByTime) {
  std::string csv = "day,shop,sales\n";
  for (int d = 0; d < 40; ++d) csv += std::to_string(d) + ",a," + std::to_string(d) + "\n";
  for (int d = 30; d < 50; ++d) csv += std::to_string(d) + ",b," + std::to_string(d) + "\n";
  const SeriesOptions options{.time = "day", .group = "shop", .targets = {"sales"}};
  const auto s = read(csv, options);
  const auto cut = split(s, 0.2, 0.2);
  double last_training = 0, first_validation = 100;
  for (std::size_t i = 0; i < 2; ++i) {
    for (auto row = s.starts[i]; row < cut.train_end[i]; ++row)
      last_training = std::max(last_training, s.times[static_cast<std::size_t>(row)]);
    for (auto row = cut.train_end[i]; row < cut.validation_end[i]; ++row)
      first_validation = std::min(first_validation, s.times[static_cast<std::size_t>(row)]);
  }
  EXPECT_LT(last_training, first_validation);
  for (const auto& [v, t] : {std::pair(-0.1, 0.0), {0.5, 0.5}, {0.0, 1.0}, {NAN, 0.1}})
    EXPECT_EQ(thrown([&] { split(s, v, t); }).code, "E-DATA-50");
}

// What is known after the training part changes neither the fit nor a training batch; of each fold.
TEST(Series, NothingLaterIsFitted) {
  for (const double test : {0.2, 0.3, 0.4}) {
    const auto first = static_cast<std::int64_t>(std::llround((1 - test - 0.2) * 60));
    const auto clean = parts_of(two_shops(60), shops(), 0.2, test);
    const auto other = parts_of(two_shops(60, 1000, first), shops(), 0.2, test);
    EXPECT_EQ(clean.rows->encoder.to_json(), other.rows->encoder.to_json());
    Loader a(clean.train, {.batch_size = clean.train->size()});
    Loader b(other.train, {.batch_size = other.train->size()});
    const Batch *x = a.next(), *y = b.next();
    EXPECT_TRUE(same_bits(x->features, y->features));
    EXPECT_TRUE(same_bits(x->targets, y->targets));
    EXPECT_FALSE(same_bits(*clean.test->all_targets(0), *other.test->all_targets(0)));
  }
}

// Targets lie in their part; of what a window sees, nothing lies after it.
TEST(Series, WindowsStayInTheirParts) {
  const auto p = parts_of(two_shops(60), shops());
  const auto& starts = p.rows->series.starts;
  const auto in = [&](const SeriesSource& source, std::int64_t from, std::int64_t to) {
    for (std::int64_t w = 0; w < source.size(); ++w) {
      const auto at = source.last_row(w) % 60;
      EXPECT_GE(at + 1, from);
      EXPECT_LE(at + 3, to - 1);
    }
    return source.size();
  };
  // History: 8 for the differences, 2 for the lag or the mean; window 6.
  EXPECT_EQ(in(*p.train, 16, 36), 2 * (36 - 16 - 2));
  EXPECT_EQ(in(*p.validation, 36, 48), 2 * (12 - 2));
  EXPECT_EQ(in(*p.test, 48, 60), 2 * (12 - 2));
  EXPECT_EQ(starts.back(), 120);
  EXPECT_EQ(p.rows->encoded.features.shape()[0].value(), 120) << "windows are views";
  Loader loader(p.train, {.batch_size = p.train->size()});
  for (const Batch* b = loader.next(); const float v : b->features.data<float>())
    ASSERT_TRUE(std::isfinite(v));
}

TEST(Series, StrideTakesEveryOtherTrainingWindow) {
  auto options = shops();
  const auto all = parts_of(two_shops(60), options).train->size();
  options.stride = 3;
  EXPECT_EQ(parts_of(two_shops(60), options).train->size(), all / 3);
}

// What is learned, taken back, is what stands in the table.
TEST(Series, TargetsComeBackInTheirUnit) {
  for (const bool log : {false, true})
    for (const Ends& lags : {Ends{}, {1}, {7}, {1, 7}, {1, 1, 2}})
      for (const auto scale : {SeriesScale::standardize, SeriesScale::min_max, SeriesScale::none}) {
        auto options = shops();
        options.log = log, options.differences = lags, options.scale = scale;
        const auto p = parts_of(two_shops(60), options);
        const auto restored = p.test->restored(*p.test->all_targets(0));
        for (std::int64_t w = 0; w < p.test->size(); ++w)
          for (std::int64_t h = 0; h < 3; ++h)
            for (std::size_t k = 0; k < 2; ++k) {
              const double is = restored.at((w * 3 + h) * 2 + static_cast<std::int64_t>(k));
              const double was =
                  p.rows->series.values[k][static_cast<std::size_t>(p.test->last_row(w) + h + 1)];
              ASSERT_NEAR(is / was, 1, 1e-5) << "log " << log << ", " << lags.size() << " lags";
            }
      }
}

// Forecasts of a trend and a season that never change are exact where nothing is left to learn.
TEST(Series, DifferencesOfZeroContinueTrendAndSeason) {
  std::string csv = "t,sales\n";
  const auto value = [](int t) { return 3 * t + 10 * ((t % 4) * (t % 4)); };
  for (int t = 0; t < 30; ++t) csv += std::to_string(t) + "," + std::to_string(value(t)) + "\n";
  const SeriesOptions options{
      .time = "t", .targets = {"sales"}, .window = 3, .horizon = 9, .differences = {1, 4}};
  const auto series = read(csv, options);
  const auto encoder = SeriesEncoder::fit(series, Ends{30}, options);
  const auto rows = std::make_shared<EncodedSeries>(series, encoder);
  const auto last = SeriesSource::last(rows);
  ASSERT_EQ(last->size(), 1);
  const auto forecast = last->restored(Tensor(DType::f32, {1, 9}));
  for (int h = 0; h < 9; ++h) EXPECT_EQ(forecast.at(h), value(30 + h));
  EXPECT_EQ(last->all_targets(0)->at(0), 0);
}

TEST(Series, TheSameBitsWithAnyNumberOfThreadsAndFromAnyPlace) {
  const auto p = parts_of(two_shops(60), shops());
  const auto epoch = [&](int workers, std::int64_t from) {
    Loader loader(p.train, {.batch_size = 5, .shuffle = true, .seed = 2, .workers = workers});
    loader.start(1, from);
    std::string bytes;
    while (const Batch* b = loader.next())
      for (const auto* t : {&b->features, &b->targets, &b->weights})
        bytes.append(reinterpret_cast<const char*>(t->raw()), t->bytes());
    return bytes;
  };
  const auto whole = epoch(0, 0);
  for (const int workers : {0, 1, 2, 4}) {
    EXPECT_TRUE(epoch(workers, 0) == whole) << workers;
    EXPECT_TRUE(whole.ends_with(epoch(workers, 4))) << workers;
  }
}

TEST(Series, NaiveForecasts) {
  std::string csv = "sales\n";
  for (int t = 0; t < 20; ++t) csv += std::to_string(10 * (t % 2) + t) + "\n";
  const SeriesOptions options{.targets = {"sales"}, .window = 2, .horizon = 2};
  const auto p = parts_of(csv, options, 0.2, 0.5);
  EXPECT_DOUBLE_EQ(*p.test->naive_rmse(2), 2) << "2 more in each period of 2";
  // One step: 11 up or 9 down; two: 2.
  const double up = 11 * 11, down = 9 * 9;
  EXPECT_NEAR(*p.test->naive_rmse(), std::sqrt(((4 * up + 5 * down) + 9 * 4) / 18), 1e-9);
  // The first training window has seen two rows; nothing stands before its series.
  EXPECT_TRUE(p.train->naive_rmse(2).has_value());
  for (const std::int64_t period : {3L, 20L, 21L, 999'999L, std::numeric_limits<long>::max()})
    EXPECT_FALSE(p.train->naive_rmse(period).has_value()) << period;
  // Nor is the end of the series before it its past.
  std::string shops = "shop,sales\n";
  for (int row = 0; row < 20; ++row) shops += row < 10 ? "a,1\n" : "b,9\n";
  const auto two = parts_of(shops, {.group = "shop", .targets = {"sales"}, .window = 1});
  EXPECT_DOUBLE_EQ(*two.train->naive_rmse(), 0);
  EXPECT_FALSE(two.train->naive_rmse(2).has_value());
}

TEST(Series, JsonAndBack) {
  const auto encoder = parts_of(two_shops(60), shops()).rows->encoder;
  const auto text = encoder.to_json();
  EXPECT_EQ(SeriesEncoder::from_json(text).to_json(), text);
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"\"window\": 6", "\"window\": 0"},
        {"\"window\": 6", "\"window\": 6e99"},
        {"standardize", "standard"},
        {"\"scales\": [", "\"scales\": [{\"center\":0,\"scale\":1},"},
        {"\"step\": 1.0", "\"step\": 0"},
        {"\"kind\": \"numbers\"", "\"kind\": \"number\""}}) {
    auto damaged = text;
    const auto at = damaged.find(from);
    ASSERT_NE(at, damaged.npos) << from;
    damaged.replace(at, from.size(), to);
    EXPECT_EQ(thrown([&] { SeriesEncoder::from_json(damaged); }).code, "E-DATA-154") << to;
  }
}

TEST(SeriesErrors, NameTheLineAndTheValue) {
  const SeriesOptions options{.time = "day", .targets = {"sales"}};
  const auto error = [&](const std::string& csv, SeriesOptions o) {
    return thrown([&] { read(csv, o); });
  };
  const auto back = error("day,sales\n1999-01-02,1\n1999-01-03,2\n1999-01-01,3\n", options);
  EXPECT_EQ(back.code, "E-DATA-158");
  EXPECT_TRUE(back.says("sales.csv:4")) << back.message;
  EXPECT_TRUE(back.says("from '1999-01-03' to '1999-01-01'")) << back.message;
  const auto no_date = error("day,sales\n1999-01-02,1\n1999-02-30,2\n", options);
  EXPECT_EQ(no_date.code, "E-DATA-174");
  EXPECT_TRUE(no_date.says("sales.csv:3") && no_date.says("1999-02-30")) << no_date.message;
  EXPECT_EQ(error("day,sales\n,1\n2,2\n", options).code, "E-DATA-174");
  const auto missing = error("day,sales\n1,1\n2,\n3,NA\n", options);
  EXPECT_EQ(missing.code, "E-DATA-159");
  EXPECT_TRUE(missing.says("sales.csv:3") && missing.says("2 missing")) << missing.message;
  auto filling = options;
  filling.fill_previous = true;
  EXPECT_EQ(read("day,sales\n1,1\n2,\n3,NA\n", filling).values[0], (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(error("day,sales\n1,\n2,1\n", filling).code, "E-DATA-159");
  auto log = options;
  log.log = true;
  const auto zero = error("day,sales\n1,1\n2,0\n", log);
  EXPECT_EQ(zero.code, "E-DATA-160");
  EXPECT_TRUE(zero.says("sales.csv:3")) << zero.message;
  auto grouped = options;
  grouped.group = "shop";
  EXPECT_EQ(error("day,shop,sales\n1,a,1\n2,,2\n", grouped).code, "E-DATA-159");
  EXPECT_EQ(error("day,sales\n1,x\n2,y\n", options).code, "E-DATA-11");
  EXPECT_EQ(error("date,sales\n1,1\n2,2\n", options).code, "E-DATA-10");
}

TEST(SeriesErrors, OptionsThatCannotBe) {
  const SeriesOptions good{.time = "day", .targets = {"sales"}};
  const auto code = [&](auto change) {
    auto options = good;
    change(options);
    return thrown([&] { check(options); }).code;
  };
  EXPECT_EQ(code([](auto&) {}), "nothing");
  EXPECT_EQ(code([](auto& o) { o.window = 0; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.horizon = -1; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.stride = 0; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.differences = {0}; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.lags = {-3}; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.targets = {}; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.columns = {"sales"}; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.columns = {"day"}; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.seasons = {"moon"}; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.seasons = {"1"}; }), "E-DATA-155");
  EXPECT_EQ(code([](auto& o) { o.seasons = {"week"}, o.time = ""; }), "E-DATA-155");
  auto week = good;
  week.seasons = {"week"};
  EXPECT_EQ(thrown([&] { read("day,sales\n1,1\n2,2\n", week); }).code, "E-DATA-155");
  EXPECT_EQ(thrown([&] { parts_of(two_shops(20), shops()); }).code, "E-DATA-156");
}

TEST(SeriesTime, StepsOfMonthsDaysAndNumbers) {
  const auto axis = [](const std::string& times) {
    std::string csv = "time,sales\n";
    std::int64_t rows = 0;
    for (std::size_t from = 0; from < times.size(); ++rows) {
      const auto end = std::min(times.find(' ', from), times.size());
      csv += times.substr(from, end - from) + ",1\n";
      from = end + 1;
    }
    const SeriesOptions options{.time = "time", .targets = {"sales"}};
    const auto series = read(csv, options);
    const auto encoder = SeriesEncoder::fit(series, Ends{rows}, options);
    return std::pair(encoder.axis(), encoder.notes(series));
  };
  const auto months = axis("1949-01 1949-02 1949-03 1949-04").first;
  EXPECT_TRUE(months.months);
  const auto next = [](const TimeAxis& a, double from, std::int64_t n) {
    return a.text(a.after(from, n));
  };
  EXPECT_EQ(next(months, months.origin, 13), "1950-02");
  EXPECT_EQ(months.place(months.after(months.origin, 25)), 25);
  const auto [days, notes] = axis("1984-02-27 1984-02-28 1984-02-29 1984-03-01 1984-03-03");
  EXPECT_EQ(days.step, 86400);
  EXPECT_EQ(next(days, days.origin, 3), "1984-03-01");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(notes[0].starts_with("1 of 4 steps")) << notes[0];
  EXPECT_NE(notes[0].find("1984-03-03"), std::string::npos) << notes[0];
  const auto quarters = axis("2001-01-15 2001-04-15 2001-07-15").first;
  EXPECT_EQ(next(quarters, quarters.origin, 4), "2002-01-15");
  const auto [numbers, none] = axis("0.5 1.0 1.5 2.0");
  EXPECT_EQ(numbers.step, 0.5);
  EXPECT_EQ(numbers.text(numbers.after(2, 1)), "2.5");
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace glia::data
