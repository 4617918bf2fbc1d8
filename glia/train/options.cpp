// What the options of a training must be.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/train/stopper.h"
#include "glia/train/trainer.h"

namespace glia::train {
namespace {

// The values that an epoch will have.
std::vector<std::string> values_of_an_epoch(const FitOptions& o, bool validation) {
  std::vector<std::string> known{"loss"};
  if (o.loss.of_classes()) known.emplace_back("accuracy");
  if (!validation) return known;
  known.emplace_back("val_loss");
  for (const auto& name : o.metrics) known.push_back("val_" + name);
  return known;
}

}  // namespace

void check_options(const FitOptions& o, bool validation) {
  const auto expect = [](bool good, std::string_view what) {
    if (!good) fail("E-TRAIN-02", "[fit] {}", what);
  };
  expect(o.batch_size >= 1, fmt::format("batch_size is {}, expected at least 1", o.batch_size));
  expect(o.epochs >= 0, fmt::format("epochs is {}, expected at least 0", o.epochs));
  expect(o.class_weights.empty() || std::any_of(o.class_weights.begin(), o.class_weights.end(),
                                                [](double weight) { return weight != 0; }),
         "all class weights are 0, so nothing would be learned; give one class a weight above 0");
  if (!o.early_stopping) return;
  expect(validation || !o.early_stopping->monitor.starts_with("val_"),
         "early_stopping monitors validation rows, and there are none; give `validation` a share "
         "of the rows");
  expect_monitored(o.early_stopping->monitor, values_of_an_epoch(o, validation));
}

}  // namespace glia::train
