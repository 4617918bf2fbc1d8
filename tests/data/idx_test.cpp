#include "glia/data/idx.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "tests/data/gzip.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;
using testing::gzip;

class Idx : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "glia-idx-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& bytes) {
    const auto path = folder_ / "x";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  fs::path write_gz(const std::string& bytes) { return write(gzip(bytes)); }
  std::string code_of(const fs::path& path) {
    try {
      read_idx(path);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
      return error.code();
    }
    return "";
  }
  fs::path folder_;
};

// An array as the format's page describes it: two zeros, type, dimensions, big-endian sizes.
std::string idx(std::initializer_list<std::uint32_t> sizes, const std::string& elements) {
  std::string bytes = {'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const auto size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift & 255);
  return bytes + elements;
}

TEST_F(Idx, ReadsPlainAndCompressed) {
  const std::string file = idx({2, 1, 3}, {'\x01', '\x02', '\x03', '\x7f', '\x00', '\xff'});
  for (const auto& path : {write(file), write_gz(file)}) {
    const Tensor t = read_idx_images(path);
    EXPECT_EQ(t.shape(), (Shape{2, 1, 3}));
    EXPECT_EQ(t.at(0), 1);
    EXPECT_EQ(t.at(5), 255);
  }
  EXPECT_EQ(read_idx_labels(write(idx({2}, "ab"))).at(1), 'b');
  EXPECT_THROW(read_idx_images(write(idx({2}, "ab"))), Error);
}

TEST_F(Idx, EveryTruncationIsAnError) {
  const std::string file = idx({3, 4}, "abcdefghijkl");
  EXPECT_EQ(code_of(write("")), "E-FILE-04");
  for (std::size_t n = 1; n < file.size(); ++n)
    EXPECT_EQ(code_of(write(file.substr(0, n))), "E-DATA-41") << n;
  const std::string packed = gzip(file);
  for (std::size_t n = 2; n < packed.size(); ++n)
    EXPECT_EQ(code_of(write(packed.substr(0, n))), "E-DATA-41") << n;
}

TEST_F(Idx, TrailingBytesAreAnError) {
  const std::string file = idx({2}, "ab");
  EXPECT_EQ(code_of(write(file + "c")), "E-DATA-42");
  EXPECT_EQ(code_of(write_gz(file + "c")), "E-DATA-42");
  EXPECT_EQ(code_of(write(gzip(file) + "c")), "E-DATA-42");
}

TEST_F(Idx, JoinedMembersAreOneStream) {
  const std::string file = idx({4}, "abcd");
  EXPECT_EQ(read_idx(write(gzip(file.substr(0, 7)) + gzip(file.substr(7)))).size(), 4);
}

TEST_F(Idx, InflatesWhatAnotherProgramCompressed) {
  // 000008 02, 4 x 50, then "ab" a hundred times, as Python's gzip module packs it.
  const std::string packed(
      "\037\213\010\000\000\000\000\000\002\003\143\140\340\140\142\140\140\140\001\142\243\304\244"
      "\341\001\001\105\251\253\043\324\000\000\000",
      34);
  const Tensor t = read_idx(write(packed));
  EXPECT_EQ(t.shape(), (Shape{4, 50}));
  for (std::int64_t i = 0; i < t.size(); ++i) EXPECT_EQ(t.at(i), i % 2 ? 'b' : 'a');
}

TEST_F(Idx, WrongMagicAndAbsurdSizes) {
  EXPECT_EQ(code_of(write("PNG and so on")), "E-DATA-40");
  EXPECT_EQ(code_of(write(std::string("\0\0\x0D\x01\0\0\0\x01zzzz", 12))), "E-DATA-40");  // floats
  EXPECT_EQ(code_of(write(idx({}, ""))), "E-DATA-40");
  EXPECT_EQ(code_of(write(idx({0xffffffff, 0xffffffff, 0xffffffff}, "a"))), "E-DATA-43");
  EXPECT_EQ(code_of(write(idx({0, 28, 28}, ""))), "E-DATA-43");
  // Four gigabytes promised by a small file: refused before any memory is taken.
  EXPECT_EQ(code_of(write(idx({0xffffffff}, "a"))), "E-DATA-41");
  EXPECT_EQ(code_of(write_gz(idx({0xffffffff}, "a"))), "E-DATA-41");
}

TEST_F(Idx, DamagedCompressionIsAnErrorAndNeverACrash) {
  std::string content(300, '\0');
  Random random(1, "bytes");
  for (auto& c : content) c = static_cast<char>(random.below(4));
  const std::string packed = gzip(idx({300}, content));
  int caught = 0;
  for (std::size_t i = 10; i < packed.size(); ++i) {  // 10: after gzip's own header
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << random.below(8)));
    caught += !code_of(write(damaged)).empty();
  }
  EXPECT_EQ(caught, static_cast<int>(packed.size()) - 10) << "the checksum sees every flipped bit";
}

TEST(IdxFiles, MnistAsPublished) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA does not name the folder of real data";
  const fs::path data = fs::path(folder) / "mnist";
  const Tensor images = read_idx_images(data / "train-images-idx3-ubyte.gz");
  EXPECT_EQ(images.shape(), (Shape{60000, 28, 28}));
  double sum = 0;
  for (const auto pixel : images.data<std::uint8_t>()) sum += pixel;
  EXPECT_NEAR(sum / static_cast<double>(images.size()) / 255, 0.1307, 1e-4)
      << "MNIST's published mean";
  const Tensor labels = read_idx_labels(data / "train-labels-idx1-ubyte.gz");
  std::array<int, 10> counts{};
  for (const auto label : labels.data<std::uint8_t>()) ++counts.at(label);
  // The published class counts of the training file.
  EXPECT_EQ(counts,
            (std::array<int, 10>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}));
}

}  // namespace
}  // namespace glia::data
