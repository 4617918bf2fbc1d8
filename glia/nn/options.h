// Internal: checks that the makers of layers share, and where features and places stand.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "glia/nn/conv.h"

namespace glia::nn {

// E-OPTION-01, "[layer] what", where it is not good.
void expect(bool good, std::string_view layer, std::string_view what);

// Far beyond every image, and so small that no size of a window overflows.
bool in_range(std::int64_t size, std::int64_t least);
void expect_in_range(const std::vector<std::int64_t>& sizes, std::int64_t least,
                     std::string_view layer, std::string_view option);

// Features stand last in rows and sequences ([N, F], [N, T, F]), at axis 1 in images and volumes.
int feature_axis(int rank);

// x has `spatial` axes beside batch and features: E-SHAPE-01.
void expect_spatial(Value x, int spatial, std::string_view layer);
// [N, T, F] -> [N, F, T], and back; images and volumes stay as they are.
Value features_first(Value x);
Value features_last(Value x);

// E-NN-02, where x has a mask.
void refuse_mask(Value x, std::string_view layer, std::string_view hint);

// A window that slides over [N, C, spatial...].
struct Window {
  std::vector<std::int64_t> size, stride, dilation;
  Padding padding;

  std::int64_t reach(std::size_t axis) const { return dilation[axis] * (size[axis] - 1) + 1; }
  // The options can be: E-OPTION-01.
  void check(std::string_view layer) const;
  // Before and after, for each axis, as the options say it without the input's size; zeros for
  // `valid` and `same`.
  std::vector<std::int64_t> given_padding() const;
  // The same for this input. E-SHAPE-04 where the window is larger than what it slides over,
  // E-SHAPE-09 where `same` would need a size that is not known.
  std::vector<std::int64_t> padding_of(Value x, std::string_view layer) const;
};

}  // namespace glia::nn
