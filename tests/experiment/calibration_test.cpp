// Temperature scaling in a training: fitted on validation rows, saved, used.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

using nlohmann::json;
using testing::Case;
using testing::kYaml;
using testing::thrown;

// Few rows and many epochs: too sure of itself.
const std::vector<std::string> kSure{"train.epochs=60", "train.early_stopping.restore_best=false",
                                     "train.calibrate=temperature"};

double logit(double p) { return std::log(p) - std::log1p(-p); }

TEST(Calibration, ScalesTheLogitsAndLeavesTheWeights) {
  Case c;
  const auto plain = c.load({kSure[0], kSure[1]}), scaled = c.load(kSure);
  const auto prepared = experiment::prepare(plain);
  const auto before = experiment::train(plain, prepared, c.options("plain"));
  const auto after = experiment::train(scaled, prepared, c.options("scaled"));
  EXPECT_FALSE(before.calibration);
  ASSERT_TRUE(after.calibration);
  const double t = after.calibration->temperature;
  EXPECT_NE(t, 1);
  EXPECT_LE(after.calibration->loss_after, after.calibration->loss_before);
  EXPECT_EQ(after.calibration->rows, prepared.validation->size());
  EXPECT_EQ(before.weights_sha256, after.weights_sha256);
  // The saved model says so by itself.
  const auto a = experiment::load_bundle(c.folder / "plain"),
             b = experiment::load_bundle(c.folder / "scaled");
  ASSERT_TRUE(b.experiment.temperature);
  EXPECT_DOUBLE_EQ(*b.experiment.temperature, t);
  const Tensor p = a.predict(*prepared.test)[0], q = b.predict(*prepared.test)[0];
  int compared = 0;
  for (std::int64_t i = 0; i < p.size(); ++i) {
    const double scaled_logit = logit(p.at(i)) / t;  // where floats still tell 1 from what is near
    if (std::abs(logit(p.at(i))) > 8 || std::abs(scaled_logit) > 8) continue;
    EXPECT_NEAR(logit(q.at(i)), scaled_logit, 1e-3) << i;
    ++compared;
  }
  EXPECT_GE(compared, 4);
  // No decision changes, so neither does the accuracy; the test rows' log loss does.
  const auto value = [](const experiment::Assessment& assessment, const std::string& name) {
    for (const auto& m : assessment.metrics)
      if (m.name == name) return m.value.value_or(-1);
    return -2.0;
  };
  EXPECT_EQ(value(*before.test, "accuracy"), value(*after.test, "accuracy"));
  EXPECT_NE(value(*before.test, "log_loss"), value(*after.test, "log_loss"));
  EXPECT_EQ(value(*after.validation, "log_loss"),
            value(experiment::assess(b, *prepared.validation), "log_loss"));
  const auto result = json::parse(read_file(c.folder / "scaled" / "result.json"));
  EXPECT_DOUBLE_EQ(result["calibration"]["temperature"].get<double>(), t);
}

// Around its minimum the loss of the validation rows is larger on both sides.
TEST(Calibration, IsTheBestTemperatureForTheValidationRows) {
  Case c;
  const auto e = c.load(kSure);
  const auto prepared = experiment::prepare(e);
  const auto result = experiment::train(e, prepared, c.options());
  const auto bundle = experiment::load_bundle(c.folder / "run");
  const auto loss_at = [&](double factor) {
    auto other = experiment::load_bundle(c.folder / "run");
    other.experiment = with_temperature(bundle.experiment, *bundle.experiment.temperature * factor);
    for (const auto& m : experiment::assess(other, *prepared.validation).metrics)
      if (m.name == "log_loss") return *m.value;
    return 0.0;
  };
  const double best = loss_at(1);
  EXPECT_NEAR(best, result.calibration->loss_after, 1e-5);
  EXPECT_GT(loss_at(1.3), best);
  EXPECT_GT(loss_at(0.7), best);
}

TEST(Calibration, TakesATemperatureThatIsGiven) {
  Case c;
  const auto e = c.load({"train.calibrate={temperature: 2.5}", "data.split={test: 0.2}",
                         "train.early_stopping=", "train.epochs=2"});
  const auto result = experiment::train(e, experiment::prepare(e), c.options());
  EXPECT_FALSE(result.calibration);
  EXPECT_EQ(*experiment::load_bundle(c.folder / "run").experiment.temperature, 2.5);
}

TEST(Calibration, RefusesWhatCannotBe) {
  Case c;
  EXPECT_EQ(thrown([&] {
              const auto e = c.load({"train.calibrate=temperature", "data.split={test: 0.2}",
                                     "train.early_stopping="});
              experiment::train(e, experiment::prepare(e), c.options());
            }).code,
            "E-METRIC-11");
  EXPECT_EQ(thrown([&] {
              c.load({"train.calibrate=temperature", "train.loss=mean_squared_error"});
            }).code,
            "E-METRIC-10");
  EXPECT_EQ(thrown([&] { c.load({"train.calibrate={temperature: 0}"}); }).code, "E-EXP-05");
  const auto unknown = thrown([&] { c.load({"train.calibrate=temprature"}); });
  EXPECT_EQ(unknown.code, "E-NN-01");
  EXPECT_TRUE(unknown.says("temperature")) << unknown.message;
}

}  // namespace
}  // namespace glia
