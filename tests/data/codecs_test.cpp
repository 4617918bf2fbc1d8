#include "glia/data/codecs.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/thrown.h"

namespace glia::data {
namespace {

void append(std::string& to, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i) & 255);
}

// 16-bit mono at 8 kHz.
std::string wav(const std::vector<std::int16_t>& samples) {
  const auto size = static_cast<std::uint32_t>(samples.size() * 2);
  std::string s = "RIFF";
  append(s, 36 + size, 4);
  s += "WAVEfmt ";
  append(s, 16, 4), append(s, 1, 2), append(s, 1, 2), append(s, 8000, 4), append(s, 16000, 4);
  append(s, 2, 2), append(s, 16, 2);
  s += "data";
  append(s, size, 4);
  for (const auto v : samples) append(s, static_cast<std::uint16_t>(v), 2);
  return s;
}

TEST(Codecs, Wav) {
  const auto sound = codecs().decode_sound(wav({0, 16384, -32768}), "a.wav");
  EXPECT_EQ(sound.rate, 8000);
  EXPECT_EQ(sound.channels, 1);
  EXPECT_EQ(sound.samples, (std::vector<float>{0, 0.5f, -1}));
}

TEST(Codecs, NotASound) {
  const auto error = testing::thrown([] { (void)codecs().decode_sound("hello", "a.wav"); });
  EXPECT_EQ(error.code, "E-DATA-80");
  EXPECT_TRUE(error.says("a.wav")) << error.message;
}

}  // namespace
}  // namespace glia::data
