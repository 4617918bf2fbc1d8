// What takes part in a training: it is told what happens, may steer, and has a memory.
#pragma once

#include <string>
#include <string_view>

namespace glia {
class Store;
}

namespace glia::train {

struct History;
struct EpochRecord;
struct StepRecord;

// What a callback may look at and ask for. Everything asked for in step() takes place after that
// step, once for all callbacks; what was asked for in begin() or epoch() before the next step.
class Control {
 public:
  virtual const History& history() const = 0;
  // The weights in training, not their averages; valid during the call.
  virtual const Store& store() const = 0;

  // Ends the training as if its epochs were over: validation, best weights, result. `why` is one
  // line for a person, "the user asked for it". A resume goes on from there.
  virtual void stop(std::string why) = 0;
  // Learning rates of all later updates are multiplied by this, beside the schedule; E-TRAIN-02
  // where it is not above 0, or all of them together are above 1e6. Checkpoints keep it, and the
  // history's events tell of it.
  virtual void scale_rate(double factor) = 0;
  virtual void validate() = 0;    // a record between those of the cadence
  virtual void checkpoint() = 0;  // as if one were due

 protected:
  ~Control() = default;
};

// Functions do nothing unless they are overridden. They are called on the thread that trains, in
// the order of FitOptions::callbacks; what they throw ends the training with it.
class Callback {
 public:
  virtual ~Callback() = default;
  // Of its own in a training, for example "rate_finder": E-TRAIN-02 where two have the same.
  virtual std::string name() const = 0;

  virtual void begin(Control&) {}  // before the first step, after what a resume restores
  virtual void step(const StepRecord&, Control&) {}
  // Each record: an epoch's end, and each validation within one (EpochRecord::within).
  virtual void epoch(const EpochRecord&, Control&) {}
  virtual void saved(Control&) {}  // after each checkpoint
  virtual void end(Control&) {}    // also where it was interrupted, not where it failed

  // What it knows, as UTF-8 text of any form. Every checkpoint holds it, and a resume gives it back
  // before begin(), so that a run that was stopped goes on as if it had not been. remember()
  // refuses what it cannot read by fail(); the message then names the checkpoint.
  virtual std::string memory() const { return {}; }
  virtual void remember(std::string_view) {}
};

}  // namespace glia::train
