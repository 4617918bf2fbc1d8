#include "glia/experiment/logs.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/train/graphs.h"

namespace glia::experiment {
namespace {

constexpr auto kMeaning = "what is written beside metrics.jsonl: csv, tensorboard; [] nothing";

// Row `row` of [N, C, H, W]: levels from 0 to 1 as they are, others from the least to the largest.
data::Image image_of(const Tensor& images, std::int64_t row) {
  const auto channels = images.shape()[1].value(), height = images.shape()[2].value(),
             width = images.shape()[3].value(), plane = height * width;
  const auto values = images.data<float>().subspan(static_cast<std::size_t>(row * channels * plane),
                                                   static_cast<std::size_t>(channels * plane));
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  float low = *least, high = *most;
  if (low >= 0 && high <= 1) low = 0, high = 1;
  data::Image image{.height = static_cast<int>(height),
                    .width = static_cast<int>(width),
                    .channels = static_cast<int>(channels)};
  for (std::int64_t p = 0; p < plane; ++p)
    for (std::int64_t c = 0; c < channels; ++c) {
      const float v = values[static_cast<std::size_t>(c * plane + p)];
      const float level = high > low ? (v - low) / (high - low) * 255 : 0;
      image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(level + 0.5f, 0.0f, 255.0f)));
    }
  return image;
}

// The first of the training rows, as they come in the first epoch, where they are images.
std::vector<std::pair<std::string, data::Image>> images_of(const data::Source& train,
                                                           std::int64_t count) {
  const auto field = train.inputs().front();
  const bool images = field.dtype == DType::f32 && field.row.rank() == 3 && field.row.known() &&
                      (field.row[0] == Dim(1) || field.row[0] == Dim(3)) &&
                      field.row[1].value() > 1 && field.row[2].value() > 1;
  count = images ? std::min(count, train.size()) : 0;
  if (count == 0) return {};
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(i);
  data::Batch batch = train.allocate(count);
  batch.count = count, batch.rows = rows;
  train.fill(batch);
  std::vector<std::pair<std::string, data::Image>> shown;
  for (std::int64_t i = 0; i < count; ++i)
    shown.emplace_back(fmt::format("images/{}", i + 1), image_of(batch.features, i));
  return shown;
}

}  // namespace

LogSettings read_logs(Settings& train) {
  LogSettings logs;
  train.describe("logs", "list of names, or options", "[tensorboard]", kMeaning);
  if (!train.is_map("logs") && !train.describing()) {
    const auto names = train.texts("logs", {"tensorboard"}, kMeaning);
    logs.tensorboard = false;
    for (const auto& name : names) {
      if (name != "csv" && name != "tensorboard")
        fail("E-EXP-05", "{}: there is no log '{}'{}", train.where("logs"), shown(name),
             suggest(name, {"csv", "tensorboard"}));
      (name == "csv" ? logs.csv : logs.tensorboard) = true;
    }
    return logs;
  }
  Settings s = *train.map("logs", kMeaning);
  logs.csv = s.flag("csv", logs.csv, "metrics.csv, a row for each record");
  logs.tensorboard = s.flag("tensorboard", logs.tensorboard, "event files in tensorboard/");
  logs.every_steps =
      s.integer("every_steps", logs.every_steps,
                "the loss of a batch is logged every so many steps; 0: never", {.least = 0});
  logs.histograms = s.flag("histograms", logs.histograms, "of the weights, at each record");
  logs.images = s.integer("images", logs.images, "training images that are shown, where there are",
                          {.least = 0, .most = 1000});
  s.done();
  return logs;
}

std::vector<std::shared_ptr<train::Callback>> logs(const Experiment& e, const Prepared& prepared,
                                                   const std::filesystem::path& folder,
                                                   const train::Message& message) {
  std::vector<std::shared_ptr<train::Callback>> all;
  if (e.logs.csv) all.push_back(train::csv_log(folder / "metrics.csv", message));
  if (!e.logs.tensorboard) return all;
  train::TensorBoardOptions options{
      .every_steps = e.logs.every_steps, .histograms = e.logs.histograms, .message = message};
  options.images = images_of(*prepared.train, e.logs.images);
  options.graph = [&e, &prepared] {
    return train::loss_graph(e.model(), train::objective(e.fit),
                             train::batch_types(*prepared.train), true, e.fit.seed);
  };
  all.push_back(train::tensorboard_log(folder / "tensorboard", std::move(options)));
  return all;
}

}  // namespace glia::experiment
