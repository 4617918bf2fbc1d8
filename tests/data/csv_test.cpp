#include "glia/data/csv.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "glia/base/error.h"
#include "tests/data/gzip.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

// The code of the Error that `f` throws, and its message in `said`; "" where it throws none.
std::vector<std::string> row(const Table& t, std::int64_t r) {
  std::vector<std::string> cells;
  for (std::int64_t c = 0; c < t.columns(); ++c) cells.emplace_back(t.cell(r, c));
  return cells;
}

using Cells = std::vector<std::string>;

TEST(Csv, ReadsWhatRfc4180Says) {
  const auto t = parse_csv("a,b,c\r\n1,\"x, \"\"y\"\"\nz\",3\r\n\"\", q ,4\r\n");
  EXPECT_EQ(t.names(), (Cells{"a", "b", "c"}));
  ASSERT_EQ(t.rows(), 2);
  EXPECT_EQ(row(t, 0), (Cells{"1", "x, \"y\"\nz", "3"}));
  EXPECT_EQ(row(t, 1), (Cells{"", "q", "4"}));
  EXPECT_TRUE(t.missing(1, 0));
  EXPECT_EQ(t.line(0), 2);
  EXPECT_EQ(t.line(1), 4) << "the quoted line end counts as a line";
}

TEST(Csv, EveryLineEndingGivesTheSameTable) {
  const std::string plain = "n,m\n1,2\n3,4\n";
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    for (const bool last : {true, false}) {
      std::string text;
      for (const char c : plain) text += c == '\n' ? end : std::string(1, c);
      if (!last) text.resize(text.size() - end.size());
      const auto t = parse_csv(text);
      ASSERT_EQ(t.rows(), 2);
      EXPECT_EQ(row(t, 1), (Cells{"3", "4"}));
      EXPECT_EQ(t.line(1), 3);
    }
  }
}

TEST(Csv, AnEmptyLastCellIsACell) {
  const auto t = parse_csv("a,b\n1,\n2,", {.header = Header::yes});
  ASSERT_EQ(t.rows(), 2);
  EXPECT_TRUE(t.missing(0, 1));
  EXPECT_TRUE(t.missing(1, 1));
}

TEST(Csv, GuessesTheSeparatorAndSkipsTheMarkAndBlankLines) {
  for (const char separator : {',', ';', '\t', '|'}) {
    std::string text = "\xEF\xBB\xBFname;value\n\nx;1\n   \ny;2\n";
    for (char& c : text)
      if (c == ';') c = separator;
    const auto t = parse_csv(text);
    EXPECT_EQ(t.separator(), separator);
    EXPECT_EQ(t.names(), (Cells{"name", "value"}));
    EXPECT_EQ(t.rows(), 2);
  }
  EXPECT_EQ(parse_csv("a;b\n\"x,y,z\";1\n\"u,v,w\";2\n").separator(), ';') << "commas in quotes";
}

TEST(Csv, FindsWhetherThereIsAHeader) {
  EXPECT_TRUE(parse_csv("a,b\n1,2\n").has_header());
  EXPECT_FALSE(parse_csv("1,2\n3,4\n").has_header());
  EXPECT_FALSE(parse_csv("5.1,setosa\n4.9,setosa\n").has_header());
  EXPECT_FALSE(parse_csv("ham\thello\nspam\twin\nham\tbye\n").has_header());
  EXPECT_TRUE(parse_csv("kind,said\nham,hello\nspam,win\n").has_header());
  EXPECT_EQ(parse_csv("1,2\n").names(), (Cells{"column_1", "column_2"}));
  EXPECT_EQ(parse_csv("1,2\n3,4\n", {.header = Header::yes}).names(), (Cells{"1", "2"}));
}

TEST(Csv, MissingMarkersAreConfigurable) {
  const auto t = parse_csv("a,b\n1,?\n2,-\n", {.missing = {"-"}});
  EXPECT_FALSE(t.missing(0, 1));
  EXPECT_TRUE(t.missing(1, 1));
}

