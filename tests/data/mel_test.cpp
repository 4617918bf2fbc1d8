#include "glia/data/mel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/thrown.h"

namespace glia::data {
namespace {

using nlohmann::json;
using testing::thrown;

MelOptions options_of(const json& o) {
  MelOptions m;
  m.sample_rate = o.at("sample_rate"), m.win_length = o.at("win_length");
  m.hop_length = o.at("hop_length"), m.n_fft = o.at("n_fft"), m.center = o.at("center");
  m.n_mels = o.at("n_mels"), m.f_min = o.at("f_min"), m.f_max = o.at("f_max");
  m.mel_scale = o.at("mel_scale") == "htk" ? MelScale::htk : MelScale::slaney;
  m.norm = o.at("norm") == "none" ? MelNorm::none : MelNorm::slaney;
  m.log = o.at("log") == "ln" ? MelLog::ln : MelLog::decibel;
  m.power = o.at("power"), m.floor = o.at("floor"), m.top_db = o.at("top_db");
  m.n_mfcc = o.at("n_mfcc");
  return m;
}

std::vector<float> computed(const SoundFeatures& features, const std::vector<float>& samples) {
  std::vector<float> values(
      static_cast<std::size_t>(features.frames(std::ssize(samples)) * features.width()));
  features.compute(samples, values);
  return values;
}

// 1e-5 of what a value is, and of 1 where it is smaller.
TEST(Mel, AgreesWithADoublePrecisionReference) {
  std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/sounds.json");
  const json golden = json::parse(file);
  for (const auto& c : golden.at("cases")) {
    const auto feature = c.at("feature") == "mfcc" ? SoundFeature::mfcc : SoundFeature::log_mel;
    const SoundFeatures features(feature, options_of(c.at("options")));
    std::vector<float> samples;
    for (const int s : c.at("samples")) samples.push_back(static_cast<float>(s) / 32768);
    EXPECT_EQ(features.frames(std::ssize(samples)), c.at("shape")[0]) << c.at("name");
    EXPECT_EQ(features.width(), c.at("shape")[1]) << c.at("name");
    const auto values = computed(features, samples);
    const auto& expected = c.at("values");
    ASSERT_EQ(values.size(), expected.size()) << c.at("name");
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double e = expected[i];
      ASSERT_NEAR(static_cast<double>(values[i]), e, 1e-5 * std::max(1.0, std::abs(e)))
          << c.at("name") << ", value " << i;
    }
  }
}

TEST(Mel, WhatAnOptionOf0StandsFor) {
  const SoundFeatures features(SoundFeature::log_mel, {.sample_rate = 16000});
  EXPECT_EQ(features.options().win_length, 400);
  EXPECT_EQ(features.options().hop_length, 160);
  EXPECT_EQ(features.options().n_fft, 512);
  EXPECT_EQ(features.options().f_max, 8000);
}

TEST(Mel, SilenceAndNothingAreTheFloor) {
  const SoundFeatures features(SoundFeature::log_mel, {.sample_rate = 8000, .floor = 1e-6});
  for (const auto& samples : {std::vector<float>{}, {0}, std::vector<float>(500)})
    for (const float v : computed(features, samples)) EXPECT_FLOAT_EQ(v, std::log(1e-6f));
}

TEST(Mel, AWaveformIsItself) {
  const SoundFeatures features(SoundFeature::waveform, {.sample_rate = 8000});
  EXPECT_EQ(features.width(), 1);
  EXPECT_EQ(computed(features, {0.5f, -1, 0}), (std::vector<float>{0.5f, -1, 0}));
}

TEST(Mel, RefusesWhatCannotBe) {
  const auto code = [](MelOptions o, SoundFeature f = SoundFeature::log_mel) {
    return thrown([&] { const SoundFeatures features(f, o); }).code;
  };
  EXPECT_EQ(code({.sample_rate = 0}), "E-DATA-147");
  EXPECT_EQ(code({.win_length = -1}), "E-DATA-147");
  EXPECT_EQ(code({.win_length = 1 << 30}), "E-DATA-147");
  EXPECT_EQ(code({.hop_length = -5}), "E-DATA-147");
  EXPECT_EQ(code({.win_length = 400, .n_fft = 256}), "E-DATA-147");
  EXPECT_EQ(code({.f_max = 8001}), "E-DATA-147");
  EXPECT_EQ(code({.f_min = 4000, .f_max = 3000}), "E-DATA-147");
  EXPECT_EQ(code({.power = 0}), "E-DATA-147");
  EXPECT_EQ(code({.floor = 0}), "E-DATA-147");
  EXPECT_EQ(code({.top_db = 80}), "E-DATA-147") << "decibels of a natural logarithm";
  EXPECT_EQ(code({.n_mels = 10}, SoundFeature::mfcc), "E-DATA-147") << "more mfcc than mels";
  const auto empty = thrown([] {
    const SoundFeatures f(SoundFeature::log_mel,
                          {.sample_rate = 8000, .n_fft = 256, .n_mels = 128});
  });
  EXPECT_EQ(empty.code, "E-DATA-147");
  EXPECT_TRUE(empty.says("mel filter")) << empty.message;
}

}  // namespace
}  // namespace glia::data
