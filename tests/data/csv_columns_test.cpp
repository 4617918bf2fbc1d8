// Lines that are alike, read a column at a time: the same table as the parser of any lines makes.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "glia/base/random.h"
#include "glia/data/csv.h"
#include "glia/data/csv_cells.h"

namespace glia::data {
namespace {

constexpr int kRows = 3'000, kColumns = 6;

std::string digits(Random& random, std::uint64_t most) {
  std::string text;
  for (auto n = 1 + random.below(most); n > 0; --n)
    text += static_cast<char>('0' + random.below(10));
  return text;
}

// Numbers in four columns, of which the last two have other cells among them now and then; words.
std::string cell(Random& random, int column) {
  static const char* const odd[] = {"", "NA", "?", " 7", "1e5", "8.5 ", "\t-3", "+4", ".5", "6."};
  static const char* const words[] = {"", "NA", "red", " pale blue ", "x1", "12", "green\t"};
  const std::string sign = random.below(2) ? "-" : "";
  switch (column) {
    case 0:
      return sign + digits(random, 9);
    case 1:
      return sign + digits(random, 3) + "." + digits(random, random.below(2) ? 6 : 18);
    case 2:
    case 5:
      return random.below(4) ? sign + digits(random, 20) : odd[random.below(10)];
    default:
      return words[random.below(7)];
  }
}

std::string lines(std::uint64_t seed, const std::string& line_end) {
  Random random(seed, "lines");
  std::string text = "a,b,c,d,e,f" + line_end;
  for (int row = 0; row < kRows; ++row)
    for (int c = 0; c < kColumns; ++c)
      text += cell(random, c) + (c + 1 < kColumns ? "," : line_end);
  return text;
}

TEST(CsvColumns, TheSameTableAsThatOfTheParser) {
  for (const std::string line_end : {"\n", "\r\n"})
    for (const std::uint64_t seed : {1, 2, 3}) {
      const std::string text = lines(seed, line_end);
      const CsvOptions options{.separator = ',', .header = Header::yes};
      const Table columns = parse_csv(text, options);
      // A quote anywhere in the piece is for the parser.
      const Table parsed = parse_csv(text + "1,2,3,\"x\",y,6" + line_end, options);
      ASSERT_EQ(columns.rows(), kRows);
      ASSERT_EQ(parsed.rows(), kRows + 1);
      for (std::int64_t c = 0; c < kColumns; ++c) {
        ASSERT_EQ(columns.numeric(c), parsed.numeric(c)) << c;
        EXPECT_EQ(columns.numeric(c), c != 3 && c != 4);
        for (std::int64_t r = 0; r < kRows; ++r) {
          ASSERT_EQ(columns.cell(r, c), parsed.cell(r, c)) << r << ", " << c;
          ASSERT_EQ(columns.missing(r, c), parsed.missing(r, c)) << r << ", " << c;
          if (columns.numeric(c)) {
            ASSERT_EQ(std::bit_cast<std::uint64_t>(columns.number(r, c)),
                      std::bit_cast<std::uint64_t>(parsed.number(r, c)))
                << columns.cell(r, c);
          }
        }
      }
      EXPECT_EQ(columns.line(kRows - 1), kRows + 1);
    }
}

// A column of numbers that ends as text, far from where its kind was guessed.
TEST(CsvColumns, ATextAmongNumbersMakesTheColumnText) {
  std::string text = "a,b\n";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + ",1.5\n";
  const Table table = parse_csv(text + "seven,2.5\n", {.header = Header::yes});
  EXPECT_FALSE(table.numeric(0));
  EXPECT_TRUE(table.numeric(1));
  EXPECT_EQ(table.cell(200'000, 0), "seven");
  EXPECT_EQ(table.cell(123'456, 0), "123456");
  EXPECT_EQ(table.number(200'000, 1), 2.5);
}

TEST(CsvColumns, MissingWordsThatAreNumbersAreMissing) {
  const Table table =
      parse_csv("a,b\n1,-999\n-999,2\n3,-9990\n", {.header = Header::yes, .missing = {"-999"}});
  EXPECT_TRUE(table.missing(0, 1));
  EXPECT_TRUE(std::isnan(table.number(1, 0)));
  EXPECT_EQ(table.number(2, 1), -9990);
}

std::optional<std::size_t> found(const std::string& text, std::size_t last, bool whole = true) {
  CellEnds ends;
  CsvFormat format;
  format.columns = 2;
  format.whole = whole;
  return ends.find(text, 0, last, format);
}

TEST(CellEnds, OnlyOfLinesThatAreAlike) {
  const std::string text = "1,2\n3,4\n5,6\n";
  if (!found(text, 0)) GTEST_SKIP() << "this machine has no AVX2";
  CellEnds ends;
  CsvFormat format;
  format.columns = 2;
  ASSERT_EQ(ends.find(text, 4, 8, format), 12u) << "with the line that begins at 8";
  ASSERT_EQ(ends.rows(), 2u);
  EXPECT_EQ(ends.start(0), 4u);
  EXPECT_EQ(ends.start(3), 10u);
  EXPECT_EQ(ends.end(3), 11u);
  EXPECT_EQ(ends.find(text, 0, 7, format), 8u);
  EXPECT_EQ(found("1,2\n3,4\n\n  \n5,6\n", 5), 12u) << "blank lines behind them";
  EXPECT_EQ(found("1,2\n\n3,4\n", 7), std::nullopt) << "a blank line among them";
  EXPECT_EQ(found("1,2\n3,4,5\n", 5), std::nullopt);
  EXPECT_EQ(found("1,2\n3\n4,5,6\n", 8), std::nullopt) << "as many cells, but elsewhere";
  EXPECT_EQ(found("1,\"2\"\n", 3), std::nullopt);
  EXPECT_EQ(found("1,2\r\n3,4\r\n", 6), 10u);
  EXPECT_EQ(found("1,2\r\n3,4\n", 6), std::nullopt) << "lines that end in two ways";
  EXPECT_EQ(found("1,2\r3,4\r", 5), std::nullopt);
  EXPECT_EQ(found("1,2\n3,4", 5), std::nullopt) << "no line end";
  EXPECT_EQ(found("1,2\n3,4\n", 5, false), std::nullopt) << "blank lines may follow";
  EXPECT_EQ(found("1,2\n3,4\n5", 5, false), 8u);
}

}  // namespace
}  // namespace glia::data