TEST(Csv, NumbersAreReadWholeOrNotAtAll) {
  EXPECT_EQ(parse_number("-1.5e3"), -1500.0);
  EXPECT_EQ(parse_number("+7"), 7.0);
  EXPECT_EQ(parse_number("0.1"), 0.1);
  EXPECT_EQ(parse_number("1e-999"), 0.0);
  EXPECT_TRUE(std::signbit(*parse_number("-1.5E-400")));
  const std::string zeros(400, '0');
  EXPECT_EQ(parse_number("0." + zeros + "1"), 0.0);
  EXPECT_EQ(parse_number("0." + zeros + "1e5"), 0.0);
  EXPECT_EQ(parse_number("1" + zeros + "e-400"), 1.0);
  EXPECT_FALSE(parse_number("1" + zeros + "e-5"));
  EXPECT_FALSE(parse_number("0.001e400"));
  EXPECT_FALSE(parse_number("1e99999999999999999999"));
  EXPECT_EQ(parse_number("1e-99999999999999999999"), 0.0);
  for (const auto* text : {"", "+", "+-1", "1 2", "1,5", "12a", "inf", "nan", "1e999", "0x10"})
    EXPECT_FALSE(parse_number(text)) << text;
}

TEST(Csv, TextWhereNumbersAreAskedNamesLineAndValue) {
  const auto t = parse_csv("a\n1\n?\nseven\n");
  std::string said;
  EXPECT_EQ(code_of([&] { t.numbers(0); }, &said), "E-DATA-11");
  EXPECT_NE(said.find("<text>:4"), said.npos) << said;
  EXPECT_NE(said.find("'seven'"), said.npos) << said;
}

TEST(Csv, RefusesBadInputWithFileAndLine) {
  std::string said;
  EXPECT_EQ(code_of([] { parse_csv("a,b\n1,2\n\n3,4,5\n"); }, &said), "E-DATA-03");
  EXPECT_NE(said.find("<text>:4: this row has 3 cells; expected 2"), said.npos) << said;
  EXPECT_EQ(code_of([] { parse_csv("a,b\n1,2\n\"3,4\n5,6\n"); }, &said), "E-DATA-04");
  EXPECT_NE(said.find("<text>:3"), said.npos) << said;
  EXPECT_EQ(code_of([] { parse_csv("a,b\n\"1\"x,2\n"); }), "E-DATA-04");
  EXPECT_EQ(code_of([] { parse_csv("a,b\n1,2\n3,\"4\"x\n"); }, &said), "E-DATA-04");
  EXPECT_NE(said.find("column 2"), std::string::npos) << said;
  EXPECT_EQ(code_of([] { parse_csv(""); }), "E-DATA-02");
  EXPECT_EQ(code_of([] { parse_csv("\n \r\n"); }), "E-DATA-02");
  EXPECT_EQ(code_of([] { parse_csv("a,b\n"); }), "E-DATA-02");
  EXPECT_EQ(code_of([] { parse_csv("a,b,a\n1,2,3\n", {.header = Header::yes}); }), "E-DATA-05");
  EXPECT_EQ(code_of([] { parse_csv("a,b,a\n1,2,3\n"); }), "E-DATA-05") << "found by itself";
  EXPECT_EQ(code_of([] { parse_csv("a,b,a\nx,y,z\nu,v,w\n"); }), "E-DATA-05");
  EXPECT_EQ(parse_csv("no,yes,no\nno,no,yes\n").rows(), 2) << "data, for its cells occur again";
  EXPECT_EQ(code_of([] { parse_csv("1,2\n", {.names = {"a"}}); }), "E-DATA-06");
  EXPECT_EQ(code_of([] { parse_csv("a,b\n1,caf\xE9\n"); }, &said), "E-DATA-07");
  EXPECT_NE(said.find("<text>:2"), said.npos) << said;
  EXPECT_EQ(code_of([] { parse_csv("1,2\n", {.separator = '\n'}); }), "E-DATA-08");
  EXPECT_EQ(code_of([] { parse_csv("a\n" + std::string(17 << 20, 'x')); }), "E-DATA-09");
  EXPECT_EQ(code_of([] { parse_csv("income\n1\n").column("incme"); }, &said), "E-DATA-10");
  EXPECT_NE(said.find("'income'"), said.npos) << said;
  EXPECT_EQ(said.find("header: true"), said.npos) << said;
  EXPECT_EQ(code_of([] { parse_csv("1,2\n3,4\n").column("income"); }, &said), "E-DATA-10");
  EXPECT_NE(said.find("header: true"), said.npos) << said;
}

