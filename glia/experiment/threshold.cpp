#include "glia/experiment/threshold.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/sampling.h"
#include "glia/train/answers.h"

namespace glia::experiment {

void check_threshold_goal(const Experiment& e, const Prepared& prepared) {
  if (!e.threshold_goal) return;
  if (!prepared.validation)
    fail("E-EXP-05",
         "train.threshold: it is to be chosen on validation rows, and there are none; say "
         "data.validation: 0.15");
  if (const auto classes = prepared.encoding.target.classes(); classes != 2)
    fail("E-EXP-05",
         "train.threshold: it decides between two classes, and the target '{}' has {}; remove it",
         shown(prepared.encoding.target.column), classes);
  if (const auto targets = prepared.validation->all_targets(0)) {
    const auto of = data::classes_of(*targets);
    if (std::all_of(of.begin(), of.end(), [](auto c) { return c == 0; }))
      fail("E-EXP-05",
           "train.threshold: it is to be chosen on the {} validation rows, and all of them are of "
           "one class; take a larger share",
           with_commas(prepared.validation->size()));
  }
}

metrics::ChosenThreshold chosen_threshold(const Bundle& bundle, const data::Source& validation,
                                          int threads, int workers) {
  return chosen_threshold(bundle.experiment, predicted(bundle, validation, {}, threads, workers));
}

metrics::ChosenThreshold chosen_threshold(const Experiment& e, const Predictions& said) {
  const auto& output = said.outputs.front();
  const auto [predictions, targets] =
      train::answers_of(output.predictions, output.targets, e.fit.loss, output.mask, said.weights);
  // The yes is the last number of those of a row, of one or of two.
  const std::int64_t rows = predictions.shape()[0].value();
  const std::int64_t width = predictions.size() / rows, each = targets.size() / rows;
  std::vector<double> probabilities;
  std::vector<std::int64_t> truth;
  for (std::int64_t row = 0; row < rows; ++row) {
    probabilities.push_back(predictions.at((row + 1) * width - 1));
    truth.push_back(static_cast<std::int64_t>(targets.at((row + 1) * each - 1)));
  }
  return metrics::choose_threshold(probabilities, truth, *e.threshold_goal);
}

std::string threshold_text(const metrics::ChosenThreshold& chosen,
                           const metrics::ThresholdOptions& goal, std::int64_t rows) {
  const bool cost = goal.goal == metrics::ThresholdGoal::cost;
  return fmt::format(
      "threshold {:.4g}, chosen on {} validation rows: {} {:.4f}{} (with 0.5: {:.4f})",
      chosen.threshold, with_commas(rows), metrics::name_of(goal.goal), chosen.value,
      cost ? " a row" : "", chosen.at_half);
}

}  // namespace glia::experiment
