#include "glia/codecs/sound.h"

#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
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

// A wav file says how long it is, and libsndfile takes less without a word. Programs that write
// into a pipe cannot know it: then it is 0 or the largest number.
void refuse_cut_short(std::string_view bytes, std::string_view name) {
  constexpr std::size_t kHead = 8;
  if (bytes.size() < kHead || !bytes.starts_with("RIFF")) return;
  std::uint32_t rest = 0;
  for (std::size_t i = 0; i < 4; ++i)
    rest |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[4 + i])) << (8 * i);
  const std::uint64_t padding = rest % 2;  // of the last chunk, often left out
  if (rest != UINT32_MAX && rest + kHead > bytes.size() + padding)
    fail("E-DATA-81", "{}: damaged: {} of {} bytes are there; make the file anew, or remove it",
         name, bytes.size(), rest + kHead);
}

// A file that is open for reading.
struct Open {
  explicit Open(std::string_view bytes, std::string_view name) : memory{bytes} {
    SF_VIRTUAL_IO io{size_of, seek_to, read_from, write_to, tell};
    file.reset(sf_open_virtual(&io, SFM_READ, &info, &memory));
    if (!file)
      fail("E-DATA-80", "{}: not a sound file that can be read ({}); expected wav or flac", name,
           sf_strerror(nullptr));
    refuse_cut_short(bytes, name);
  }
  Memory memory;
  SF_INFO info{};
  std::unique_ptr<SNDFILE, Close> file;
};

// 1 GiB of memory: more than an hour at 48 kHz. A packed file may grow to any length.
constexpr sf_count_t kMostSamples = sf_count_t{1} << 28;

}  // namespace

data::SoundHeader sound_header(std::string_view bytes, std::string_view name) {
  const Open open(bytes, name);
  return {open.info.channels, open.info.samplerate, open.info.frames};
}

data::Sound decode_sound(std::string_view bytes, std::string_view name) {
  const Open open(bytes, name);
  data::Sound sound;
  sound.channels = open.info.channels;
  sound.rate = open.info.samplerate;
  // A damaged header may claim any length: memory is taken for what is there.
  const sf_count_t at_a_time = std::max(1, (1 << 16) / sound.channels);
  std::vector<float> chunk(static_cast<std::size_t>(at_a_time * sound.channels));
  sf_count_t frames = 0;
  while (const sf_count_t got = sf_readf_float(open.file.get(), chunk.data(), at_a_time)) {
    frames += got;
    if (frames > kMostSamples / sound.channels)
      fail("E-DATA-145",
           "{}: longer than {} samples, the most that are read of one file; cut it into parts",
           name, kMostSamples);
    const auto end = chunk.begin() + got * sound.channels;
    if (std::any_of(chunk.begin(), end, [](float sample) { return !std::isfinite(sample); }))
      fail("E-DATA-81",
           "{}: damaged: a sample is no finite number; make the file anew, or remove it", name);
    sound.samples.insert(sound.samples.end(), chunk.begin(), end);
  }
  if (sf_error(open.file.get()) != SF_ERR_NO_ERROR || frames != open.info.frames)
    fail("E-DATA-81", "{}: damaged: {} of {} frames can be read; make the file anew, or remove it",
         name, frames, open.info.frames);
  return sound;
}

std::vector<float> resample(std::span<const float> samples, int from, int to,
                            std::string_view name) {
  const double ratio = static_cast<double>(to) / static_cast<double>(from);
  const double length = std::ceil(static_cast<double>(samples.size()) * ratio);
  if (from < 1 || to < 1 || src_is_valid_ratio(ratio) == 0 ||
      length > static_cast<double>(kMostSamples))
    fail("E-DATA-146",
         "{}: {} samples at {} Hz cannot be brought to {} Hz; expected rates at most 256 times "
         "apart, and at most {} samples",
         name, samples.size(), from, to, kMostSamples);
  std::vector<float> result(static_cast<std::size_t>(length));
  if (result.empty()) return result;
  SRC_DATA data{};
  data.data_in = samples.data();
  data.input_frames = static_cast<long>(samples.size());
  data.data_out = result.data();
  data.output_frames = static_cast<long>(result.size());
  data.src_ratio = ratio;
  if (const int error = src_simple(&data, SRC_SINC_BEST_QUALITY, 1); error != 0)
    fail("E-DATA-146", "{}: cannot be brought from {} to {} Hz: {}", name, from, to,
         src_strerror(error));
  return result;
}

}  // namespace glia::codecs
