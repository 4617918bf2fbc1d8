// Internal: checks that the makers of layers share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "glia/nn/conv.h"

namespace glia::nn {

// E-OPTION-01, "[layer] what", where it is not good.
void expect(bool good, std::string_view layer, std::string_view what);

// Far beyond every image, and so small that no size of a window overflows.
bool in_range(std::int64_t size, std::int64_t least);

// {top, bottom, left, right} for a window.
std::vector<std::int64_t> padding_of(const Padding& padding, std::array<std::int64_t, 2> window,
                                     std::array<std::int64_t, 2> stride, std::string_view layer);

}  // namespace glia::nn
