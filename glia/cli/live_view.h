// A training as a full screen in the terminal, with keys that steer it.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "glia/cli/screen.h"
#include "glia/cli/watch.h"

namespace glia::cli {

// Draws from the steps of a training, at most ten times a second and in at most a hundredth of the
// time. Keys take effect after the step during which they are typed. The screen is there from
// begin() to end(); what was said meanwhile is then said again, on the terminal as it was.
class LiveView final : public train::Callback {
 public:
  struct Options {
    std::string name;                // of the experiment
    report::Dashboard::Lines about;  // "task", "data", ...
    std::int64_t rows = 0;           // of the training, so of an epoch
    bool validation = false;         // there are rows for it
    const std::atomic<bool>* interrupted = nullptr;
  };
  LiveView(Terminal& terminal, const train::FitOptions& fit, Options options);
  ~LiveView() override { close(); }

  train::Observer observer();  // what callbacks are not told; valid as long as the view

  std::string name() const override { return "live"; }
  void begin(train::Control& control) override;
  void step(const train::StepRecord& record, train::Control& control) override;
  void epoch(const train::EpochRecord& record, train::Control& control) override;
  void saved(train::Control& control) override;
  void end(train::Control&) override { close(); }

 private:
  enum class State : std::uint8_t { running, validating, paused, stopping };

  void close();
  void message(std::string_view text);
  void take_keys(train::Control& control);
  void act(char key, train::Control& control);
  void scale_rate(double factor, train::Control& control);
  void pause(train::Control& control);
  bool ending() const { return state_ == State::stopping || o_.interrupted->load(); }
  bool validates_after(const train::StepRecord& record) const;
  void draw(const train::Control& control);
  std::pair<std::string_view, report::Paint> state() const;

  Terminal& terminal_;
  Options o_;
  train::Cadence cadence_;
  std::int64_t epochs_;
  Watch watch_;
  std::optional<Screen> screen_;
  State state_ = State::running;
  bool log_ = false, help_ = false, asked_checkpoint_ = false;
  double scale_ = 1;             // of the rate, by keys
  double begun_ = 0, due_ = 0;   // clock: of begin(), and of the next picture
  double validated_from_ = 0;    // clock: where a validation began
  bool slow_validation_ = true;  // it takes long enough to be told of
};

}  // namespace glia::cli
