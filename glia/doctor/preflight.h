// Checks before the first step: what is known to go wrong without a word elsewhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "glia/nn/losses.h"
#include "glia/nn/module.h"
#include "glia/optim/schedule.h"

namespace glia::doctor {

enum class Severity : std::uint8_t { warning, error };

// What a check found. The numbers of codes are those of docs/doctor.md.
struct Finding {
  std::string code;  // "D-40"
  Severity severity = Severity::warning;
  std::string layer;
  std::string cause;
  std::string remedy;
  std::string text() const;  // one line
};

// What an output of a regression is to learn: (value - mean) / std of the values that there are.
struct Numbers {
  double least = 0, most = 0;  // as they are learned
  double mean = 0, std = 1;
};

struct Subject {
  const nn::Module& model;
  const nn::Loss& loss;
  Type features;               // of a batch
  bool class_numbers = false;  // the targets are whole numbers of classes
  // Of a model of several inputs or outputs: those after the first.
  std::vector<Type> more_features = {};
  std::vector<nn::Loss> more_losses = {};
  // What is not known of a training is not looked at.
  std::vector<std::optional<Numbers>> numbers = {};  // of each output
  optim::Schedule schedule = {};
  std::int64_t epochs = 0;
};

// Looks at the graph that the model traces for training. Pure; throws what tracing throws.
std::vector<Finding> preflight(const Subject& subject);

const std::vector<std::string>& codes();  // of all findings there are

// Throws E-DOCTOR-01 for the first error among the findings whose code is not in `allow`, and
// returns the warnings that are not.
std::vector<Finding> insist(std::vector<Finding> findings, const std::vector<std::string>& allow);

}  // namespace glia::doctor
