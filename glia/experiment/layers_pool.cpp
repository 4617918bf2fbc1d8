#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

template <std::size_t Rank>
nn::Module max_pool(Settings& s, nn::Module (*make)(nn::MaxPoolOptions<Rank>)) {
  nn::MaxPoolOptions<Rank> o;
  o.pool_size = sizes<Rank>(s, "pool_size", o.pool_size, "places that a window spans");
  constexpr auto kStride = "places from one window to the next; unless given pool_size";
  s.describe("stride", "whole number or list", "", kStride);
  o.stride = sizes<Rank>(s, "stride", o.pool_size, kStride);
  o.padding = padding(s);
  return make(o);
}

template <std::size_t Rank>
nn::Module average_pool(Settings& s, nn::Module (*make)(nn::AveragePoolOptions<Rank>)) {
  nn::AveragePoolOptions<Rank> o;
  o.pool_size = sizes<Rank>(s, "pool_size", o.pool_size, "places that a window spans");
  constexpr auto kStride = "places from one window to the next; unless given pool_size";
  s.describe("stride", "whole number or list", "", kStride);
  o.stride = sizes<Rank>(s, "stride", o.pool_size, kStride);
  o.padding = padding(s);
  o.count_include_pad =
      s.flag("count_include_pad", o.count_include_pad, "padded places count in the mean");
  return make(o);
}

template <std::size_t Rank>
nn::Module adaptive_pool(Settings& s, nn::Module (*make)(nn::AdaptivePoolOptions<Rank>)) {
  const nn::AdaptivePoolOptions<Rank> usual;
  return make(
      {.output_size = sizes<Rank>(s, "output_size", usual.output_size, "places of the result")});
}

template <std::size_t Rank>
nn::Module upsampling(Settings& s, nn::Module (*make)(nn::UpsamplingOptions<Rank>)) {
  nn::UpsamplingOptions<Rank> o;
  const std::string interpolation =
      s.text("interpolation", std::string(o.interpolation),
             "nearest or linear (of images also bilinear, of volumes trilinear)");
  o.interpolation = interpolation;
  o.align_corners =
      s.flag("align_corners", o.align_corners, "the outermost places stay where they are");
  constexpr auto kOutput = "places of the result, instead of size";
  s.describe("output_size", "whole number or list", "", kOutput);
  if (s.has("output_size"))
    o.output_size = sizes<Rank>(s, "output_size", o.output_size, kOutput);
  else
    o.size = sizes<Rank>(s, "size", o.size, "by how many times it grows");
  return make(o);
}

}  // namespace

LayerMakers pool_layers() {
  using S = Settings;
  return {
      {"max_pool1d", "the largest value of each window of sequences",
       [](S& s) { return max_pool(s, nn::max_pool1d); }},
      {"max_pool2d", "the largest value of each window of images",
       [](S& s) { return max_pool(s, nn::max_pool2d); }},
      {"max_pool3d", "the largest value of each window of volumes",
       [](S& s) { return max_pool(s, nn::max_pool3d); }},
      {"average_pool1d", "the mean of each window of sequences",
       [](S& s) { return average_pool(s, nn::average_pool1d); }},
      {"average_pool2d", "the mean of each window of images",
       [](S& s) { return average_pool(s, nn::average_pool2d); }},
      {"average_pool3d", "the mean of each window of volumes",
       [](S& s) { return average_pool(s, nn::average_pool3d); }},
      {"global_max_pool1d", "the largest value of each channel of sequences",
       [](S&) { return nn::global_max_pool1d(); }},
      {"global_max_pool2d", "the largest value of each channel of images",
       [](S&) { return nn::global_max_pool2d(); }},
      {"global_max_pool3d", "the largest value of each channel of volumes",
       [](S&) { return nn::global_max_pool3d(); }},
      {"global_average_pool1d", "the mean of each channel of sequences",
       [](S&) { return nn::global_average_pool1d(); }},
      {"global_average_pool2d", "the mean of each channel of images",
       [](S&) { return nn::global_average_pool2d(); }},
      {"global_average_pool3d", "the mean of each channel of volumes",
       [](S&) { return nn::global_average_pool3d(); }},
      {"adaptive_max_pool1d", "max pooling of sequences to a given size",
       [](S& s) { return adaptive_pool(s, nn::adaptive_max_pool1d); }},
      {"adaptive_max_pool2d", "max pooling of images to a given size",
       [](S& s) { return adaptive_pool(s, nn::adaptive_max_pool2d); }},
      {"adaptive_max_pool3d", "max pooling of volumes to a given size",
       [](S& s) { return adaptive_pool(s, nn::adaptive_max_pool3d); }},
      {"adaptive_average_pool1d", "average pooling of sequences to a given size",
       [](S& s) { return adaptive_pool(s, nn::adaptive_average_pool1d); }},
      {"adaptive_average_pool2d", "average pooling of images to a given size",
       [](S& s) { return adaptive_pool(s, nn::adaptive_average_pool2d); }},
      {"adaptive_average_pool3d", "average pooling of volumes to a given size",
       [](S& s) { return adaptive_pool(s, nn::adaptive_average_pool3d); }},
      {"upsampling1d", "makes sequences larger",
       [](S& s) { return upsampling(s, nn::upsampling1d); }},
      {"upsampling2d", "makes images larger", [](S& s) { return upsampling(s, nn::upsampling2d); }},
      {"upsampling3d", "makes volumes larger",
       [](S& s) { return upsampling(s, nn::upsampling3d); }},
  };
}

}  // namespace glia::experiment
