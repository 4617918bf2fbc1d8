// Internal: checks that the makers of layers share, and where features and places stand.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "glia/nn/conv.h"

namespace glia::nn {

// E-OPTION-01, "[layer] what", where it is not good.
void expect(bool good, std::string_view layer, std::string_view what);

void expect_finite(double number, std::string_view layer, std::string_view option);
void expect_at_least_0(double number, std::string_view layer, std::string_view option);

// Far beyond every image, and so small that no size of a window overflows.
inline constexpr std::int64_t kMostPlaces = 65536;
// Of features: so many that no memory holds them, and no product of two of them overflows.
inline constexpr std::int64_t kMostFeatures = std::int64_t{1} << 30;
// Of layers within one: each is traced by itself.
inline constexpr std::int64_t kMostLayers = 1024;
bool in_range(std::int64_t size, std::int64_t least, std::int64_t most = kMostPlaces);
void expect_in_range(const std::vector<std::int64_t>& sizes, std::int64_t least,
                     std::string_view layer, std::string_view option,
                     std::int64_t most = kMostPlaces);

// Features stand last in rows and sequences ([N, F], [N, T, F]), at axis 1 in images and volumes.
int feature_axis(int rank);

// E-NN-07 where the features or channels of x are none.
void expect_features(Value x, int axis, std::string_view layer);

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
