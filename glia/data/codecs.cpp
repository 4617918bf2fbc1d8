#include "glia/data/codecs.h"

#include "glia/base/module.h"

namespace glia::data {

const Codecs& codecs() {
  using Entry = const Codecs* (*)();
  static const Codecs* const loaded = reinterpret_cast<Entry>(module_entry(
      "libglia_codecs.so", "glia_codecs", "E-DATA-89", "images, sounds and Unicode text"))();
  return *loaded;
}

}  // namespace glia::data
