#include "glia/data/dates.h"

#include <gtest/gtest.h>

#include <chrono>

#include "glia/base/random.h"

namespace glia::data {
namespace {

using Seconds = std::optional<std::int64_t>;

// Judge: `date -u -d TEXT +%s`.
TEST(Dates, ReadsTheUsualForms) {
  EXPECT_EQ(parse_date("1970-01-01"), Seconds(0));
  EXPECT_EQ(parse_date("1981-03-05"), Seconds(352598400));
  EXPECT_EQ(parse_date("1981/3/5"), Seconds(352598400));
  EXPECT_EQ(parse_date(" 05.03.1981 "), Seconds(352598400));
  EXPECT_EQ(parse_date("1949-01"), Seconds(-662688000));
  EXPECT_EQ(parse_date("1981-03-05T14:05"), Seconds(352649100));
  EXPECT_EQ(parse_date("1981-03-05 14:05:09.75"), Seconds(352649109));
  EXPECT_EQ(parse_date("1981-03-05T14:05:09Z"), Seconds(352649109));
  EXPECT_EQ(parse_date("1981-03-05T14:05:09+02:00"), Seconds(352641909));
  EXPECT_EQ(parse_date("1981-03-05T14:05:09-0530"), Seconds(352668909));
  EXPECT_EQ(parse_date("1981-03-05T14:05:09+02"), Seconds(352641909));
  EXPECT_EQ(parse_date("2000-02-29"), Seconds(951782400));
}

TEST(Dates, RefusesWhatIsNoneOrCouldBeTwo) {
  for (const char* text : {"",
                           "1981",
                           "12",
                           "1981-13",
                           "1981-02-29",
                           "1981-00-01",
                           "03/05/1981",
                           "1981-03-05T",
                           "1981-03-05T24:00",
                           "1981-03-05T14",
                           "1981-03-05T14:60",
                           "1981-03/05",
                           "0000-01-01",
                           "1981-03-05x",
                           "1981-03-05T14:05:09+",
                           "1981-03-05T14:05:09+2:00",
                           "1900-02-29",
                           "31.04.1981",
                           "today",
                           "-981-03-05",
                           "1981-03-05T14:05:09."})
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
}

TEST(Dates, TextAndBack) {
  Random random(1, "dates");
  for (int i = 0; i < 1000; ++i) {
    const auto seconds = static_cast<std::int64_t>(random.below(250'000'000'000)) - 60'000'000'000;
    EXPECT_EQ(parse_date(date_text(seconds)), Seconds(seconds)) << date_text(seconds);
  }
  EXPECT_EQ(date_text(-1), "1969-12-31T23:59:59");
  EXPECT_EQ(date_text(-86400), "1969-12-31");
}

}  // namespace
}  // namespace glia::data
