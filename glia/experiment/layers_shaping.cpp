#include "glia/base/format.h"
#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

template <nn::Module (*make)(nn::AxisOptions)>
nn::Module by_axis(Settings& s) {
  return make({.axis = static_cast<int>(s.integer("axis", -1))});
}

// `sides: 1`, or before and after for each axis in one list: [top, bottom, left, right].
template <std::size_t Rank>
nn::Module sides(Settings& s, nn::Module (*make)(nn::SidesOptions<Rank>)) {
  const auto given = s.integers("sides", std::vector<std::int64_t>(2 * Rank, 1), 2 * Rank);
  nn::SidesOptions<Rank> o;
  for (std::size_t i = 0; i < Rank; ++i) o.sides[i] = {given[2 * i], given[2 * i + 1]};
  return make(o);
}

nn::Module concatenate(Settings& s) {
  nn::ConcatenateOptions o;
  if (s.has("axis")) o.axis = static_cast<int>(s.integer("axis", 1));
  return nn::concatenate(o);
}

nn::Module dot(Settings& s) {
  const auto axes = s.integers("axes", {-1, -1}, 2);
  return nn::dot({.axes = {static_cast<int>(axes[0]), static_cast<int>(axes[1])},
                  .normalize = s.flag("normalize", false)});
}

std::vector<nn::Module> list(Settings& s, const std::string& key) {
  std::vector<nn::Module> layers;
  if (!s.has(key)) return layers;
  for (Settings& item : s.list_of_maps(key)) {
    auto choice = item.only_choice();
    layers.push_back(make_layer(choice));
  }
  return layers;
}

nn::Module residual(Settings& s) {
  return nn::residual(
      {.layers = list(s, "layers"), .shortcut = list(s, "shortcut"), .activation = activation(s)});
}

}  // namespace

LayerMakers shaping_layers() {
  using S = Settings;
  return {
      {"flatten", [](S&) { return nn::flatten(); }},
      {"reshape",
       [](S& s) { return nn::reshape({.target_shape = s.integers("target_shape", {-1})}); }},
      {"permute", [](S& s) { return nn::permute({.dims = s.integers("dims", {})}); }},
      {"repeat_vector", [](S& s) { return nn::repeat_vector({.n = s.required_integer("n")}); }},
      {"squeeze", by_axis<nn::squeeze>},
      {"expand_dims", by_axis<nn::expand_dims>},
      {"zero_padding1d", [](S& s) { return sides(s, nn::zero_padding1d); }},
      {"zero_padding2d", [](S& s) { return sides(s, nn::zero_padding2d); }},
      {"zero_padding3d", [](S& s) { return sides(s, nn::zero_padding3d); }},
      {"cropping1d", [](S& s) { return sides(s, nn::cropping1d); }},
      {"cropping2d", [](S& s) { return sides(s, nn::cropping2d); }},
      {"cropping3d", [](S& s) { return sides(s, nn::cropping3d); }},
      {"concatenate", concatenate},
      {"add", [](S&) { return nn::add(); }},
      {"subtract", [](S&) { return nn::subtract(); }},
      {"multiply", [](S&) { return nn::multiply(); }},
      {"average", [](S&) { return nn::average(); }},
      {"maximum", [](S&) { return nn::maximum(); }},
      {"minimum", [](S&) { return nn::minimum(); }},
      {"dot", dot},
      {"residual", residual},
  };
}

}  // namespace glia::experiment
