// Who takes part in a training: callbacks, the cadence of validation, budgets of time, checkpoints
// of the best, groups that are learned later; all of them through resumes.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "tests/thrown.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::fit;
using testing::Outcome;
using testing::same_history;
using testing::same_store;
using testing::Setting;
using testing::thrown;

// Lowers the rate every few steps that it has seen, which only its memory knows.
class EverySteps : public train::Callback {
 public:
  explicit EverySteps(std::int64_t every) : every_(every) {}
  std::string name() const override { return "every_steps"; }
  void step(const train::StepRecord& record, train::Control& control) override {
    sum_ += record.loss;
    if (++seen_ % every_ == 0) control.scale_rate(sum_ > 0 ? 0.8 : 1.25);
    if (seen_ == 17) control.validate();
  }
  std::string memory() const override { return std::to_string(seen_) + " " + text_of(sum_); }
  void remember(std::string_view memory) override {
    std::istringstream stream{std::string(memory)};
    stream >> seen_ >> sum_;
  }

 private:
  static std::string text_of(double x) {
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", x);
    return text;
  }
  std::int64_t every_, seen_ = 0;
  double sum_ = 0;
};

std::vector<std::int64_t> steps_of(const std::vector<train::EpochRecord>& records) {
  std::vector<std::int64_t> steps;
  for (const auto& record : records) steps.push_back(record.step);
  return steps;
}

TEST(Callbacks, SteerAndRememberThroughResumes) {
  const auto options_of = [](const Setting& s) {
    auto options = s.options;
    options.callbacks = {std::make_shared<EverySteps>(4)};
    options.validate.steps = 3;
    return options;
  };
  Setting s;
  const Outcome whole = fit(s, options_of(s));
  EXPECT_EQ(steps_of(whole.history.within),
            (std::vector<std::int64_t>{3, 6, 9, 12, 17, 18, 21, 24, 27}));
  ASSERT_EQ(whole.history.events.size(), 7u);  // of 30 steps each fourth
  EXPECT_EQ(whole.history.events[1].step, 8);
  EXPECT_FALSE(same_store(whole.store, fit(s).store));  // it does steer
  for (std::int64_t stop = 1; stop < 30; ++stop) {
    TempFolder folder;
    auto options = options_of(s);
    options.checkpoint.folder = folder / "checkpoints";
    ASSERT_EQ(fit(s, options, stop).history.end, train::End::interrupted);
    options = options_of(s);
    options.checkpoint.folder = folder / "checkpoints";
    options.resume = true;
    const Outcome rest = fit(s, options);
    EXPECT_TRUE(same_store(whole.store, rest.store)) << stop;
    EXPECT_TRUE(same_history(whole.history, rest.history)) << stop;
    EXPECT_EQ(rest.history.events.size(), whole.history.events.size()) << stop;
  }
}

TEST(Callbacks, MissingOnesAreTold) {
  Setting s;
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  s.options.callbacks = {std::make_shared<EverySteps>(4)};
  fit(s, s.options, 6);
  s.options.resume = true;
  s.options.callbacks = {};
  EXPECT_TRUE(fit(s).says("knows a callback 'every_steps', which is not there now"));
}

TEST(Callbacks, NamesAreTheirOwn) {
  Setting s;
  s.options.callbacks = {std::make_shared<EverySteps>(4), std::make_shared<EverySteps>(5)};
  EXPECT_EQ(thrown([&] { fit(s); }).code, "E-TRAIN-02");
  s.options.callbacks = {nullptr};
  EXPECT_EQ(thrown([&] { fit(s); }).code, "E-TRAIN-02");
}

class StopAt : public train::Callback {
 public:
  explicit StopAt(std::int64_t step) : step_(step) {}
  std::string name() const override { return "stop_at"; }
  void step(const train::StepRecord& record, train::Control& control) override {
    if (record.step == step_) control.stop("enough");
  }

 private:
  std::int64_t step_;
};

