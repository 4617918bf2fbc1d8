// The module's one entry.
#include "glia/data/codecs.h"
#include "glia/codecs/sound.h"

extern "C" __attribute__((visibility("default"))) const glia::data::Codecs* glia_codecs() {
  static constexpr glia::data::Codecs all{.decode_sound = glia::codecs::decode_sound,
                                          .sound_header = glia::codecs::sound_header,
                                          .resample = glia::codecs::resample};
  return &all;
}
