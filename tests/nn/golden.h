// Internal: for tests. What PyTorch computed (tests/golden/make_nn.py), and ways to run layers.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/exec/session.h"
#include "glia/nn/layers.h"
#include "tests/exec/networks.h"

namespace glia::testing {

using Json = nlohmann::json;

inline const Json& nn_golden() {
  static const Json json = [] {
    std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/nn.json");
    return Json::parse(file);
  }();
  return json;
}

// [shape, values]
inline Tensor tensor(const Json& packed, DType dtype = DType::f32) {
  return Tensor::of<double>(Shape(packed[0].get<std::vector<std::int64_t>>()),
                            packed[1].get<std::vector<double>>())
      .to(dtype);
}

inline void expect_near(const Tensor& got, const Tensor& expected, double tolerance,
                        const std::string& what = "") {
  ASSERT_EQ(got.shape().text(), expected.shape().text()) << what;
  for (std::int64_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got.at(i), expected.at(i), tolerance * (1 + std::fabs(expected.at(i))))
        << what << " element " << i;
}

// One run of a module over `x`; variables are made in `store` where they are not there yet.
inline Tensor forward(const nn::Module& module, const Tensor& x, Store& store,
                      bool training = false, std::uint64_t seed = 1) {
  Graph graph;
  graph.training = training;
  graph.seed = seed;
  graph.output("y", module(graph.input("x", {x.dtype(), x.shape()})));
  store.initialize(graph, seed);
  Session session(compile(graph, {}), store);
  session.bind("x", x);
  session.run();
  return session.output_tensor("y");
}

// The shape that a module gives, of a batch of unknown size.
inline std::string shape_of(const nn::Module& module, const Shape& row) {
  Graph graph;
  Shape shape{Dim::symbol("batch")};
  for (const Dim d : row) shape.push_back(d);
  return module(graph.input("x", {DType::f32, shape})).shape().text();
}

}  // namespace glia::testing
