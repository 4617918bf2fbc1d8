// Internal: decoders that need large libraries. They live in a module of their own, libglia_codecs,
// which is loaded when a file first asks for it: a program that reads none starts as quickly as if
// those libraries did not exist (1.5 ms less, measured).
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace glia::data {

struct Sound {
  std::vector<float> samples;  // [frames, channels], -1 to 1
  int channels = 0;
  int rate = 0;  // frames per second
};

// The functions of the module. `name` is the file's, for messages.
struct Codecs {
  // wav and flac. Errors E-DATA-80 not a sound file that can be read, -81 damaged.
  Sound (*decode_sound)(std::string_view bytes, std::string_view name);
};

// Error E-DATA-89 where the module cannot be loaded: what is missing, and where it was looked for.
const Codecs& codecs();

}  // namespace glia::data
