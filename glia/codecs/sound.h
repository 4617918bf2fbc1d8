// Internal: sounds, by libsndfile and libsamplerate.
#pragma once

#include "glia/data/codecs.h"

namespace glia::codecs {

data::Sound decode_sound(std::string_view bytes, std::string_view name);
data::SoundHeader sound_header(std::string_view bytes, std::string_view name);
std::vector<float> resample(std::span<const float> samples, int from, int to,
                            std::string_view name);

}  // namespace glia::codecs
