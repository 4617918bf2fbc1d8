// Internal: fitting a chain of steps to one column of numbers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "glia/data/steps/fitted.h"
#include "glia/data/steps/sample.h"
#include "glia/data/steps/step.h"

namespace glia::data {

// Fits the steps one after the other, each on what those before it make of the values; a step of
// several columns is waited for.
class NumberFitter {
 public:
  // A chain that complete() gave, without its drop steps.
  NumberFitter(const Chain& chain, MakeSample sample);

  void add(std::vector<double> values);  // of a piece of the rows; NaN: missing
  // Fits what the values allow: all up to a step of several columns. Whether the values must be
  // given once more.
  bool fit();

  // What has been fitted so far.
  std::span<const NumericStep> steps() const { return fitted_.steps; }

  bool done() const { return next_ == chain_.size(); }

  // The step of several columns that is next, if one is; the values as they come to it, and after.
  const Step* together() const;
  std::span<const double> values() const { return sample_->values(); }
  void filled(std::int64_t imputer, std::int64_t member, std::vector<double> values);

  bool imputes() const;
  std::int64_t missing() const { return missing_; }  // of all rows, before any other step
  FittedNumber finish() && { return std::move(fitted_); }

 private:
  std::unique_ptr<Sample> sample_for_the_rest() const;

  Chain chain_;  // power: {standardize: true} taken apart
  MakeSample make_;
  std::unique_ptr<Sample> sample_;
  std::size_t next_ = 0;
  std::int64_t missing_ = 0;
  bool counted_ = false;
  FittedNumber fitted_;
};

}  // namespace glia::data
