// What an ensemble learns from its members' answers.
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "glia/base/format.h"
#include "glia/experiment/ensemble.h"
#include "glia/experiment/ensemble_link.h"

namespace glia::experiment {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using Target = nn::Loss::Target;

void expect_fit(const nn::Loss& loss, std::span<const Tensor> answers) {
  if (loss.of_numbers() || loss.target == Target::probabilities || one_of_several(loss)) {
    if (answers.front().size() > 0) return;
    fail("E-EXP-23", "train.ensemble: there is no validation row to fit it on");
  }
  fail("E-EXP-23",
       "train.ensemble: weights and stacking are fitted to probabilities or numbers, and [{}] "
       "takes neither; say combine: mean",
       loss.name);
}

std::int64_t width_of(const Tensor& answers) {
  return answers.shape().rank() < 2 ? 1 : answers.shape()[1].value();
}

// The class of an answer, of one of several.
std::int64_t class_of(const Tensor& targets, std::int64_t row, std::int64_t width) {
  if (targets.dtype() == DType::i64)
    return targets.data<std::int64_t>()[static_cast<std::size_t>(row)];
  std::int64_t best = 0;
  for (std::int64_t c = 1; c < width; ++c)
    if (targets.at(row * width + c) > targets.at(row * width + best)) best = c;
  return best;
}

// What the weighted mean is held against, a row for each term of the loss. Of classes the
// members' probabilities of what is true; of numbers their errors.
MatrixXd terms_of(const nn::Loss& loss, std::span<const Tensor> answers, const Tensor& targets) {
  const std::int64_t width = width_of(answers.front());
  const bool several = one_of_several(loss);
  const std::int64_t rows = several ? answers.front().size() / width : answers.front().size();
  MatrixXd terms(rows, std::ssize(answers));
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t m = 0; m < terms.cols(); ++m) {
      const Tensor& of = answers[static_cast<std::size_t>(m)];
      if (several) {
        terms(i, m) = std::max(kLeastProbability, of.at(i * width + class_of(targets, i, width)));
      } else if (loss.of_numbers()) {
        terms(i, m) = of.at(i) - targets.at(i);
      } else {
        const double p = of.at(i), t = targets.at(i);
        terms(i, m) = std::max(kLeastProbability, t * p + (1 - t) * (1 - p));
      }
    }
  return terms;
}

// The point of the simplex that is nearest (Held, Wolfe and Crowder, Math. Programming 6, 1974).
VectorXd on_simplex(const VectorXd& x) {
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0, shift = 0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    sum += sorted[k];
    const double candidate = (sum - 1) / static_cast<double>(k + 1);
    if (sorted[k] > candidate) shift = candidate;
  }
  return (x.array() - shift).cwiseMax(0);
}

struct Least {
  const MatrixXd& terms;
  bool squared;

  double value(const VectorXd& w) const {
    const VectorXd sums = terms * w;
    return squared ? sums.squaredNorm() / static_cast<double>(sums.size())
                   : -sums.array().log().mean();
  }
  VectorXd gradient(const VectorXd& w) const {
    const VectorXd sums = terms * w;
    const double n = static_cast<double>(sums.size());
    if (squared) return terms.transpose() * sums * (2 / n);
    return terms.transpose() * sums.cwiseInverse() * (-1 / n);
  }
};

