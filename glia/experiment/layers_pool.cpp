#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

template <std::size_t Rank>
nn::Module max_pool(Settings& s, nn::Module (*make)(nn::MaxPoolOptions<Rank>)) {
  nn::MaxPoolOptions<Rank> o;
  o.pool_size = sizes<Rank>(s, "pool_size", 2);
  o.stride = sizes<Rank>(s, "stride", o.pool_size);
  o.padding = padding(s);
  return make(o);
}

template <std::size_t Rank>
nn::Module average_pool(Settings& s, nn::Module (*make)(nn::AveragePoolOptions<Rank>)) {
  nn::AveragePoolOptions<Rank> o;
  o.pool_size = sizes<Rank>(s, "pool_size", 2);
  o.stride = sizes<Rank>(s, "stride", o.pool_size);
  o.padding = padding(s);
  o.count_include_pad = s.flag("count_include_pad", true);
  return make(o);
}

template <std::size_t Rank>
nn::Module adaptive_pool(Settings& s, nn::Module (*make)(nn::AdaptivePoolOptions<Rank>)) {
  return make({.output_size = sizes<Rank>(s, "output_size", 1)});
}

template <std::size_t Rank>
nn::Module upsampling(Settings& s, nn::Module (*make)(nn::UpsamplingOptions<Rank>)) {
  nn::UpsamplingOptions<Rank> o;
  const std::string interpolation = s.text("interpolation", "nearest");
  o.interpolation = interpolation;
  o.align_corners = s.flag("align_corners", false);
  if (s.has("output_size"))
    o.output_size = sizes<Rank>(s, "output_size", 0);
  else
    o.size = sizes<Rank>(s, "size", 2);
  return make(o);
}

}  // namespace

LayerMakers pool_layers() {
  using S = Settings;
  return {
      {"max_pool1d", [](S& s) { return max_pool(s, nn::max_pool1d); }},
      {"max_pool2d", [](S& s) { return max_pool(s, nn::max_pool2d); }},
      {"max_pool3d", [](S& s) { return max_pool(s, nn::max_pool3d); }},
      {"average_pool1d", [](S& s) { return average_pool(s, nn::average_pool1d); }},
      {"average_pool2d", [](S& s) { return average_pool(s, nn::average_pool2d); }},
      {"average_pool3d", [](S& s) { return average_pool(s, nn::average_pool3d); }},
      {"global_max_pool1d", [](S&) { return nn::global_max_pool1d(); }},
      {"global_max_pool2d", [](S&) { return nn::global_max_pool2d(); }},
      {"global_max_pool3d", [](S&) { return nn::global_max_pool3d(); }},
      {"global_average_pool1d", [](S&) { return nn::global_average_pool1d(); }},
      {"global_average_pool2d", [](S&) { return nn::global_average_pool2d(); }},
      {"global_average_pool3d", [](S&) { return nn::global_average_pool3d(); }},
      {"adaptive_max_pool1d", [](S& s) { return adaptive_pool(s, nn::adaptive_max_pool1d); }},
      {"adaptive_max_pool2d", [](S& s) { return adaptive_pool(s, nn::adaptive_max_pool2d); }},
      {"adaptive_max_pool3d", [](S& s) { return adaptive_pool(s, nn::adaptive_max_pool3d); }},
      {"adaptive_average_pool1d",
       [](S& s) { return adaptive_pool(s, nn::adaptive_average_pool1d); }},
      {"adaptive_average_pool2d",
       [](S& s) { return adaptive_pool(s, nn::adaptive_average_pool2d); }},
      {"adaptive_average_pool3d",
       [](S& s) { return adaptive_pool(s, nn::adaptive_average_pool3d); }},
      {"upsampling1d", [](S& s) { return upsampling(s, nn::upsampling1d); }},
      {"upsampling2d", [](S& s) { return upsampling(s, nn::upsampling2d); }},
      {"upsampling3d", [](S& s) { return upsampling(s, nn::upsampling3d); }},
  };
}

}  // namespace glia::experiment
