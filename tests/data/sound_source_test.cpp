#include "glia/data/sound_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "glia/data/loader.h"
#include "tests/data/wav.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using testing::thrown;

constexpr std::int64_t kFiles = 23;

// Tones of different pitch and length, whose class is their number modulo 3.
class SoundSourceTest : public ::testing::Test {
 protected:
  SoundSourceTest() {
    for (int i = 0; i < kFiles; ++i)
      write(folder_ / (std::to_string(100 + i) + ".wav"),
            wav(tone(200 + 50 * i, static_cast<std::size_t>(800 + 20 * i))));
    list_.emplace(sounds_at(folder_.path()));
    encoder_.emplace(SoundEncoder::fit(*list_, all_rows(kFiles), check_sounds(*list_)));
  }

  std::shared_ptr<const Source> source(const SoundSourceOptions& options = {}) const {
    Tensor targets(DType::i64, {kFiles});
    for (std::int64_t i = 0; i < kFiles; ++i) targets.set(i, static_cast<double>(i % 3));
    return std::make_shared<SoundSource>(*list_, all_rows(kFiles), *encoder_, targets, options);
  }

  TempFolder folder_;
  std::optional<SoundList> list_;
  std::optional<SoundEncoder> encoder_;
};

// All bytes of a loader's batches from where it stands.
std::string bytes(Loader& loader) {
  std::string all;
  const auto append = [&](const Tensor& t) {
    all.append(reinterpret_cast<const char*>(t.raw()), t.bytes());
  };
  while (const Batch* b = loader.next()) {
    append(b->features), append(b->targets), append(b->weights);
    for (const auto& more : b->more_features) append(more);
  }
  return all;
}

constexpr SoundAugment kEverything{.shift = 0.02,
                                   .gain = 6,
                                   .noise = true,
                                   .time_masks = 2,
                                   .time_mask = 3,
                                   .frequency_masks = 1,
                                   .frequency_mask = 8};

TEST_F(SoundSourceTest, TheSameBitsWithAnyNumberOfThreadsAndFromAnyPlace) {
  for (const std::int64_t cache : {std::int64_t{0}, std::int64_t{40000}, std::int64_t{1} << 30})
    for (const bool augmented : {false, true}) {
      const SoundSourceOptions options{.augment = augmented ? kEverything : SoundAugment{},
                                       .seed = 5,
                                       .mask = true,
                                       .cache_bytes = cache};
      const auto epoch = [&](int workers, std::int64_t number, std::int64_t from) {
        Loader loader(source(options),
                      {.batch_size = 4, .shuffle = true, .seed = 3, .workers = workers});
        loader.start(number, from);
        return bytes(loader);
      };
      const auto whole = epoch(0, 1, 0), rest = epoch(0, 1, 3);
      EXPECT_TRUE(whole.ends_with(rest));
      for (const int workers : {1, 2, 4}) {
        EXPECT_EQ(epoch(workers, 1, 0) == whole, true) << workers << " workers";
        EXPECT_EQ(epoch(workers, 1, 3) == rest, true) << workers << " workers";
      }
    }
}

TEST_F(SoundSourceTest, AugmentationDiffersByEpochRowAndSeedAndLeavesTheTargets) {
  const auto first_batch = [&](std::uint64_t seed, std::int64_t epoch,
                               const SoundAugment& augment) {
    Loader loader(source({.augment = augment, .seed = seed}), {.batch_size = kFiles});
    loader.start(epoch);
    const Batch* b = loader.next();
    return std::pair(b->features.clone(), b->targets.clone());
  };
  const auto plain = first_batch(1, 0, {});
  EXPECT_TRUE(same_bits(plain.first, first_batch(1, 1, {}).first));
  const auto one = first_batch(1, 0, kEverything), epoch = first_batch(1, 1, kEverything);
  const auto seed = first_batch(2, 0, kEverything);
  EXPECT_TRUE(same_bits(one.first, first_batch(1, 0, kEverything).first));
  for (const auto* other : {&plain, &epoch, &seed}) {
    EXPECT_FALSE(same_bits(one.first, other->first));
    EXPECT_TRUE(same_bits(one.second, other->second));
  }
}