TEST(Csv, Utf8IsCheckedAsRfc3629Says) {
  for (const auto* good : {"\u00e9", "\u20ac", "\U0001F600", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(code_of([&] {
                parse_csv("a\nlong enough to be read in words of bytes " + std::string(good));
              }),
              "nothing");
  for (const auto* bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xE2\x82", "\xC3"})
    EXPECT_EQ(code_of([&] {
                parse_csv("a\nlong enough to be read in words of bytes " + std::string(bad));
              }),
              "E-DATA-07");
}

TEST(Csv, FilesThatCannotBeRead) {
  const auto folder = std::filesystem::temp_directory_path();
  EXPECT_EQ(code_of([&] { read_csv(folder / "no-such-file.csv"); }), "E-FILE-01");
  std::string said;
  EXPECT_EQ(code_of([&] { read_csv(folder); }), "E-FILE-03");
  EXPECT_EQ(code_of([] { read_csv("/dev/zero"); }, &said), "E-FILE-03");
  EXPECT_NE(said.find("not a regular file"), said.npos) << said;
  const TempFolder own;
  ASSERT_EQ(::mkfifo((own / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of([&] { read_csv(own / "pipe"); }), "E-FILE-03") << "and no waiting for a writer";
}

// As a shell's <(...) gives them; read once, understood twice.
TEST(Csv, PipesThatAreOpenAlready) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "1,2\n3,4\n", 8), 8);
  ::close(ends[1]);
  const auto bare = read_csv("/dev/fd/" + std::to_string(ends[0]));
  ::close(ends[0]);
  EXPECT_EQ(bare.rows(), 2);
  const auto named = read_again(bare, {.header = Header::yes});
  EXPECT_EQ(named.names(), (Cells{"1", "2"}));
  EXPECT_EQ(row(named, 0), (Cells{"3", "4"}));
}

// A search through the names for every column would take a hundred times as long as this may.
TEST(Csv, WideTablesTakeTimeByTheirWidth) {
  constexpr int kColumns = 32'000;
  std::string text;
  for (int c = 0; c < kColumns; ++c)
    text += (c ? ",feature_number_" : "feature_number_") + std::to_string(c);
  for (int r = 0; r < 3; ++r) {
    text += "\n";
    for (int c = 0; c < kColumns; ++c) text += (c ? "," : "") + std::to_string(c % 7 + r);
  }
  const auto start = std::chrono::steady_clock::now();
  const auto table = parse_csv(text);
  for (int c = 0; c < kColumns; ++c)
    ASSERT_EQ(table.find("feature_number_" + std::to_string(c)), c);
  EXPECT_EQ(table.find("feature_number_"), std::nullopt);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took.count(), 0.5);
}

// A cell that starts at, ends at and crosses every position of the scanner's 64-byte blocks.
TEST(Csv, CellsOfEveryLengthAcrossBlocks) {
  for (std::size_t a = 0; a < 140; ++a) {
    const std::string first(a, 'a'), second(139 - a, 'b');
    const auto t = parse_csv(first + "," + second + "\n" + second + "," + first,
                             {.separator = ',', .header = Header::no, .missing = {}});
    ASSERT_EQ(t.rows(), 2);
    EXPECT_EQ(row(t, 0), (Cells{first, second}));
    EXPECT_EQ(row(t, 1), (Cells{second, first}));
  }
}

TEST(Csv, WhatIsWrittenReadsBackTheSame) {
  const Cells hard = {"plain",  "a,b", "say \"x\"", "two\nlines", "cr\r", " lead",
                      "trail ", "\"",  ""};
  std::string text = "v,w\n";
  for (const auto& cell : hard) text += csv_field(cell) + ",1\n";
  const auto t = parse_csv(text, {.header = Header::yes});
  ASSERT_EQ(t.rows(), static_cast<std::int64_t>(hard.size()));
  for (std::size_t i = 0; i < hard.size(); ++i)
    EXPECT_EQ(t.cell(static_cast<std::int64_t>(i), 0), hard[i]);
  EXPECT_EQ(csv_field("a;b", ';'), "\"a;b\"");
}

TEST(Csv, GzipIsReadAndOtherKindsAreNamed) {
  const TempFolder folder;
  const auto file = folder / "rows";
  const auto write = [&](const std::string& bytes) { std::ofstream(file) << bytes; };
  const std::string text = "x,y\n1,\"a \"\"b\"\"\"\n2,c\n";
  write(testing::gzip(text.substr(0, 9)) + testing::gzip(text.substr(9)));
  const auto packed = read_csv(file), plain = parse_csv(text);
  EXPECT_EQ(packed.names(), plain.names());
  ASSERT_EQ(packed.rows(), 2);
  for (int r = 0; r < 2; ++r) EXPECT_EQ(row(packed, r), row(plain, r));
  EXPECT_EQ(packed.where(1), file.string() + ":3");
  std::string said;
  write(testing::gzip(text).substr(0, 30));
  EXPECT_EQ(code_of([&] { read_csv(file); }, &said), "E-DATA-41");
  EXPECT_NE(said.find(file.string()), said.npos) << said;
  write(testing::gzip(text) + "?");
  EXPECT_EQ(code_of([&] { read_csv(file); }), "E-DATA-42");
  for (const std::string start : {"PK\x03\x04", "BZh9",
                                  "\xFD"
                                  "7zXZ",
                                  "PAR1"}) {
    write(start + "...");
    EXPECT_EQ(code_of([&] { read_csv(file); }, &said), "E-DATA-15") << start;
    EXPECT_NE(said.find(file.string()), said.npos) << said;
  }
}

TEST(Csv, CellsInMessagesAreShortAndSafe) {
  using namespace std::string_literals;
  std::string said;
  const auto t = parse_csv("a,b\n1,2\n3\0\x1b[2J,"s + std::string(5000, 'z') + "\n");
  EXPECT_EQ(code_of([&] { t.numbers(0); }, &said), "E-DATA-11");
  EXPECT_NE(said.find("'3\\x00\\x1b[2J' where"), said.npos) << said;
  EXPECT_NE(said.find("[E-DATA-11]"), said.npos) << said;  // nothing cuts the message
  EXPECT_EQ(code_of([&] { t.numbers(1); }, &said), "E-DATA-11");
  EXPECT_NE(said.find("zzz... (5,000 bytes)"), said.npos) << said;
  EXPECT_LT(said.size(), 400u);
}

TEST(Csv, ReadsTheRealFiles) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA does not name the folder of real data";
  const std::filesystem::path data(folder);
  struct Known {
    const char* file;
    std::int64_t rows, columns;
    bool header;
  };
  for (const Known& k :
       {Known{"adult/adult-train.csv", 32561, 15, false},
        Known{"adult/adult-test.csv", 16281, 15, false},
        Known{"california-housing/housing.csv", 20640, 10, true},
        Known{"titanic/titanic.csv", 891, 12, true},
        Known{"pima/pima-indians-diabetes.csv", 768, 9, false},
        Known{"wine-quality/winequality-red.csv", 1599, 12, false},
        Known{"wine-quality/winequality-white.csv", 4898, 12, false},
        Known{"iris/iris.csv", 150, 5, false}, Known{"german-credit/german.csv", 1000, 21, false},
        Known{"airline-passengers/airline-passengers.csv", 144, 2, true},
        Known{"daily-min-temperatures/daily-min-temperatures.csv", 3650, 2, true}}) {
    const auto t = read_csv(data / k.file);
    EXPECT_EQ(t.rows(), k.rows) << k.file;
    EXPECT_EQ(t.columns(), k.columns) << k.file;
    EXPECT_EQ(t.has_header(), k.header) << k.file;
  }
  const auto housing = read_csv(data / "california-housing/housing.csv");
  std::int64_t missing = 0;
  for (std::int64_t r = 0; r < housing.rows(); ++r)
    missing += housing.missing(r, housing.column("total_bedrooms"));
  EXPECT_EQ(missing, 207);
  EXPECT_EQ(read_csv(data / "titanic/titanic.csv").cell(0, 3), "Braund, Mr. Owen Harris");
  EXPECT_EQ(read_csv(data / "sms-spam/sms.tsv", {.separator = '\t', .quote = '\0'}).rows(), 5574);
}

}  // namespace
}  // namespace glia::data
