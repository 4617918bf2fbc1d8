#include "glia/data/augment_sound.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"

namespace glia::data {
namespace {

// Moves a sound by `by` samples, later where that is positive.
std::int64_t shift(std::span<float> samples, std::int64_t used, std::int64_t by) {
  const std::int64_t n = std::ssize(samples);
  by = std::clamp(by, -n, n);
  if (by >= 0) {
    std::copy_backward(samples.begin(), samples.end() - by, samples.end());
    std::fill_n(samples.begin(), by, 0.0f);
  } else {
    std::copy(samples.begin() - by, samples.end(), samples.begin());
    std::fill(samples.end() + by, samples.end(), 0.0f);
  }
  return std::clamp<std::int64_t>(used + by, 0, n);
}

void add_noise(std::span<float> samples, std::int64_t used, double decibels, Random& random) {
  double power = 0;
  for (const float s : samples) power += static_cast<double>(s) * static_cast<double>(s);
  if (power == 0) return;
  power /= static_cast<double>(std::max<std::int64_t>(used, 1));
  const double deviation = std::sqrt(power / std::pow(10, decibels / 10));
  for (float& s : samples) s += static_cast<float>(deviation * random.normal());
}

// A range of [0, extent), at most `most` long.
struct Range {
  std::int64_t from, to;
};
Range masked(std::int64_t extent, int most, Random& random) {
  const auto longest = static_cast<std::uint64_t>(std::min<std::int64_t>(most, extent));
  const auto length = static_cast<std::int64_t>(random.below(longest + 1));
  const auto from =
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(extent - length) + 1));
  return {from, from + length};
}

double between(double low, double high, Random& random) {
  return low + (high - low) * random.uniform();
}

}  // namespace

void check(const SoundAugment& a, std::int64_t width) {
  const auto expect = [](bool right, const char* name, double value, const char* expected) {
    if (!right) fail("E-DATA-153", "sounds: augment: {} is {}; expected {}", name, value, expected);
  };
  expect(a.shift >= 0 && std::isfinite(a.shift), "shift", a.shift, "seconds from 0");
  expect(a.gain >= 0 && a.gain <= 100, "gain", a.gain, "0 to 100 decibels");
  expect(!a.noise || (std::abs(a.noise_from) <= 200 && std::abs(a.noise_to) <= 200), "noise",
         a.noise_from, "at most 200 decibels");
  expect(!a.noise || a.noise_from <= a.noise_to, "noise", a.noise_from,
         "a range from the lower to the higher ratio");
  const auto masks = [&](const char* name, int count, int most) {
    expect(count >= 0 && count <= 1000, name, count, "0 to 1000 masks");
    expect(most >= (count > 0), name, most, "masks of one place at least");
  };
  masks("time_masks", a.time_masks, a.time_mask);
  masks("frequency_masks", a.frequency_masks, a.frequency_mask);
  if (a.frequency_masks > 0 && a.frequency_mask >= width)
    fail("E-DATA-153",
         "sounds: augment: frequency masks of {} of {} features could leave nothing; take fewer",
         a.frequency_mask, width);
}

std::int64_t augment_samples(std::span<float> samples, std::int64_t used, int rate,
                             const SoundAugment& augment, Random& random) {
  if (augment.shift > 0) {
    const auto most = static_cast<std::int64_t>(
        std::llround(std::min(augment.shift * rate, static_cast<double>(samples.size()))));
    const auto drawn = random.below(static_cast<std::uint64_t>(2 * most + 1));
    used = shift(samples, used, static_cast<std::int64_t>(drawn) - most);
  }
  if (augment.gain > 0) {
    const double decibels = between(-augment.gain, augment.gain, random);
    const auto factor = static_cast<float>(std::pow(10, decibels / 20));
    for (float& s : samples) s *= factor;
  }
  if (augment.noise)
    add_noise(samples, used, between(augment.noise_from, augment.noise_to, random), random);
  return used;
}

void augment_features(std::span<float> features, std::int64_t used, std::int64_t width,
                      const SoundAugment& augment, Random& random) {
  for (int m = 0; m < augment.time_masks; ++m) {
    const auto [from, to] = masked(used, augment.time_mask, random);
    std::fill(features.begin() + from * width, features.begin() + to * width, 0.0f);
  }
  const std::int64_t frames = std::ssize(features) / width;
  for (int m = 0; m < augment.frequency_masks; ++m) {
    const auto [from, to] = masked(width, augment.frequency_mask, random);
    for (std::int64_t t = 0; t < frames; ++t)
      std::fill(features.begin() + t * width + from, features.begin() + t * width + to, 0.0f);
  }
}

}  // namespace glia::data
