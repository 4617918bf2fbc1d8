// Internal: sounds, by libsndfile.
#pragma once

#include "glia/data/codecs.h"

namespace glia::codecs {

data::Sound decode_sound(std::string_view bytes, std::string_view name);

}  // namespace glia::codecs
