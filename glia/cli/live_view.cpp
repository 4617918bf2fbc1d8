#include "glia/cli/live_view.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/training_view.h"

namespace glia::cli {
namespace {

using report::Paint;

constexpr double kRedraw = 0.1;  // seconds between two pictures, at least
constexpr double kCost = 100;    // times of what a picture took lie between two
constexpr double kPausedRedraw = 0.5;
constexpr double kSlow = 0.3;  // seconds of a validation that is told of

const report::Dashboard::Lines kKeys{{"q", "stop"},       {"-/+", "rate"},    {"p", "pause"},
                                     {"?", "help"},       {"l", "log"},       {"v", "validate"},
                                     {"c", "checkpoint"}, {"^C", "interrupt"}};

const report::Dashboard::Lines kHelp{
    {"q", "ends the training as if its epochs were over: last validation, best weights, result"},
    {"-  +", "halves, doubles the learning rates of all later updates; kept in checkpoints"},
    {"v", "looks at the validation rows after this step; the record counts as any other"},
    {"c", "writes a checkpoint after this step"},
    {"p", "pauses, and goes on"},
    {"l", "logarithmic axis of the losses, and back"},
    {"Ctrl-C", "interrupts with a checkpoint, from which --resume goes on"},
    {"Ctrl-Z", "stops the process until the shell's fg"},
    {"?", "these lines, and back"}};

}  // namespace

LiveView::LiveView(Terminal& terminal, const train::FitOptions& fit, Options options)
    : terminal_(terminal),
      o_(std::move(options)),
      cadence_(fit.validate),
      epochs_(fit.epochs),
      watch_(fit, o_.rows) {}

train::Observer LiveView::observer() {
  train::Observer observer;
  observer.message = [this](std::string_view text) { message(text); };
  observer.resumed = [this](const std::vector<train::EpochRecord>& records) {
    for (const auto& record : records) watch_.see(record, now());
  };
  observer.stop = o_.interrupted;
  return observer;
}

void LiveView::begin(train::Control& control) {
  begun_ = now();
  watch_.begin(begun_);
  screen_.emplace();
  draw(control);
}

// What was said while the screen hid it, in order.
void LiveView::close() {
  if (!screen_) return;
  screen_.reset();
  if (watch_.forgotten() > 0)
    terminal_.say(fmt::format("({} earlier messages are left out)\n", watch_.forgotten()));
  for (const auto& line : watch_.messages()) terminal_.say(message_text(line, terminal_));
}

void LiveView::message(std::string_view text) {
  if (screen_)
    watch_.message(std::string(text));
  else
    terminal_.say(message_text(text, terminal_));
}

bool LiveView::validates_after(const train::StepRecord& record) const {
  if (!o_.validation) return false;
  if (cadence_.steps > 0 && record.step % cadence_.steps == 0) return true;
  return record.batch == record.batches &&
         (record.epoch % cadence_.epochs == 0 || record.epoch == epochs_);
}

void LiveView::step(const train::StepRecord& record, train::Control& control) {
  const double time = now();
  watch_.step(record, time);
  const bool due = time >= due_;
  if (due) take_keys(control);
  if (state_ == State::paused) pause(control);
  const bool validates = validates_after(record);
  if (validates && state_ == State::running) state_ = State::validating;
  if (due || (validates && slow_validation_)) draw(control);
  validated_from_ = time;
}

void LiveView::epoch(const train::EpochRecord& record, train::Control&) {
  const double time = now();
  watch_.see(record, time);
  if (state_ != State::validating) return;
  slow_validation_ = time - validated_from_ > kSlow;
  state_ = State::running;
}

void LiveView::saved(train::Control&) {
  if (asked_checkpoint_)
    message(fmt::format("step {}: a checkpoint is written", watch_.last().step));
  asked_checkpoint_ = false;
}

void LiveView::take_keys(train::Control& control) {
  for (const char key : screen_->keys()) act(key, control);
}

void LiveView::act(char key, train::Control& control) {
  switch (key) {
    case 'q':
      control.stop("the user asked for it");
      state_ = State::stopping;
      break;
    case '-':
      scale_rate(0.5, control);
      break;
    case '+':
    case '=':  // the same key without shift
      scale_rate(2, control);
      break;
    case 'v':
      if (!o_.validation) return message("there are no validation rows");
      control.validate();
      if (state_ == State::running) state_ = State::validating;
      break;
    case 'c':
      control.checkpoint();
      asked_checkpoint_ = true;
      break;
    case 'p':
      if (state_ != State::stopping)
        state_ = state_ == State::paused ? State::running : State::paused;
      break;
    case 'l':
      log_ = !log_;
      break;
    case '?':
    case 'h':
      help_ = !help_;
      break;
    default:
      break;
  }
}

void LiveView::scale_rate(double factor, train::Control& control) {
  try {
    control.scale_rate(factor);  // which says so
    scale_ *= factor;
  } catch (const Error& error) {  // there is an end to it
    message(error.what());
  }
}

void LiveView::pause(train::Control& control) {
  const double from = now();
  while (state_ == State::paused && !ending()) {
    draw(control);
    screen_->wait(kPausedRedraw);
    take_keys(control);
  }
  const double seconds = now() - from;
  watch_.skip(seconds);
  message(fmt::format("step {}: paused for {}", watch_.last().step, human_seconds(seconds)));
}

std::pair<std::string_view, Paint> LiveView::state() const {
  if (o_.interrupted->load()) return {"interrupted", Paint::warn};
  switch (state_) {
    case State::running:
      return {watch_.last().step == 0 ? "beginning" : "training", Paint::good};
    case State::validating:
      return {"validating", Paint::second};
    case State::paused:
      return {"paused", Paint::warn};
    case State::stopping:
      return {"stopping", Paint::warn};
  }
  return {};
}

void LiveView::draw(const train::Control& control) {
  const double time = now();
  const auto size = Screen::size();
  auto style = terminal_.err_style();
  style.width = size.columns - 1;  // some terminals wrap where the last column is written
  auto dashboard = watch_.dashboard(control.history(), log_, time);
  dashboard.title = o_.name;
  dashboard.about = o_.about;
  const auto [word, role] = state();
  dashboard.state = fmt::format("{}  {}", word, report::clock(time - begun_));
  dashboard.state_role = role;
  dashboard.keys = kKeys;
  if (help_) dashboard.help = kHelp;
  if (scale_ != 1 && !dashboard.facts.empty())
    dashboard.facts.front().second += fmt::format(" (by keys x{:g})", scale_);
  screen_->draw(report::render(dashboard, style, size.rows));
  const double took = now() - time;
  due_ = time + std::max(kRedraw, kCost * took);
}

}  // namespace glia::cli