// Ended within an epoch and at its end: with a last validation, from which a resume goes on.
TEST(Callbacks, StopEndsWithARecordAndAResumeGoesOn) {
  for (const std::int64_t at : {7, 10}) {
    Setting s;
    s.options.early_stopping.reset();
    const Outcome whole = fit(s);
    TempFolder folder;
    s.options.checkpoint.folder = folder / "checkpoints";
    s.options.callbacks = {std::make_shared<StopAt>(at)};
    const Outcome part = fit(s);
    EXPECT_EQ(part.history.end, train::End::callback);
    EXPECT_EQ(part.history.records().back().step, at);
    EXPECT_TRUE(part.history.records().back().find("val_loss"));
    EXPECT_TRUE(part.says("enough"));
    s.options.resume = true;
    const Outcome rest = fit(s);
    EXPECT_EQ(rest.history.end, train::End::all_epochs);
    EXPECT_TRUE(same_store(whole.store, rest.store)) << at;
  }
}

TEST(Callbacks, RatesThatAreNoneAreRefused) {
  class Scale : public train::Callback {
   public:
    explicit Scale(double factor) : factor_(factor) {}
    std::string name() const override { return "scale"; }
    void begin(train::Control& control) override { control.scale_rate(factor_); }

   private:
    double factor_;
  };
  for (const double factor : {0.0, -1.0, double(NAN), double(INFINITY)}) {
    Setting s;
    s.options.callbacks = {std::make_shared<Scale>(factor)};
    EXPECT_EQ(thrown([&] { fit(s); }).code, "E-TRAIN-02") << factor;
  }
}

// Epochs that are not validated do not count as ones without an improvement.
TEST(Cadence, EveryFewEpochs) {
  Setting s;
  s.options.epochs = 8;
  s.options.validate.epochs = 3;
  s.options.early_stopping = train::EarlyStopping{.patience = 3};
  const Outcome outcome = fit(s);
  ASSERT_EQ(outcome.history.epochs.size(), 8u);
  std::vector<std::int64_t> validated;
  for (const auto& record : outcome.history.epochs)
    if (record.find("val_loss")) validated.push_back(record.epoch);
  EXPECT_EQ(validated, (std::vector<std::int64_t>{3, 6, 8}));
  EXPECT_GT(outcome.history.best_epoch, 0);
  EXPECT_EQ(outcome.history.best_step, outcome.history.best_epoch * 5);
}

// The best weights may be those within an epoch, and looking at them changes no step.
TEST(Cadence, LookingChangesNothing) {
  Setting s;
  s.options.early_stopping.reset();
  const Outcome plain = fit(s);
  s.options.validate.steps = 2;
  EXPECT_TRUE(same_store(plain.store, fit(s).store));
  s.options.early_stopping = train::EarlyStopping{.patience = 1000};
  const Outcome best = fit(s);
  double least = INFINITY;
  std::int64_t at = 0;
  for (const auto& record : best.history.records())
    if (*record.find("val_loss") < least) least = *record.find("val_loss"), at = record.step;
  EXPECT_EQ(best.history.best_step, at);
  EXPECT_EQ(best.history.best_value, least);
}

TEST(TimeBudget, EndsWithAResultAndMayBeGivenMore) {
  Setting s;
  s.options.early_stopping.reset();
  const Outcome whole = fit(s);
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  s.options.time_budget = 1e-9;  // after the first step
  const Outcome part = fit(s);
  EXPECT_EQ(part.history.end, train::End::time_budget);
  EXPECT_LE(part.history.records().size(), 1u);
  s.options.resume = true;
  EXPECT_EQ(fit(s).history.end, train::End::time_budget);
  s.options.time_budget = 1000;
  const Outcome rest = fit(s);
  EXPECT_EQ(rest.history.end, train::End::all_epochs);
  EXPECT_TRUE(same_store(whole.store, rest.store));
}