// A subset that holds the same sounds draws the same for them.
TEST_F(SoundSourceTest, WhatIsDrawnBelongsToTheSound) {
  const SoundSourceOptions options{.augment = kEverything};
  Loader all(source(options), {.batch_size = kFiles});
  Loader two(std::make_shared<SoundSource>(*list_, std::vector<std::int64_t>{7, 2}, *encoder_,
                                           Tensor(DType::i64, {2}), options),
             {.batch_size = 2});
  const Batch *a = all.next(), *b = two.next();
  const auto each = encoder_->row().elements();
  for (std::int64_t i = 0; i < each; ++i) {
    ASSERT_EQ(b->features.at(i), a->features.at(7 * each + i));
    ASSERT_EQ(b->features.at(each + i), a->features.at(2 * each + i));
  }
}

TEST_F(SoundSourceTest, TheMaskIsWhereTheSoundIs) {
  const auto all = source({.mask = true});
  ASSERT_EQ(all->inputs().size(), 2u);
  EXPECT_EQ(all->inputs()[1].row, Shape{encoder_->frames()});
  Loader loader(all, {.batch_size = kFiles});
  const Batch* b = loader.next();
  for (std::int64_t i = 0; i < kFiles; ++i) {
    const std::int64_t used = 1 + (800 + 20 * i) / 80;
    for (std::int64_t t = 0; t < encoder_->frames(); ++t)
      ASSERT_EQ(b->more_features[0].at(i * encoder_->frames() + t), t < used) << i << ", " << t;
  }
}

TEST_F(SoundSourceTest, AFileThatBreaksLaterIsNamed) {
  const auto all = source({.cache_bytes = 0});
  write(folder_ / "104.wav", "RIFF");
  Loader loader(all, {.batch_size = 4, .workers = 2});
  EXPECT_NE(loader.next(), nullptr);
  const auto error = thrown([&] { loader.next(); });
  EXPECT_EQ(error.code, "E-DATA-80");
  EXPECT_TRUE(error.says("104.wav")) << error.message;
}

TEST_F(SoundSourceTest, RefusesWhatDoesNotFit) {
  const auto make = [&](std::vector<std::int64_t> rows, std::int64_t targets,
                        SoundAugment augment) {
    return thrown([&] {
             SoundSource(*list_, std::move(rows), *encoder_, Tensor(DType::i64, {targets}),
                         {.augment = augment});
           })
        .code;
  };
  EXPECT_EQ(make({0, 1}, 3, {}), "E-DATA-70");
  EXPECT_EQ(make({0, kFiles}, 2, {}), "E-DATA-73");
  EXPECT_EQ(make({0}, 1, {.shift = -1}), "E-DATA-153");
  EXPECT_EQ(make({0}, 1, {.gain = 500}), "E-DATA-153");
  EXPECT_EQ(make({0}, 1, {.noise = true, .noise_from = 9, .noise_to = 3}), "E-DATA-153");
  EXPECT_EQ(make({0}, 1, {.time_masks = 1}), "E-DATA-153");
  EXPECT_EQ(make({0}, 1, {.frequency_masks = 1, .frequency_mask = 40}), "E-DATA-153");
}

TEST(SoundAugment, AShiftMovesAndFillsWithSilence) {
  bool earlier = false, later = false;
  for (std::uint64_t step = 0; step < 50; ++step) {
    std::vector<float> samples{1, 2, 3, 4, 0, 0, 0, 0};
    Random random(1, "test", step);
    const auto used = augment_samples(samples, 4, 2, {.shift = 1}, random);
    const auto by = used - 4;
    ASSERT_LE(std::abs(by), 2) << "one second of 2 samples";
    for (std::int64_t i = 0; i < 8; ++i) {
      const auto from = i - by;
      ASSERT_EQ(samples[static_cast<std::size_t>(i)],
                from >= 0 && from < 4 ? static_cast<float>(from + 1) : 0.0f);
    }
    earlier |= by<0, later |= by> 0;
  }
  EXPECT_TRUE(earlier && later);
}

