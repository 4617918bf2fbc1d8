#include "glia/data/leakage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "glia/base/error.h"
#include "glia/data/csv.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

namespace fs = std::filesystem;

class LeakageFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "glia-leak-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::ofstream(folder_ / "a.csv") << "id,x\n1,2\n2,3\n";
    std::ofstream(folder_ / "b.csv") << "id,x\n3,2\n4,9\n";
    std::ofstream(folder_ / "copy.csv") << "id,x\n1,2\n2,3\n";
    fs::create_symlink(folder_ / "a.csv", folder_ / "link.csv");
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(LeakageFiles, TheSameFileIsRefusedUnderAnyName) {
  const auto a = read_csv(folder_ / "a.csv");
  for (const char* other : {"a.csv", "./a.csv", "link.csv", "copy.csv"}) {
    std::string said;
    EXPECT_EQ(code_of([&] { refuse_same_file(folder_ / "a.csv", folder_ / other); }), "E-DATA-60")
        << other;
    EXPECT_EQ(code_of([&] { check_leakage(a, read_csv(folder_ / other)); }, &said), "E-DATA-60")
        << other;
    EXPECT_NE(said.find("training"), said.npos) << said;
  }
  EXPECT_EQ(code_of([&] { refuse_same_file(folder_ / "a.csv", folder_ / "b.csv"); }), "nothing");
  EXPECT_EQ(code_of([&] { refuse_same_file(folder_ / "a.csv", folder_ / "none"); }), "E-FILE-01");
  EXPECT_EQ(check_leakage(a, read_csv(folder_ / "b.csv"), {.id_column = "id"}).equal_rows, 1);
}

TEST(Leakage, ContentIsTheSameInAnyWriting) {
  const auto digest = [](const char* text, Header header = Header::automatic) {
    return content_digest(parse_csv(text, {.header = header}));
  };
  const auto plain = digest("id,x\n1,2\n2,3\n");
  EXPECT_EQ(digest("id;x\r\n\"1\"; 2\r\n2;3"), plain);
  EXPECT_EQ(digest("1,2\n2,3\n", Header::no), plain);
  EXPECT_NE(digest("id,x\n1,2\n"), plain);
  EXPECT_NE(digest("id,x\n12,\n2,3\n"), plain);
  EXPECT_NE(digest("id,x\n1,2\n2,4\n"), plain);
}

TEST(Leakage, TheSameRecordIdsAreRefusedWithBothLines) {
  const Table a = parse_csv("id,x\n7,1\n8,2\n", {}, "train.csv"),
              b = parse_csv("x,id\n5,9\n1,8\n", {}, "test.csv");
  std::string said;
  EXPECT_EQ(code_of([&] { check_leakage(a, b, {.id_column = "id"}); }, &said), "E-DATA-61");
  EXPECT_NE(said.find("'8' (train.csv:3 and test.csv:3)"), said.npos) << said;
  EXPECT_EQ(code_of([&] { check_leakage(a, b, {.id_column = "key"}); }), "E-DATA-10");
  EXPECT_EQ(check_leakage(a, b).equal_rows, 0);
}

TEST(Leakage, PartsOfOneTable) {
  const Table t = parse_csv("id,x\n1,5\n1,6\n2,5\n3,5\n");
  const std::vector<std::int64_t> a = {0}, b = {1}, c = {2, 3}, overlap = {0, 2};
  EXPECT_EQ(code_of([&] { check_leakage(t, a, t, b, {.id_column = "id"}); }), "E-DATA-61");
  EXPECT_EQ(code_of([&] { check_leakage(t, a, t, overlap); }), "E-DATA-61");
  const auto found = check_leakage(t, a, t, c, {.id_column = "id"});
  EXPECT_EQ(found.equal_rows, 2) << "the id is no part of the comparison";
  EXPECT_EQ(found.first_equal, 2);
}

TEST(Leakage, EqualRowsAreComparedCellByCell) {
  const Table a = parse_csv("p,q\nab,c\n?,1\n", {}, "a"),
              b = parse_csv("q,p\nc,ab\nbc,a\n1,NA\n", {}, "b");
  EXPECT_EQ(check_leakage(a, b).equal_rows, 2) << "'ab','c' and the missing one, not 'a','bc'";
  EXPECT_EQ(code_of([&] { check_leakage(a, parse_csv("z\n1\n")); }), "E-DATA-62");
}

TEST(Leakage, TheSameRowsWrittenInAnotherWayAreOneTable) {
  const Table a = parse_csv("p,q\nab,c\nd,1\n", {}, "train.csv");
  std::string said;
  EXPECT_EQ(code_of([&] { check_leakage(a, parse_csv("q;p\r\n\"c\";ab\r\n1;d\r\n")); }, &said),
            "E-DATA-60");
  EXPECT_NE(said.find("same rows"), said.npos) << said;
  EXPECT_EQ(check_leakage(a, parse_csv("q;p\n1;d\n")).equal_rows, 1) << "a part may be chance";
}

TEST(Leakage, ImagesByTheirPixels) {
  Tensor a(DType::u8, {4, 2, 2}), b(DType::u8, {3, 2, 2});
  for (std::int64_t i = 0; i < a.size(); ++i) a.set(i, static_cast<double>(i / 4 * 10 + i % 4));
  for (std::int64_t i = 0; i < b.size(); ++i) b.set(i, a.at((i + 4) % 12));  // images 1, 2, 0
  std::string said;
  EXPECT_EQ(code_of([&] { check_leakage(a, "train.gz", b, "test.idx"); }, &said), "E-DATA-60");
  EXPECT_TRUE(said.find("train.gz") != said.npos && said.find("test.idx") != said.npos) << said;
  b.set(0, 99);
  const auto found = check_leakage(a, "train.gz", b, "test.idx");
  EXPECT_EQ(found.equal_rows, 2);
  EXPECT_EQ(found.first_equal, 1);
  const std::vector<std::int64_t> first{0}, others{1, 2};
  EXPECT_EQ(count_equal_images(a, first, b, others).equal_rows, 1);
}

TEST(Leakage, AdultSharesRowsBetweenItsFiles) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA does not name the folder of real data";
  const auto train = read_csv(fs::path(folder) / "adult/adult-train.csv");
  const auto test = read_csv(fs::path(folder) / "adult/adult-test.csv");
  // Counted with Python: rows as tuples of stripped cells, the dot taken off the label.
  EXPECT_EQ(check_leakage(train, test, {.target = "column_15", .strip = "."}).equal_rows, 23);
}

}  // namespace
}  // namespace glia::data
