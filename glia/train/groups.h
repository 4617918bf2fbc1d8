// Which parameters are treated how.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/optim/clip.h"
#include "glia/optim/constraint.h"
#include "glia/optim/optimizer.h"

namespace glia::train {

// Parameters whose names match: `*` stands for any letters, `?` for one ("encoder.*"). A parameter
// belongs to the first group that it matches.
struct Group {
  std::string match;
  double learning_rate_factor = 1;
  std::optional<double> weight_decay =
      {};               // empty: the optimizer's; given, it holds for biases too
  bool frozen = false;  // not learned
  // Learned from this epoch on, and until then as if frozen: an optimizer's state and its count of
  // updates begin then.
  std::int64_t from_epoch = 1;
};

// Holds for the parameters that match, after each update.
struct ConstraintOn {
  std::string match;
  optim::Constraint constraint;
};

// How gradients become new values, beside the optimizer.
struct UpdateOptions {
  std::vector<Group> groups = {};
  std::vector<ConstraintOn> constraints = {};
  optim::Clip clip = {};
  std::int64_t accumulate = 1;  // batches whose gradients make one update
};

bool matches(std::string_view pattern, std::string_view name);
// The first group that the name matches; null where it matches none.
const Group* group_of(const std::vector<Group>& groups, std::string_view name);
// E-TRAIN-09 for a pattern that matches none of the names, with the nearest; E-TRAIN-02 for numbers
// below 0.
void check_groups(const UpdateOptions& options, const std::vector<std::string>& names);

// The weight decay of a parameter: its group's, or the optimizer's, which by default leaves out
// parameters of fewer than two dimensions.
double decay_of(const optim::Optimizer& optimizer, const Group* group, int rank);

}  // namespace glia::train