TEST(SoundAugment, NoiseHasTheRatioThatWasAsked) {
  std::vector<float> samples(40000);
  for (std::size_t i = 0; i < 20000; ++i)
    samples[i] = static_cast<float>(std::sin(static_cast<double>(i)));
  const auto clean = samples;
  Random random(1, "test");
  (void)augment_samples(samples, 20000, 8000, {.noise = true, .noise_from = 20, .noise_to = 20},
                        random);
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto difference = static_cast<double>(samples[i]) - static_cast<double>(clean[i]);
    noise += difference * difference / 40000;
    signal += static_cast<double>(clean[i]) * static_cast<double>(clean[i]) / 20000;
  }
  EXPECT_NEAR(10 * std::log10(signal / noise), 20, 0.1);
  std::vector<float> silence(10, 0.0f);
  (void)augment_samples(silence, 10, 8000, {.noise = true}, random);
  EXPECT_EQ(silence, std::vector<float>(10, 0.0f)) << "silence has no power to stand below";
}

TEST(SoundAugment, GainStaysWithinItsDecibels) {
  double least = 10, most = 0;
  for (std::uint64_t step = 0; step < 500; ++step) {
    std::vector<float> samples{0.1f};
    Random random(1, "test", step);
    (void)augment_samples(samples, 1, 8000, {.gain = 6}, random);
    least = std::min(least, static_cast<double>(samples[0]) / 0.1);
    most = std::max(most, static_cast<double>(samples[0]) / 0.1);
  }
  EXPECT_NEAR(20 * std::log10(least), -6, 0.2);
  EXPECT_NEAR(20 * std::log10(most), 6, 0.2);
}

TEST(SoundAugment, MasksAreWholeFramesAndFeatures) {
  constexpr std::int64_t kFrames = 12, kWidth = 8, kUsed = 9;
  std::int64_t longest = 0;
  for (std::uint64_t step = 0; step < 200; ++step) {
    std::vector<float> features(kFrames * kWidth, 1.0f);
    Random random(1, "test", step);
    augment_features(features, kUsed, kWidth,
                     {.time_masks = 1, .time_mask = 4, .frequency_masks = 1, .frequency_mask = 3},
                     random);
    std::vector<bool> frame(kFrames), feature(kWidth);
    for (std::int64_t t = 0; t < kFrames; ++t)
      frame[static_cast<std::size_t>(t)] = std::all_of(
          &features[static_cast<std::size_t>(t * kWidth)],
          &features[static_cast<std::size_t>(t * kWidth)] + kWidth, [](float v) { return v == 0; });
    for (std::int64_t f = 0; f < kWidth; ++f) {
      bool all = true;
      for (std::int64_t t = 0; t < kFrames; ++t)
        all &= features[static_cast<std::size_t>(t * kWidth + f)] == 0;
      feature[static_cast<std::size_t>(f)] = all;
    }
    for (std::int64_t i = 0; i < kFrames * kWidth; ++i)
      ASSERT_EQ(features[static_cast<std::size_t>(i)] == 0,
                frame[static_cast<std::size_t>(i / kWidth)] ||
                    feature[static_cast<std::size_t>(i % kWidth)]);
    const auto frames = std::count(frame.begin(), frame.end(), true);
    ASSERT_LE(frames, 4);
    ASSERT_LE(std::count(feature.begin(), feature.end(), true), 3);
    for (std::int64_t t = kUsed; t < kFrames; ++t)
      ASSERT_FALSE(frame[static_cast<std::size_t>(t)]) << "silence behind the sound";
    longest = std::max<std::int64_t>(longest, frames);
  }
  EXPECT_EQ(longest, 4);
}

}  // namespace
}  // namespace glia::data