TEST(BestCheckpoints, KeepsThoseWithTheBestValue) {
  Setting s;
  TempFolder folder;
  s.options.epochs = 12;
  s.options.validate.steps = 2;
  s.options.checkpoint.folder = folder / "checkpoints";
  s.options.checkpoint.keep_best = 3;
  const Outcome outcome = fit(s);
  std::vector<std::pair<double, std::int64_t>> values;
  for (const auto& record : outcome.history.records())
    values.emplace_back(*record.find("val_loss"), record.step);
  std::sort(values.begin(), values.end());
  std::set<std::int64_t> expected, found;
  for (std::size_t i = 0; i < 3; ++i) expected.insert(values[i].second);
  for (const auto& file : testing::files_in(folder / "checkpoints" / "best"))
    found.insert(train::Checkpoints::load(file).step);
  EXPECT_EQ(found, expected);
}

TEST(BestCheckpoints, FollowFromScoresAndFilesAlone) {
  TempFolder folder;
  train::Checkpoints all(folder.path(), 100);
  for (const std::int64_t step : {1, 2, 3, 4}) all.save({.step = step, .tensors = {}, .state = {}});
  const train::BestCheckpoints best(folder.path(), 2);
  const auto names = [&] {
    std::vector<std::string> list;
    for (const auto& file : testing::files_in(folder / "best")) list.push_back(file.filename());
    return list;
  };
  best.update({{1, 0.5}, {2, 0.9}, {3, double(NAN)}, {9, 2.0}});  // of 9 there is no file
  EXPECT_EQ(names(), (std::vector<std::string>{"step-000000000001.safetensors",
                                               "step-000000000002.safetensors"}));
  std::filesystem::remove(folder / "step-000000000002.safetensors");  // it lives on in best/
  best.update({{1, 0.5}, {2, 0.9}, {4, 0.7}});
  EXPECT_EQ(names(), (std::vector<std::string>{"step-000000000002.safetensors",
                                               "step-000000000004.safetensors"}));
  EXPECT_EQ(train::Checkpoints::load(folder / "best" / "step-000000000002.safetensors").step, 2);
}

// Until its epoch a group stays to the bit as it was, and its optimizer begins then, as in a
// training's first steps: Adam's first step is the learning rate whatever the gradient.
TEST(Groups, LearnedFromAnEpochOn) {
  Setting s;
  s.options.early_stopping.reset();
  s.options.schedule = optim::constant();
  s.options.updates.groups = {{.match = "dense.*", .from_epoch = 3}};
  std::map<std::string, Tensor> before, after;
  class Watch : public train::Callback {
   public:
    std::function<void(std::int64_t, const Store&)> see;
    std::string name() const override { return "watch"; }
    void begin(train::Control& c) override { see(0, c.store()); }
    void step(const train::StepRecord& r, train::Control& c) override { see(r.step, c.store()); }
  };
  const auto watch = std::make_shared<Watch>();
  Tensor first, last, moved;
  watch->see = [&](std::int64_t step, const Store& store) {
    const Tensor& t = store.at("dense.weight");
    if (step == 0) first = t.clone();
    if (step == 10) last = t.clone();
    if (step == 11) moved = t.clone();
  };
  s.options.callbacks = {watch};
  const Outcome whole = fit(s);
  double largest = 0;
  for (std::int64_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first.at(i), last.at(i));
    largest = std::max(largest, std::abs(moved.at(i) - last.at(i)));
  }
  EXPECT_NEAR(largest, 0.02, 1e-4);
  EXPECT_TRUE(whole.says("from epoch 3 on"));
  for (const std::int64_t stop : {4, 9, 10, 11, 13}) {
    TempFolder folder;
    auto options = s.options;
    options.callbacks = {};
    options.checkpoint.folder = folder / "checkpoints";
    fit(s, options, stop);
    options.resume = true;
    EXPECT_TRUE(same_store(whole.store, fit(s, options).store)) << stop;
  }
}

TEST(Groups, NothingToLearnInTheFirstEpochIsRefused) {
  Setting s;
  s.options.updates.groups = {{.match = "*", .from_epoch = 2}};
  EXPECT_EQ(thrown([&] { fit(s); }).code, "E-TRAIN-01");
}

}  // namespace
}  // namespace glia
