#include "glia/cli/training_view.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::cli {
namespace {

constexpr std::size_t kMostValues = 4;  // more would push the rate and the time out of the line

}  // namespace

std::string message_text(std::string_view message, const Terminal& terminal) {
  const auto text = escaped(message);
  // A log keeps its lines whole; what is in several lines already has its own order.
  if (!terminal.live() || text.find('\n') != std::string::npos) return text + "\n";
  return report::wrapped(text, 2, 0, terminal.err_style());
}

TrainingView::TrainingView(Terminal& terminal, const train::FitOptions& options, std::int64_t rows)
    : terminal_(terminal), epochs_(options.epochs), rows_(rows) {
  if (options.early_stopping) monitor_ = options.early_stopping->monitor;
}

// The losses, what is monitored, and of the others the first; metrics.jsonl has all of them.
report::NamedValues TrainingView::shown(const train::NamedValues& values) const {
  const auto always = [&](const std::string& name) {
    return name == "loss" || name == "val_loss" || name == monitor_;
  };
  std::size_t room = kMostValues;
  for (const auto& [name, value] : values)
    if (always(name) && room > 0) --room;
  report::NamedValues list;
  for (const auto& value : values) {
    if (!always(value.first) && (value.first == "learning_rate" || room == 0)) continue;
    if (!always(value.first)) --room;
    list.push_back(value);
  }
  return list;
}

train::Observer TrainingView::observer() {
  train::Observer observer;
  observer.step = [this](const train::StepRecord& record) { step(record); };
  observer.epoch = [this](const train::EpochRecord& record) { epoch(record); };
  observer.message = [this](std::string_view text) { message(text); };
  return observer;
}

void TrainingView::part(std::string name) {
  end();
  part_ = std::move(name);
  epoch_ = 0;
  begun_ = now();
}

void TrainingView::open(std::int64_t epoch, std::int64_t done, std::int64_t batches) {
  end();
  last_.clear();
  epoch_ = epoch;
  const auto digits = std::to_string(epochs_).size();
  report::ProgressOptions options;
  options.label =
      fmt::format("{}{}epoch {:>{}}/{}", part_, part_.empty() ? "" : ": ", epoch, digits, epochs_);
  options.total = batches;
  options.start = done;
  // The mean over the batches, of which the last has fewer rows; and all may have fewer than asked.
  options.items_per_step = static_cast<double>(rows_) / std::max(1.0, static_cast<double>(batches));
  options.unit = "rows";
  options.terminal = terminal_.live();
  options.style = terminal_.err_style();
  progress_ = std::make_unique<report::Progress>(
      std::move(options), [this](std::string_view text) { terminal_.say(text); }, begun_);
}

void TrainingView::step(const train::StepRecord& record) {
  if (!progress_ || epoch_ != record.epoch) open(record.epoch, record.batch - 1, record.batches);
  last_ = *record.running;  // assigned in place: no allocation after the first step
  progress_->update(record.batch, now(), [&] {
    if (terminal_.live()) progress_->set_width(terminal_.err_style().width);
    return shown(last_);
  });
}

void TrainingView::epoch(const train::EpochRecord& record) {
  if (record.within > 0) {
    std::string line = fmt::format("  step {}", record.step);
    for (const auto& [name, value] : shown(record.values))
      line += fmt::format("  {} {}", name, report::compact_number(value));
    message(line);
    return;
  }
  // A run that was stopped between the last step and the epoch's end has no line of it yet.
  if (!progress_ || epoch_ != record.epoch) open(record.epoch, 0, 0);
  progress_->finish(now(), shown(record.values));
  progress_.reset();
  begun_ = now();
}

void TrainingView::message(std::string_view line) {
  auto text = message_text(line, terminal_);
  if (!progress_) return terminal_.say(text);
  text.pop_back();
  progress_->message(text, now());
}

void TrainingView::end() {
  if (progress_) progress_->finish(now(), shown(last_));
  progress_.reset();
}

}  // namespace glia::cli
