// Images, masks and boxes moved by one and the same matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace glia::data {

// From places of the result to places of the source, both in pixels from the centre of the upper
// left one: x' = a x + b y + c, y' = d x + e y + f.
struct Affine {
  double a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;

  bool is_identity() const { return *this == Affine{}; }
  Affine inverse() const;  // of one with an area; zoom, shear and rotation have one
  // What `first` gives goes into this one.
  Affine after(const Affine& first) const;
  friend bool operator==(const Affine&, const Affine&) = default;
};

// What happens to an image of width x height, in this order: it is mirrored, made larger by `zoom`,
// sheared, turned by `degrees` against the clock, and shifted to the right and down, by pixels. All
// but the shift leave its middle where it is.
struct Motion {
  bool mirror_x = false, mirror_y = false;
  double zoom = 1, shear_degrees = 0, degrees = 0, right = 0, down = 0;
};
Affine affine_of(const Motion& motion, int width, int height);

// What lies outside: one value, the pixel at the edge, or the image once more, mirrored at its
// edge.
enum class Border { constant, nearest, reflect };

// planes: f32 [channels, height, width], moved into `to`, of the same size. Bilinear; outside a
// constant border each channel is fill[c]. As torch's grid_sample with align_corners=False.
void move_image(std::span<const float> planes, int channels, int height, int width,
                const Affine& affine, Border border, std::span<const float> fill,
                std::span<float> to);

// The same of a mask [height, width], by the nearest pixel, so that no new class comes into being;
// outside a constant border it is `fill`.
template <class T>
void move_mask(std::span<const T> mask, int height, int width, const Affine& affine, Border border,
               T fill, std::span<T> to);

// An object's box, by its edges: a pixel at x reaches from x to x + 1.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
  std::int64_t label = 0;
  friend bool operator==(const Box&, const Box&) = default;
};

// The boxes around the moved corners, cut off at the image's edges. One of which less than
// `least_share` of its area is left in the image is dropped: what is no longer seen is no object.
std::vector<Box> move_boxes(std::span<const Box> boxes, int height, int width, const Affine& affine,
                            double least_share = 0.25);

}  // namespace glia::data
