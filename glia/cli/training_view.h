// A training as it is seen in a terminal or a log.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "glia/cli/terminal.h"
#include "glia/report/progress.h"
#include "glia/train/trainer.h"

namespace glia::cli {

// What a training says, as lines of a terminal or a log, with their ends.
std::string message_text(std::string_view message, const Terminal& terminal);

// One progress line for each epoch, on standard error: redrawn in place on a terminal, plain
// elsewhere. It stays when the epoch is done, with the validation's values.
class TrainingView {
 public:
  // `rows`: of the training, so of an epoch.
  TrainingView(Terminal& terminal, const train::FitOptions& options, std::int64_t rows);
  ~TrainingView() { end(); }  // an error shall not stand in the line
  TrainingView(const TrainingView&) = delete;
  TrainingView& operator=(const TrainingView&) = delete;

  train::Observer observer();   // valid as long as the view
  void part(std::string name);  // which of several trainings comes now: "fold 2/5"
  void end();                   // the last line, also of an epoch that was not finished

 private:
  void step(const train::StepRecord& record);
  void epoch(const train::EpochRecord& record);
  void message(std::string_view text);
  report::NamedValues shown(const train::NamedValues& values) const;
  void open(std::int64_t epoch, std::int64_t done, std::int64_t batches);

  Terminal& terminal_;
  std::int64_t epochs_, rows_;
  std::string part_;
  std::string monitor_;  // what early stopping looks at
  std::int64_t epoch_ = 0;
  double begun_ = now();  // the present epoch: before its first step, of which one hears at its end
  std::unique_ptr<report::Progress> progress_;
  train::NamedValues
      last_;  // of the last step: the line shows them when it ends, drawn before or not
};

}  // namespace glia::cli
