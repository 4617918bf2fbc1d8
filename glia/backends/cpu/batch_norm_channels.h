// Internal: how batch normalisation walks its input: in chunks of rows, whose results are joined in
// double precision, in order, so that nothing depends on the number of threads. Chan, Golub and
// LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "glia/ir/type.h"

namespace glia::cpu {

// The input in memory order as [outer, groups, rows, lanes]; a channel is a group's lane. Chunks
// are numbered as [outer, groups, chunks of rows].
struct Channels {
  std::int64_t outer = 1, groups = 1, rows = 0, lanes = 1;
  std::int64_t chunk_rows = 0, chunks = 0;

  explicit Channels(const Type& type) {
    const auto s = type.shape.sizes();
    const std::int64_t pixels = s.size() == 4 ? s[2] * s[3] : 1;
    if (type.layout == Layout::blocked8)
      outer = s[0], groups = s[1] / 8, rows = pixels, lanes = 8;
    else if (type.layout == Layout::channels_last || pixels == 1)
      rows = s[0] * pixels, lanes = s[1];
    else
      outer = s[0], groups = s[1], rows = pixels;
    // A strip of 32 channels, or one channel's pixels, in half of the first-level cache.
    chunk_rows =
        lanes == 1 ? 4096 : std::min<std::int64_t>(512, 4096 / std::min<std::int64_t>(lanes, 32));
    chunks = (rows + chunk_rows - 1) / chunk_rows;
  }
  bool runs() const { return lanes == 1; }
  std::int64_t channels() const { return groups * lanes; }
  std::int64_t samples() const { return outer * rows; }  // of each channel
  std::int64_t elements() const { return samples() * channels(); }
  std::int64_t all_chunks() const { return outer * groups * chunks; }

  struct Chunk {
    std::int64_t element, rows, channel;  // first element and channel
  };
  Chunk chunk(std::int64_t i) const {
    const std::int64_t group = i / chunks, first = i % chunks * chunk_rows;
    return {(group * rows + first) * lanes, std::min(chunk_rows, rows - first),
            group % groups * lanes};
  }
  // Two numbers of each channel and chunk, and four of each channel; doubles where they are joined.
  std::size_t scratch_bytes() const {
    return static_cast<std::size_t>(2 * all_chunks() * lanes + 4 * channels()) * sizeof(float) +
           static_cast<std::size_t>(3 * channels()) * sizeof(double);
  }
};

// The parts of the scratch memory; doubles first, for their alignment.
struct Scratch {
  double *a, *b, *count;
  float *first, *second;  // [chunks, lanes] each
  float* of_channels[4];
  Scratch(const Channels& c, std::byte* memory) {
    a = reinterpret_cast<double*>(memory);
    b = a + c.channels();
    count = b + c.channels();
    first = reinterpret_cast<float*>(count + c.channels());
    second = first + c.all_chunks() * c.lanes;
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k)
      of_channels[k] = second + c.all_chunks() * c.lanes + k * c.channels();
    std::fill(a, reinterpret_cast<double*>(first), 0.0);
  }
};

// Calls f(first number of the chunk, its first channel, its rows) in order.
template <class F>
void each_chunk(const Channels& c, const F& f) {
  for (std::int64_t i = 0; i < c.all_chunks(); ++i) {
    const auto chunk = c.chunk(i);
    f(i * c.lanes, chunk.channel, static_cast<double>(chunk.rows));
  }
}

// Of means and sums of squared differences.
inline void join_moments(const Channels& c, const Scratch& s) {
  each_chunk(c, [&](std::int64_t at, std::int64_t channel, double rows) {
    const double before = s.count[channel], all = before + rows;
    const double share = rows / all, weight = before * share;
    for (std::int64_t l = 0; l < c.lanes; ++l) {
      const double difference = s.first[at + l] - s.a[channel + l];
      s.a[channel + l] += difference * share;
      s.b[channel + l] += s.second[at + l] + difference * difference * weight;
    }
    s.count[channel] = all;
  });
}

inline void join_sums(const Channels& c, const Scratch& s) {
  each_chunk(c, [&](std::int64_t at, std::int64_t channel, double) {
    for (std::int64_t l = 0; l < c.lanes; ++l) {
      s.a[channel + l] += s.first[at + l];
      s.b[channel + l] += s.second[at + l];
    }
  });
}

}  // namespace glia::cpu
