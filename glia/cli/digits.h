// Drawings of digits: the demo's own data, made from a seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "glia/tensor/tensor.h"

namespace glia::cli {

inline constexpr std::int64_t kDrawingSize = 28;

struct Drawings {
  Tensor images;  // u8 [N, 28, 28], 0 the ground, 255 ink
  Tensor labels;  // u8 [N], 0 .. 9
};

// `count` drawings, each digit equally often in a random order. A digit is a few strokes with
// several ways to write them; hand, slant, size, place, width of the pen, bends and noise differ
// from drawing to drawing. Drawing i depends on (seed, purpose, i) alone: other purposes
// ("training", "held-out") give other drawings. Cost: about 40 us each.
Drawings draw_digits(std::int64_t count, std::uint64_t seed, std::string_view purpose);

// A tensor of bytes as an IDX file, the format of MNIST.
void write_idx(const std::filesystem::path& path, const Tensor& bytes);

}  // namespace glia::cli
