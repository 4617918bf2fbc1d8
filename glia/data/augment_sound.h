// Changes of sounds that leave their meaning: more to learn from.
#pragma once

#include <cstdint>
#include <span>

#include "glia/base/random.h"

namespace glia::data {

// Of 0, a change does not take place. Amounts are drawn evenly.
struct SoundAugment {
  // Of the samples, in this order.
  double shift = 0;    // seconds at most, earlier or later; silence moves in
  double gain = 0;     // decibels at most, louder or quieter
  bool noise = false;  // white and normal, so many decibels below the sound's own power
  double noise_from = 10, noise_to = 40;
  // Of the features: SpecAugment (Park et al., arXiv 1904.08779) without its warping. Masked values
  // are 0, the mean where features are standardised.
  int time_masks = 0, time_mask = 0;            // how many; frames at most of each
  int frequency_masks = 0, frequency_mask = 0;  // how many; features at most of each

  bool of_samples() const { return shift > 0 || gain > 0 || noise; }
  bool of_features() const { return time_masks > 0 || frequency_masks > 0; }
};

// Error E-DATA-153 for a change that cannot be. width: features of a frame.
void check(const SoundAugment& augment, std::int64_t width);

// samples: of which the first `used` are a sound, silence behind. Returns where it ends then.
std::int64_t augment_samples(std::span<float> samples, std::int64_t used, int rate,
                             const SoundAugment& augment, Random& random);

// features: [frames, width], of which the first `used` frames are a sound.
void augment_features(std::span<float> features, std::int64_t used, std::int64_t width,
                      const SoundAugment& augment, Random& random);

}  // namespace glia::data
