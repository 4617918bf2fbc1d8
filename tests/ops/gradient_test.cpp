// The gradients of every op, and the gradients of these, against central differences in double
// precision.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/autodiff/gradient.h"
#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "tests/ops/sample_graph.h"

namespace glia::testing {
namespace {

using Tensors = std::map<std::string, Tensor>;

// sum over ys of sum(weight * y) for floating ys; the weights become inputs "<prefix>0", ... with
// random values. Empty where no y is floating.
Value weighted_sum(SampleGraph& s, const Values& ys, const std::string& prefix) {
  Random random(2, prefix);
  Value total;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (!is_floating(ys[i].dtype())) continue;
    const std::string name = prefix + std::to_string(i);
    const SampleInput shape{SampleInput::Kind::normal, ys[i].shape()};
    const Value weight = s.graph.input(name, {DType::f64, ys[i].shape()});
    s.tensors.emplace(name, sample_tensor(shape, DType::f64, random));
    const Value term = reduce_sum(weight * ys[i]);
    total = total ? total + term : term;
  }
  return total;
}

Values floating(const Values& values) {
  Values result;
  for (const Value& v : values)
    if (is_floating(v.dtype())) result.push_back(v);
  return result;
}

// d/dx[i] of sum(weight * y), summed after the subtraction so that what does not change is exact.
double central_difference(const Graph& graph, const std::vector<std::pair<Value, Value>>& terms,
                          Tensors tensors, const std::string& name, std::int64_t i) {
  const double x = tensors.at(name).at(i), h = 1e-5 * std::max(1.0, std::fabs(x));
  const auto at = [&](double v) {
    tensors.at(name) = tensors.at(name).clone();
    tensors.at(name).set(i, v);
    return interpret(graph, tensors);
  };
  const auto above = at(x + h), below = at(x - h);
  double sum = 0;
  for (const auto& [weight, y] : terms)
    for (std::int64_t k = 0; k < above.at(y).size(); ++k)
      sum +=
          above.at(weight).at(k) * above.at(y).at(k) - below.at(weight).at(k) * below.at(y).at(k);
  return sum / ((x + h) - (x - h));
}

class GradientTest : public ::testing::TestWithParam<OpSample> {
 protected:
  // Holds `got` (tensors of gradients, one for each of wrt) against differences of `terms` in
  // `graph`, at some elements of each input.
  static void check(const Graph& graph, const std::vector<std::pair<Value, Value>>& terms,
                    const Tensors& tensors, const std::vector<std::string>& wrt,
                    const std::vector<Tensor>& got, std::int64_t most) {
    for (std::size_t k = 0; k < wrt.size(); ++k) {
      const std::int64_t size = got[k].size(), step = std::max<std::int64_t>(1, size / most);
      for (std::int64_t i = 0; i < size; i += step) {
        const double expected = central_difference(graph, terms, tensors, wrt[k], i);
        EXPECT_NEAR(got[k].at(i), expected, 1e-6 * std::max(1.0, std::fabs(expected)))
            << "with respect to " << wrt[k] << ", element " << i;
      }
    }
  }

  static std::string name_of_input(const Value& v) { return v.node()->attributes.text("name"); }

  SampleGraph make() const {
    SampleGraph s = sample_graph(*GetParam().op, *GetParam().sample, DType::f64);
    const OpDef& op = *GetParam().op;
    // An op that is nothing but its decomposition is differentiated as such, and so differenced:
    // batch_norm_gradient's statistics are then functions of x.
    if (!op.gradient) s.outputs = op.decompose(s.outputs[0].node()->call());
    for (Value& y : s.outputs) y = reorder(y, Layout::plain);
    return s;
  }
};

std::vector<OpSample> smooth_samples() {
  std::vector<OpSample> smooth;
  for (const OpSample& s : all_samples()) {
    if (!s.op->gradient && !s.op->decompose) continue;
    const SampleGraph graph = sample_graph(*s.op, *s.sample, DType::f64);
    if (s.sample->name == "outside" || s.sample->name == "over_nothing") continue;  // NaN, -inf
    if (!floating(graph.inputs).empty() && !floating(graph.outputs).empty()) smooth.push_back(s);
  }
  return smooth;
}

TEST_P(GradientTest, First) {
  SampleGraph s = make();
  const Value loss = weighted_sum(s, s.outputs, "weight");
  std::vector<std::pair<Value, Value>> terms;
  for (std::size_t i = 0; i < s.outputs.size(); ++i)
    if (is_floating(s.outputs[i].dtype()))
      terms.emplace_back(
          s.graph.input("weight" + std::to_string(i), {DType::f64, s.outputs[i].shape()}),
          s.outputs[i]);
  const Graph forward = [&] {
    Graph copy;
    copy_into(s.graph, copy);
    return copy;
  }();
  // The same values by their place: a copy keeps the order of the nodes.
  std::vector<std::pair<Value, Value>> forward_terms;
  const auto twin = [&](Value v) {
    return Value(&forward.nodes()[static_cast<std::size_t>(v.node()->id)], v.output());
  };
  for (const auto& [weight, y] : terms) forward_terms.emplace_back(twin(weight), twin(y));

  const Values wrt = floating(s.inputs);
  const Values gradients = gradient(loss, wrt);
  ASSERT_NO_THROW(verify(s.graph));
  const auto values = interpret(s.graph, s.tensors);
  std::vector<std::string> names;
  std::vector<Tensor> got;
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    EXPECT_EQ(gradients[i].type(), wrt[i].type());
    names.push_back(name_of_input(wrt[i]));
    got.push_back(values.at(gradients[i]));
  }
  check(forward, forward_terms, s.tensors, names, got, 40);
}

// The gradient of a weighted sum of the gradients, with respect to the inputs and to what came
// from above.
TEST_P(GradientTest, Second) {
  if (!GetParam().op->differentiable_twice) GTEST_SKIP() << "not differentiable twice";
  SampleGraph s = make();
  const Value loss = weighted_sum(s, s.outputs, "weight");
  Values wrt = floating(s.inputs);
  const Values first = gradient(loss, wrt);
  const Value sum = weighted_sum(s, first, "direction");
  std::vector<std::pair<Value, Value>> terms;
  for (std::size_t i = 0; i < first.size(); ++i)
    terms.emplace_back(
        s.graph.input("direction" + std::to_string(i), {DType::f64, first[i].shape()}), first[i]);
  for (std::size_t i = 0; i < s.outputs.size(); ++i)
    if (is_floating(s.outputs[i].dtype()))
      wrt.push_back(
          s.graph.input("weight" + std::to_string(i), {DType::f64, s.outputs[i].shape()}));
  Graph forward;
  copy_into(s.graph, forward);
  const auto twin = [&](Value v) {
    return Value(&forward.nodes()[static_cast<std::size_t>(v.node()->id)], v.output());
  };
  for (auto& [weight, y] : terms) weight = twin(weight), y = twin(y);

  const Values second = gradient(sum, wrt);
  ASSERT_NO_THROW(verify(s.graph));
  const auto values = interpret(s.graph, s.tensors);
  std::vector<std::string> names;
  std::vector<Tensor> got;
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    names.push_back(name_of_input(wrt[i]));
    got.push_back(values.at(second[i]));
  }
  check(forward, terms, s.tensors, names, got, 12);
}

INSTANTIATE_TEST_SUITE_P(All, GradientTest, ::testing::ValuesIn(smooth_samples()),
                         [](const auto& info) { return name_of_sample(info.param); });

}  // namespace
}  // namespace glia::testing
