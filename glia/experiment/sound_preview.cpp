// Sounds as pictures, before and after augmentation: their samples, and the features of them.
#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/experiment/previews.h"
#include "glia/experiment/run.h"
#include "glia/experiment/sound_data.h"

namespace glia::experiment {
namespace {

constexpr int kWidth = 240, kHeight = 64;  // of a waveform
constexpr std::uint8_t kGround = 255, kInk = 40, kAxis = 200;

float peak_of(std::span<const float> samples) {
  float peak = 0;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

// Least and largest sample of each column; `edge` reaches the border.
report::Picture waveform(std::span<const float> samples, float edge, std::string caption) {
  report::Picture picture;
  picture.width = kWidth, picture.height = kHeight, picture.caption = std::move(caption);
  picture.pixels.assign(static_cast<std::size_t>(kWidth * kHeight), kGround);
  const auto line_of = [&](float value) {
    const float level = std::clamp(value / std::max(edge, 1e-9f), -1.0f, 1.0f);
    return static_cast<int>(std::lround((1 - level) / 2 * (kHeight - 1)));
  };
  for (int x = 0; x < kWidth; ++x) {
    const auto from = samples.size() * static_cast<std::size_t>(x) / kWidth;
    const auto to = std::max(from + 1, samples.size() * static_cast<std::size_t>(x + 1) / kWidth);
    const auto part = samples.subspan(from, std::min(to, samples.size()) - from);
    if (part.empty()) continue;
    const auto [least, most] = std::minmax_element(part.begin(), part.end());
    const auto dot = [&](int y, std::uint8_t ink) {
      picture.pixels[static_cast<std::size_t>(y * kWidth + x)] = ink;
    };
    dot(kHeight / 2, kAxis);
    for (int y = line_of(*most); y <= line_of(*least); ++y) dot(y, kInk);
  }
  return picture;
}

struct Levels {
  float low = 0, high = 1;
};
Levels levels_of(std::span<const float> features) {
  const auto [low, high] = std::minmax_element(features.begin(), features.end());
  return {*low, *high > *low ? *high : *low + 1};
}

// features: [frames, width]; low frequencies lie below. The same value is the same grey in each.
report::Picture spectrogram(std::span<const float> features, std::int64_t width, Levels levels,
                            std::string caption) {
  report::Picture picture;
  const auto frames = std::ssize(features) / width;
  picture.width = static_cast<int>(frames), picture.height = static_cast<int>(width);
  picture.shown_width = std::max(kWidth, picture.width);
  picture.caption = std::move(caption);
  for (std::int64_t y = width - 1; y >= 0; --y)
    for (std::int64_t t = 0; t < frames; ++t) {
      const float value = features[static_cast<std::size_t>(t * width + y)];
      const float level = std::round((value - levels.low) / (levels.high - levels.low) * 255);
      picture.pixels.push_back(static_cast<std::uint8_t>(std::clamp(level, 0.0f, 255.0f)));
    }
  return picture;
}

}  // namespace

report::Document SoundData::preview(const Prepared& prepared, const PreviewOptions& options) const {
  const auto& sounds = dynamic_cast<const data::SoundSource&>(*prepared.train);
  const auto& encoder = prepared.encoding.as<SoundEncoder>().sounds;
  const auto& o = encoder.options();
  const bool changed = augment.of_samples() || augment.of_features();
  const std::int64_t width = encoder.row()[1].value();
  report::Document document;
  document.title = "Training sounds";
  document.subtitle = fmt::format(
      "{:.2f} s at {} Hz{}; {}", static_cast<double>(encoder.length()) / o.sample_rate,
      o.sample_rate,
      o.features == data::SoundFeature::waveform
          ? ""
          : fmt::format(", and as the network gets them: {} of {} frames, {} values each",
                        data::name_of(o.features), encoder.frames(), width),
      changed ? "as they are, and as they come in each epoch"
              : "nothing is said under data.augment");
  const auto targets = *sounds.all_targets(0);
  for (const auto row : drawn_rows(options, sounds.size())) {
    std::vector<data::SoundSource::Heard> heard{sounds.heard(row, std::nullopt)};
    for (int epoch = 0; changed && epoch < options.times; ++epoch)
      heard.push_back(sounds.heard(row, epoch));
    float loudest = 0;
    for (const auto& one : heard) loudest = std::max(loudest, peak_of(one.samples));
    const auto levels = levels_of(heard.front().features);
    report::Pictures waves{fmt::format("{}: {}", sounds.path(row).filename().string(),
                                       label_of(targets, row, prepared.encoding.target)),
                           {}};
    report::Pictures features;
    for (std::size_t i = 0; i < heard.size(); ++i) {
      const auto caption = i == 0 ? std::string("as it is") : fmt::format("epoch {}", i);
      waves.pictures.push_back(
          waveform(heard[i].samples, loudest,
                   fmt::format("{}, peak {:.3g}", caption, peak_of(heard[i].samples))));
      if (o.features != data::SoundFeature::waveform)
        features.pictures.push_back(spectrogram(heard[i].features, width, levels, caption));
    }
    document.add(std::move(waves));
    if (!features.pictures.empty()) document.add(std::move(features));
  }
  return document;
}

}  // namespace glia::experiment
