// The quick way through numbers against std::from_chars, to the bit.
#include "glia/data/csv_numbers.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "glia/base/random.h"
#include "glia/data/csv.h"

namespace glia::data {
namespace {

std::uint64_t bits_of(const std::string& cell) {
  double value = 0;
  const char* first = cell.data() + (cell[0] == '+');
  const auto [end, error] = std::from_chars(first, cell.data() + cell.size(), value);
  EXPECT_TRUE(end == cell.data() + cell.size() && error == std::errc()) << cell;
  return std::bit_cast<std::uint64_t>(value);
}

std::string fixed(double value) {
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
  return {text, end};
}

// Digits, now and then with zeros in front, a point somewhere, a sign.
std::string random_digits(Random& random) {
  std::string cell = random.below(2) ? "-" : "";
  const auto digits = [&](std::size_t n, std::size_t zeros) {
    for (std::size_t i = 0; i < n; ++i)
      cell += i < zeros ? '0' : static_cast<char>('0' + random.below(10));
  };
  digits(1 + random.below(18), random.below(8) == 0 ? random.below(4) : 0);
  if (random.below(4) == 0) return cell;
  cell += '.';
  digits(random.below(24), random.below(3) == 0 ? random.below(10) : 0);
  return cell;
}

// The shortest decimals of doubles, and of the middle between a double and its neighbour, which is
// the hardest to round.
std::string random_double(Random& random) {
  const std::uint64_t mantissa = std::uint64_t{random.next()} << 20 | random.next() >> 12;
  const double value = std::bit_cast<double>((1023 - 20 + random.below(72)) << 52 | mantissa);
  if (random.below(2)) return fixed(random.below(2) ? -value : value);
  const double next = std::nextafter(value, 1e300);
  char text[400];
  std::snprintf(text, sizeof text, "%.*Lf", static_cast<int>(random.below(24)),
                (static_cast<long double>(value) + next) / 2);
  return text;
}

void expect_exact(const std::vector<std::string>& cells) {
  std::string text = std::string(40, 'x') + "\n";
  const std::size_t from = text.size();
  for (const auto& cell : cells) text += cell + (&cell == &cells.back() ? '\n' : ',');
  text += std::string(100, 'x');
  std::size_t at = from, done = 0;
  std::vector<std::uint64_t> words(cells.size() * 2);
  while (done < cells.size()) {
    const auto run =
        read_number_run(text, at, ',', cells.size() - done, words.data() + 2 * done, 2);
    for (std::size_t i = done; i < done + run.cells; ++i)
      ASSERT_EQ(words[2 * i], bits_of(cells[i])) << cells[i];
    done += run.cells;
    if (run.cells > 0) at = run.end + 1;
    if (done < cells.size()) at += cells[done].size() + 1, ++done;  // it may leave any cell out
  }
}

TEST(CsvNumbers, AreThoseOfFromChars) {
  Random random(3, "csv numbers");
  for (int batch = 0; batch < 100; ++batch) {
    std::vector<std::string> cells;
    for (int i = 0; i < 5'000; ++i)
      cells.push_back(i % 2 ? random_digits(random) : random_double(random));
    expect_exact(cells);
  }
}

// Two columns: one of numbers of all lengths, one of short ones only.
TEST(CsvNumbers, AColumnOfThemIsThatOfFromChars) {
  Random random(4, "csv numbers");
  std::vector<std::string> any, few;
  std::string text = "any,few\n";
  for (int i = 0; i < 100'000; ++i) {
    any.push_back(i % 2 ? random_digits(random) : random_double(random));
    few.push_back(random_digits(random).substr(0, 1 + random.below(16)));
    if (few.back() == "-") few.back() = "-0";
    text += any.back() + "," + few.back() + "\n";
  }
  const auto table = parse_csv(text, {.header = Header::yes});
  const auto first = table.numbers(0), second = table.numbers(1);
  for (std::size_t i = 0; i < any.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(first[i]), bits_of(any[i])) << any[i];
    ASSERT_EQ(std::bit_cast<std::uint64_t>(second[i]), bits_of(few[i])) << few[i];
  }
}

TEST(CsvNumbers, TakeWhatFilesHoldAndLeaveTheRest) {
  const std::string before = std::string(40, 'x') + "\n", after = std::string(100, 'x');
  std::uint64_t words[8];
  const auto taken = [&](const std::string& line) {
    return read_number_run(before + line + after, before.size(), ',', 8, words, 1).cells;
  };
  EXPECT_EQ(taken("1,-2,3.25,0.1,-0.0,1234567890123456789,0.12345678901234567,5\n7,"), 8u);
  EXPECT_EQ(words[4], std::uint64_t{1} << 63) << "minus zero";
  EXPECT_EQ(taken("1,2\n3,4,"), 2u) << "a line end ends the run";
  EXPECT_EQ(taken("1,2\r\n3,4,"), 2u);
  for (const std::string stop : {"", "-", ".", "-.", "1.2.3", "1-2", "--1", "1 ", " 1", "\"1\"",
                                 "x", "1x", "inf", "nan", "0x1", "1,000x"})
    EXPECT_LE(taken("7," + stop + ",8,"), stop == "1,000x" ? 2u : 1u) << "'" << stop << "'";
}

TEST(CsvNumbers, AnyNumberThatIsReadInAFileIsExact) {
  const std::vector<std::string> hard = {"5e-324",
                                         "-5e-324",
                                         "2.2250738585072011e-308",
                                         "2.2250738585072014e-308",
                                         "1.7976931348623157e308",
                                         "9007199254740993",
                                         "9007199254740992.99999999999999999",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "18446744073709551615",
                                         "0.1e1",
                                         "+5",
                                         "1E5",
                                         "123456789012345678901234567890",
                                         "0.000000000000000000000000000001",
                                         "00001",
                                         ".5",
                                         "5.",
                                         "6.02214076e23",
                                         "1e-5",
                                         "-1.5E-07",
                                         "0.3",
                                         "179769313486231570000000000000000000000",
                                         "8.41470984807896506652502321630298999622563060798371e-01",
                                         "100000000000000000000000",
                                         "0.500000000000000166533453693773481063544750213623046875",
                                         "3.518437208883201171875",
                                         "62.5364939768271845828"};
  std::string text = "value,other\n";
  for (int i = 0; i < 20; ++i)
    for (const auto& cell : hard) text += cell + ",1\n";
  const auto values = parse_csv(text, {.header = Header::yes}).numbers(0);
  ASSERT_EQ(values.size(), hard.size() * 20);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint64_t>(values[i]), bits_of(hard[i % hard.size()]))
        << hard[i % hard.size()];
}

// A missing word or a separator may look like a number.
TEST(CsvNumbers, WordsAndSeparatorsThatLookLikeNumbers) {
  std::string text = "a;b\n";
  for (int i = 0; i < 100; ++i) text += "-999;1\n2;-999.0\n";
  const auto table = parse_csv(text, {.separator = ';', .missing = {"-999"}});
  EXPECT_TRUE(std::isnan(table.numbers(0)[0]));
  EXPECT_EQ(table.numbers(1)[1], -999);
  std::string dashes = "a-b\n";
  for (int i = 0; i < 100; ++i) dashes += "1-2\n3-4\n";
  const auto split = parse_csv(dashes, {.separator = '-', .header = Header::yes});
  ASSERT_EQ(split.columns(), 2);
  EXPECT_EQ(split.numbers(1)[199], 4);
}

}  // namespace
}  // namespace glia::data
