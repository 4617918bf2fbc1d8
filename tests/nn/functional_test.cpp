// Functional models: names, branches, layers used again.
#include "glia/nn/functional.h"

#include <gtest/gtest.h>

#include "glia/backends/reference.h"
#include "glia/exec/store.h"
#include "glia/nn/layers.h"
#include "glia/ops/ops.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using nn::dense;
using nn::Link;
using testing::thrown;

std::vector<Link> two_branches(nn::Module left = dense({.units = 4}),
                               nn::Module right = dense({.units = 3})) {
  return {{"left", std::move(left), {"a"}},
          {"right", std::move(right), {"b"}},
          {"both", nn::concatenate(), {"left", "right"}},
          {"first", dense({.units = 1})},  // of the step before
          {"second", dense({.units = 2}), {"both"}}};
}

std::map<std::string, Tensor> filled(const Graph& graph) {
  Store store;
  store.initialize(graph, 3);
  auto values = store.snapshot();
  Random random(1, "inputs");
  for (const auto& [name, value] : graph.inputs()) {
    Tensor t(value.dtype(), value.shape());
    for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, random.normal());
    values.emplace(name, std::move(t));
  }
  return values;
}

TEST(Functional, IsTheSameAsTheCallsWrittenOut) {
  Graph graph;
  const Value a = graph.input("a", {DType::f32, {5, 3}});
  const Value b = graph.input("b", {DType::f32, {5, 2}});
  const nn::Module left = dense({.units = 4}), right = dense({.units = 3});
  auto links = two_branches(left, right);
  const nn::Module second = std::get<nn::Module>(links.back().layer);
  const auto model = nn::functional({"a", "b"}, std::move(links), {"second", "first"});
  const Values outputs = model({a, b});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[1].shape(), (Shape{5, 1}));
  // The same layers under the same names, so the same parameters.
  const auto parameters = graph.parameters().size();
  const Value both = nn::concatenate()(left.named("left")(a), right.named("right")(b));
  const Value written = second.named("second")(both);
  EXPECT_EQ(graph.parameters().size(), parameters);
  EXPECT_EQ(both.shape(), (Shape{5, 7}));
  const auto values = interpret(graph, filled(graph));
  ASSERT_EQ(values.at(outputs[0]).shape(), (Shape{5, 2}));
  for (std::int64_t i = 0; i < 10; ++i)
    EXPECT_EQ(values.at(outputs[0]).at(i), values.at(written).at(i));
}

TEST(Functional, ALayerUsedAgainSharesItsParameters) {
  const auto model =
      nn::functional({"a", "b"}, {{"one", dense({.units = 4}), {"a"}},
                                  {"two", "one", {"b"}},
                                  {"three", "two", {"one"}},
                                  {"all", nn::concatenate(), {"one", "two", "three"}}});
  Graph graph;
  const Value a = graph.input("a", {DType::f32, {2, 4}}),
              b = graph.input("b", {DType::f32, {2, 4}});
  const Value all = model({a, b})[0];
  EXPECT_EQ(graph.parameters().size(), 2u);
  EXPECT_TRUE(graph.find_variable("one.weight"));
  auto given = filled(graph);
  given.at("b") = given.at("a");
  const Tensor values = interpret(graph, given).at(all);
  for (int row = 0; row < 2; ++row)
    for (int i = 0; i < 4; ++i) EXPECT_EQ(values.at(12 * row + i), values.at(12 * row + 4 + i));
}

TEST(Functional, WhatCannotBeIsRefused) {
  const auto refused = [](std::vector<Link> links, std::vector<std::string> outputs = {}) {
    return thrown([&] { nn::functional({"a", "b"}, std::move(links), std::move(outputs)); });
  };
  const auto with = [](Link last) {
    auto links = two_branches();
    links.push_back(std::move(last));
    return links;
  };
  const auto unknown = refused(with({"end", dense({.units = 1}), {"lefd"}}));
  EXPECT_EQ(unknown.code, "E-NN-04");
  EXPECT_TRUE(unknown.says("'left'")) << unknown.message;
  EXPECT_TRUE(refused({{"x", dense({.units = 1}), {"x"}}}).says("before it"));  // a cycle
  EXPECT_TRUE(refused(with({"left", dense({.units = 1})})).says("two layers or inputs"));
  EXPECT_TRUE(refused(with({"a", dense({.units = 1})})).says("two layers or inputs"));
  EXPECT_TRUE(refused(two_branches(), {"second"}).says("no output depends on 'first'"));
  EXPECT_TRUE(refused({{"x", dense({.units = 1}), {"a"}}}).says("'b'"));  // an input without use
  EXPECT_TRUE(refused(two_branches(), {"third"}).says("'third'"));
  EXPECT_TRUE(refused(with({"end", "middle", {"a"}})).says("shares"));
  EXPECT_EQ(thrown([&] { nn::functional({"a", "a"}, two_branches()); }).code, "E-NN-04");
  Graph graph;
  const Value a = graph.input("a", {DType::f32, {5, 3}});
  const auto one = nn::functional({"a", "b"}, two_branches(), {"first", "second"});
  EXPECT_EQ(thrown([&] { one(Values{a}); }).code, "E-NN-02");
}

}  // namespace
}  // namespace glia
