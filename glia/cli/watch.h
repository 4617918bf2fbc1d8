// What is known of a training while it runs, as a picture of one screen.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/exec/store.h"
#include "glia/report/curve.h"
#include "glia/report/dashboard.h"
#include "glia/report/pace.h"
#include "glia/train/rates.h"
#include "glia/train/stopper.h"
#include "glia/train/trainer.h"

namespace glia::cli {

// Collects what a training tells. Reads no clock: `now` is any monotonic clock's seconds.
class Watch {
 public:
  Watch(const train::FitOptions& options, std::int64_t rows);

  void begin(double now);
  void step(const train::StepRecord& record, double now);  // cheap
  void see(const train::EpochRecord& record, double now);  // also those before a resume
  void message(std::string text);
  void skip(double seconds);  // a pause that just ended

  double learning_rate() const;                            // of the last step
  const train::StepRecord& last() const { return last_; }  // without `running`
  // What was said, oldest first, as far as it is kept; and how much was not.
  const std::deque<std::string>& messages() const { return messages_; }
  std::size_t forgotten() const { return forgotten_; }

  // Plot, progress, facts, meters and messages. log: the plot's axis.
  report::Dashboard dashboard(const train::History& history, bool log, double now);

 private:
  void keep_values(const train::NamedValues& values);
  void weigh(const train::History& history, double now);
  double place_of(std::int64_t step) const;  // in epochs
  report::Plot plot(bool log) const;
  std::vector<report::Moment> progress(const train::History& history, double now) const;
  report::Dashboard::Lines facts() const;
  std::vector<report::Meter> meters() const;

  train::FitOptions options_;         // without a plateau: what it does is seen in the records
  std::int64_t rows_, batches_;       // of an epoch
  std::vector<std::string> outputs_;  // of the model, their names
  train::Rates rates_;

  double begun_ = 0, epoch_begun_ = 0;  // later by the time of pauses
  double stepped_ = 0;                  // when the last step, or record, was
  std::int64_t first_step_ = 0;         // of this part of the run
  train::StepRecord last_;
  train::NamedValues running_;
  report::Curve training_, validation_;
  std::optional<report::Pace> pace_;  // in steps

  train::NamedValues values_, best_;  // of records: the newest, and of metrics the best
  Store no_weights_;                  // the stopper only counts
  train::Stopper stopper_;
  std::int64_t waited_ = 0;      // records without an improvement
  std::int64_t rated_step_ = 0;  // of the last record, and its learning rate
  double rate_ = 0;

  double weighed_ = -1e9;                       // clock at the last look at what follows
  double waited_seconds_ = 0, seconds_ = 0;     // for data, and in all, then
  double waiting_ = -1;                         // share of the time; below 0: not known
  double resident_ = 0, peak_ = 0, limit_ = 0;  // bytes

  std::deque<std::string> messages_;
  std::size_t forgotten_ = 0;
};

}  // namespace glia::cli
