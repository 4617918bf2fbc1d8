// Internal: decoders that need large libraries. They live in a module of their own, libglia_codecs,
// which is loaded when a file first asks for it: a program that reads none starts as quickly as if
// those libraries did not exist (1.5 ms less, measured).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/image.h"

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

struct ImageRequest {
  bool grey = false;
  int shrink = 1;           // a JPEG's size is divided by 1, 2, 4 or 8, and rounded up
  int left = 0, right = 0;  // columns that are needed, then; of a JPEG others may be left out
};

// A piece of text between two word boundaries of Unicode (UAX #29).
enum class SegmentKind : std::uint8_t { word, mark, space };  // word: has a letter or a number
struct Segment {
  std::string_view text;
  SegmentKind kind = SegmentKind::word;
};

// By Unicode's general categories: L*, N*, White_Space, all others.
enum class CharacterClass : std::uint8_t { letter, number, space, other };

// The functions of the module. `name` is the file's, for messages.
struct Codecs {
  // wav and flac. Errors E-DATA-80 not a sound file that can be read, -81 damaged, or with a sample
  // that is no finite number, -145 longer than 2^28 samples.
  Sound (*decode_sound)(std::string_view bytes, std::string_view name);
  // `info`: of these bytes. As stored, not turned. Gives the first column that was decoded, at most
  // request.left. Error E-DATA-131 damaged.
  int (*decode_image)(std::string_view bytes, std::string_view name, const ImageInfo& info,
                      const ImageRequest& request, Image& to);
  std::string (*encode_png)(const Image& image);  // of 1, 3 or 4 channels
  // The same without the samples, in a time that does not grow with the file, but of one whose
  // samples are floating numbers: these are looked at. Errors E-DATA-80, and -81 of those.
  SoundHeader (*sound_header)(std::string_view bytes, std::string_view name);
  // One channel brought from one rate to another by windowed-sinc interpolation (libsamplerate's
  // best: 97 % of the bandwidth, 144 dB), without delay; ceil(n * to / from) samples. Error
  // E-DATA-146 for rates that cannot be, or more than 256 times apart.
  std::vector<float> (*resample)(std::span<const float> samples, int from, int to,
                                 std::string_view name);

  // Of UTF-8 text of less than 2 GiB. Full case folding and lower case, of no language. Error
  // E-DATA-165 where ICU has no data.
  std::string (*fold_case)(std::string_view text);
  std::string (*lower_case)(std::string_view text);
  std::vector<Segment> (*word_segments)(std::string_view text);  // all of the text
  CharacterClass (*classify)(char32_t character);
};

// Error E-DATA-89 where the module cannot be loaded: what is missing, and where it was looked for.
const Codecs& codecs();

}  // namespace glia::data
