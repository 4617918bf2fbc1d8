#include "glia/data/codecs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "glia/base/random.h"
#include "tests/data/wav.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

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

TEST(Codecs, AHeaderWithoutTheSamples) {
  const auto header = codecs().sound_header(wav({1, 2, 3, 4, 5, 6}, 16000, 2), "a.wav");
  EXPECT_EQ(header.rate, 16000);
  EXPECT_EQ(header.channels, 2);
  EXPECT_EQ(header.frames, 3);
}

TEST(Codecs, ASoundThatIsCutShort) {
  const auto whole = wav({1, 2, 3, 4});
  for (std::size_t missing : {1u, 2u, 5u}) {
    const auto part = whole.substr(0, whole.size() - missing);
    EXPECT_EQ(testing::thrown([&] { (void)codecs().sound_header(part, "a.wav"); }).code,
              "E-DATA-81");
  }
  auto piped = whole;  // by a program that did not know the length
  piped.replace(4, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(codecs().decode_sound(piped, "a.wav").samples.size(), 4u);
}

// Whatever bytes are changed, the answer is a sound or an error of ours.
TEST(Codecs, DamagedSoundsNeverCrash) {
  const auto whole = wav(tone(440, 300), 8000, 2);
  for (std::uint64_t step = 0; step < 2000; ++step) {
    Random random(1, "damage", step);
    auto damaged = whole;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
      damaged[random.below(step % 2 ? 64 : damaged.size())] = static_cast<char>(random.next());
    if (step % 5 == 0) damaged.resize(random.below(damaged.size()));
    const auto result = testing::thrown([&] { (void)codecs().decode_sound(damaged, "a.wav"); });
    EXPECT_TRUE(result.code == "nothing" || result.code.starts_with("E-DATA-8")) << result.message;
  }
}

// A tone stays the tone, wherever one looks but at the ends.
TEST(Codecs, ResamplingKeepsATone) {
  for (const auto& [from, to] : {std::pair(44100, 16000), {8000, 16000}, {22050, 8000}}) {
    std::vector<float> samples(static_cast<std::size_t>(from));
    const auto at = [](int rate, std::size_t i) {
      return std::sin(6.283185307179586 * 440 * static_cast<double>(i) / rate);
    };
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(at(from, i));
    const auto result = codecs().resample(samples, from, to, "a.wav");
    ASSERT_EQ(result.size(), static_cast<std::size_t>(to));
    for (std::size_t i = result.size() / 10; i < result.size() * 9 / 10; ++i)
      ASSERT_NEAR(static_cast<double>(result[i]), at(to, i), 1e-4) << from << " to " << to;
  }
}

TEST(Codecs, RatesThatCannotBe) {
  const std::vector<float> samples(10);
  for (const auto& [from, to] : {std::pair(0, 8000), {8000, 0}, {1, 8000}, {-8000, 8000}})
    EXPECT_EQ(testing::thrown([&] { (void)codecs().resample(samples, from, to, "a.wav"); }).code,
              "E-DATA-146");
}

}  // namespace
}  // namespace glia::data
