// Files of several pieces: every cut must give the table that one thread and one piece would.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/data/csv.h"

namespace glia::data {
namespace {

// A table made as cells first, so that what was meant is known without a reader.
struct Made {
  std::vector<std::vector<std::string>> rows;
  std::string text;
};

// kinds: 0 numbers, 1 words, 2 quoted text with separators, quotes and line ends in it.
Made make(std::uint64_t seed, int rows, const std::string& line_end, double quoted, bool blanks) {
  Random random(seed, "csv pieces");
  Made made;
  made.text = "number,word,said" + line_end;
  const auto word = [&](std::size_t most) {
    std::string text;
    for (std::size_t n = random.below(most) + 1; n > 0; --n)
      text += static_cast<char>('a' + random.below(26));
    return text;
  };
  for (int r = 0; r < rows; ++r) {
    std::vector<std::string> cells = {std::to_string(random.uniform() * 1e4), word(12), word(30)};
    if (random.uniform() < quoted) {
      cells[2].clear();
      for (int n = 0; n < 6; ++n)
        cells[2] += word(8) + (n % 3 == 0 ? line_end : n % 3 == 1 ? ", \"" : "\xC3\xA9");
    }
    if (blanks && r % 97 == 0) made.text += "  " + line_end;
    made.text += cells[0] + "," + cells[1] + "," + csv_field(cells[2]) + line_end;
    made.rows.push_back(std::move(cells));
  }
  return made;
}

void expect_same(const Table& table, const Made& made) {
  ASSERT_EQ(table.rows(), static_cast<std::int64_t>(made.rows.size()));
  const auto numbers = table.numbers(0);
  for (std::int64_t r = 0; r < table.rows(); ++r) {
    const auto& want = made.rows[static_cast<std::size_t>(r)];
    for (std::int64_t c = 0; c < 3; ++c)
      ASSERT_EQ(table.cell(r, c), want[static_cast<std::size_t>(c)]) << "row " << r;
    ASSERT_EQ(numbers[static_cast<std::size_t>(r)], std::stod(want[0]));
  }
}

TEST(CsvPieces, AnyNumberOfThreadsGivesTheSameTable) {
  for (const std::string line_end : {"\n", "\r\n", "\r"}) {
    for (const double quoted : {0.0, 0.00005, 0.01, 0.9}) {
      const Made made = make(7, 60'000, line_end, quoted, quoted >= 0.01);
      ASSERT_GT(made.text.size(), std::size_t{3} << 19) << "several pieces";
      for (const int threads : {1, 2, 5})
        expect_same(parse_csv(made.text, {.header = Header::yes, .threads = threads}), made);
    }
  }
}

// The guess where a piece starts is wrong for every place of the cut within a quoted cell.
TEST(CsvPieces, ACutAnywhereInAQuotedCell) {
  constexpr std::size_t kPiece = 512 << 10;
  const std::string hard = "\"x\n1,2\n\"\"3\"\",4\r\n5,6\n\",7\n";
  for (std::size_t shift = 0; shift <= hard.size() + 1; ++shift) {
    std::string text = "a,b\n";
    std::int64_t rows = 0;
    while (text.size() + 4 + hard.size() < kPiece + 4) text += "1,2\n", ++rows;
    text.resize(text.size() - 4);  // moves the hard row over the cut, byte by byte
    text += std::string(shift, '1') + "1,2\n" + hard;
    ++rows;
    for (int more = 0; more < 1000; ++more) text += "8,9\n";
    const auto table = parse_csv(text, {.separator = ',', .header = Header::yes, .threads = 2});
    ASSERT_EQ(table.rows(), rows + 1000) << shift;
    EXPECT_EQ(table.cell(rows - 1, 0), "x\n1,2\n\"3\",4\r\n5,6\n") << shift;
    EXPECT_EQ(table.cell(rows, 0), "8");
    EXPECT_FALSE(table.numeric(0));
    EXPECT_TRUE(table.numeric(1));
  }
}

TEST(CsvPieces, ACellLongerThanAPiece) {
  const std::string cell = std::string(3 << 20, 'x') + "\n,1\n";
  std::string text = "a,b\n1,2\n\"" + cell + "\",3\n";
  for (int i = 0; i < 200'000; ++i) text += "4,5\n";
  const auto table = parse_csv(text, {.header = Header::yes, .threads = 3});
  ASSERT_EQ(table.rows(), 200'002);
  EXPECT_EQ(table.cell(1, 0), cell);
  EXPECT_EQ(table.cell(200'001, 1), "5");
}

std::string message_of(const std::string& text, int threads) {
  try {
    parse_csv(text, {.separator = ',', .header = Header::yes, .threads = threads});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(CsvPieces, TheFirstErrorOfTheFileIsTheOneThatIsTold) {
  std::string good;
  for (int i = 0; i < 150'000; ++i) good += "12345,6\n";
  const std::string head = "a,b\n";
  struct Case {
    std::string text, said;
  };
  for (const Case& bad :
       {Case{head + good + "1,2,3\n" + good + "\"open,1\n" + good, "<text>:150002: this row has 3"},
        Case{head + good + good + "\"open,1\n" + good,
             "<text>:300002: the quote opened in column 1"},
        Case{head + good + "caf\xE9,1\n" + good + "1\n", "<text>:150002: byte 0xE9"},
        Case{head + good + "\"1\n2,3,4\"x,5\n" + good, "<text>:150003: column 1 has text after"}}) {
    const auto said = message_of(bad.text, 1);
    EXPECT_NE(said.find(bad.said), said.npos) << said;
    for (const int threads : {2, 4}) EXPECT_EQ(message_of(bad.text, threads), said);
  }
}

TEST(CsvPieces, ANumberColumnIsOneWhateverPieceItsTextIsIn) {
  std::string text = "a,b\n";
  for (int i = 0; i < 300'000; ++i) text += i == 299'000 ? "seven,?\n" : "1.5,2\n";
  const auto table = parse_csv(text, {.header = Header::yes, .threads = 2});
  EXPECT_FALSE(table.numeric(0));
  ASSERT_TRUE(table.numeric(1));
  const auto b = table.numbers(1);
  EXPECT_TRUE(std::isnan(b[299'000]));
  const std::vector<std::int64_t> rows = {299'999, 0, 299'000, 5};
  const auto some = table.numbers(1, rows);
  EXPECT_EQ(some[0], 2);
  EXPECT_TRUE(std::isnan(some[2]));
  EXPECT_EQ(table.numbers(0, std::vector<std::int64_t>{298'999, 299'001}),
            (std::vector<double>{1.5, 1.5}));
  try {
    table.numbers(0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("<text>:299002"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace glia::data
