// Every finding on its case, none on healthy ones.
#include "glia/doctor/preflight.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "glia/nn/layers.h"
#include "glia/ops/ops.h"
#include "tests/exec/networks.h"

namespace glia {
namespace {

using testing::thrown;
using Codes = std::vector<std::string>;

std::vector<doctor::Finding> look(const nn::Module& model, const nn::Loss& loss,
                                  Shape row = Shape{4}, bool class_numbers = false) {
  Shape shape{Dim::symbol("batch")};
  for (const Dim d : row) shape.push_back(d);
  return doctor::preflight({model, loss, {DType::f32, shape}, class_numbers});
}

Codes codes(const std::vector<doctor::Finding>& findings) {
  Codes codes;
  for (const auto& f : findings) {
    codes.push_back(f.code);
    const auto& known = doctor::codes();
    EXPECT_NE(std::find(known.begin(), known.end(), f.code), known.end()) << f.code;
    EXPECT_FALSE(f.cause.empty() || f.remedy.empty());
    EXPECT_NE(f.text().find(f.code), std::string::npos);
  }
  return codes;
}

nn::Module head(std::int64_t units, const nn::Activation& activation) {
  return nn::sequential({nn::dense({.units = 8, .activation = nn::relu}),
                         nn::dense({.units = units, .activation = activation})});
}

const nn::Loss bce = nn::binary_crossentropy(), cce = nn::categorical_crossentropy(),
               sparse = nn::sparse_categorical_crossentropy(),
               bce_logits = nn::binary_crossentropy({.from_logits = true}),
               cce_logits = nn::categorical_crossentropy({.from_logits = true}),
               sparse_logits = nn::sparse_categorical_crossentropy({.from_logits = true}),
               mse = nn::mean_squared_error();

TEST(Healthy, ModelsAreNotBlamed) {
  EXPECT_EQ(codes(look(head(1, nn::sigmoid), bce)), Codes{});
  EXPECT_EQ(codes(look(head(5, nn::sigmoid), bce)), Codes{});  // five yes-or-no answers
  EXPECT_EQ(codes(look(head(1, nn::linear), bce_logits)), Codes{});
  EXPECT_EQ(codes(look(head(3, nn::softmax), sparse, {4}, true)), Codes{});
  EXPECT_EQ(codes(look(head(3, nn::softmax), cce)), Codes{});
  EXPECT_EQ(codes(look(head(3, nn::linear), sparse_logits, {4}, true)), Codes{});
  EXPECT_EQ(codes(look(head(3, nn::linear), cce_logits)), Codes{});
  EXPECT_EQ(codes(look(head(1, nn::linear), mse)), Codes{});
  EXPECT_EQ(codes(look(nn::dense({.units = 1}), mse)), Codes{});  // linear regression
  // Logistic regression, an activation as a layer of its own, normalisation in between.
  EXPECT_EQ(codes(look(nn::sequential({nn::dense({.units = 1}), nn::sigmoid}), bce)), Codes{});
  EXPECT_EQ(codes(look(nn::sequential({nn::dense({.units = 4}), nn::batch_norm(), nn::relu,
                                       nn::dropout(), nn::dense({.units = 3}), nn::softmax}),
                       sparse, {4}, true)),
            Codes{});
  EXPECT_EQ(codes(look(nn::sequential({nn::conv2d({.filters = 4, .activation = nn::relu}),
                                       nn::max_pool2d(), nn::flatten(),
                                       nn::dense({.units = 3, .activation = nn::softmax})}),
                       sparse, {1, 8, 8}, true)),
            Codes{});
}

TEST(Findings, EachOnItsCase) {
  EXPECT_EQ(codes(look(head(2, nn::softmax), bce)), Codes{"D-41"});
  EXPECT_EQ(codes(look(head(1, nn::relu), bce)), Codes{"D-41"});
  EXPECT_EQ(codes(look(head(1, nn::linear), bce)), Codes{"D-41"});
  EXPECT_EQ(codes(look(head(3, nn::sigmoid), sparse, {4}, true)), Codes{"D-41"});
  EXPECT_EQ(codes(look(head(3, nn::linear), cce)), Codes{"D-41"});
  EXPECT_EQ(codes(look(head(1, nn::sigmoid), bce_logits)), Codes{"D-40"});
  EXPECT_EQ(codes(look(head(3, nn::softmax), sparse_logits, {4}, true)), Codes{"D-40"});
  EXPECT_EQ(codes(look(head(3, nn::softmax), cce_logits)), Codes{"D-40"});
  EXPECT_EQ(codes(look(head(1, nn::softmax), sparse, {4}, true)), Codes{"D-42"});
  EXPECT_EQ(codes(look(head(3, nn::softmax), mse)), Codes{"D-43"});
  EXPECT_EQ(codes(look(head(3, nn::softmax), cce, {4}, true)), Codes{"D-44"});
  EXPECT_EQ(codes(look(nn::sequential({head(3, nn::softmax), nn::softmax}), cce)), Codes{"D-24"});
  EXPECT_EQ(codes(look(nn::sequential({head(1, nn::sigmoid), nn::sigmoid}), bce)), Codes{"D-24"});
  EXPECT_EQ(codes(look(nn::sequential({head(3, nn::sigmoid), nn::softmax}), cce)), Codes{"D-24"});
  // Dropout between the two tells them no more apart, wherever it stands.
  EXPECT_EQ(codes(look(nn::sequential({head(3, nn::softmax), nn::dropout(), nn::softmax}), cce)),
            Codes{"D-24"});
  const nn::Module rows = nn::sequential({nn::conv2d({.filters = 4, .activation = nn::softmax}),
                                          nn::global_average_pool2d(),
                                          nn::dense({.units = 3, .activation = nn::softmax})});
  EXPECT_EQ(codes(look(rows, sparse, {1, 8, 8}, true)), Codes{"D-25"});
  const nn::Module pooled =
      nn::sequential({nn::conv2d({.filters = 4, .activation = nn::relu}), nn::max_pool2d(),
                      nn::softmax, nn::flatten(), head(3, nn::softmax)});
  EXPECT_EQ(codes(look(pooled, sparse, {1, 8, 8}, true)), Codes{"D-25"});
  const nn::Module chain = nn::sequential({nn::dense({.units = 8}), nn::dense({.units = 1})});
  EXPECT_EQ(codes(look(chain, mse)), Codes{"D-23"});
  const nn::Module bare = nn::sequential(
      {nn::dense({.units = 8, .bias = false}), nn::flatten(), nn::dense({.units = 1})});
  EXPECT_EQ(codes(look(bare, mse)), Codes{"D-23"});
}

doctor::Finding regression(const nn::Activation& activation, doctor::Numbers numbers) {
  const nn::Module model = head(1, activation);
  doctor::Subject subject{model, mse, {DType::f32, {Dim::symbol("batch"), 4}}, false};
  subject.numbers = {numbers};
  const auto found = doctor::preflight(subject);
  EXPECT_LE(found.size(), 1u);
  codes(found);
  return found.empty() ? doctor::Finding{} : found[0];
}

// Standardized numbers lie on both sides of 0.
TEST(Findings, AHeadThatCannotGiveWhatItIsToLearn) {
  const doctor::Numbers standardized{-1.5, 2.5, 30, 20};  // 0 to 80
  for (const auto& activation : {nn::relu, nn::softplus, nn::exponential, nn::sigmoid, nn::tanh}) {
    const auto found = regression(activation, standardized);
    EXPECT_EQ(found.code, "D-45") << activation.name;
    EXPECT_EQ(found.severity, doctor::Severity::warning);
    const bool endless = activation.name != "sigmoid" && activation.name != "tanh";
    EXPECT_EQ(found.remedy.find("standardize: false") != std::string::npos, endless)
        << found.text();
  }
  EXPECT_EQ(regression(nn::relu, {-1, 2}).remedy, "use a linear last layer");
  EXPECT_EQ(regression(nn::relu, {0, 80}).code, "");
  EXPECT_EQ(regression(nn::sigmoid, {0, 1}).code, "");
  EXPECT_EQ(regression(nn::tanh, {-1, 1}).code, "");
  EXPECT_EQ(regression(nn::linear, standardized).code, "");
  EXPECT_EQ(regression(nn::silu, standardized).code, "");
}

TEST(Findings, ARateThatNeverGetsToItsHeight) {
  const nn::Module model = head(1, nn::linear);
  const auto of = [&](const optim::Schedule& schedule, std::int64_t epochs) {
    doctor::Subject subject{model, mse, {DType::f32, {Dim::symbol("batch"), 4}}, false};
    subject.schedule = schedule, subject.epochs = epochs;
    return codes(doctor::preflight(subject));
  };
  EXPECT_EQ(of(optim::cosine({.warmup = 50}), 3), Codes{"D-46"});
  EXPECT_EQ(of(optim::cosine({.warmup = 3}), 3), Codes{});
  EXPECT_EQ(of(optim::linear({.epochs = 5}), 3), Codes{"D-46"});
  EXPECT_EQ(of(optim::linear({.start = 1, .end = 0.1, .epochs = 5}), 3), Codes{});
  EXPECT_EQ(of(optim::warmed_up(optim::linear({.epochs = 2}), 2), 3), Codes{"D-46"});
  EXPECT_EQ(of(optim::cosine({.warmup = 50}), 0), Codes{});  // nothing is trained
}

TEST(Findings, NameTheLayerAndTheWayOut) {
  const auto f =
      look(nn::sequential({nn::dense({.units = 2, .activation = nn::softmax}).named("out")}), bce);
  ASSERT_EQ(f.size(), 1u);
  EXPECT_EQ(f[0].layer, "out");
  EXPECT_EQ(f[0].severity, doctor::Severity::error);
  EXPECT_NE(f[0].remedy.find("sigmoid"), std::string::npos);
  const auto chain = look(nn::sequential({nn::dense({.units = 8}).named("first"),
                                          nn::dense({.units = 1}).named("second")}),
                          mse);
  EXPECT_NE(chain.at(0).cause.find("'first' and 'second'"), std::string::npos);
}

TEST(Findings, AreAllInTheDocument) {
  std::ifstream file(GLIA_SOURCE_DIR "/docs/doctor.md");
  Codes listed;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("| D-")) listed.push_back(line.substr(2, line.find(' ', 2) - 2));
  EXPECT_EQ(listed, doctor::codes());
}

// Scores of attention have four axes too, and their softmax runs along the last one.
struct Attention {
  Value forward(Value x) const {
    const Value scores = reshape(matmul(x, transpose(x, {1, 0})), {1, 1, 4, 4});
    return reshape(softmax(scores * 0.5, -1), {4, 4});
  }
  std::string kind() const { return "attention"; }
};

TEST(Healthy, AttentionIsNotTakenForImages) {
  const nn::Module model = nn::sequential({Attention{}, nn::dense({.units = 2})});
  EXPECT_EQ(codes(doctor::preflight({model, mse, {DType::f32, {4, 8}}, false})), Codes{});
}

struct Swish {
  Value forward(Value x) const { return x * sigmoid(x); }
  std::string kind() const { return "swish"; }
};

TEST(Healthy, AGateIsNoSecondProbability) {
  const nn::Module model = nn::sequential(
      {nn::dense({.units = 4, .activation = nn::sigmoid}), Swish{}, nn::dense({.units = 2})});
  EXPECT_EQ(codes(look(model, mse)), Codes{});
}

TEST(Insisting, EndsOnErrorsAndPassesWarningsOn) {
  const auto error = look(head(2, nn::softmax), bce);
  const auto refused = thrown([&] { doctor::insist(error, {}); });
  EXPECT_EQ(refused.code, "E-DOCTOR-01");
  EXPECT_TRUE(refused.says("D-41") && refused.says("allow: [D-41]") &&
              refused.says(".allow = {\"D-41\"}"))
      << refused.message;
  EXPECT_TRUE(doctor::insist(error, {"D-41"}).empty());
  EXPECT_EQ(thrown([&] { doctor::insist(error, {"D-40"}); }).code, "E-DOCTOR-01");
  const auto warning = look(head(3, nn::softmax), mse);
  EXPECT_EQ(codes(doctor::insist(warning, {})), Codes{"D-43"});
  EXPECT_TRUE(doctor::insist(warning, {"D-43"}).empty());
}

}  // namespace
}  // namespace glia
