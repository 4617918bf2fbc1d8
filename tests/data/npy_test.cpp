// Against NumPy: tests/golden/make_tables.py wrote the files.
#include "glia/data/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/random.h"
#include "glia/data/read_table.h"
#include "glia/data/table_readers.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

using nlohmann::json;

const json& golden() {
  static const json all = json::parse(std::ifstream(GLIA_SOURCE_DIR "/tests/golden/tables.json"));
  return all;
}

std::string from_base64(const std::string& text) {
  static const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(digits.find(c));
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return out;
}

class Npy : public ::testing::Test {
 protected:
  std::filesystem::path put(const std::string& name, const std::string& bytes) {
    write_atomically(folder_ / name, bytes);
    return folder_ / name;
  }
  TempFolder folder_;
};

TEST_F(Npy, ReadsWhatNumpyWrites) {
  for (const auto& test : golden()["arrays"]) {
    const auto tensor = read_npy(put("x.npy", from_base64(test["file"])));
    const auto what = test["dtype"].get<std::string>() + (test["fortran"] ? " fortran" : "");
    EXPECT_EQ(tensor.shape().sizes(), test["shape"].get<std::vector<std::int64_t>>()) << what;
    const auto values = test["values"].get<std::vector<double>>();
    ASSERT_EQ(tensor.size(), static_cast<std::int64_t>(values.size())) << what;
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      ASSERT_EQ(tensor.at(i), values[static_cast<std::size_t>(i)]) << what << " at " << i;
  }
}

TEST_F(Npy, WritesWhatItReads) {
  for (const DType dtype :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8, DType::boolean})
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{0, 4}}) {
      Tensor tensor(dtype, shape);
      for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.set(i, static_cast<double>(i % 2));
      write_npy(folder_ / "y.npy", tensor);
      EXPECT_TRUE(same_bits(read_npy(folder_ / "y.npy"), tensor)) << name_of(dtype);
      EXPECT_EQ(read_file(folder_ / "y.npy").find('\n') % 64, 63u) << "elements are aligned";
    }
}

TEST_F(Npy, ReadsArchives) {
  for (const char* kind : {"stored", "deflated"}) {
    const auto file = put("x.npz", from_base64(golden()[kind]));
    const auto arrays = read_npz(file);
    ASSERT_EQ(arrays.size(), 2u);
    EXPECT_EQ(arrays[0].name, "x");
    EXPECT_EQ(arrays[0].tensor.shape().sizes(), (std::vector<std::int64_t>{4, 3}));
    EXPECT_EQ(arrays[0].tensor.at(11), 11);
    EXPECT_EQ(read_npz(file, "y").at(3), 2);
    EXPECT_EQ(code_of([&] { read_npz(file, "z"); }), "E-DATA-193");
    const auto table = read_table(file);
    EXPECT_EQ(table.names(), (std::vector<std::string>{"x_1", "x_2", "x_3", "y"}));
    EXPECT_EQ(table.number(2, 1), 7);
    EXPECT_EQ(table.cell(3, 3), "2");
    EXPECT_NE(table.where(3).find("x.npz row 4"), std::string::npos);
  }
}

TEST_F(Npy, FieldsAreColumns) {
  const auto table = read_table(put("s.npy", from_base64(golden()["structured"])));
  EXPECT_EQ(table.names(), (std::vector<std::string>{"n", "x", "city", "code"}));
  EXPECT_EQ(table.number(1, 0), -7);
  EXPECT_TRUE(table.missing(1, 1));
  EXPECT_EQ(table.cell(0, 2), "Łódź");
  EXPECT_TRUE(table.missing(1, 2));
  EXPECT_EQ(table.cell(1, 3), "bc");
  EXPECT_EQ(code_of([&] { read_npy(folder_ / "s.npy"); }), "E-DATA-186");
}

TEST_F(Npy, ArraysAreTablesWithoutNames) {
  write_npy(folder_ / "x.npy", Tensor::of<double>({2, 2}, std::vector<double>{1, 2, 0.1, 4}));
  EXPECT_EQ(read_table(folder_ / "x.npy").names(),
            (std::vector<std::string>{"column_1", "column_2"}));
  const auto named = read_table(folder_ / "x.npy", {.names = {"a", "b"}});
  EXPECT_EQ(named.cell(1, named.column("a")), "0.1");
  EXPECT_EQ(code_of([&] { read_table(folder_ / "x.npy", {.names = {"a"}}); }), "E-DATA-06");
  write_npy(folder_ / "images.npy", Tensor(DType::u8, {2, 3, 3}));
  EXPECT_EQ(code_of([&] { read_table(folder_ / "images.npy"); }), "E-DATA-192");
}

std::string npy(const std::string& header, std::size_t elements) {
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  return out + header + std::string(elements, '\0');
}

