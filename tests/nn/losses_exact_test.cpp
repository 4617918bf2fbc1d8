// Losses where digits are easily lost, on padded sequences, and of sequences by counting.
#include <cmath>

#include "tests/nn/loss_run.h"

namespace glia {
namespace {

using testing::evaluate;
using testing::Result;
using testing::thrown;

Tensor normal(const Shape& shape, std::uint64_t seed, double scale = 1) {
  Random random(seed, "losses");
  Tensor t(DType::f32, shape);
  for (float& v : t.data<float>()) v = static_cast<float>(random.normal() * scale);
  return t;
}

// A row whose label leads by `margin`: the loss is log1p(sum of exp of the others), about e^-margin
// times their number, and so is the label's gradient. The judge computes in 80 bits.
TEST(Confident, RowsKeepTheirRelativeAccuracy) {
  for (const std::int64_t classes : {2, 3, 10, 17, 33, 1000})
    for (const double margin : {1.0, 5.0, 15.0, 30.0, 60.0}) {
      SCOPED_TRACE(std::to_string(classes) + " classes, margin " + std::to_string(margin));
      Tensor z = normal({1, classes}, 3, 0.5);
      const std::int64_t label = classes / 2;
      double most = -1e9;
      for (std::int64_t i = 0; i < classes; ++i) most = std::max(most, z.at(i));
      z.set(label, most + margin);
      long double others = 0;
      for (std::int64_t i = 0; i < classes; ++i)
        if (i != label) others += std::exp(static_cast<long double>(z.at(i)) - z.at(label));
      const auto loss = static_cast<double>(std::log1p(others));
      const auto slope = static_cast<double>(-others / (1 + others));
      const Result sparse = evaluate(nn::sparse_categorical_crossentropy({.from_logits = true}), z,
                                     Tensor::of<std::int64_t>({1}, {label}));
      EXPECT_NEAR(sparse.loss / loss, 1, 3e-6);
      EXPECT_NEAR(sparse.gradient.at(label) / slope, 1, 2e-5);
      Tensor hot(DType::f32, {1, classes});
      hot.set(label, 1);
      EXPECT_NEAR(evaluate(nn::categorical_crossentropy({.from_logits = true}), z, hot).loss / loss,
                  1, 3e-6);
    }
}

TEST(Confident, BinaryAnswersKeepTheirs) {
  for (const float z : {0.5f, 5.0f, 15.0f, 60.0f}) {
    const auto bce = nn::binary_crossentropy({.from_logits = true});
    const double loss = std::log1p(std::exp(-double(z))), slope = 1 / (1 + std::exp(double(z)));
    const Result yes =
        evaluate(bce, Tensor::of<float>({1, 1}, {z}), Tensor::of<float>({1, 1}, {1}));
    EXPECT_NEAR(yes.loss / loss, 1, 1e-6) << z;
    EXPECT_NEAR(yes.gradient.at(0) / -slope, 1, 1e-6) << z;
    const Result no =
        evaluate(bce, Tensor::of<float>({1, 1}, {-z}), Tensor::of<float>({1, 1}, {0}));
    EXPECT_NEAR(no.loss / loss, 1, 1e-6) << z;
    EXPECT_NEAR(no.gradient.at(0) / slope, 1, 1e-6) << z;
  }
}

// Equal logits share the maximum, and infinite ones decide.
TEST(Confident, TiesAndInfinities) {
  const auto loss = nn::sparse_categorical_crossentropy({.from_logits = true});
  const Tensor first = Tensor::of<std::int64_t>({1}, {0});
  EXPECT_NEAR(evaluate(loss, Tensor::of<float>({1, 3}, {7, 7, 7}), first).loss, std::log(3.0),
              1e-6);
  const float inf = INFINITY;
  EXPECT_NEAR(evaluate(loss, Tensor::of<float>({1, 3}, {1, -inf, 1}), first).loss, std::log(2.0),
              1e-6);
  EXPECT_EQ(evaluate(loss, Tensor::of<float>({1, 3}, {-inf, 1, 1}), first).loss, inf);
  EXPECT_TRUE(
      std::isnan(evaluate(loss, Tensor::of<float>({1, 3}, {-inf, -inf, -inf}), first).loss));
  EXPECT_TRUE(std::isnan(evaluate(loss, Tensor::of<float>({1, 3}, {1, NAN, 1}), first).loss));
}

TEST(LogCosh, IsExactNearZeroAndFar) {
  for (const float d : {1e-4f, 1e-2f, 0.9f, 1.1f, 30.0f, 1e4f}) {
    const Result r =
        evaluate(nn::log_cosh(), Tensor::of<float>({1, 1}, {d}), Tensor(DType::f32, {1, 1}));
    const long double x = d;
    const auto expected =
        static_cast<double>(x < 1 ? std::log1p(2 * std::pow(std::sinh(x / 2), 2))
                                  : x + std::log1p(std::exp(-2 * x)) - std::log(2.0L));
    EXPECT_NEAR(r.loss / expected, 1, 2e-6) << d;
    EXPECT_NEAR(r.gradient.at(0) / std::tanh(double(d)), 1, 2e-6) << d;
  }
}

// The real positions of a padded batch one after the other are the same loss, whatever lies in the
// padding.
TEST(Masks, PaddingWeighsNothing) {
  Tensor mask(DType::boolean, {2, 3});
  const std::vector<std::int64_t> real{0, 1, 3};  // of 2 * 3 positions
  for (const auto i : real) mask.set(i, 1);
  const auto gathered = [&](const Tensor& t) {
    const std::int64_t width = t.size() / 6;
    Shape shape = t.shape().rank() == 2 ? Shape{3} : Shape{3, width};
    Tensor rows(t.dtype(), shape);
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t k = 0; k < width; ++k)
        rows.set(i * width + k, t.at(real[static_cast<std::size_t>(i)] * width + k));
    return rows;
  };
  const Tensor labels = Tensor::of<std::int64_t>({2, 3}, {0, 3, 1, 2, 0, 0});
  for (const auto& name : nn::loss_names()) {
    const nn::Loss loss = nn::loss(name, true);
    if (name == "dice" || name == "triplet" || name == "contrastive" || name == "ctc") continue;
    SCOPED_TRACE(name);
    Tensor x = normal({2, 3, 4}, 1), t = normal({2, 3, 4}, 2);
    for (float& v : t.data<float>()) v = std::fabs(v) / 4;
    if (loss.target == nn::Loss::Target::indices) t = labels;
    const Result expected = evaluate(loss, gathered(x), gathered(t));
    for (const std::int64_t padded : {2, 4, 5})
      for (std::int64_t k = 0; k < 4; ++k) x.set(padded * 4 + k, 1e30);
    const Result got = evaluate(loss, x, t, nullptr, nullptr, &mask);
    EXPECT_NEAR(got.loss, expected.loss, 1e-5 * (1 + std::fabs(expected.loss)));
    const Tensor gradient = gathered(got.gradient);
    for (std::int64_t i = 0; i < gradient.size(); ++i)
      EXPECT_NEAR(gradient.at(i), expected.gradient.at(i), 1e-5) << i;
    for (const std::int64_t padded : {2, 4, 5})
      for (std::int64_t k = 0; k < 4; ++k) EXPECT_EQ(got.gradient.at(padded * 4 + k), 0);
    // A weight for each row, and for each position.
    const Tensor rows = Tensor::of<float>({2}, {0.5, 3});
    const Tensor positions = Tensor::of<float>({2, 3}, {0.5, 0.5, 9, 3, 9, 9});
    const Tensor flat = Tensor::of<float>({3}, {0.5, 0.5, 3});
    const double weighted = evaluate(loss, gathered(x), gathered(t), &flat).loss;
    for (const Tensor* w : {&rows, &positions})
      EXPECT_NEAR(evaluate(loss, x, t, w, nullptr, &mask).loss, weighted,
                  1e-5 * (1 + std::fabs(weighted)));
  }
}

// Of losses that look at a whole row: padded to three lengths they are the same.
TEST(Masks, PaddingOfAnyLengthWeighsNothing) {
  constexpr std::int64_t kReal[] = {4, 3}, kClasses = 3;
  for (const nn::Loss& loss : {nn::dice({.from_logits = true}), nn::ctc()}) {
    const auto padded_to = [&](std::int64_t steps) {
      Random real(5, "real"), junk(static_cast<std::uint64_t>(steps), "junk");
      const Shape shape{2, steps, kClasses};
      Tensor x(DType::f32, shape), t(DType::f32, shape), mask(DType::boolean, {2, steps});
      for (std::int64_t i = 0; i < x.size(); ++i) {
        const bool counts = i / kClasses % steps < kReal[i / kClasses / steps];
        mask.set(i / kClasses, counts);
        x.set(i, counts ? real.normal() : 30 * junk.normal());
        t.set(i, counts ? real.uniform() : junk.uniform());
      }
      const Tensor labels = Tensor::of<std::int64_t>({2, 2}, {1, 2, 2, -1});
      const bool sequences = loss.target == nn::Loss::Target::sequences;
      Result r = evaluate(loss, x, sequences ? labels : t, nullptr, nullptr, &mask);
      std::vector<double> of_real;
      for (std::int64_t i = 0; i < x.size(); ++i) {
        if (mask.at(i / kClasses) != 0) {
          of_real.push_back(r.gradient.at(i));
        } else {
          EXPECT_EQ(r.gradient.at(i), 0) << loss.name;
        }
      }
      of_real.push_back(r.loss);
      return of_real;
    };
    const auto shortest = padded_to(4);
    for (const std::int64_t steps : {6, 9}) {
      const auto longer = padded_to(steps);
      ASSERT_EQ(longer.size(), shortest.size());
      for (std::size_t i = 0; i < longer.size(); ++i)
        EXPECT_NEAR(longer[i], shortest[i], 1e-6 * (1 + std::fabs(shortest[i]))) << loss.name;
    }
  }
}

// -ln of the sum of the probabilities of all paths that spell the labels: every path is tried.
double by_counting(const Tensor& z, std::int64_t row, std::int64_t steps,
                   std::vector<std::int64_t> labels) {
  const std::int64_t classes = z.shape()[2].value(), most = z.shape()[1].value();
  std::vector<double> p;
  for (std::int64_t t = 0; t < steps; ++t) {
    double sum = 0;
    for (std::int64_t k = 0; k < classes; ++k)
      sum += std::exp(z.at((row * most + t) * classes + k));
    for (std::int64_t k = 0; k < classes; ++k)
      p.push_back(std::exp(z.at((row * most + t) * classes + k)) / sum);
  }
  double total = 0;
  std::int64_t paths = 1;
  for (std::int64_t t = 0; t < steps; ++t) paths *= classes;
  for (std::int64_t path = 0; path < paths; ++path) {
    std::vector<std::int64_t> spelled;
    std::int64_t rest = path, before = 0;
    double product = 1;
    for (std::int64_t t = 0; t < steps; ++t, rest /= classes) {
      const std::int64_t k = rest % classes;
      product *= p[static_cast<std::size_t>(t * classes + k)];
      if (k != 0 && k != before) spelled.push_back(k);
      before = k;
    }
    if (spelled == labels) total += product;
  }
  return -std::log(total);
}

TEST(Ctc, IsTheSumOverAllPaths) {
  const Tensor z = normal({3, 6, 3}, 5);
  const Tensor labels = Tensor::of<std::int64_t>({3, 3}, {1, 1, 2, 2, 1, -1, 1, -1, -1});
  const double expected = (by_counting(z, 0, 6, {1, 1, 2}) / 3 + by_counting(z, 1, 6, {2, 1}) / 2 +
                           by_counting(z, 2, 6, {1})) /
                          3;
  EXPECT_NEAR(evaluate(nn::ctc(), z, labels).loss, expected, 1e-5);
  Tensor mask(DType::boolean, {3, 6});
  for (const std::int64_t i : {0, 1, 2, 3, 4, 6, 7, 8, 12, 13, 14, 15, 16, 17}) mask.set(i, 1);
  const double shorter = (by_counting(z, 0, 5, {1, 1, 2}) / 3 + by_counting(z, 1, 3, {2, 1}) / 2 +
                          by_counting(z, 2, 6, {1})) /
                         3;
  const Result r = evaluate(nn::ctc(), z, labels, nullptr, nullptr, &mask);
  EXPECT_NEAR(r.loss, shorter, 1e-5);
  for (std::int64_t k = 0; k < 3; ++k) EXPECT_EQ(r.gradient.at(5 * 3 + k), 0) << "padding";
}

TEST(Ctc, LabelsThatDoNotFit) {
  const Tensor z = normal({1, 3, 4}, 6);
  const Tensor twice = Tensor::of<std::int64_t>({1, 2}, {2, 2});  // needs a blank between: 3 steps
  EXPECT_NEAR(evaluate(nn::ctc(), z, twice).loss, by_counting(z, 0, 3, {2, 2}) / 2, 1e-5);
  const Tensor thrice = Tensor::of<std::int64_t>({1, 3}, {2, 2, 1});
  EXPECT_EQ(evaluate(nn::ctc(), z, thrice).loss, INFINITY);
  const Result none = evaluate(nn::ctc({.zero_infinity = true}), z, thrice);
  EXPECT_EQ(none.loss, 0);
  for (const float g : none.gradient.data<float>()) EXPECT_EQ(g, 0);
  EXPECT_TRUE(std::isnan(evaluate(nn::ctc(), z, Tensor::of<std::int64_t>({1, 1}, {4})).loss));
  EXPECT_TRUE(
      std::isnan(evaluate(nn::ctc({.blank = 1}), z, Tensor::of<std::int64_t>({1, 1}, {1})).loss));
  EXPECT_EQ(thrown([&] { evaluate(nn::ctc(), z, Tensor(DType::f32, {1, 2})); }).code, "E-SHAPE-06");
}

TEST(Losses, RefuseOptionsThatCannotBe) {
  const auto code = [](auto make) { return thrown([&] { make(); }).code; };
  EXPECT_EQ(code([] { nn::huber(0); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::binary_crossentropy({.label_smoothing = 1}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::binary_crossentropy({.pos_weight = {-1}}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::binary_focal_crossentropy({.gamma = -1}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::dice({.smooth = -1}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::triplet({.p = 0.5}); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::contrastive(0); }), "E-OPTION-01");
  EXPECT_EQ(code([] { nn::ctc({.blank = -1}); }), "E-OPTION-01");
  const Tensor z(DType::f32, {4, 3});
  const auto three =
      nn::sparse_categorical_crossentropy({.from_logits = true, .class_weight = {1, 2}});
  EXPECT_EQ(code([&] { evaluate(three, z, Tensor(DType::i64, {4})); }), "E-SHAPE-06");
  EXPECT_EQ(code([&] { evaluate(nn::triplet(), z, Tensor(DType::f32, {4})); }), "E-SHAPE-06");
  const Tensor wrong(DType::f32, {3});
  EXPECT_EQ(code([&] { evaluate(nn::mean_squared_error(), z, z, &wrong); }), "E-SHAPE-06");
}

// Rows that all weigh nothing say nothing: neither a loss nor a gradient.
TEST(Weights, ThatSumToNothing) {
  const Tensor z = normal({2, 3}, 8), labels = Tensor::of<std::int64_t>({2}, {1, 1});
  const Tensor none(DType::f32, {2});
  const auto expect_nothing = [](const Result& r) {
    EXPECT_EQ(r.loss, 0);
    for (const float g : r.gradient.data<float>()) EXPECT_EQ(g, 0);
  };
  using nn::sparse_categorical_crossentropy;
  expect_nothing(evaluate(nn::mean_squared_error(), z, normal({2, 3}, 9), &none));
  expect_nothing(
      evaluate(sparse_categorical_crossentropy({.from_logits = true}), z, labels, &none));
  expect_nothing(evaluate(sparse_categorical_crossentropy({.from_logits = true, .ignore_index = 1}),
                          z, labels));
  expect_nothing(
      evaluate(sparse_categorical_crossentropy({.from_logits = true, .class_weight = {1, 0, 1}}), z,
               labels));
}

TEST(Losses, RefuseOptionsThatTheyDoNotLookAt) {
  using Options = nn::CrossentropyOptions;
  const auto refused = [](auto loss, const Options& o, std::string_view option) {
    const auto error = thrown([&] { loss(o); });
    EXPECT_TRUE(error.code == "E-OPTION-01" && error.says(option)) << option << error.message;
  };
  refused(nn::binary_crossentropy, {.ignore_index = 1}, "ignore_index");
  refused(nn::binary_crossentropy, {.axis = 1}, "axis");
  refused(nn::categorical_crossentropy, {.ignore_index = 1}, "ignore_index");
  refused(nn::categorical_crossentropy, {.pos_weight = {2}}, "pos_weight");
  refused(nn::sparse_categorical_crossentropy, {.pos_weight = {2}}, "pos_weight");
}

TEST(Losses, NameThemselvesInRefusals) {
  const Tensor z(DType::f32, {4, 3}), labels(DType::i64, {4, 3});
  const auto numbers = thrown([&] { evaluate(nn::mean_squared_error(), z, labels); });
  EXPECT_TRUE(numbers.code == "E-LOSS-01" && numbers.says("[mean_squared_error]") &&
              numbers.says("i64[4, 3]"))
      << numbers.message;
  const auto axis = thrown([&] { evaluate(nn::categorical_crossentropy({.axis = 7}), z, z); });
  EXPECT_TRUE(axis.code == "E-SHAPE-08" && axis.says("[categorical_crossentropy]") &&
              axis.says("7"))
      << axis.message;
  const auto blank = thrown([&] {
    evaluate(nn::ctc({.blank = 7}), Tensor(DType::f32, {1, 4, 3}), Tensor(DType::i64, {1, 2}));
  });
  EXPECT_TRUE(blank.code == "E-OPTION-01" && blank.says("blank is 7") && blank.says("0 to 2"))
      << blank.message;
  EXPECT_EQ(thrown([&] { evaluate(nn::Loss(), z, z); }).code, "E-OPTION-01");
}

TEST(Losses, TheAxisOfClassesCountsFromEitherEnd) {
  EXPECT_EQ(nn::kl_divergence().axis_of_classes(2), 1);
  EXPECT_EQ(nn::ctc().axis_of_classes(3), 2);
  EXPECT_EQ(nn::categorical_crossentropy().axis_of_classes(4), 1);
  EXPECT_EQ(nn::categorical_crossentropy({.axis = -2}).axis_of_classes(3), 1);
}

}  // namespace
}  // namespace glia
