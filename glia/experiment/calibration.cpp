#include "glia/experiment/calibration.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/makers.h"
#include "glia/experiment/parts.h"
#include "glia/metrics/calibration.h"
#include "glia/metrics/temperature.h"
#include "glia/train/answers.h"

namespace glia::experiment {
namespace {

const Makers<std::optional<double>> kCalibrations{
    {"temperature", "logits are divided by one number; no decision changes",
     [](Settings& s) -> std::optional<double> {
       const auto value =
           s.real("value", "one that is known; unless given fitted on the validation rows");
       if (value && !s.describing() && !(*value >= 1e-3 && *value <= 1e3))
         fail("E-EXP-05", "{}: got {}, expected a temperature from 0.001 to 1000", s.where("value"),
              *value);
       return value;
     }}};

// One number for each answer, or one for each of its classes.
bool is_sigmoid(const nn::Loss& loss) { return loss.target == nn::Loss::Target::probabilities; }

// The class of each of `count` answers: its number, or the place of the largest.
std::vector<std::int64_t> classes_of(const Tensor& targets, std::int64_t count) {
  const std::int64_t width = targets.size() / std::max<std::int64_t>(1, count);
  std::vector<std::int64_t> classes;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t label = width == 1 ? static_cast<std::int64_t>(targets.at(i)) : 0;
    for (std::int64_t c = 1; c < width; ++c)
      if (targets.at(i * width + c) > targets.at(i * width + label)) label = c;
    classes.push_back(label);
  }
  return classes;
}

}  // namespace

std::vector<Entry> calibration_entries() { return entries_of(kCalibrations); }

void read_calibration(Settings& train, Experiment& e) {
  auto choice = train.choice("calibrate", "calibration",
                             "make probabilities as sure as they are right; unless given not");
  if (!choice) return;
  if (!e.fit.outputs.empty())
    fail("E-METRIC-10", "{}: it is for a model of one output, and this one has {}; leave it out",
         train.where("calibrate"), e.fit.outputs.size());
  using Target = nn::Loss::Target;
  const auto target = e.fit.loss.target;
  if (target != Target::probabilities && target != Target::one_hot && target != Target::indices)
    fail("E-METRIC-10", "{}: a model that learns by {} says no probabilities; leave it out",
         train.where("calibrate"), e.fit.loss.name);
  e.calibrate = true;
  e.temperature = make(kCalibrations, "calibration", *choice);
  choice->options.done();
}

void check_calibration(const Experiment& e, const Prepared& prepared) {
  if (e.calibrate && !e.temperature && !prepared.validation)
    fail("E-METRIC-11",
         "train.calibrate: the temperature is fitted on validation rows, and there are none; say "
         "data.validation: 0.1, or give one: calibrate: {{temperature: 1.5}}");
}

void calibrate(const Experiment& e, Tensor& probabilities) {
  if (!e.temperature || probabilities.size() == 0) return;
  const auto scaled = [&](std::span<const float> p, std::size_t columns) {
    return metrics::scaled_probabilities(metrics::logits_of(p, columns), columns, *e.temperature);
  };
  auto values = probabilities.data<float>();
  if (is_sigmoid(e.fit.loss)) {
    const auto all = scaled(values, 1);
    std::transform(all.begin(), all.end(), values.begin(),
                   [](double p) { return static_cast<float>(p); });
    return;
  }
  const train::Answers answers(e.fit.loss, probabilities.shape());
  const std::int64_t count = probabilities.shape()[0].value() * answers.per_row;
  std::vector<float> row(static_cast<std::size_t>(answers.width));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto place = [&](std::size_t c) {
      return static_cast<std::size_t>(answers.begin(i) +
                                      static_cast<std::int64_t>(c) * answers.stride);
    };
    for (std::size_t c = 0; c < row.size(); ++c) row[c] = values[place(c)];
    const auto all = scaled(row, row.size());
    for (std::size_t c = 0; c < row.size(); ++c) values[place(c)] = static_cast<float>(all[c]);
  }
}

Calibration fitted_calibration(const Bundle& bundle, const data::Source& validation, int threads,
                               int workers) {
  const auto& loss = bundle.experiment.fit.loss;
  const auto said = predicted(bundle, validation, {}, threads, workers);
  const auto& output = said.outputs.front();
  const auto [probabilities, targets] =
      train::answers_of(output.predictions, output.targets, loss, output.mask, said.weights);
  const std::size_t all = static_cast<std::size_t>(probabilities.size());
  const bool sigmoid = is_sigmoid(loss);
  const auto count = sigmoid ? probabilities.size() : probabilities.shape()[0].value();
  const std::size_t columns = count > 0 ? all / static_cast<std::size_t>(count) : 1;
  const auto truth = classes_of(targets, count);
  const metrics::Numbers before(probabilities.data<float>());
  const auto logits = metrics::logits_of(before, columns);
  const auto found = metrics::fit_temperature(logits, truth);
  const auto after = metrics::scaled_probabilities(logits, columns, found.value);
  const auto error = [&](const metrics::Numbers& p) {
    return metrics::expected_calibration_error(p, truth).value.value_or(0);
  };
  return {.temperature = found.value,
          .error_before = error(before),
          .error_after = error(after),
          .loss_before = found.loss_before,
          .loss_after = found.loss_after,
          .rows = validation.size(),
          .note = found.note};
}

std::string calibration_text(const Calibration& c) {
  return fmt::format(
      "temperature {:.4g}, fitted on {} validation rows: expected calibration error {:.4f} -> "
      "{:.4f}, log loss {:.4f} -> {:.4f}{}",
      c.temperature, with_commas(c.rows), c.error_before, c.error_after, c.loss_before,
      c.loss_after, c.note.empty() ? "" : " (" + c.note + ")");
}

}  // namespace glia::experiment
