// Sound files for tests.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace glia::data {

inline void append(std::string& to, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i) & 255);
}

// A wav file of 16-bit samples, [frames, channels].
inline std::string wav(const std::vector<std::int16_t>& samples, std::uint32_t rate = 8000,
                       std::uint32_t channels = 1) {
  const auto size = static_cast<std::uint32_t>(samples.size() * 2);
  std::string s = "RIFF";
  append(s, 36 + size, 4);
  s += "WAVEfmt ";
  append(s, 16, 4), append(s, 1, 2), append(s, channels, 2), append(s, rate, 4);
  append(s, rate * channels * 2, 4), append(s, channels * 2, 2), append(s, 16, 2);
  s += "data";
  append(s, size, 4);
  for (const auto v : samples) append(s, static_cast<std::uint16_t>(v), 2);
  return s;
}

// The same of floating samples, mono.
inline std::string float_wav(const std::vector<float>& samples, std::uint32_t rate = 8000) {
  const auto size = static_cast<std::uint32_t>(samples.size() * 4);
  std::string s = "RIFF";
  append(s, 36 + size, 4);
  s += "WAVEfmt ";
  append(s, 16, 4), append(s, 3, 2), append(s, 1, 2), append(s, rate, 4);
  append(s, rate * 4, 4), append(s, 4, 2), append(s, 32, 2);
  s += "data";
  append(s, size, 4);
  for (const auto v : samples) append(s, std::bit_cast<std::uint32_t>(v), 4);
  return s;
}

// A tone of a whole number of samples.
inline std::vector<std::int16_t> tone(double hz, std::size_t samples, double rate = 8000,
                                      double amplitude = 10000) {
  std::vector<std::int16_t> t(samples);
  for (std::size_t i = 0; i < samples; ++i)
    t[i] = static_cast<std::int16_t>(
        std::lround(amplitude * std::sin(6.283185307179586 * hz * static_cast<double>(i) / rate)));
  return t;
}

inline void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace glia::data
