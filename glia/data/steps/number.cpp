#include "glia/data/steps/number.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/data/steps/numeric.h"

namespace glia::data {
namespace {

bool uses_ranks(const Step& step) {
  return step.name == "impute_median" || step.name == "winsorize" || step.name == "robust" ||
         step.name == "quantile" || step.name == "power";
}

// A scaling that changes nothing is no step.
bool is_identity(const NumericStep& step) {
  const auto* linear = std::get_if<Linear>(&step);
  return linear && linear->center == 0 && linear->scale == 1;
}

// Of values that hardly differ for their size, a power leaves no digits.
void check_digits(const NumericStep& scaling) {
  constexpr double kLeast = 1e-9;
  const auto& linear = std::get<Linear>(scaling);
  if (linear.scale < kLeast * std::abs(linear.center))
    fail("E-DATA-109",
         "power: the values hardly differ for their size, and a power of them has no digits left; "
         "put standardize before power");
}

bool fills(const Step& step) { return step.name.starts_with("impute_"); }

}  // namespace

NumberFitter::NumberFitter(const Chain& chain, MakeSample sample) : make_(sample) {
  for (const Step& step : chain) {
    if (step.name == "none") continue;
    chain_.push_back(step);
    if (step.name == "power" && step.flag("standardize")) chain_.push_back("standardize");
  }
  // Nothing is fitted here, and all that is counted is counted behind it.
  for (; next_ < chain_.size() && chain_[next_].name == "missing"; ++next_)
    fitted_.steps.push_back(Missing{chain_[next_].number("value")});
  sample_ = sample_for_the_rest();
}

std::unique_ptr<Sample> NumberFitter::sample_for_the_rest() const {
  const auto rest = std::span(chain_).subspan(next_);
  return make_({.ranks = std::any_of(rest.begin(), rest.end(), uses_ranks),
                .mode = std::any_of(rest.begin(), rest.end(),
                                    [](const Step& step) { return step.name == "impute_mode"; })});
}

void NumberFitter::add(std::vector<double> values) {
  if (done() && counted_) return;  // a pass for other columns
  for (const auto& step : fitted_.steps) apply_step(step, values);
  sample_->add(values);
}

bool NumberFitter::fit() {
  if (!std::exchange(counted_, true)) missing_ = sample_->missing();
  for (; next_ < chain_.size(); ++next_) {
    const Step& step = chain_[next_];
    if (fills_together(step)) return false;
    const NumericStep fitted = fit_step(step, *sample_);
    if (uses_ranks(step)) fitted_.rank_error = std::max(fitted_.rank_error, sample_->rank_error());
    if (next_ > 0 && chain_[next_ - 1].name == "power" && step.name == "standardize")
      check_digits(fitted);
    if (is_identity(fitted)) continue;
    fitted_.steps.push_back(fitted);
    const bool last = next_ + 1 == chain_.size();
    if (last || sample_->apply(fitted)) continue;
    ++next_;
    sample_ = sample_for_the_rest();
    return true;
  }
  sample_ = sample_for_the_rest();  // nobody needs the values any more
  return false;
}

const Step* NumberFitter::together() const {
  return next_ < chain_.size() && fills_together(chain_[next_]) ? &chain_[next_] : nullptr;
}

void NumberFitter::filled(std::int64_t imputer, std::int64_t member, std::vector<double> values) {
  const bool indicator = chain_[next_].flag("indicator") && missing_ > 0;
  fitted_.steps.push_back(FillTogether{imputer, member, indicator});
  ++next_;
  sample_ = sample_for_the_rest();
  sample_->add(values);
}

bool NumberFitter::imputes() const { return std::any_of(chain_.begin(), chain_.end(), fills); }

}  // namespace glia::data
