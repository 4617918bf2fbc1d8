#include "glia/experiment/other_names.h"

#include <algorithm>
#include <map>

#include "glia/base/text.h"

namespace glia::experiment {
namespace {

// Names in small letters and without '_', so that BatchNorm2d and batch_norm_2d are one.
std::string bare(std::string_view name) {
  std::string letters;
  for (const char c : name)
    if (c != '_') letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return letters;
}

// Several, where the candidates decide.
const std::multimap<std::string, std::string>& others() {
  static const std::multimap<std::string, std::string> all{
      {"linear", "dense"},
      {"fullyconnected", "dense"},
      {"rnn", "simple_rnn"},
      {"maxpooling1d", "max_pool1d"},
      {"maxpooling2d", "max_pool2d"},
      {"maxpooling3d", "max_pool3d"},
      {"avgpool1d", "average_pool1d"},
      {"avgpool2d", "average_pool2d"},
      {"avgpool3d", "average_pool3d"},
      {"averagepooling1d", "average_pool1d"},
      {"averagepooling2d", "average_pool2d"},
      {"averagepooling3d", "average_pool3d"},
      {"batchnorm1d", "batch_norm"},
      {"batchnorm2d", "batch_norm"},
      {"batchnorm3d", "batch_norm"},
      {"batchnormalization", "batch_norm"},
      {"layernormalization", "layer_norm"},
      {"groupnormalization", "group_norm"},
      {"upsample", "upsampling2d"},
      {"xavieruniform", "glorot_uniform"},
      {"xaviernormal", "glorot_normal"},
      {"kaiminguniform", "he_uniform"},
      {"kaimingnormal", "he_normal"},
      {"uniform", "random_uniform"},
      {"normal", "random_normal"},
      {"kernelregularizer", "l2"},
      {"weightregularizer", "l2"},
      {"outfeatures", "units"},
      {"hiddensize", "units"},
      {"outchannels", "filters"},
      {"strides", "stride"},
      {"dilationrate", "dilation"},
      {"usebias", "bias"},
      {"p", "rate"},
      {"lr", "learning_rate"},
      {"eps", "epsilon"},
      {"betas", "beta1"},
      {"decay", "weight_decay"},
      {"crossentropy", "sparse_categorical_crossentropy"},
      {"crossentropyloss", "sparse_categorical_crossentropy"},
      {"nllloss", "sparse_categorical_crossentropy"},
      {"bce", "binary_crossentropy"},
      {"bceloss", "binary_crossentropy"},
      {"bcewithlogitsloss", "binary_crossentropy"},
      {"mseloss", "mean_squared_error"},
      {"l1loss", "mean_absolute_error"},
      {"steplr", "step"},
      {"multisteplr", "multi_step"},
      {"exponentiallr", "exponential"},
      {"cosineannealinglr", "cosine"},
      {"onecyclelr", "one_cycle"},
      {"reducelronplateau", "reduce_on_plateau"},
      {"numepochs", "epochs"},
      {"maxepochs", "epochs"},
      {"clipnorm", "clip"},
      {"clipvalue", "clip"},
      {"gradientclipval", "clip"},
      {"validationsplit", "validation"},
  };
  return all;
}

}  // namespace

std::string suggest_ours(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string letters = bare(name);
  const auto [first, last] = others().equal_range(letters);
  for (auto at = first; at != last; ++at)
    if (std::find(candidates.begin(), candidates.end(), at->second) != candidates.end())
      return suggest(at->second, candidates);
  for (const auto& candidate : candidates)  // Conv2D
    if (bare(candidate) == letters) return suggest(candidate, candidates);
  return suggest(name, candidates);
}

}  // namespace glia::experiment
