// on_error: skip. What cannot be read is left out and counted, wherever the pieces are cut.
#include <gtest/gtest.h>

#include <string>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/data/csv.h"

namespace glia::data {
namespace {

CsvOptions skipping(int threads = 1) {
  return {.separator = ',', .header = Header::yes, .on_error = OnError::skip, .threads = threads};
}

TEST(CsvSkip, EachKindOfBadRecordIsLeftOutAndTold) {
  const auto table = parse_csv(
      "a,b\n1,2\n3,4,5\n6,7\n8\n\"9\"x,1\n10,caf\xE9\n11,12\n\"13,14\n15,16\n", skipping());
  ASSERT_EQ(table.rows(), 4);
  EXPECT_EQ(table.numbers(0), (std::vector<double>{1, 6, 11, 15}));
  EXPECT_TRUE(table.numeric(0) && table.numeric(1)) << "bad records say nothing of the columns";
  const auto& skipped = table.skipped();
  EXPECT_EQ(skipped.count, 5);
  ASSERT_EQ(skipped.first.size(), 5u);
  const char* const said[] = {":3: this row has 3", ":5: this row has 1", ":6: column 1 has text",
                              ":7: byte 0xE9", ":9: the quote opened in column 1"};
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NE(skipped.first[i].find(said[i]), std::string::npos) << skipped.first[i];
  EXPECT_EQ(table.line(3), 10);
}

TEST(CsvSkip, NothingIsSkippedUnasked) {
  EXPECT_THROW(parse_csv("a,b\n1,2\n3\n"), Error);
  EXPECT_EQ(parse_csv("a,b\n1,2\n").skipped().count, 0);
}

TEST(CsvSkip, AFirstRecordThatIsBadAndAFileOfBadOnesAreErrors) {
  const auto code = [](const std::string& text) {
    try {
      parse_csv(text, skipping());
    } catch (const Error& error) {
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(code("\"a\"x,b\n1,2\n"), "E-DATA-04") << "the first record says what the others are";
  EXPECT_EQ(code("a,b\n1\n2\n3\n"), "E-DATA-120");
}

TEST(CsvSkip, AnyNumberOfThreadsSkipsTheSame) {
  Random random(11, "csv skip");
  std::string text = "number,said\n";
  std::int64_t bad = 0;
  std::vector<double> good;
  for (int i = 0; i < 150'000; ++i) {
    switch (random.below(60)) {
      case 0:
        text += "x,y,z\n", ++bad;
        break;
      case 1:
        text += "7,\xFF\n", ++bad;
        break;
      case 2:
        text += "7,\"said\" he\n", ++bad;
        break;
      default:
        text += std::to_string(i) + (i % 3 ? ",plain\n" : ",\"two\nlines, \"\"quoted\"\"\"\n");
        good.push_back(i);
    }
  }
  for (const int threads : {1, 2, 4}) {
    const auto table = parse_csv(text, skipping(threads));
    EXPECT_EQ(table.skipped().count, bad);
    EXPECT_EQ(table.numbers(0), good);
    EXPECT_EQ(table.skipped().first, parse_csv(text, skipping()).skipped().first);
  }
}

}  // namespace
}  // namespace glia::data