TEST_F(Npy, RefusesWhatIsNoArrayOfNumbers) {
  const auto code = [&](const std::string& bytes) {
    const auto file = put("bad.npy", bytes);
    return code_of([&] { read_npy(file); });
  };
  const auto header = [](const std::string& descr, const std::string& shape) {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
  };
  EXPECT_EQ(code(npy(header("'<f4'", "(2,)"), 8)), "nothing");
  EXPECT_EQ(code(npy(header("'<f4'", "(2,)"), 7)), "E-DATA-187");
  EXPECT_EQ(code(npy(header("'<f4'", "(2,)"), 9)), "E-DATA-187");
  EXPECT_EQ(code(npy(header("'<f4'", "(4294967296, 4294967296)"), 8)), "E-DATA-187");
  for (const char* type :
       {"'|O'", "'<c8'", "'<M8[ns]'", "'<f16'", "'<i3'", "'f4'", "''", "'<U99999999'"})
    EXPECT_EQ(code(npy(header(type, "(2,)"), 8)), "E-DATA-186") << type;
  for (const char* shape : {"(-1,)", "2", "(2", "(2,))", "('a',)", "(99999999999999999999,)"})
    EXPECT_EQ(code(npy(header("'<f4'", shape), 8)), "E-DATA-185") << shape;
  EXPECT_EQ(code(npy("{'descr': '<f4'}", 0)), "E-DATA-185");
  EXPECT_EQ(code(npy("import os", 0)), "E-DATA-185");
  EXPECT_EQ(code("\x93NUMPY"), "E-DATA-185");
  EXPECT_EQ(code("\x93NUMPY\x01\x01\xff\xff{}"), "E-DATA-185");
  EXPECT_EQ(code("hello"), "E-DATA-185");
}

// A header of a few bytes must not ask for more work than its file is long.
TEST_F(Npy, NothingIsMadeOfNoBytes) {
  const auto code = [&](const std::string& descr, const std::string& shape, std::size_t bytes) {
    const auto file = put(
        "bad.npy",
        npy("{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + "}\n", bytes));
    return code_of([&] { read_table(file); });
  };
  EXPECT_EQ(code("'<f8'", "(0, 4611686018427387904)", 0), "E-DATA-02");
  EXPECT_EQ(code("'<f8'", "(0,)", 0), "E-DATA-02");
  EXPECT_EQ(code("'|S0'", "(4611686018427387904,)", 0), "E-DATA-186");
  EXPECT_EQ(code("[('a', '<U0'), ('b', '|u1')]", "(8,)", 8), "E-DATA-186");
}

// What is not UTF-8 could not be saved with a model.
TEST_F(Npy, TextsAndNamesAreUtf8) {
  const auto header = [](const std::string& field, const std::string& type) {
    return "{'descr': [('" + field + "', '" + type +
           "')], 'fortran_order': False, 'shape': (2,)}\n";
  };
  auto bytes = npy(header("city", "|S2"), 0) + "ab\xc3\xa9";
  EXPECT_EQ(read_table(put("s.npy", bytes)).cell(1, 0), "é");
  bytes.back() = 'x';
  std::string said;
  EXPECT_EQ(code_of([&] { read_table(put("s.npy", bytes)); }, &said), "E-DATA-260");
  EXPECT_NE(said.find("s.npy row 2: column 'city' holds '\\xc3x'"), said.npos) << said;
  EXPECT_EQ(code_of([&] { read_table(put("s.npy", npy(header("\xff", "|u1"), 2))); }),
            "E-DATA-260");
}

TEST_F(Npy, RefusesPicklesAndReadsTheFilesOfOthers) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA is not set";
  const auto serial = std::filesystem::path(folder) / "conformance/serial";
  std::string said;
  for (const char* name : {"py2-objarr.npy", "py3-objarr.npy", "py2-np0-objarr.npy"}) {
    EXPECT_EQ(code_of([&] { read_npy(serial / "numpy-objarr" / name); }, &said), "E-DATA-186");
    EXPECT_NE(said.find("pickle"), said.npos) << said;
  }
  EXPECT_EQ(code_of([&] { read_npz(serial / "numpy-objarr/py3-objarr.npz"); }), "E-DATA-186");
  EXPECT_GT(read_npy(serial / "candle-test.npy").size(), 0);
  EXPECT_FALSE(read_npz(serial / "candle-test.npz").empty());
}

TEST_F(Npy, AnyBytesGiveArraysOrAnError) {
  Random random(17, "bytes");
  for (const char* kind : {"stored", "deflated", "structured"}) {
    const auto seed = from_base64(golden()[kind]);
    for (int i = 0; i < 1500; ++i) {
      auto bytes = seed;
      for (auto n = 1 + random.below(4); n > 0; --n)
        bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      if (random.below(4) == 0) bytes.resize(1 + random.below(bytes.size() - 1));
      try {
        const auto table = read_npy_table(Bytes::own(bytes, "any"), {});
        for (std::int64_t row = 0; row < table.rows(); ++row) table.cell(row, 0);
      } catch (const Error& error) {
        EXPECT_NE(error.code(), "");
      }
    }
  }
}

TEST_F(Npy, AParquetFileSaysWhatToDo) {
  std::string said;
  const auto file = put("x.parquet", "PAR1 and more");
  EXPECT_EQ(code_of([&] { read_table(file); }, &said), "E-DATA-191");
  EXPECT_NE(said.find("to_csv"), said.npos) << said;
}

}  // namespace
}  // namespace glia::data