// Projected gradient with momentum that begins anew where it overshoots (Beck and Teboulle, SIAM J.
// Imaging Sci. 2, 2009; O'Donoghue and Candes, Found. Comput. Math. 15, 2015), until the gap
// w.g - min g, by which the value can be above the least, is nothing.
VectorXd least_on_simplex(const Least& f, std::int64_t members) {
  constexpr int kMost = 20'000;
  VectorXd w = VectorXd::Constant(members, 1 / static_cast<double>(members)), ahead = w;
  double step = 1, momentum = 1, value = f.value(w);
  for (int i = 0; i < kMost; ++i) {
    const VectorXd here = f.gradient(w);
    if (w.dot(here) - here.minCoeff() <= 1e-12 * std::max(1.0, std::abs(value))) break;
    const VectorXd slope = f.gradient(ahead);
    const double from = f.value(ahead);
    VectorXd next;
    for (;;) {
      next = on_simplex(ahead - step * slope);
      const VectorXd moved = next - ahead;
      if (f.value(next) <= from + slope.dot(moved) + moved.squaredNorm() / (2 * step) + 1e-15 ||
          step < 1e-12)
        break;
      step /= 2;
    }
    const double later = f.value(next);
    if (later > value && momentum > 1) {
      momentum = 1, ahead = w;
      continue;
    }
    const double faster = (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2;
    ahead = on_simplex(next + (momentum - 1) / faster * (next - w));
    momentum = faster, w = next, value = later;
    step *= 1.1;
  }
  return w;
}

std::vector<double> numbers(const VectorXd& v) { return {v.begin(), v.end()}; }

// Ridge regression with a free bias for each number of an answer, one weight for each member.
Combiner stacked_numbers(std::span<const Tensor> answers, const Tensor& targets, double ridge) {
  const std::int64_t width = width_of(answers.front()), rows = answers.front().size() / width;
  const std::int64_t members = std::ssize(answers);
  MatrixXd mean = MatrixXd::Zero(width, members);
  VectorXd middle = VectorXd::Zero(width);
  for (std::int64_t i = 0; i < rows * width; ++i) {
    middle(i % width) += targets.at(i) / static_cast<double>(rows);
    for (std::int64_t m = 0; m < members; ++m)
      mean(i % width, m) += answers[static_cast<std::size_t>(m)].at(i) / static_cast<double>(rows);
  }
  MatrixXd products = MatrixXd::Identity(members, members) * ridge;
  VectorXd right = VectorXd::Zero(members), row(members);
  for (std::int64_t i = 0; i < rows * width; ++i) {
    for (std::int64_t m = 0; m < members; ++m)
      row(m) = answers[static_cast<std::size_t>(m)].at(i) - mean(i % width, m);
    products += row * row.transpose();
    right += row * (targets.at(i) - middle(i % width));
  }
  const VectorXd weights = products.ldlt().solve(right);
  return {Combine::stacking, numbers(weights), numbers(middle - mean * weights)};
}

// One row's part in the loss of a logistic model, its gradient and its curvature.
class Logistic {
 public:
  Logistic(const nn::Loss& loss, std::span<const Tensor> answers, const Tensor& targets,
           double ridge)
      : several_(one_of_several(loss)),
        ridge_(ridge),
        width_(width_of(answers.front())),
        rows_(answers.front().size() / width_),
        members_(std::ssize(answers)),
        truth_(VectorXd::Zero(rows_ * width_)) {
    for (const auto& of : answers) {
      VectorXd links(of.size());
      for (std::int64_t i = 0; i < of.size(); ++i) links(i) = link(loss, of.at(i));
      links_.push_back(std::move(links));
    }
    for (std::int64_t i = 0; i < rows_; ++i)
      for (std::int64_t c = 0; c < width_; ++c)
        truth_(i * width_ + c) =
            several_ ? double(c == class_of(targets, i, width_)) : targets.at(i * width_ + c);
  }

  std::int64_t size() const { return members_ + width_; }

  // x: weights, then biases. Returns the value; gradient and curvature where asked for.
  double at(const VectorXd& x, VectorXd* gradient = nullptr, MatrixXd* curvature = nullptr) const {
    const VectorXd weights = x.head(members_);
    double value = ridge_ / 2 * weights.squaredNorm();
    if (gradient) {
      *gradient = VectorXd::Zero(size());
      gradient->head(members_) = ridge_ * weights;
      *curvature = MatrixXd::Zero(size(), size());
      // So little that no digit that is shown changes; of several classes all biases may move by
      // one number, which changes nothing.
      curvature->diagonal().array() += 1e-10;
      curvature->diagonal().head(members_).array() += ridge_;
    }
    MatrixXd inputs = MatrixXd::Zero(width_, size());
    inputs.rightCols(width_).setIdentity();
    for (std::int64_t i = 0; i < rows_; ++i) {
      for (std::int64_t m = 0; m < members_; ++m)
        inputs.col(m) = links_[static_cast<std::size_t>(m)].segment(i * width_, width_);
      const VectorXd truth = truth_.segment(i * width_, width_);
      VectorXd p = inputs * x;
      value += several_ ? of_several(p, truth) : of_each(p, truth);
      if (!gradient) continue;
      *gradient += inputs.transpose() * (p - truth);
      MatrixXd inner = several_ ? MatrixXd(p.asDiagonal()) - p * p.transpose()
                                : MatrixXd((p.array() * (1 - p.array())).matrix().asDiagonal());
      *curvature += inputs.transpose() * inner * inputs;
    }
    return value;
  }

 private:
  // z becomes the probabilities; gives the loss.
  static double of_several(VectorXd& z, const VectorXd& truth) {
    const double most = z.maxCoeff();
    const double total = std::log((z.array() - most).exp().sum()) + most;
    const double loss = truth.sum() * total - truth.dot(z);
    z = (z.array() - total).exp();
    return loss;
  }
  static double of_each(VectorXd& z, const VectorXd& truth) {
    double loss = 0;
    for (Eigen::Index c = 0; c < z.size(); ++c) {
      loss += std::max(z(c), 0.0) - truth(c) * z(c) + std::log1p(std::exp(-std::abs(z(c))));
      z(c) = 1 / (1 + std::exp(-z(c)));
    }
    return loss;
  }

  bool several_;
  double ridge_;
  std::int64_t width_, rows_, members_;
  std::vector<VectorXd> links_;
  VectorXd truth_;
};

// Newton's method with steps that are halved until the value falls.
Combiner stacked_classes(const Logistic& f, std::int64_t members) {
  VectorXd x = VectorXd::Zero(f.size());
  x.head(members).setConstant(1 / static_cast<double>(members));
  for (int i = 0; i < 100; ++i) {
    VectorXd gradient;
    MatrixXd curvature;
    const double value = f.at(x, &gradient, &curvature);
    const VectorXd step = curvature.ldlt().solve(gradient);
    const double fall = gradient.dot(step);
    if (!(fall > 1e-12 * std::max(1.0, value))) break;
    double share = 1;
    while (share > 1e-8 && !(f.at(x - share * step) <= value - 1e-4 * share * fall)) share /= 2;
    if (share <= 1e-8) break;
    x -= share * step;
  }
  return {Combine::stacking, numbers(x.head(members)), numbers(x.tail(f.size() - members))};
}

}  // namespace

Combiner fitted_weights(const nn::Loss& loss, std::span<const Tensor> answers,
                        const Tensor& targets) {
  expect_fit(loss, answers);
  const MatrixXd terms = terms_of(loss, answers, targets);
  const VectorXd w = least_on_simplex({terms, loss.of_numbers()}, terms.cols());
  return {Combine::weighted, numbers(w / w.sum()), {}};
}

Combiner stacked(const nn::Loss& loss, std::span<const Tensor> answers, const Tensor& targets,
                 double ridge) {
  expect_fit(loss, answers);
  if (loss.of_numbers()) return stacked_numbers(answers, targets, ridge);
  return stacked_classes(Logistic(loss, answers, targets, ridge), std::ssize(answers));
}

}  // namespace glia::experiment
