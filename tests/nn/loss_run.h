// Internal: for tests. One run of a loss and its gradient.
#pragma once

#include "glia/autodiff/gradient.h"
#include "glia/nn/losses.h"
#include "tests/nn/golden.h"

namespace glia::testing {

struct Result {
  double loss = 0;
  Tensor gradient;  // by the input
};

// `before`: what stands between the input and the loss; `mask`: which positions are real.
inline Result evaluate(const nn::Loss& loss, const Tensor& x, const Tensor& target,
                       const Tensor* weights = nullptr,
                       const std::function<Value(Value)>& before = nullptr,
                       const Tensor* mask = nullptr) {
  Graph graph;
  const Value in = graph.input("x", {x.dtype(), x.shape()});
  const Value t = graph.input("t", {target.dtype(), target.shape()});
  const Value w = weights ? graph.input("w", {weights->dtype(), weights->shape()}) : Value();
  if (mask) graph.set_mask(in, graph.input("mask", {DType::boolean, mask->shape()}));
  const Value value = loss(before ? before(in) : in, t, w);
  EXPECT_EQ(value.rank(), 0);
  graph.output("loss", value);
  graph.output("gradient", gradient(value, {in})[0]);
  Store store;
  Session session(compile(graph, {}), store);
  session.bind("x", x);
  session.bind("t", target);
  if (weights) session.bind("w", *weights);
  if (mask) session.bind("mask", *mask);
  session.run();
  return {session.output_scalar("loss"), session.output_tensor("gradient")};
}

}  // namespace glia::testing
