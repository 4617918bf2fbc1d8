// Early stopping, and the weights of the best epoch.
#pragma once

#include "glia/exec/store.h"
#include "glia/train/checkpoint.h"
#include "glia/train/trainer.h"

namespace glia::train {

// E-TRAIN-05 where the value that `who` monitors is none of those that an epoch has; they are
// listed.
void expect_monitored(const std::string& name, const std::vector<std::string>& known,
                      std::string_view who = "early_stopping");
// That value; a metric that was averaged has a longer name than was asked for.
double monitored(const EpochRecord& record, const std::string& name, std::string_view who);
// Whether a record is one by which that value is judged: of validation rows where they were looked
// at, of training rows at an epoch's end.
bool judged(const EpochRecord& record, const std::string& name);

class Stopper {
 public:
  // outputs: the names of a model's outputs, with which a monitored value may begin.
  Stopper(std::optional<EarlyStopping> options, Store& store, std::vector<std::string> outputs = {})
      : o_(std::move(options)), store_(store), outputs_(std::move(outputs)) {}

  void see(const EpochRecord& record);
  bool stopped() const { return o_ && waited_ >= o_->patience && o_->patience > 0; }
  bool finish();  // restores the best weights, where asked for and there: whether it did

  std::int64_t best_epoch() const { return best_epoch_; }
  std::int64_t best_step() const { return best_step_; }
  double best_value() const { return best_; }

  void save(Checkpoint& checkpoint) const;
  void load(const Checkpoint& checkpoint, std::int64_t epochs);  // of a run that far; E-CHECK-01

 private:
  std::optional<EarlyStopping> o_;
  Store& store_;
  std::vector<std::string> outputs_;
  double best_ = 0;
  std::int64_t best_epoch_ = 0, best_step_ = 0, waited_ = 0;
  std::map<std::string, Tensor> best_weights_;
};

}  // namespace glia::train
