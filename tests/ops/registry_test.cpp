// What holds for every op and every one of its samples.
#include "glia/ops/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "tests/ops/sample_graph.h"

namespace glia::testing {
namespace {

bool is_source(const OpDef& op) {
  return &op == &input_def || &op == &variable_def || &op == &constant_def;
}

// Why two numbers are not the same up to rounding; NaN equals NaN. Empty where they are.
std::string difference(const Tensor& a, const Tensor& b, double tolerance) {
  if (!(a.shape() == b.shape())) return "shapes " + a.shape().text() + ", " + b.shape().text();
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double x = a.at(i), y = b.at(i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    if (!(std::fabs(x - y) <= tolerance * (1 + std::fabs(y))))
      return "element " + std::to_string(i) + ": " + std::to_string(x) + ", " + std::to_string(y);
  }
  return "";
}

TEST(Registry, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const OpDef* op : registry()) {
    EXPECT_TRUE(names.insert(op->name).second) << op->name;
    EXPECT_EQ(find_op(op->name), op);
    for (const char c : op->name)
      EXPECT_TRUE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') << op->name;
  }
  EXPECT_EQ(find_op("no_such_op"), nullptr);
}

// One line: a formula, then the shapes, "x: [...] -> [...].".
TEST(Registry, EveryOpIsDocumented) {
  for (const OpDef* op : registry()) {
    SCOPED_TRACE(op->name);
    const auto arrow = op->doc.find("-> ");
    ASSERT_NE(arrow, op->doc.npos);
    EXPECT_GT(op->doc.size(), arrow + 4) << "nothing after the arrow";
    EXPECT_NE(op->doc.substr(0, arrow).find(". "), op->doc.npos) << "no formula before the shapes";
    EXPECT_EQ(op->doc.back(), '.');
    EXPECT_EQ(op->doc.find('\n'), op->doc.npos);
    if (op->min_inputs > 0) {
      EXPECT_NE(op->doc.substr(0, arrow).find(": "), op->doc.npos) << "no input has a shape";
    }
    for (const auto& spec : op->attributes) EXPECT_FALSE(spec.name.empty());
  }
}

TEST(Registry, EveryOpHasAShapeRuleSamplesAndAReferenceKernel) {
  for (const OpDef* op : registry()) {
    SCOPED_TRACE(op->name);
    EXPECT_NE(op->infer, nullptr);
    if (is_source(*op)) continue;
    EXPECT_FALSE(op->samples.empty());
    std::set<std::string_view> names;
    for (const Sample& sample : op->samples) EXPECT_TRUE(names.insert(sample.name).second);
    SampleGraph s = sample_graph(*op, op->samples[0], DType::f32);
    const Node& node = *s.outputs[0].node();
    const auto kernel = reference_target().kernel(node, 1);
    ASSERT_TRUE(kernel.has_value());
    EXPECT_TRUE(reference_target().supports(node));
    if (op->elementwise) {
      EXPECT_TRUE(names.contains("empty"));
    }
  }
}

class OpTest : public ::testing::TestWithParam<OpSample> {
 protected:
  const OpDef& op() const { return *GetParam().op; }
  SampleGraph make(DType dtype, std::uint64_t seed = 1) const {
    return sample_graph(op(), *GetParam().sample, dtype, seed);
  }
};

TEST_P(OpTest, TypesAreKnownAndTheCostIsANumber) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const SampleGraph s = make(dtype);
    EXPECT_NO_THROW(verify(s.graph));
    ASSERT_FALSE(s.outputs.empty());
    const Node& node = *s.outputs[0].node();
    for (const Type& type : node.outputs) EXPECT_TRUE(type.shape.known());
    if (op().cost) {
      const Cost cost = op().cost(node.call());
      EXPECT_TRUE(std::isfinite(cost.operations) && cost.operations >= 0);
      EXPECT_TRUE(std::isfinite(cost.bytes) && cost.bytes >= 0);
    }
    if (!op().updates) continue;
    for (const auto& [out, in] : op().updates(node.call()))
      EXPECT_EQ(node.outputs[static_cast<std::size_t>(out)],
                node.inputs[static_cast<std::size_t>(in)].type());
  }
}

TEST_P(OpTest, TheDecompositionIsTheKernel) {
  if (!op().decompose) return;
  SampleGraph s = make(DType::f64);
  const Values meaning = op().decompose(s.outputs[0].node()->call());
  ASSERT_EQ(meaning.size(), s.outputs.size());
  const auto values = interpret(s.graph, s.tensors);
  for (std::size_t i = 0; i < meaning.size(); ++i) {
    EXPECT_EQ(meaning[i].type(), s.outputs[i].type());
    EXPECT_EQ(difference(values.at(meaning[i]), values.at(s.outputs[i]), 1e-12), "") << i;
  }
}

