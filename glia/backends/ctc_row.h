// Internal: connectionist temporal classification of one row; see ops/ctc.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace glia {

inline constexpr double kImpossible = -std::numeric_limits<double>::infinity();

inline double log_of_sum(double a, double b) {
  const double most = std::max(a, b);
  return most == kImpossible ? most : most + std::log1p(std::exp(std::min(a, b) - most));
}

// The labels with blanks before, between and after them, on a lattice of steps. alpha: the
// logarithm of the probability of all ways that lead to a place at a step; beta: of all ways on
// from there, the step itself not counted. In the variables of Graves et al., section 4.1.
template <class Real>
class CtcRow {
 public:
  // log_probabilities: [steps, classes]; labels end at `end` or at a negative number.
  CtcRow(const Real* log_probabilities, std::int64_t steps, std::int64_t classes,
         const std::int64_t* labels, const std::int64_t* end, std::int64_t blank)
      : log_p_(log_probabilities), steps_(steps), classes_(classes) {
    places_.push_back(blank);
    good_ = blank >= 0 && blank < classes;
    for (; labels != end && *labels >= 0; ++labels) {
      good_ = good_ && *labels < classes && *labels != blank;
      places_.push_back(*labels);
      places_.push_back(blank);
    }
    // The lattice does not visit every class, and its maxima would lose a NaN.
    for (std::int64_t i = 0; i < steps * classes; ++i)
      good_ = good_ && !std::isnan(log_probabilities[i]);
  }

  double loss() {
    if (!good_) return std::numeric_limits<double>::quiet_NaN();
    if (steps_ == 0) return places_.size() == 1 ? 0 : -kImpossible;
    forward();
    const double* last = alpha_.data() + (steps_ - 1) * width();
    return -log_of_sum(last[width() - 1], width() > 1 ? last[width() - 2] : kImpossible);
  }

  // gradient: [steps, classes], given as zeros. Not a number where the loss is not finite.
  void gradient(double dy, Real* gradient) {
    if (dy == 0) return;
    const double loss = this->loss();
    if (!std::isfinite(loss)) {
      std::fill_n(gradient, steps_ * classes_, std::numeric_limits<Real>::quiet_NaN());
      return;
    }
    const auto n = static_cast<std::size_t>(width());
    std::vector<double> beta(n, kImpossible), next(n), share(static_cast<std::size_t>(classes_));
    beta[n - 1] = 0;
    if (n > 1) beta[n - 2] = 0;
    for (std::int64_t t = steps_ - 1; t >= 0; --t) {
      std::fill(share.begin(), share.end(), 0.0);
      for (std::size_t s = 0; s < n; ++s)
        share[static_cast<std::size_t>(places_[s])] +=
            std::exp(alpha_[static_cast<std::size_t>(t) * n + s] + beta[s] + loss);
      for (std::int64_t k = 0; k < classes_; ++k)
        gradient[t * classes_ + k] = static_cast<Real>(-dy * share[static_cast<std::size_t>(k)]);
      if (t == 0) break;
      for (std::size_t s = 0; s < n; ++s) {
        next[s] = beta[s] + at(t, s);
        if (s + 1 < n) next[s] = log_of_sum(next[s], beta[s + 1] + at(t, s + 1));
        if (s + 2 < n && may_skip(s + 2)) next[s] = log_of_sum(next[s], beta[s + 2] + at(t, s + 2));
      }
      beta.swap(next);
    }
  }

 private:
  std::int64_t width() const { return static_cast<std::int64_t>(places_.size()); }
  double at(std::int64_t t, std::size_t s) const { return log_p_[t * classes_ + places_[s]]; }
  // A place may be reached over the blank before it unless the same label stands before that.
  bool may_skip(std::size_t s) const {
    return s % 2 == 1 && s >= 2 && places_[s] != places_[s - 2];
  }

  void forward() {
    const auto n = static_cast<std::size_t>(width());
    alpha_.assign(static_cast<std::size_t>(steps_) * n, kImpossible);
    alpha_[0] = at(0, 0);
    if (n > 1) alpha_[1] = at(0, 1);
    for (std::int64_t t = 1; t < steps_; ++t) {
      const double* before = alpha_.data() + static_cast<std::size_t>(t - 1) * n;
      for (std::size_t s = 0; s < n; ++s) {
        double sum = before[s];
        if (s >= 1) sum = log_of_sum(sum, before[s - 1]);
        if (may_skip(s)) sum = log_of_sum(sum, before[s - 2]);
        alpha_[static_cast<std::size_t>(t) * n + s] = sum + at(t, s);
      }
    }
  }

  const Real* log_p_;
  std::int64_t steps_, classes_;
  std::vector<std::int64_t> places_;  // blank, label, blank, ..., blank
  std::vector<double> alpha_;         // [steps, places]
  bool good_ = true;
};

}  // namespace glia
