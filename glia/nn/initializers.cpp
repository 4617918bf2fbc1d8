#include "glia/nn/initializers.h"

#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::nn {
namespace {

Tensor filled(const Shape& shape, const std::function<double()>& draw) {
  Tensor t(DType::f32, shape);
  for (float& x : t.data<float>()) x = static_cast<float>(draw());
  return t;
}

Initializer uniform_within(std::string name, double (*limit)(Fans)) {
  return {std::move(name), [limit](const Shape& shape, Fans fans, Random& random) {
            const double b = limit(fans);
            return filled(shape, [&] { return (2 * random.uniform() - 1) * b; });
          }};
}

Initializer normal_with(std::string name, double (*deviation)(Fans)) {
  return {std::move(name), [deviation](const Shape& shape, Fans fans, Random& random) {
            const double s = deviation(fans);
            return filled(shape, [&] { return random.normal() * s; });
          }};
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
  if (!(o.from <= o.to))
    fail("E-OPTION-01", "[random_uniform] from {} to {}: the range is empty", o.from, o.to);
  return {"random_uniform", [o](const Shape& shape, Fans, Random& random) {
            return filled(shape, [&] { return o.from + (o.to - o.from) * random.uniform(); });
          }};
}

Initializer glorot_uniform() {
  return uniform_within("glorot_uniform",
                        [](Fans f) { return std::sqrt(6.0 / static_cast<double>(f.in + f.out)); });
}
Initializer glorot_normal() {
  return normal_with("glorot_normal",
                     [](Fans f) { return std::sqrt(2.0 / static_cast<double>(f.in + f.out)); });
}
Initializer he_uniform() {
  return uniform_within("he_uniform",
                        [](Fans f) { return std::sqrt(6.0 / static_cast<double>(f.in)); });
}
Initializer he_normal() {
  return normal_with("he_normal",
                     [](Fans f) { return std::sqrt(2.0 / static_cast<double>(f.in)); });
}
Initializer fan_in_uniform() {
  return uniform_within("fan_in_uniform",
                        [](Fans f) { return 1.0 / std::sqrt(static_cast<double>(f.in)); });
}

namespace {
const std::vector<Initializer>& all() {
  static const std::vector<Initializer> list{zeros(),          ones(),          random_uniform(),
                                             glorot_uniform(), glorot_normal(), he_uniform(),
                                             he_normal(),      fan_in_uniform()};
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
