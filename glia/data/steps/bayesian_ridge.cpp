#include "glia/data/steps/bayesian_ridge.h"

#include <Eigen/Dense>
#include <limits>

namespace glia::data {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

constexpr int kRounds = 300;
constexpr double kTolerance = 1e-3, kPrior = 1e-6;

// x = u s v'; of a tall x that of its triangle, which has the same s and v.
Eigen::JacobiSVD<Eigen::MatrixXd> decomposed(const Matrix& x) {
  constexpr auto kThin = Eigen::ComputeThinU | Eigen::ComputeThinV;
  if (x.rows() <= x.cols()) return Eigen::JacobiSVD<Eigen::MatrixXd>(x, kThin);
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr{Eigen::MatrixXd(x)};
  const Eigen::MatrixXd triangle = qr.matrixQR().topRows(x.cols()).triangularView<Eigen::Upper>();
  return Eigen::JacobiSVD<Eigen::MatrixXd>(triangle, kThin);
}

}  // namespace

RidgeModel fit_bayesian_ridge(std::span<const double> values, std::span<const double> targets) {
  const auto n = static_cast<Eigen::Index>(targets.size());
  const auto features = static_cast<Eigen::Index>(values.size()) / n;
  const Eigen::Map<const Matrix> given(values.data(), n, features);
  const Eigen::Map<const Vector> wanted(targets.data(), n);
  const Eigen::RowVectorXd center = given.colwise().mean();
  const double mean = wanted.mean();
  const Matrix x = given.rowwise() - center;
  const Vector y = wanted.array() - mean;

  const auto svd = decomposed(x);
  const Vector squares = svd.singularValues().array().square();
  const Vector projected = svd.matrixV().transpose() * (x.transpose() * y);
  double alpha =
      1 / (y.squaredNorm() / static_cast<double>(n) + std::numeric_limits<double>::epsilon());
  double lambda = 1;
  const auto solve = [&]() -> Vector {
    return svd.matrixV() * (projected.array() / (squares.array() + lambda / alpha)).matrix();
  };
  Vector before;
  for (int round = 0; round < kRounds; ++round) {
    const Vector coefficients = solve();
    const double errors = (y - x * coefficients).squaredNorm();
    const double gamma = (alpha * squares.array() / (lambda + alpha * squares.array())).sum();
    lambda = (gamma + 2 * kPrior) / (coefficients.squaredNorm() + 2 * kPrior);
    alpha = (static_cast<double>(n) - gamma + 2 * kPrior) / (errors + 2 * kPrior);
    if (round > 0 && (before - coefficients).lpNorm<1>() < kTolerance) break;
    before = coefficients;
  }
  const Vector coefficients = solve();
  return {{coefficients.begin(), coefficients.end()}, mean - center.dot(coefficients)};
}

}  // namespace glia::data
