// State dictionaries that PyTorch wrote, and ours for PyTorch (exchange.py).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "glia/serialize/weights.h"
#include "tests/nn/golden.h"
#include "tests/state/models.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using testing::expect_near;
using testing::forward;
using testing::state_models;

TEST(State, OfPyTorchLoadsByNameAndGivesItsValues) {
  const fs::path folder = fs::path(GLIA_SOURCE_DIR) / "tests/golden/state";
  for (const auto& [name, model] : state_models()) {
    const auto values = serialize::read_safetensors(folder / (name + "-values.safetensors"));
    Store store;
    forward(model, values.at("x"), store);  // makes the variables
    const auto report = serialize::load_weights(store, folder / (name + ".safetensors"));
    EXPECT_TRUE(report.skipped.empty() && report.left.empty()) << name << report.text();
    expect_near(forward(model, values.at("x"), store), values.at("y"), 1e-5, name);
  }
}

// A model that names nothing has the names of its layers: docs/models.md says how they meet.
TEST(State, OfPyTorchLoadsUnderOtherNamesByRenaming) {
  const fs::path folder = fs::path(GLIA_SOURCE_DIR) / "tests/golden/state";
  const auto lstm = nn::sequential(
      {nn::lstm({.units = 4, .num_layers = 2, .bidirectional = true, .return_sequences = true}),
       nn::dense({.units = 2})});
  const auto encoder = nn::transformer_encoder(testing::stack(true));
  const auto check = [&](const std::string& name, const nn::Module& model,
                         const serialize::LoadOptions& options) {
    const auto values = serialize::read_safetensors(folder / (name + "-values.safetensors"));
    Store store;
    forward(model, values.at("x"), store);
    serialize::load_weights(store, folder / (name + ".safetensors"), options);
    expect_near(forward(model, values.at("x"), store), values.at("y"), 1e-5, name);
  };
  check("lstm_bidirectional", lstm, {.rename = {{"rnn.*", "lstm.*"}, {"head.*", "dense.*"}}});
  check("encoder_norm_first", encoder, {.rename = {{"*", "transformer_encoder.*"}}});
}

// Written where GLIA_STATE_OUT says, for `exchange.py check`.
TEST(State, OfOursForPyTorch) {
  const char* out = std::getenv("GLIA_STATE_OUT");
  if (!out) GTEST_SKIP() << "GLIA_STATE_OUT names no folder: ./x parity does";
  for (const auto& [name, model] : state_models()) {
    const auto given = serialize::read_safetensors(
        fs::path(GLIA_SOURCE_DIR) / "tests/golden/state" / (name + "-values.safetensors"));
    Store store;
    const Tensor& x = given.at("x");
    // A step of training first, so that statistics are not what they begin with.
    forward(model, x, store, true);
    const Tensor y = forward(model, x, store);
    serialize::write_safetensors(fs::path(out) / (name + ".safetensors"),
                                 serialize::weights_of(store), {{"format", "pt"}});
    serialize::write_safetensors(fs::path(out) / (name + "-values.safetensors"),
                                 {{"x", x}, {"y", y}});
  }
}

// A file of another project: Conv2d, BatchNorm, ReLU, flatten, Linear, with its published result.
TEST(State, OfAnotherProject) {
  const char* data = std::getenv("GLIA_DATA");
  if (!data) GTEST_SKIP() << "GLIA_DATA names no folder of data";
  const fs::path folder = fs::path(data) / "conformance";
  std::ifstream file(folder / "goldens/safetensors_multi_layer.json");
  const auto golden = nlohmann::json::parse(file);
  const auto tensors = serialize::read_safetensors(folder / golden.at("file").get<std::string>());
  const auto model = nn::sequential({testing::convolution(4, 3, 1, 1, true, "conv1"),
                                     nn::batch_norm().named("norm1"), nn::Module(nn::relu),
                                     nn::flatten(), nn::dense({.units = 16}).named("fc1")});
  Tensor x(DType::f32, {1, 3, 8, 8});
  for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, 1);
  Store store;
  forward(model, x, store);
  serialize::load_weights(store, tensors.tensors);
  const Tensor y = forward(model, x, store);
  const auto expected = golden.at("output").get<std::vector<double>>();
  ASSERT_EQ(static_cast<std::size_t>(y.size()), expected.size());
  for (std::int64_t i = 0; i < y.size(); ++i)
    EXPECT_NEAR(y.at(i), expected[static_cast<std::size_t>(i)], 1e-6) << i;
}

}  // namespace
}  // namespace glia
