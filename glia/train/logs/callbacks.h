// Logs as callbacks of a training. They only listen: no bit of a training depends on them, and
// where a log cannot be written any more, that is said once and the training goes on.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "glia/data/image.h"
#include "glia/ir/graph.h"
#include "glia/train/callback.h"

namespace glia::train {

using Message = std::function<void(std::string_view line)>;

struct TensorBoardOptions {
  // Loss of a batch every so many steps, as step/loss; 0: never. Records have all their values, as
  // epoch/loss, epoch/val_loss and so on.
  std::int64_t every_steps = 50;
  bool histograms = true;  // of every f32 parameter, at each record, as weights/<name>
  // Both are shown once, with the first step.
  std::vector<std::pair<std::string, data::Image>> images = {};
  std::function<Graph()> graph = {};
  Message message = {};
};

// "tensorboard": event files in `folder`, one for each part of a resumed run.
std::shared_ptr<Callback> tensorboard_log(std::filesystem::path folder,
                                          TensorBoardOptions options = {});

// "csv": one row for each record, with epoch, step and seconds.
std::shared_ptr<Callback> csv_log(std::filesystem::path file, Message message = {});

}  // namespace glia::train
