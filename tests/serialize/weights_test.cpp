// Weights into a model by name, and everything that does not fit said.
#include "glia/serialize/weights.h"

#include <gtest/gtest.h>

#include <cmath>

#include "glia/nn/layers.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using serialize::load_weights;
using serialize::TensorMap;
using testing::thrown;

struct Case {
  Store store;
  Case() {
    Graph graph;
    nn::sequential({nn::dense({.units = 4}), nn::batch_norm(), nn::dense({.units = 2})})(
        graph.input("x", {DType::f32, {1, 3}}));
    store.initialize(graph, 1);
  }
  TensorMap ones() const {
    TensorMap tensors;
    for (const auto& [name, tensor] : serialize::weights_of(store)) {
      Tensor t(tensor.dtype(), tensor.shape());
      for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, 1);
      tensors.emplace(name, std::move(t));
    }
    return tensors;
  }
};

TEST(Weights, AreLoadedByName) {
  Case c;
  auto tensors = c.ones();
  tensors.emplace("batch_norm.num_batches_tracked", Tensor::of<std::int64_t>({}, {7}));
  tensors.at("dense.bias") = tensors.at("dense.bias").to(DType::f64);  // converted
  const auto report = load_weights(c.store, tensors);
  EXPECT_EQ(report.loaded.size(), 8u);
  EXPECT_TRUE(report.skipped.empty() && report.left.empty()) << report.text();
  for (const auto& [name, tensor] : serialize::weights_of(c.store)) EXPECT_EQ(tensor.at(0), 1);
}

TEST(Weights, EveryMisfitIsListedAndNothingLoaded) {
  Case c;
  auto tensors = c.ones();
  tensors.erase("dense.bias");
  tensors.emplace("dens.bias", Tensor(DType::f32, {4}));
  tensors.at("dense_1.weight") = Tensor(DType::f32, {4, 2});
  const auto before = c.store.snapshot();
  const auto refused = thrown([&] { load_weights(c.store, tensors); });
  EXPECT_EQ(refused.code, "E-WEIGHTS-01");
  for (const char* part : {"'dens.bias'", "'dense.bias'", "f32[4, 2] in the file, f32[2, 4]"})
    EXPECT_TRUE(refused.says(part)) << part << ": " << refused.message;
  for (const auto& [name, tensor] : before)
    for (std::int64_t i = 0; i < tensor.size(); ++i)
      EXPECT_EQ(tensor.at(i), c.store.at(name).at(i)) << name;
  const auto report = load_weights(c.store, tensors, {.strict = false});
  EXPECT_EQ(report.loaded.size(), 6u);
  EXPECT_EQ(report.skipped.size(), 2u);
  EXPECT_EQ(report.left.size(), 2u);
  EXPECT_EQ(c.store.at("dense.weight").at(0), 1);
}

TEST(Weights, PartsByPatternAndOtherNames) {
  Case c;
  TensorMap tensors;
  for (const auto& [name, tensor] : c.ones())
    if (name.starts_with("dense.")) tensors.emplace("encoder.layers.0." + name.substr(6), tensor);
  tensors.emplace("head.weight", Tensor(DType::f32, {9}));
  const auto report = load_weights(
      c.store, tensors, {.match = "dense.*", .rename = {{"encoder.layers.0.*", "dense.*"}}});
  EXPECT_EQ(report.loaded, (std::vector<std::string>{"dense.bias", "dense.weight"}));
  EXPECT_EQ(report.skipped.size(), 1u);  // the head, which was not asked for
  EXPECT_EQ(report.left.size(), 6u);
  EXPECT_EQ(thrown([&] { load_weights(c.store, tensors, {.match = "dense_1.*"}); }).code,
            "E-WEIGHTS-01");
  EXPECT_EQ(thrown([&] { load_weights(c.store, TensorMap{}, {.strict = false}); }).code,
            "E-WEIGHTS-02");
  // A rule that changes nothing is told; a * that would be read as a letter is refused.
  const auto idle = load_weights(
      c.store, tensors,
      {.match = "dense.*", .rename = {{"encoder.layers.0.*", "dense.*"}, {"haed.*", "x.*"}}});
  EXPECT_EQ(idle.unused.size(), 1u);
  EXPECT_NE(idle.text().find("'haed.*: x.*' fits no name of the file"), std::string::npos);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"*.weight", "dense.*"}, {"encoder.*", "dense"}, {"encoder", "dense.*"}, {"a*b*", "c*"}})
    EXPECT_EQ(thrown([&] {
                load_weights(c.store, tensors, {.rename = {{from, to}}, .strict = false});
              }).code,
              "E-WEIGHTS-04")
        << from;
  tensors.emplace("dense.bias", Tensor(DType::f32, {4}));  // two of one name
  EXPECT_TRUE(thrown([&] {
                load_weights(c.store, tensors,
                             {.match = "dense.*", .rename = {{"encoder.layers.0.*", "dense.*"}}});
              }).says("already"));
}

TEST(Weights, ThatAreNotFiniteAreTold) {
  for (const double bad : {double{NAN}, double{INFINITY}, 1e300}) {
    Case c;
    auto tensors = c.ones();
    Tensor& bias = tensors.at("dense_1.bias");
    bias = bias.to(DType::f64);  // where 1e300 is finite
    bias.set(1, bad);
    const auto refused = thrown([&] { load_weights(c.store, tensors); });
    EXPECT_TRUE(refused.code == "E-WEIGHTS-03" && refused.says("'dense_1.bias'") &&
                refused.says("nothing was loaded"))
        << refused.message;
    EXPECT_NE(c.store.at("dense.weight").at(0), 1);
  }
}

}  // namespace
}  // namespace glia
