// What a training minimises.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "glia/data/target.h"
#include "glia/nn/losses.h"

namespace glia::train {

// One output of a model: what it is held against, and how it is scored. Several are in the order in
// which the model gives them and the dataset has their targets.
struct Output {
  std::string name = {};  // of several; the only one has none
  nn::Loss loss = nn::mean_squared_error();
  double weight = 1;                      // of its loss in the sum
  std::vector<std::string> metrics = {};  // of the validation rows, by name
  // What the metrics need to know of the target.
  data::Target target = {};  // regression: metrics are in its unit
  std::optional<std::int64_t> positive = std::nullopt;
  std::optional<double> threshold = std::nullopt;

  // "loss:price", in a graph; and "price_loss", among the values of an epoch. Of the only output
  // both are the word itself.
  std::string port(std::string_view word) const;
  std::string value(std::string_view word) const;
};

// The loss of a model's only output, or the sum over its outputs of weight * loss.
struct Objective {
  std::vector<Output> outputs;
  Objective(nn::Loss loss) { outputs.push_back({.loss = std::move(loss)}); }  // NOLINT
  // E-TRAIN-07: none, one without a name among several, two of one name, a weight below 0.
  Objective(std::vector<Output> outputs);  // NOLINT
};

// "val_price_rmse" -> "val_rmse": a monitored value without the name of its output.
std::string without_output(std::string_view monitored, const std::vector<std::string>& outputs);

}  // namespace glia::train
