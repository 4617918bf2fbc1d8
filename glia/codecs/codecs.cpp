// The module's one entry.
#include "glia/data/codecs.h"
#include "glia/codecs/sound.h"
#include "glia/codecs/text.h"

extern "C" __attribute__((visibility("default"))) const glia::data::Codecs* glia_codecs() {
  static constexpr glia::data::Codecs all{.decode_sound = glia::codecs::decode_sound,
                                          .fold_case = glia::codecs::fold_case,
                                          .lower_case = glia::codecs::lower_case,
                                          .word_segments = glia::codecs::word_segments,
                                          .classify = glia::codecs::classify};
  return &all;
}
