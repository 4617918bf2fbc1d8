#include "glia/base/format.h"
#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

template <nn::Module (*make)(nn::AxisOptions)>
nn::Module by_axis(Settings& s) {
  return make({.axis = static_cast<int>(s.integer("axis", -1, "the axis; negative from the end"))});
}

// `sides: 1`, or before and after for each axis in one list: [top, bottom, left, right].
template <std::size_t Rank>
nn::Module sides(Settings& s, nn::Module (*make)(nn::SidesOptions<Rank>)) {
  const auto given = s.integers(
      "sides", std::vector<std::int64_t>(2 * Rank, 1),
      "places before and after, axis by axis (images: top, bottom, left, right)", 2 * Rank);
  nn::SidesOptions<Rank> o;
  for (std::size_t i = 0; i < Rank; ++i) o.sides[i] = {given[2 * i], given[2 * i + 1]};
  return make(o);
}

nn::Module concatenate(Settings& s) {
  nn::ConcatenateOptions o;
  if (const auto axis = s.integer("axis", "unless given the features or channels"))
    o.axis = static_cast<int>(*axis);
  return nn::concatenate(o);
}

nn::Module dot(Settings& s) {
  const auto axes = s.integers("axes", {-1, -1}, "the axis of each of the two", 2);
  return nn::dot(
      {.axes = {static_cast<int>(axes[0]), static_cast<int>(axes[1])},
       .normalize = s.flag("normalize", false, "divide by the lengths: the cosine of the angle")});
}

std::vector<nn::Module> list(Settings& s, const std::string& key, std::string_view meaning) {
  std::vector<nn::Module> layers;
  s.describe(key, "list of layers", "", meaning);
  if (s.describing()) return {nn::flatten()};
  if (!s.has(key)) return layers;
  for (Settings& item : s.list_of_maps(key, meaning)) {
    auto choice = item.only_choice();
    layers.push_back(make_layer(choice));
  }
  return layers;
}

nn::Module residual(Settings& s) {
  return nn::residual({.layers = list(s, "layers", "what is added to the input"),
                       .shortcut = list(s, "shortcut", "what the input goes through before"),
                       .activation = activation(s)});
}

}  // namespace

LayerMakers shaping_layers() {
  using S = Settings;
  return {
      {"flatten", "all axes but the batch become one", [](S&) { return nn::flatten(); }},
      {"reshape", "the same values in another shape",
       [](S& s) {
         return nn::reshape({.target_shape = s.integers("target_shape", {-1},
                                                        "without the batch; -1 for what is left")});
       }},
      {"permute", "axes in another order",
       [](S& s) {
         return nn::permute({.dims = s.required_integers(
                                 "dims", "old axes in their new order, from 1; the batch stays")});
       }},
      {"repeat_vector", "a row again and again, as a sequence",
       [](S& s) { return nn::repeat_vector({.n = s.required_integer("n", "how often")}); }},
      {"squeeze", "without an axis of length 1", by_axis<nn::squeeze>},
      {"expand_dims", "with an axis of length 1 more", by_axis<nn::expand_dims>},
      {"zero_padding1d", "zeros around sequences",
       [](S& s) { return sides(s, nn::zero_padding1d); }},
      {"zero_padding2d", "zeros around images", [](S& s) { return sides(s, nn::zero_padding2d); }},
      {"zero_padding3d", "zeros around volumes", [](S& s) { return sides(s, nn::zero_padding3d); }},
      {"cropping1d", "sequences without their ends", [](S& s) { return sides(s, nn::cropping1d); }},
      {"cropping2d", "images without their borders", [](S& s) { return sides(s, nn::cropping2d); }},
      {"cropping3d", "volumes without their borders",
       [](S& s) { return sides(s, nn::cropping3d); }},
      {"concatenate", "several inputs side by side", concatenate},
      {"add", "the sum of several inputs", [](S&) { return nn::add(); }},
      {"subtract", "the first input less the second", [](S&) { return nn::subtract(); }},
      {"multiply", "the product of several inputs, element by element",
       [](S&) { return nn::multiply(); }},
      {"average", "the mean of several inputs", [](S&) { return nn::average(); }},
      {"maximum", "the largest of several inputs, element by element",
       [](S&) { return nn::maximum(); }},
      {"minimum", "the smallest of several inputs, element by element",
       [](S&) { return nn::minimum(); }},
      {"dot", "the dot product of two inputs along an axis of each", dot},
      {"residual", "activation(layers(x) + shortcut(x))", residual},
  };
}

}  // namespace glia::experiment
