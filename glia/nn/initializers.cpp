#include "glia/nn/initializers.h"

#include <cmath>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/nn/options.h"

namespace glia::nn {
namespace {

Tensor filled(const Shape& shape, const std::function<double()>& draw) {
  Tensor t(DType::f32, shape);
  for (float& x : t.data<float>()) x = static_cast<float>(draw());
  return t;
}

double fan(Fans f, Fan mode) { return static_cast<double>(mode == Fan::in ? f.in : f.out); }
double both(Fans f) { return static_cast<double>(f.in + f.out); }

// Uniform and normal of mean 0 and a variance that depends on the fans.
using Variance = std::function<double(Fans)>;

Initializer uniform_of(std::string name, Variance variance) {
  return {std::move(name), [variance](const Shape& shape, Fans fans, Random& random) {
            const double b = std::sqrt(3 * variance(fans));  // uniform within b: b^2 / 3
            return filled(shape, [&] { return (2 * random.uniform() - 1) * b; });
          }};
}

Initializer normal_of(std::string name, Variance variance) {
  return {std::move(name), [variance](const Shape& shape, Fans fans, Random& random) {
            const double s = std::sqrt(variance(fans));
            return filled(shape, [&] { return random.normal() * s; });
          }};
}

void check(std::string_view name, const NormalOptions& o) {
  expect_finite(o.mean, name, "mean");
  expect_at_least_0(o.deviation, name, "the standard deviation");
}

// Gram and Schmidt, each row freed of all before it as soon as they are known: in double precision
// enough for random rows.
void orthonormalize(std::vector<double>& q, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i) {
    double* own = q.data() + i * columns;
    const double length = std::sqrt(std::inner_product(own, own + columns, own, 0.0));
    for (std::int64_t k = 0; k < columns; ++k) own[k] /= length;
    for (std::int64_t j = i + 1; j < rows; ++j) {
      double* other = q.data() + j * columns;
      const double share = std::inner_product(own, own + columns, other, 0.0);
      for (std::int64_t k = 0; k < columns; ++k) other[k] -= share * own[k];
    }
  }
}

}  // namespace

Fans fans_of(const Shape& weight) {
  if (weight.rank() == 0) return {};
  if (weight.rank() == 1) return {weight[0].value(), weight[0].value()};
  std::int64_t receptive = 1;
  for (int i = 2; i < weight.rank(); ++i) receptive *= weight[i].value();
  return {weight[1].value() * receptive, weight[0].value() * receptive};
}

Initializer constant(double value) {
  expect_finite(value, "constant", "value");
  return {"constant", [value](const Shape& shape, Fans, Random&) {
            return filled(shape, [&] { return value; });
          }};
}

Initializer zeros() {
  Initializer i = constant(0);
  i.name = "zeros";
  return i;
}

Initializer ones() {
  Initializer i = constant(1);
  i.name = "ones";
  return i;
}

Initializer random_uniform(UniformOptions o) {
  expect_finite(o.from, "random_uniform", "from");
  expect_finite(o.to, "random_uniform", "to");
  expect(o.from <= o.to, "random_uniform",
         fmt::format("from {} to {}: the range is empty", o.from, o.to));
  return {"random_uniform", [o](const Shape& shape, Fans, Random& random) {
            return filled(shape, [&] { return o.from + (o.to - o.from) * random.uniform(); });
          }};
}

Initializer random_normal(NormalOptions o) {
  check("random_normal", o);
  return {"random_normal", [o](const Shape& shape, Fans, Random& random) {
            return filled(shape, [&] { return o.mean + o.deviation * random.normal(); });
          }};
}

Initializer truncated_normal(NormalOptions o) {
  check("truncated_normal", o);
  return {"truncated_normal", [o](const Shape& shape, Fans, Random& random) {
            return filled(shape, [&] {
              double x = random.normal();
              while (std::fabs(x) > 2) x = random.normal();
              return o.mean + o.deviation * x;
            });
          }};
}

Initializer glorot_uniform() {
  return uniform_of("glorot_uniform", [](Fans f) { return 2 / both(f); });
}
Initializer glorot_normal() {
  return normal_of("glorot_normal", [](Fans f) { return 2 / both(f); });
}
Initializer he_uniform(Fan mode) {
  return uniform_of("he_uniform", [mode](Fans f) { return 2 / fan(f, mode); });
}
Initializer he_normal(Fan mode) {
  return normal_of("he_normal", [mode](Fans f) { return 2 / fan(f, mode); });
}
Initializer lecun_uniform() {
  return uniform_of("lecun_uniform", [](Fans f) { return 1 / fan(f, Fan::in); });
}
Initializer lecun_normal() {
  return normal_of("lecun_normal", [](Fans f) { return 1 / fan(f, Fan::in); });
}
Initializer fan_in_uniform() {
  return uniform_of("fan_in_uniform", [](Fans f) { return 1 / (3 * fan(f, Fan::in)); });
}

Initializer orthogonal(double gain) {
  expect_finite(gain, "orthogonal", "gain");
  return {"orthogonal", [gain](const Shape& shape, Fans, Random& random) {
            expect(shape.rank() >= 2, "orthogonal",
                   fmt::format("a parameter of shape {} has no rows and columns", shape.text()));
            const std::int64_t rows = shape[0].value();
            const std::int64_t columns = rows == 0 ? 0 : shape.elements() / rows;
            const bool wide = rows <= columns;
            const std::int64_t few = std::min(rows, columns), many = std::max(rows, columns);
            std::vector<double> q(static_cast<std::size_t>(few * many));
            for (double& x : q) x = random.normal();
            orthonormalize(q, few, many);
            Tensor t(DType::f32, shape);
            for (std::int64_t i = 0; i < few; ++i)
              for (std::int64_t k = 0; k < many; ++k)
                t.set(wide ? i * many + k : k * few + i,
                      gain * q[static_cast<std::size_t>(i * many + k)]);
            return t;
          }};
}

Initializer identity(double gain) {
  expect_finite(gain, "identity", "gain");
  return {"identity", [gain](const Shape& shape, Fans, Random&) {
            expect(shape.rank() == 2, "identity",
                   fmt::format("a parameter of shape {} is no matrix", shape.text()));
            Tensor t(DType::f32, shape);
            const std::int64_t columns = shape[1].value();
            for (std::int64_t i = 0; i < std::min(shape[0].value(), columns); ++i)
              t.set(i * columns + i, gain);
            return t;
          }};
}

namespace {
const std::vector<Initializer>& all() {
  static const std::vector<Initializer> list{zeros(),          ones(),          constant(),
                                             random_uniform(), random_normal(), truncated_normal(),
                                             glorot_uniform(), glorot_normal(), he_uniform(),
                                             he_normal(),      lecun_uniform(), lecun_normal(),
                                             fan_in_uniform(), orthogonal(),    identity()};
  return list;
}
}  // namespace

std::vector<std::string> initializer_names() {
  std::vector<std::string> names;
  for (const auto& i : all()) names.push_back(i.name);
  return names;
}

Initializer initializer(std::string_view name) {
  for (const auto& i : all())
    if (i.name == name) return i;
  fail("E-NN-01", "unknown initialiser '{}'{}", name, suggest(name, initializer_names()));
}

}  // namespace glia::nn
