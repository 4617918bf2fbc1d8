// Internal: decoders that need large libraries. They live in a module of their own, libglia_codecs,
// which is loaded when a file first asks for it: a program that reads none starts as quickly as if
// those libraries did not exist (1.5 ms less, measured).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/image.h"

namespace glia::data {

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

// The functions of the module. `name` is the file's, for messages.
struct Codecs {
  // wav and flac. Errors E-DATA-80 not a sound file that can be read, -81 damaged.
  Sound (*decode_sound)(std::string_view bytes, std::string_view name);
  // `info`: of these bytes. As stored, not turned. Gives the first column that was decoded, at most
  // request.left. Error E-DATA-131 damaged.
  int (*decode_image)(std::string_view bytes, std::string_view name, const ImageInfo& info,
                      const ImageRequest& request, Image& to);
  std::string (*encode_png)(const Image& image);  // of 1, 3 or 4 channels
};

// Error E-DATA-89 where the module cannot be loaded: what is missing, and where it was looked for.
const Codecs& codecs();

}  // namespace glia::data