// f32 is f64 rounded once: the same formula, not another.
TEST_P(OpTest, SinglePrecisionIsTheDoubleRounded) {
  const SampleGraph wide = make(DType::f64), narrow = make(DType::f32);
  const auto exact = interpret(wide.graph, wide.tensors);
  const auto rounded = interpret(narrow.graph, narrow.tensors);
  // What is derived from other inputs differs in its last bits already.
  const bool derived = op().name == "batch_norm_gradient";
  for (std::size_t i = 0; i < wide.outputs.size(); ++i) {
    const Tensor a = exact.at(wide.outputs[i]).to(narrow.outputs[i].dtype());
    EXPECT_EQ(difference(a, rounded.at(narrow.outputs[i]), derived ? 1e-5 : 0), "") << i;
  }
}

TEST_P(OpTest, TheSameBitsTwice) {
  const SampleGraph s = make(DType::f32);
  const auto first = interpret(s.graph, s.tensors), second = interpret(s.graph, s.tensors);
  for (const Value& y : s.outputs) EXPECT_TRUE(same_bits(first.at(y), second.at(y)));
}

// The kernel, over memory that outlives the graph it was made from, gives what interpret() gives.
TEST_P(OpTest, TheKernelStandsAlone) {
  std::vector<Tensor> expected, in, out;
  Kernel kernel;
  {
    const SampleGraph s = make(DType::f32);
    const auto values = interpret(s.graph, s.tensors);
    if (s.outputs[0].type().layout != Layout::plain) GTEST_SKIP() << "see layout_test.cpp";
    const Node& node = *s.outputs[0].node();
    kernel = *reference_target().kernel(node, 1);
    for (const Value& v : node.inputs) in.push_back(values.at(v).clone());
    for (const Value& v : s.outputs) expected.push_back(values.at(v));
    for (const Value& v : s.outputs) out.emplace_back(v.dtype(), v.shape());
  }
  std::vector<void*> from, into;
  for (auto& t : in) from.push_back(t.raw());
  for (auto& t : out) into.push_back(t.raw());
  kernel.run({from.data(), into.data(), nullptr});
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_TRUE(same_bits(out[i], expected[i])) << i;
}

// A NaN that goes into arithmetic comes out again. These take some elements and leave others, or
// answer yes or no.
TEST_P(OpTest, NanIsNotLost) {
  const std::set<std::string_view> choosing{"select", "fused",      "max_pool2d_gather",
                                            "cast",   "greater",    "greater_equal",
                                            "equal",  "one_hot",    "slice",
                                            "gather", "scatter_add"};
  // The steps of a sequence that its mask says are padding do not count.
  const auto& inputs = GetParam().sample->inputs;
  const bool masked = op().name.find("_sequence") != std::string_view::npos &&
                      std::any_of(inputs.begin(), inputs.end(), [](const SampleInput& input) {
                        return input.dtype == DType::boolean;
                      });
  const std::string whole = name_of_sample(GetParam());
  if (choosing.contains(op().name) || masked || whole == "power_constant" ||  // NaN^0 is 1
      whole == "rnn_sequence_gradient_relu")                                  // asks whether h > 0
    return;
  SampleGraph s = make(DType::f32);
  for (std::size_t k = 0; k < s.inputs.size(); ++k) {
    const std::string name = "in" + std::to_string(k);
    auto tensors = s.tensors;
    Tensor& poisoned = tensors.at(name) = tensors.at(name).clone();
    if (!is_floating(poisoned.dtype()) || poisoned.size() == 0) continue;
    poisoned.set(0, NAN);
    const auto values = interpret(s.graph, tensors);
    if (op().name == "all_finite") {
      EXPECT_EQ(values.at(s.outputs[0]).at(0), 0);
      continue;
    }
    bool arrived = false, any = false;
    for (const Value& y : s.outputs) {
      const Tensor& t = values.at(y);
      for (std::int64_t i = 0; i < t.size(); ++i) arrived = arrived || std::isnan(t.at(i));
      any = any || t.size() > 0;
    }
    EXPECT_TRUE(arrived || !any) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, OpTest, ::testing::ValuesIn(all_samples()),
                         [](const auto& info) { return name_of_sample(info.param); });

}  // namespace
}  // namespace glia::testing
