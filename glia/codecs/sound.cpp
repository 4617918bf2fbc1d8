#include "glia/codecs/sound.h"

#include <sndfile.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "glia/base/format.h"

namespace glia::codecs {
namespace {

// A file in memory, as libsndfile asks for one.
struct Memory {
  std::string_view bytes;
  sf_count_t at = 0;
};

sf_count_t size_of(void* user) {
  return static_cast<sf_count_t>(static_cast<Memory*>(user)->bytes.size());
}
sf_count_t seek_to(sf_count_t offset, int whence, void* user) {
  auto& m = *static_cast<Memory*>(user);
  const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m.at : size_of(user);
  m.at = std::clamp<sf_count_t>(from + offset, 0, size_of(user));
  return m.at;
}
sf_count_t read_from(void* to, sf_count_t count, void* user) {
  auto& m = *static_cast<Memory*>(user);
  count = std::clamp<sf_count_t>(count, 0, size_of(user) - m.at);
  std::memcpy(to, m.bytes.data() + m.at, static_cast<std::size_t>(count));
  m.at += count;
  return count;
}
sf_count_t write_to(const void*, sf_count_t, void*) { return 0; }
sf_count_t tell(void* user) { return static_cast<Memory*>(user)->at; }

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

}  // namespace

data::Sound decode_sound(std::string_view bytes, std::string_view name) {
  SF_VIRTUAL_IO io{size_of, seek_to, read_from, write_to, tell};
  Memory memory{bytes};
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, Close> file(sf_open_virtual(&io, SFM_READ, &info, &memory));
  if (!file)
    fail("E-DATA-80", "{}: not a sound file that can be read ({}); expected wav or flac", name,
         sf_strerror(nullptr));
  data::Sound sound;
  sound.channels = info.channels;
  sound.rate = info.samplerate;
  // A damaged header may claim any length: memory is taken for what is there.
  constexpr sf_count_t kChunk = 1 << 16;
  std::vector<float> chunk(static_cast<std::size_t>(kChunk) *
                           static_cast<std::size_t>(info.channels));
  sf_count_t frames = 0;
  while (const sf_count_t got = sf_readf_float(file.get(), chunk.data(), kChunk)) {
    sound.samples.insert(sound.samples.end(), chunk.begin(), chunk.begin() + got * info.channels);
    frames += got;
  }
  if (sf_error(file.get()) != SF_ERR_NO_ERROR || frames != info.frames)
    fail("E-DATA-81", "{}: damaged: {} of {} frames can be read; make the file anew, or remove it",
         name, frames, info.frames);
  return sound;
}

}  // namespace glia::codecs
