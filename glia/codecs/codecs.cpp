// The module's one entry.
#include "glia/data/codecs.h"
#include "glia/codecs/image.h"
#include "glia/codecs/sound.h"

extern "C" __attribute__((visibility("default"))) const glia::data::Codecs* glia_codecs() {
  static constexpr glia::data::Codecs all{.decode_sound = glia::codecs::decode_sound,
                                          .decode_image = glia::codecs::decode_image,
                                          .encode_png = glia::codecs::encode_png};
  return &all;
}
