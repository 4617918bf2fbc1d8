#include "glia/base/format.h"
#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

template <nn::Module (*make)(nn::AxisOptions)>
nn::Module by_axis(Settings& s) {
  const nn::AxisOptions usual;
  return make({.axis = s.integer("axis", usual.axis, "the axis; negative from the end")});
}

// `sides: 1`, or before and after for each axis in one list: [top, bottom, left, right].
template <std::size_t Rank>
nn::Module sides(Settings& s, nn::Module (*make)(nn::SidesOptions<Rank>)) {
  nn::SidesOptions<Rank> o;
  std::vector<std::int64_t> usual;
  for (const auto& side : o.sides) usual.insert(usual.end(), side.begin(), side.end());
  const auto given = s.integers(
      "sides", usual, "places before and after, axis by axis (images: top, bottom, left, right)",
      2 * Rank);
  for (std::size_t i = 0; i < Rank; ++i) o.sides[i] = {given[2 * i], given[2 * i + 1]};
  return make(o);
}

nn::Module concatenate(Settings& s) {
  return nn::concatenate({.axis = s.integer<int>("axis", "unless given the features or channels")});
}

nn::Module dot(Settings& s) {
  nn::DotOptions o;
  const auto axes =
      s.integers<int>("axes", {o.axes.begin(), o.axes.end()}, "the axis of each of the two", 2);
  o.axes = {axes[0], axes[1]};
  o.normalize = s.flag("normalize", o.normalize, "divide by the lengths: the cosine of the angle");
  return nn::dot(o);
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
                       .activation = activation(s, nn::linear)});
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
