// A file in pieces is the file.
#include "glia/data/table_stream.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "tests/data/gzip.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

std::filesystem::path write(const TempFolder& folder, const std::string& text) {
  const auto path = folder.path() / "rows.csv";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

// Rows with quoted line ends, separators and quotes, blank lines, and now and then a bad record.
std::string made_text(const std::string& line_end, bool bad) {
  Random random(5, "table stream");
  std::string text = "number,word,said" + line_end;
  for (int i = 0; i < 4'000; ++i) {
    if (i % 50 == 0) text += line_end + "  " + line_end;
    if (bad && random.below(40) == 0) text += "1,2" + line_end;
    if (bad && random.below(40) == 0) text += "1,\"2\"x,3" + line_end;
    if (bad && random.below(40) == 0) text += "1,\xFE,3" + line_end;
    text += std::to_string(random.uniform() * 100) + ",w" + std::to_string(i) + ",";
    text += random.below(5) ? "plain" : "\"a" + line_end + "1,2,3" + line_end + "\"\"b\"\"\"";
    text += line_end;
  }
  return text;
}

void expect_same(const TableStream& stream, const Table& whole) {
  ASSERT_EQ(stream.rows(), whole.rows());
  EXPECT_EQ(stream.names(), whole.names());
  EXPECT_EQ(stream.skipped().count, whole.skipped().count);
  EXPECT_EQ(stream.skipped().first, whole.skipped().first);
  std::int64_t row = 0;
  for (std::int64_t p = 0; p < stream.pieces(); ++p) {
    ASSERT_EQ(stream.first_row(p), row);
    const Table piece =
        stream.read(p, p % 2 ? std::vector<bool>{true, true, true} : std::vector<bool>{});
    for (std::int64_t r = 0; r < piece.rows(); ++r, ++row) {
      ASSERT_EQ(piece.where(r), whole.where(row));
      ASSERT_EQ(piece.number(r, 0), whole.number(row, 0));
      for (std::int64_t c = 0; c < 3; ++c) ASSERT_EQ(piece.cell(r, c), whole.cell(row, c));
    }
  }
  EXPECT_EQ(row, whole.rows());
}

TEST(TableStream, AnyPiecesGiveTheTableWithItsLines) {
  const TempFolder folder;
  for (const std::string line_end : {"\n", "\r\n", "\r"})
    for (const bool bad : {false, true}) {
      const auto path = write(folder, made_text(line_end, bad));
      CsvOptions csv{.header = Header::yes, .on_error = bad ? OnError::skip : OnError::stop};
      const Table whole = read_csv(path, csv);
      EXPECT_EQ(whole.skipped().count > 0, bad);
      for (const std::int64_t bytes : {1, 61, 1'000, 30'000, 10'000'000})
        for (const int threads : {1, 3}) {
          if (bytes == 1 && threads == 3) continue;
          csv.threads = threads;
          expect_same(TableStream::open(path, {.csv = csv, .piece_bytes = bytes}), whole);
        }
    }
}

TEST(TableStream, TheFirstErrorOfTheFileIsToldWithItsLine) {
  const TempFolder folder;
  std::string good;
  for (int i = 0; i < 2'000; ++i) good += "1,2\n";
  const auto open = [&](const std::string& text) {
    std::string said;
    code_of([&] { TableStream::open(write(folder, "a,b\n" + text), {.piece_bytes = 500}); }, &said);
    return said;
  };
  EXPECT_NE(open(good + "3\n" + good + "4\n").find(":2002: this row has 1"), std::string::npos);
  EXPECT_NE(open(good + "\"3,4\n" + good).find(":2002: the quote opened"), std::string::npos);
  EXPECT_NE(open(good + good + "5,\xFF\n").find(":4002: byte 0xFF"), std::string::npos);
}

TEST(TableStream, MessagesOfAPieceHaveTheFilesLine) {
  const TempFolder folder;
  std::string text = "a,b\n";
  for (int i = 0; i < 3'000; ++i) text += i == 2'500 ? "seven,2\n" : "1,2\n";
  const auto stream = TableStream::open(write(folder, text), {.piece_bytes = 1'000});
  std::string said;
  for (std::int64_t p = 0; p < stream.pieces(); ++p)
    code_of([&] { stream.read(p).numbers(0); }, &said);
  EXPECT_NE(said.find("rows.csv:2502"), std::string::npos) << said;
}

TEST(TableStream, RefusesWhatCannotBeStreamed) {
  const TempFolder folder;
  const auto open = [](const std::filesystem::path& path) {
    return code_of([&] { TableStream::open(path); });
  };
  EXPECT_EQ(open(folder.path() / "none.csv"), "E-FILE-01");
  EXPECT_EQ(open(folder.path()), "E-DATA-121");
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(open(pipe), "E-DATA-121") << "and does not wait for a writer";
  EXPECT_EQ(open(write(folder, testing::gzip("a,b\n1,2\n"))), "E-DATA-121");
  EXPECT_EQ(open(write(folder, "")), "E-DATA-02");
  EXPECT_EQ(open(write(folder, "a,b\n")), "E-DATA-02");
}

TEST(TableStream, AFileThatChangesIsNoticed) {
  const TempFolder folder;
  std::string text = "a,b\n";
  for (int i = 0; i < 1'000; ++i) text += "1,2\n";
  const auto path = write(folder, text);
  const auto stream = TableStream::open(path, {.piece_bytes = 1'000});
  const auto same = TableStream::open(path, {.piece_bytes = 1'000});
  EXPECT_EQ(stream.digest(), same.digest());
  text[text.size() - 2] = '3';
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // a clock of files may be coarse
  write(folder, text);
  EXPECT_EQ(code_of([&] { stream.read(stream.pieces() - 1); }), "E-DATA-122");
  write(folder, "a,b\n");
  EXPECT_EQ(code_of([&] { stream.read(0); }), "E-DATA-122");
}

}  // namespace
}  // namespace glia::data
