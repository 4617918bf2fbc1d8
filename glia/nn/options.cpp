#include "glia/nn/options.h"

#include "glia/base/format.h"

namespace glia::nn {

void expect(bool good, std::string_view layer, std::string_view what) {
  if (!good) fail("E-OPTION-01", "[{}] {}", layer, what);
}

bool in_range(std::int64_t size, std::int64_t least) { return size >= least && size <= 65536; }

std::vector<std::int64_t> padding_of(const Padding& padding, std::array<std::int64_t, 2> window,
                                     std::array<std::int64_t, 2> stride, std::string_view layer) {
  if (padding.kind == Padding::Kind::amount) return std::vector<std::int64_t>(4, padding.amount);
  if (padding.kind == Padding::Kind::valid) return {0, 0, 0, 0};
  expect(stride[0] == 1 && stride[1] == 1, layer,
         "padding 'same' means one size only at stride 1: give the padding as a number");
  const std::int64_t high = window[0] - 1, wide = window[1] - 1;
  return {high / 2, high - high / 2, wide / 2, wide - wide / 2};
}

}  // namespace glia::nn
