// The module's one entry.
#include "glia/data/codecs.h"
#include "glia/codecs/image.h"
#include "glia/codecs/sound.h"
#include "glia/codecs/text.h"

namespace glia::codecs {
namespace {

constexpr data::Codecs all() {
  data::Codecs c{};
  c.decode_sound = decode_sound;
  c.sound_header = sound_header;
  c.resample = resample;
  c.fold_case = fold_case;
  c.lower_case = lower_case;
  c.word_segments = word_segments;
  c.classify = classify;
  c.decode_image = decode_image;
  c.encode_png = encode_png;
  return c;
}

}  // namespace
}  // namespace glia::codecs

extern "C" __attribute__((visibility("default"))) const glia::data::Codecs* glia_codecs() {
  static constexpr glia::data::Codecs functions = glia::codecs::all();
  return &functions;
}
