#include "glia/experiment/augment_settings.h"

#include "glia/base/format.h"

namespace glia::experiment {
namespace {

// One number or two; `single` says what one stands for.
template <class Single>
data::Range range(Settings& s, const std::string& key, const std::vector<double>& otherwise,
                  std::string_view meaning, Single single) {
  const auto numbers = s.reals(key, otherwise, meaning);
  if (numbers.size() == 2) return {numbers[0], numbers[1]};
  if (numbers.size() != 1)
    fail("E-EXP-05", "{}: got {} numbers, expected one or two", s.where(key), numbers.size());
  return single(numbers[0]);
}
data::Range range(Settings& s, const std::string& key, const data::Range& otherwise,
                  std::string_view meaning) {
  return range(s, key, {otherwise.low, otherwise.high}, meaning, [](double x) {
    return data::Range{x, x};
  });
}

void read_cuts(Settings& augment, data::AugmentOptions& o) {
  if (auto crop = augment.map("resized_crop", "a part of the image, made the size of the batch")) {
    o.resized_crop.emplace();
    o.resized_crop->area = range(*crop, "area", o.resized_crop->area, "its share of the image");
    o.resized_crop->ratio = range(*crop, "ratio", o.resized_crop->ratio, "its width to its height");
    crop->done();
  }
  if (auto cut = augment.map("cutout", "a rectangle without content (random erasing)")) {
    o.cutout.emplace();
    o.cutout->probability = cut->real("probability", o.cutout->probability, "of it");
    o.cutout->area = range(*cut, "area", o.cutout->area, "its share of the image");
    o.cutout->ratio = range(*cut, "ratio", o.cutout->ratio, "its width to its height");
    cut->done();
  }
}

}  // namespace

data::AugmentOptions read_augment(Settings& data) {
  data::AugmentOptions o;
  auto section = data.map("augment", "changes of training images, drawn anew in each epoch");
  if (!section) return o;
  Settings& s = *section;
  const auto flip = s.one_of("flip", "none", {"none", "horizontal", "vertical", "both"},
                             "mirrored in half of the cases");
  if (flip == "horizontal" || flip == "both") o.flip_horizontal = 0.5;
  if (flip == "vertical" || flip == "both") o.flip_vertical = 0.5;
  o.rotate = s.real("rotate", 0, "degrees at most, to both sides");
  const auto shift =
      range(s, "shift", {0}, "shares of the side at most: one, or across and down", [](double x) {
        return data::Range{x, x};
      });
  o.shift_x = shift.low, o.shift_y = shift.high;
  o.zoom = range(s, "zoom", {0}, "0.2 for factors of 0.8 to 1.2, or the smallest and the largest",
                 [](double x) {
                   return data::Range{1 - x, 1 + x};
                 });
  o.shear = s.real("shear", 0, "degrees at most, to both sides");
  o.crop_padding = s.integer("crop", 0, "pixels added around, then its size cut out at random",
                             {.least = 0, .most = 1 << 15});
  read_cuts(s, o);
  o.brightness = s.real("brightness", 0, "0.2 for factors of 0.8 to 1.2");
  o.contrast = s.real("contrast", 0, "likewise");
  o.saturation = s.real("saturation", 0, "likewise, of colours");
  o.hue = s.real("hue", 0, "share of the colour circle at most, to 0.5");
  o.noise = s.real("noise", 0, "deviation of normal noise, where white is 1");
  o.mixup = s.real("mixup", 0, "alpha: images and targets blended in pairs; a loss of rows");
  o.cutmix = s.real("cutmix", 0, "alpha: a part of another image put in; a loss of rows");
  const auto border = s.one_of("border", "constant", {"constant", "nearest", "reflect"},
                               "what lies outside of a moved image");
  o.border = border == "constant"  ? data::Border::constant
             : border == "nearest" ? data::Border::nearest
                                   : data::Border::reflect;
  o.fill = s.real("fill", 0, "of a constant border: 0 black to 1 white");
  s.done();
  return o;
}

std::shared_ptr<const data::Source> augmented(std::shared_ptr<const data::Source> source,
                                              data::AugmentOptions options,
                                              const data::Pixels& pixels, std::uint64_t seed) {
  if (options.none()) return source;
  options.pixels = pixels;
  return std::make_shared<data::Augmented>(std::move(source), std::move(options), seed);
}

}  // namespace glia::experiment
