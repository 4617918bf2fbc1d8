#include "glia/experiment/previews.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/data/augment.h"

namespace glia::experiment {

report::Picture picture_of(const Tensor& images, std::int64_t row, const data::Pixels& pixels,
                           std::string caption) {
  const auto channels = images.shape()[1].value(), height = images.shape()[2].value(),
             width = images.shape()[3].value(), plane = height * width;
  const auto bytes = data::byte_values(pixels, channels);
  const auto all = images.data<float>();
  report::Picture picture;
  picture.width = static_cast<int>(width), picture.height = static_cast<int>(height);
  picture.caption = std::move(caption);
  // Of other than three channels, the first.
  const std::int64_t shown = channels == 3 ? 3 : 1;
  for (std::int64_t p = 0; p < plane; ++p)
    for (std::int64_t c = 0; c < shown; ++c) {
      const float black = bytes[static_cast<std::size_t>(256 * c)],
                  white = bytes[static_cast<std::size_t>(256 * c + 255)];
      const float value = all[static_cast<std::size_t>((row * channels + c) * plane + p)];
      const float level = std::round((value - black) / (white - black) * 255);
      picture.pixels.push_back(static_cast<std::uint8_t>(std::clamp(level, 0.0f, 255.0f)));
    }
  return picture;
}

report::Document image_preview(const Prepared& prepared, const data::Pixels& pixels,
                               const PreviewOptions& options) {
  const auto* changed = dynamic_cast<const data::Augmented*>(prepared.train.get());
  const data::Source& before = changed ? changed->source() : *prepared.train;
  const auto rows = drawn_rows(options, before.size());
  report::Document document;
  document.title = "Training images";
  document.subtitle = changed ? "As they are, and as they come in each epoch"
                              : "As they are: nothing is said under data.augment";
  std::vector<data::Batch> epochs;
  for (int i = 0; changed && i < options.times; ++i) epochs.push_back(batch_of(*changed, rows, i));
  const data::Batch plain = batch_of(before, rows, 0);
  for (std::int64_t i = 0; i < std::ssize(rows); ++i) {
    report::Pictures line;
    line.pictures.push_back(picture_of(plain.features, i, pixels,
                                       label_of(plain.targets, i, prepared.encoding.target)));
    for (std::size_t k = 0; k < epochs.size(); ++k) {
      const auto label = label_of(epochs[k].targets, i, prepared.encoding.target);
      line.pictures.push_back(
          picture_of(epochs[k].features, i, pixels,
                     fmt::format("epoch {}{}{}", k + 1, label.empty() ? "" : ": ", label)));
    }
    document.add(std::move(line));
  }
  return document;
}

}  // namespace glia::experiment
