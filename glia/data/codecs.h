// Internal: decoders that need large libraries. They live in a module of their own, libglia_codecs,
// which is loaded when a file first asks for it: a program that reads none starts as quickly as if
// those libraries did not exist (1.5 ms less, measured).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace glia::data {

// What a sound file says of itself.
struct SoundHeader {
  int channels = 0;
  int rate = 0;  // frames per second
  std::int64_t frames = 0;
};

struct Sound {
  std::vector<float> samples;  // [frames, channels], -1 to 1
  int channels = 0;
  int rate = 0;  // frames per second
};

// The functions of the module. `name` is the file's, for messages.
struct Codecs {
  // wav and flac. Errors E-DATA-80 not a sound file that can be read, -81 damaged, -145 longer than
  // 2^28 samples.
  Sound (*decode_sound)(std::string_view bytes, std::string_view name);
  // The same without the samples, in a time that does not grow with the file. Error E-DATA-80.
  SoundHeader (*sound_header)(std::string_view bytes, std::string_view name);
  // One channel brought from one rate to another by windowed-sinc interpolation (libsamplerate's
  // best: 97 % of the bandwidth, 144 dB), without delay; ceil(n * to / from) samples. Error
  // E-DATA-146 for rates that cannot be, or more than 256 times apart.
  std::vector<float> (*resample)(std::span<const float> samples, int from, int to,
                                 std::string_view name);
};

// Error E-DATA-89 where the module cannot be loaded: what is missing, and where it was looked for.
const Codecs& codecs();

}  // namespace glia::data
