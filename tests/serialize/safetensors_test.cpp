#include "glia/serialize/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::serialize {
namespace {

// A file with this header, as it stands, and these data.
std::string file_of(const std::string& header, const std::string& data = "") {
  const auto length = static_cast<std::uint64_t>(header.size());
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

std::string code_of(const std::string& bytes) {
  try {
    read_safetensors_bytes(as_bytes(bytes));
  } catch (const Error& error) {
    return error.code();
  }
  return "no error";
}

std::string code_of(const std::string& header, std::size_t data_bytes) {
  return code_of(file_of(header, std::string(data_bytes, '\0')));
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

// The bytes that safetensors 0.8.0 (Python) writes for the same tensors.
TEST(Safetensors, WritesTheReferencesBytes) {
  const TensorMap tensors{{"b", Tensor(DType::f32, {2})},
                          {"a", Tensor(DType::f64, {1})},
                          {"c", Tensor(DType::i64, {1})},
                          {"d", Tensor(DType::i32, {1})},
                          {"e", Tensor(DType::u8, {3})},
                          {"f", Tensor(DType::boolean, {1})},
                          {"A\n\"\xc3\xa9\x7f", Tensor(DType::f32, {0, 3})},
                          {"s", Tensor::scalar(0.0f)}};
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"c":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
      R"("a":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"A\n\")"
      "\xc3\xa9\x7f"
      R"(":{"dtype":"F32","shape":[0,3],"data_offsets":[16,16]},)"
      R"("b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},)"
      R"("s":{"dtype":"F32","shape":[],"data_offsets":[24,28]},)"
      R"("d":{"dtype":"I32","shape":[1],"data_offsets":[28,32]},)"
      R"("e":{"dtype":"U8","shape":[3],"data_offsets":[32,35]},)"
      R"("f":{"dtype":"BOOL","shape":[1],"data_offsets":[35,36]}}   )";
  EXPECT_EQ(safetensors_bytes(tensors, {{"format", "pt"}}), file_of(header, std::string(36, '\0')));
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const TensorMap tensors{{"f32", Tensor::of<float>({2, 2}, {1.5f, -0.0f, nan, INFINITY})},
                          {"f64", Tensor::of<double>({1}, {0.1})},
                          {"i32", Tensor::of<std::int32_t>({2}, {INT32_MIN, 7})},
                          {"i64", Tensor::of<std::int64_t>({2}, {INT64_MIN, 7})},
                          {"u8", Tensor::of<std::uint8_t>({1, 3}, {0, 128, 255})},
                          {"", Tensor::scalar(3.0f)},
                          {"none", Tensor(DType::f32, {0, 5})},
                          {"bool", Tensor(DType::boolean, {3})}};
  const Metadata metadata{{"labels", "[\"a\", \"\xc3\xa9\"]"}, {"", "\n\x01"}};
  const TempFolder folder;
  write_safetensors(folder / "w.safetensors", tensors, metadata);
  EXPECT_EQ(read_file(folder / "w.safetensors"), safetensors_bytes(tensors, metadata));
  const auto read = read_safetensors(folder / "w.safetensors");
  EXPECT_EQ(read.metadata, metadata);
  ASSERT_EQ(read.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(same_bits(read.at(name), tensor)) << name;
  EXPECT_THROW(read.at("f33"), Error);
}

TEST(Safetensors, TheSmallestFile) {
  EXPECT_TRUE(read_safetensors_bytes(as_bytes(file_of("{}"))).tensors.empty());
  EXPECT_EQ(safetensors_bytes({}), file_of("{}      "));
}

// IEEE 754-2019, binary16, and bfloat16: values written down from their definitions.
TEST(Safetensors, WidensHalfPrecisionExactly) {
  const std::uint16_t half[] = {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x8000, 0x7c00};
  const std::string data(reinterpret_cast<const char*>(half), sizeof half);
  const auto file = read_safetensors_bytes(
      as_bytes(file_of("{" + entry("h", "F16", "[8]", "[0,16]") + "}", data)));
  const auto values = file.at("h").data<float>();
  const float expected[] = {1, -2, 65504, 0x1p-14f, 0x1p-24f, -1023 * 0x1p-24f, -0.0f, INFINITY};
  EXPECT_EQ(std::memcmp(values.data(), expected, sizeof expected), 0);

  const std::uint16_t brain[] = {0x3f80, 0xc000, 0x7f80, 0x4049, 0x7fc0};
  const std::string more(reinterpret_cast<const char*>(brain), sizeof brain);
  const auto other = read_safetensors_bytes(
      as_bytes(file_of("{" + entry("b", "BF16", "[5]", "[0,10]") + "} ", more)));
  const auto wide = other.at("b").data<float>();
  EXPECT_EQ(wide[0], 1);
  EXPECT_EQ(wide[1], -2);
  EXPECT_EQ(wide[2], INFINITY);
  EXPECT_EQ(wide[3], 3.140625f);
  EXPECT_TRUE(std::isnan(wide[4]));
}

TEST(SafetensorsHostile, TooShort) {
  EXPECT_EQ(code_of(""), "E-SAFE-01");
  EXPECT_EQ(code_of(std::string(7, '\0')), "E-SAFE-01");
  const auto whole = file_of("{" + entry("a", "F32", "[2]", "[0,8]") + "}", "12345678");
  ASSERT_EQ(code_of(whole), "no error");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(code_of(whole.substr(0, size)), "no error") << size;
}

TEST(SafetensorsHostile, HugeHeader) {
  std::string bytes(8, '\xff');
  EXPECT_EQ(code_of(bytes + "{}"), "E-SAFE-02");
  const std::uint64_t limit = 100'000'000, above = limit + 1;
  std::memcpy(bytes.data(), &above, 8);
  EXPECT_EQ(code_of(bytes + "{}"), "E-SAFE-02");
  std::memcpy(bytes.data(), &limit, 8);
  EXPECT_EQ(code_of(bytes + "{}"), "E-SAFE-01");
}

TEST(SafetensorsHostile, FilesOfOtherFormatsAreNamed) {
  const auto message = [](const std::string& bytes) {
    return testing::thrown([&] { read_safetensors_bytes(as_bytes(bytes), "w"); });
  };
  const std::string rest(64, '\x7f');
  const auto zip = message("PK\x03\x04" + rest);
  EXPECT_EQ(zip.code, "E-SAFE-02");
  EXPECT_TRUE(zip.says("pickle") && zip.says("safetensors.torch.save_file")) << zip.message;
  EXPECT_TRUE(message("\x80\x02\x8a\x0a" + rest).says("pickle"));
  EXPECT_TRUE(message("\x89HDF\r\n" + rest).says("HDF5"));
  EXPECT_FALSE(message(rest).says("pickle"));
  // A header of 0x280 bytes begins as a pickle does, and is none.
  std::string header = "{}" + std::string(0x280 - 2, ' ');
  EXPECT_EQ(code_of(file_of(header)), "no error");
}

TEST(SafetensorsHostile, BrokenJson) {
  for (const std::string header : {"",
                                   " ",
                                   "[]",
                                   "null",
                                   "1",
                                   "{",
                                   "{}}",
                                   "{} x",
                                   " {}",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{'a':{}}",
                                   "{\"a\":{},}",
                                   "{\"a\":1}",
                                   "{\"a\":null}",
                                   "{\"a\":\"x\"}",
                                   "{\"a\":[]}",
                                   "{\"a\":{}}",
                                   "{/*c*/}",
                                   "{\"__metadata__\":1}",
                                   "{\"__metadata__\":null}",
                                   "{\"__metadata__\":[]}",
                                   "{\"__metadata__\":{\"a\":1}}",
                                   "{\"__metadata__\":{\"a\":{}}}",
                                   "{\"__metadata__\":{\"a\":[]}}",
                                   "{\"\xff\":{}}",
                                   "{\"\\ud800\":{}}",
                                   "\xef\xbb\xbf{}"})
    EXPECT_EQ(code_of(header, 0), "E-SAFE-03") << header;
  EXPECT_EQ(code_of(file_of(std::string("{}\0\0\0\0\0\0", 8))), "E-SAFE-03");
  EXPECT_EQ(code_of(std::string(90'000, '['), 0), "E-SAFE-03");
  EXPECT_EQ(code_of("{\"a\":" + std::string(90'000, '[') + "}", 0), "E-SAFE-03");
}

TEST(SafetensorsHostile, WrongFields) {
  for (const std::string body :
       {R"("dtype":"F32","shape":[1])", R"("dtype":"F32","data_offsets":[0,4])",
        R"("shape":[1],"data_offsets":[0,4])", R"("dtype":1,"shape":[1],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":1,"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[1],"data_offsets":4)",
        R"("dtype":"F32","shape":[1],"data_offsets":[4])",
        R"("dtype":"F32","shape":[1],"data_offsets":[0,4,4])",
        R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":["1"],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[[1]],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[18446744073709551617],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[1],"data_offsets":[-4,0])",
        R"("dtype":"F32","shape":[1],"data_offsets":[0,1e1])",
        R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1)",
        R"("dtype":{},"shape":[1],"data_offsets":[0,4])"})
    EXPECT_EQ(code_of("{\"a\":{" + body + "}}", 4), "E-SAFE-03") << body;
  for (const std::string dtype : {"", "f32", "F8_E4M3", "U64", "I16", "C64"})
    EXPECT_EQ(code_of("{" + entry("a", dtype, "[1]", "[0,4]") + "}", 4), "E-SAFE-05") << dtype;
  std::string deep = "[1";
  for (int i = 0; i < 64; ++i) deep += ",1";
  EXPECT_EQ(code_of("{" + entry("a", "F32", deep + "]", "[0,4]") + "}", 4), "E-SAFE-03");
}

TEST(SafetensorsHostile, KeysTwice) {
  const auto a = entry("a", "U8", "[1]", "[0,1]"), b = entry("a", "U8", "[1]", "[1,2]");
  EXPECT_EQ(code_of("{" + a + "," + b + "}", 2), "E-SAFE-04");
  EXPECT_EQ(code_of("{" + a + "," + entry("\\u0061", "U8", "[1]", "[1,2]") + "}", 2), "E-SAFE-04");
  EXPECT_EQ(code_of("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}," + a + "}", 1), "E-SAFE-04");
  EXPECT_EQ(code_of("{\"__metadata__\":{},\"__metadata__\":{}," + a + "}", 1), "E-SAFE-04");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}})", 1),
            "E-SAFE-04");
}

TEST(SafetensorsHostile, ShapesThatDoNotFit) {
  for (const std::string shape :
       {"[2]", "[0]", "[]", "[1,2]", "[4611686018427387904,4]", "[9223372036854775807,2,1]",
        "[4294967296,4294967296]", "[2305843009213693953]"})
    EXPECT_EQ(code_of("{" + entry("a", "F32", shape, "[0,12]") + "}", 12), "E-SAFE-06") << shape;
  EXPECT_EQ(code_of("{" + entry("a", "F32", "[3]", "[12,0]") + "}", 12), "E-SAFE-06");
}

TEST(SafetensorsHostile, PlacesThatDoNotFit) {
  const auto file = [](const std::string& first, const std::string& second) {
    return "{" + entry("a", "U8", "[4]", first) + "," + entry("b", "U8", "[4]", second) + "}";
  };
  EXPECT_EQ(code_of(file("[0,4]", "[4,8]"), 8), "no error");
  EXPECT_EQ(code_of(file("[4,8]", "[0,4]"), 8), "no error");
  EXPECT_EQ(code_of(file("[0,4]", "[0,4]"), 8), "E-SAFE-07");  // the same bytes
  EXPECT_EQ(code_of(file("[0,4]", "[3,7]"), 8), "E-SAFE-07");  // overlap
  EXPECT_EQ(code_of(file("[0,4]", "[5,9]"), 9), "E-SAFE-07");  // a hole
  EXPECT_EQ(code_of(file("[1,5]", "[5,9]"), 9), "E-SAFE-07");  // a hole at the front
  EXPECT_EQ(code_of(file("[0,4]", "[4,8]"), 9), "E-SAFE-07");  // trailing bytes
  EXPECT_EQ(code_of(file("[0,4]", "[4,8]"), 7), "E-SAFE-07");  // cut short
  EXPECT_EQ(code_of(file("[0,4]", "[18446744073709551612,18446744073709551616]"), 8), "E-SAFE-03");
  EXPECT_EQ(code_of(file("[0,4]", "[18446744073709551611,18446744073709551615]"), 8), "E-SAFE-07");
  EXPECT_EQ(code_of("{" + entry("a", "F32", "[0]", "[9,9]") + "}", 0), "E-SAFE-07");
  EXPECT_EQ(code_of("{}", 1), "E-SAFE-07");
}

TEST(SafetensorsHostile, BytesThatAreNoBool) {
  EXPECT_EQ(code_of(file_of("{" + entry("a", "BOOL", "[2]", "[0,2]") + "}", "\1\2")), "E-SAFE-08");
}

TEST(Safetensors, RefusesToWriteWhatItCouldNotRead) {
  const Tensor t = Tensor::scalar(1.0f);
  EXPECT_THROW(safetensors_bytes({{"\xff", t}}), Error);
  EXPECT_THROW(safetensors_bytes({{"a", t}}, {{"k", "\xc3"}}), Error);
  EXPECT_THROW(safetensors_bytes({{"__metadata__", t}}), Error);
  const TempFolder folder;
  write_safetensors(folder / "f", {{"a", t}});
  EXPECT_THROW(write_safetensors(folder / "f", {{"\xff", t}}), Error);
  EXPECT_EQ(read_safetensors(folder / "f").at("a").at(0), 1);
}

// A file that PyTorch's users wrote, and what their network computes with it: a convolution 3 -> 4
// (3x3, padding 1), batch normalisation (eval, 1e-5), ReLU, a linear layer 256 -> 16, on ones. The
// values come from another project's tests; the loops here are the definition, in double.
TEST(SafetensorsConformance, AForeignFileGivesThePublishedOutput) {
  const char* folder = std::getenv("GLIA_DATA");
  if (folder == nullptr) GTEST_SKIP() << "GLIA_DATA does not name the data folder";
  const std::filesystem::path root = std::filesystem::path(folder) / "conformance";
  const auto golden =
      nlohmann::json::parse(read_file(root / "goldens/safetensors_multi_layer.json"));
  const auto file = read_safetensors(root / golden.at("file").get<std::string>());
  ASSERT_EQ(file.tensors.size(), 9u);
  const Tensor &conv = file.at("conv1.weight"), &linear = file.at("fc1.weight");
  ASSERT_EQ(conv.shape(), (Shape{4, 3, 3, 3}));
  ASSERT_EQ(linear.shape(), (Shape{16, 256}));
  EXPECT_EQ(file.at("norm1.num_batches_tracked").dtype(), DType::i64);

  std::vector<double> hidden;
  for (int c = 0; c < 4; ++c)
    for (int i = 0; i < 64; ++i) {
      double sum = file.at("conv1.bias").at(c);
      for (int k = 0; k < 27; ++k) {
        const int y = i / 8 + k % 9 / 3 - 1, x = i % 8 + k % 3 - 1;
        if (y >= 0 && y < 8 && x >= 0 && x < 8) sum += conv.at(c * 27 + k);
      }
      const double scale =
          file.at("norm1.weight").at(c) / std::sqrt(file.at("norm1.running_var").at(c) + 1e-5);
      const double norm =
          (sum - file.at("norm1.running_mean").at(c)) * scale + file.at("norm1.bias").at(c);
      hidden.push_back(std::max(norm, 0.0));
    }
  for (int o = 0; o < 16; ++o) {
    double sum = file.at("fc1.bias").at(o);
    for (int i = 0; i < 256; ++i)
      sum += linear.at(o * 256 + i) * hidden[static_cast<std::size_t>(i)];
    EXPECT_NEAR(sum, golden.at("output").at(static_cast<std::size_t>(o)).get<double>(), 1e-6) << o;
  }
}

}  // namespace
}  // namespace glia::serialize
