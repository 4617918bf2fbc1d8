// What a training does and says, beside its bits.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/train/predictor.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::fit;
using testing::Outcome;
using testing::same_store;
using testing::Setting;
using testing::three_classes;
using testing::thrown;

double validation_loss(const Setting& s, const std::map<std::string, Tensor>& weights) {
  Store store;
  const auto types = train::batch_types({2}, {}, false);
  train::Evaluator evaluator(s.model, s.options.loss, types, store, 1);
  for (const auto& name : store.names()) store.assign(name, weights.at(name));
  return evaluator.run(s.validation).loss;
}

// The best epoch's weights are there at the end, also where all epochs ran.
TEST(EarlyStopping, RestoresTheBest) {
  Setting s;
  s.options.schedule = optim::constant();
  s.options.optimizer = optim::adam({.learning_rate = 0.3});
  s.options.epochs = 20;
  for (const std::int64_t patience : {0, 3, 100}) {
    s.options.early_stopping->patience = patience;
    const Outcome outcome = fit(s);
    const auto& h = outcome.history;
    double best = INFINITY;
    std::int64_t epoch = 0;
    for (const auto& record : h.epochs)
      if (const double loss = *record.find("val_loss"); loss < best)
        best = loss, epoch = record.epoch;
    EXPECT_EQ(h.best_epoch, epoch);
    EXPECT_EQ(h.best_value, best);
    EXPECT_EQ(validation_loss(s, outcome.store), best) << patience;
    EXPECT_LT(epoch, static_cast<std::int64_t>(h.epochs.size()));  // so that it matters
    const bool stops = patience == 3;
    EXPECT_EQ(h.end, stops ? train::End::early_stopping : train::End::all_epochs);
    if (stops) {
      EXPECT_EQ(static_cast<std::int64_t>(h.epochs.size()), epoch + patience);
    }
  }
  s.options.early_stopping->restore_best = false;
  const Outcome last = fit(s);
  EXPECT_EQ(validation_loss(s, last.store), *last.history.epochs.back().find("val_loss"));
}

TEST(EarlyStopping, OfAMetricThatShouldGrow) {
  Setting s;
  s.options.early_stopping->monitor = "val_accuracy";
  const Outcome outcome = fit(s);
  double best = 0;
  for (const auto& record : outcome.history.epochs)
    best = std::max(best, *record.find("val_accuracy"));
  EXPECT_EQ(outcome.history.best_value, best);
  s.options.early_stopping->min_delta = 2;  // nothing is better by that much than the first
  EXPECT_EQ(fit(s).history.best_epoch, 1);
}

TEST(EarlyStopping, UnknownNamesListTheKnown) {
  Setting s;
  for (const char* name : {"val_f1", "val_accurracy", "val_loss_x", "val_accuracy_macro"}) {
    s.options.early_stopping->monitor = name;
    const auto unknown = thrown([&] { fit(s); });
    EXPECT_TRUE(unknown.code == "E-TRAIN-05" || unknown.code == "E-METRIC-01")
        << name << ": " << unknown.code;
    if (unknown.code == "E-TRAIN-05") {
      EXPECT_TRUE(unknown.says("val_loss") && unknown.says("val_accuracy")) << unknown.message;
    }
  }
  s.options.early_stopping->monitor = "val_loss";
  Store store;
  const auto none = thrown([&] { train::fit(s.model, s.train, nullptr, store, s.options); });
  EXPECT_EQ(none.code, "E-TRAIN-02");
  s.options.early_stopping->monitor = "loss";
  EXPECT_EQ(train::fit(s.model, s.train, nullptr, store, s.options).end, train::End::all_epochs);
}

Tensor weights_of(const data::Dataset& dataset, const std::vector<double>& of_class) {
  const Tensor targets = dataset.targets();
  Tensor weights(DType::f32, {targets.size()});
  for (std::int64_t i = 0; i < targets.size(); ++i)
    weights.set(i, of_class[static_cast<std::size_t>(targets.at(i))]);
  return weights;
}

TEST(ClassWeights, AreWeightsOfRows) {
  Setting s;
  const std::vector<double> weights{0.5, 1, 7};
  Setting by_class = s, by_row = s;
  by_class.options.class_weights = weights;
  by_row.train = s.train.with_weights(weights_of(s.train, weights));
  const auto one = fit(by_class), two = fit(by_row);
  EXPECT_TRUE(same_store(one.store, two.store));
  EXPECT_FALSE(same_store(one.store, fit(s).store));
  by_class.options.class_weights = {1, 1, 1};
  const auto even = fit(by_class).history.epochs, plain = fit(s).history.epochs;
  EXPECT_NEAR(*even.back().find("loss"), *plain.back().find("loss"), 1e-4);

  by_class.options.class_weights = {1, 1};
  EXPECT_EQ(thrown([&] { fit(by_class); }).code, "E-TRAIN-02");
  by_row.options.class_weights = weights;  // both: which is meant?
  EXPECT_EQ(thrown([&] { fit(by_row); }).code, "E-TRAIN-02");
}

TEST(ClassWeights, OfOneHotRowsAsOfNumbers) {
  Setting s;
  s.options.class_weights = {0.5, 1, 7};
  s.options.metrics = {};
  s.options.optimizer = optim::sgd({.learning_rate = 0.1});  // adam makes steps of rounding errors
  const auto hot = [](const data::Dataset& d) {
    const Tensor labels = d.targets();
    Tensor rows(DType::f32, {labels.size(), 3});
    for (std::int64_t i = 0; i < labels.size(); ++i)
      rows.set(3 * i + static_cast<std::int64_t>(labels.at(i)), 1);
    std::vector<std::int64_t> all(static_cast<std::size_t>(d.size()));
    Tensor x(DType::f32, {d.size(), 2});
    data::Loader loader(d, {.batch_size = d.size()});
    const Tensor features = loader.next()->features;
    for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, features.at(i));
    return data::Dataset(x, rows);
  };
  Setting rows = s;
  rows.train = hot(s.train), rows.validation = hot(s.validation);
  rows.options.loss = nn::categorical_crossentropy();
  const auto a = fit(s).history, b = fit(rows).history;
  for (std::size_t i = 0; i < a.epochs.size(); ++i)
    EXPECT_NEAR(*a.epochs[i].find("val_loss"), *b.epochs[i].find("val_loss"), 1e-3);
}

// Means over an epoch weigh every row alike, the last small batch included.
TEST(Epochs, TheLastBatchCountsByItsRows) {
  Setting s;
  s.model = nn::dense({.units = 3});  // nothing differs between training and evaluation
  s.options.loss = nn::sparse_categorical_crossentropy({.from_logits = true});
  s.options.optimizer = optim::sgd({.learning_rate = 0});
  s.options.epochs = 1;
  s.validation = s.train;
  const auto record = fit(s).history.epochs.at(0);
  EXPECT_NEAR(*record.find("loss"), *record.find("val_loss"), 1e-6);
  EXPECT_NEAR(*record.find("accuracy"), *record.find("val_accuracy"), 1e-9);
  EXPECT_EQ(record.step, 5);
  s.options.batch_size = 1000;  // more than there are: one batch of all
  const auto whole = fit(s).history.epochs.at(0);
  EXPECT_EQ(whole.step, 1);
  EXPECT_NEAR(*whole.find("loss"), *record.find("loss"), 1e-6);
}

TEST(Epochs, NoneAtAll) {
  Setting s;
  s.options.epochs = 0;
  const Outcome outcome = fit(s);
  EXPECT_TRUE(outcome.history.epochs.empty());
  EXPECT_EQ(outcome.history.best_epoch, 0);
  s.options.epochs = 1;
  s.options.optimizer = optim::adam({.learning_rate = 0});
  EXPECT_TRUE(same_bits(outcome.store.at("dense.weight"), fit(s).store.at("dense.weight")));
}

// The rate of each epoch's last step, and the schedule's own.
TEST(Epochs, SayTheirLearningRate) {
  Setting s;
  for (const auto& record : fit(s).history.epochs) {
    const double expected = 0.02 * s.options.schedule.factor({record.step - 1, 5, 30});
    EXPECT_FLOAT_EQ(static_cast<float>(*record.find("learning_rate")),
                    static_cast<float>(expected));
  }
}

TEST(Steps, AreToldOneByOne) {
  Setting s;
  s.options.epochs = 2;
  std::vector<std::int64_t> batches;
  train::Observer observer;
  observer.step = [&](const train::StepRecord& r) {
    batches.push_back(r.batch);
    EXPECT_EQ(r.batches, 5);
    EXPECT_EQ(r.step, static_cast<std::int64_t>(batches.size()));
    EXPECT_TRUE(std::isfinite(r.loss));
    EXPECT_EQ(r.running->at(0).first, "loss");
  };
  Store store;
  train::fit(s.model, s.train, &s.validation, store, s.options, observer);
  EXPECT_EQ(batches, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 1, 2, 3, 4, 5}));
}

data::Dataset with_feature(const data::Dataset& d, std::int64_t row, float value) {
  data::Loader loader(d, {.batch_size = d.size()});
  Tensor x = loader.next()->features.clone();
  x.set(2 * row + 1, value);
  return {x, d.targets()};
}

// A batch that is not finite ends the training: the state before it is saved, the row named.
TEST(NonFinite, ABadRowIsNamedAndNothingLost) {
  Setting s;
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  s.train = with_feature(s.train, 37, NAN);
  const auto bad = thrown([&] { fit(s); });
  EXPECT_EQ(bad.code, "E-TRAIN-04");
  EXPECT_TRUE(bad.says("row 37 ") && bad.says("step ") && bad.says("saved")) << bad.message;
  const auto checkpoint = train::Checkpoints(s.options.checkpoint.folder).newest();
  ASSERT_TRUE(checkpoint);
  for (const auto& [name, tensor] : checkpoint->tensors)
    for (std::int64_t i = 0; i < tensor.size(); ++i) ASSERT_TRUE(std::isfinite(tensor.at(i)));
  EXPECT_EQ(checkpoint->tensors.at("store/train.step").at(0), checkpoint->step);
  s.options.resume = true;  // the same rows again give the same
  EXPECT_EQ(thrown([&] { fit(s); }).message, bad.message);
}

TEST(NonFinite, AdviceIsOfWhatWentWrong) {
  Setting s;
  s.train = with_feature(s.train, 37, NAN);
  const auto feature = thrown([&] { fit(s); });
  EXPECT_TRUE(feature.says("leave the row out") && !feature.says("learning rate"))
      << feature.message;

  Tensor tokens(DType::i64, {8, 3}), y(DType::i64, {8});
  tokens.set(3 * 5 + 1, 6);
  const auto model =
      nn::sequential({nn::embedding({.input_dim = 6, .output_dim = 2}).named("words"),
                      nn::flatten(), nn::dense({.units = 2, .activation = nn::softmax})});
  const auto token = thrown([&] {
    Store store;
    train::fit(model, data::Dataset(tokens, y), nullptr, store,
               {.loss = nn::sparse_categorical_crossentropy()});
  });
  EXPECT_EQ(token.code, "E-TRAIN-04");
  EXPECT_TRUE(token.says("'words' takes row 6 of a table that has 6, 0 to 5") &&
              token.says("; row 5 of the data") && token.says("input_dim") &&
              !token.says("learning rate"))
      << token.message;
}

TEST(NonFinite, TheFirstOpIsNamed) {
  Setting s;
  s.model = nn::sequential(
      {nn::dense({.units = 4}).named("stem"), nn::dense({.units = 3}).named("head")});
  s.options.loss = nn::sparse_categorical_crossentropy({.from_logits = true});
  s.options.optimizer = optim::sgd({.learning_rate = 1e30});
  s.options.schedule = optim::constant();
  const auto bad = thrown([&] { fit(s); });
  EXPECT_EQ(bad.code, "E-TRAIN-04");
  EXPECT_TRUE(bad.says("matmul") && (bad.says("'stem'") || bad.says("'head'"))) << bad.message;
  EXPECT_TRUE(bad.says("learning rate")) << bad.message;
}

TEST(Targets, ThatTheLossCannotMean) {
  Setting s;
  const auto labelled = [&](std::int64_t row, std::int64_t label) {
    Tensor y = s.train.targets().clone();
    y.set(row, static_cast<double>(label));
    data::Loader loader(s.train, {.batch_size = s.train.size()});
    return data::Dataset(loader.next()->features.clone(), y);
  };
  Setting wrong = s;
  wrong.train = labelled(12, 3);
  const auto outside = thrown([&] { fit(wrong); });
  EXPECT_EQ(outside.code, "E-TRAIN-06");
  EXPECT_TRUE(outside.says("row 12") && outside.says("class 3") && outside.says("0 to 2"));
  wrong.train = s.train, wrong.validation = labelled(3, -1);
  EXPECT_TRUE(thrown([&] { fit(wrong); }).says("validation row 3"));

  const auto binary = [&](float bad) {
    Tensor x(DType::f32, {4, 2}), y = Tensor::of<float>({4, 1}, {0, 1, bad, 1});
    data::Dataset d(x, y);
    Store store;
    train::FitOptions o;
    o.loss = nn::binary_crossentropy();
    o.epochs = 1;
    const auto model = nn::dense({.units = 1, .activation = nn::sigmoid});
    return thrown([&] { train::fit(model, d, nullptr, store, o); });
  };
  EXPECT_EQ(binary(0.5f).code, "nothing");  // soft labels are fine
  EXPECT_TRUE(binary(2).says("row 2 is 2")) << binary(2).message;
  EXPECT_EQ(binary(-1).code, "E-TRAIN-06");
  EXPECT_EQ(binary(NAN).code, "E-TRAIN-06");
}

TEST(Options, ThatCannotBe) {
  Setting s;
  const auto code = [&](auto change) {
    Setting other = s;
    change(other);
    return thrown([&] { fit(other); }).code;
  };
  EXPECT_EQ(code([](Setting& o) { o.options.batch_size = 0; }), "E-TRAIN-02");
  EXPECT_EQ(code([](Setting& o) { o.options.epochs = -1; }), "E-TRAIN-02");
  EXPECT_EQ(code([](Setting& o) { o.model = nn::softmax; }), "E-TRAIN-01");
  EXPECT_EQ(code([](Setting& o) { o.options.metrics = {"acuracy"}; }), "E-METRIC-01");
  EXPECT_EQ(code([](Setting& o) { o.options.loss = nn::mean_squared_error(); }), "E-METRIC-01");
  EXPECT_EQ(code([](Setting& o) {
              o.options.loss = nn::mean_squared_error();
              o.options.metrics = {};
            }),
            "E-LOSS-01");
  EXPECT_EQ(code([](Setting& o) { o.options.loss = nn::categorical_crossentropy(); }),
            "E-DOCTOR-01");
}

TEST(Predictor, TakesRowsOfTheModelsShapeOnly) {
  Setting s;
  Store store;
  train::Predictor predictor(s.model, s.options.loss, {2}, store, 1, 4);
  Tensor x(DType::f32, {11, 2});
  for (std::int64_t i = 0; i < x.size(); ++i) x.set(i, 0.1 * static_cast<double>(i) - 1);
  const Tensor all = predictor.run(x);
  EXPECT_EQ(all.shape().text(), "[11, 3]");
  for (std::int64_t row = 0; row < 11; ++row) {
    const Tensor one =
        predictor.run(Tensor::of<float>({1, 2}, x.data<float>().subspan(2 * row, 2)));
    double sum = 0;
    for (int k = 0; k < 3; ++k) {
      EXPECT_NEAR(one.at(k), all.at(3 * row + k), 1e-6);
      sum += one.at(k);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  EXPECT_EQ(predictor.run(Tensor(DType::f32, {0, 2})).size(), 0);
  EXPECT_EQ(thrown([&] { predictor.run(Tensor(DType::f32, {4, 1})); }).code, "E-SESSION-02");
  EXPECT_EQ(thrown([&] { predictor.run(Tensor(DType::f32, {4})); }).code, "E-SESSION-02");
  EXPECT_EQ(thrown([&] { predictor.run(Tensor(DType::f64, {4, 2})); }).code, "E-SESSION-02");
}

// What the user of several parts must be told before the first step.
TEST(Options, ThatAreEmptyOrSilentlyIgnored) {
  Setting s;
  const auto refused = [&](auto change) {
    Setting other = s;
    change(other.options);
    return thrown([&] {
      Store store;
      train::fit(other.model, other.train, nullptr, store, other.options);
    });
  };
  s.options.early_stopping = std::nullopt;
  s.options.epochs = 1;
  using Options = train::FitOptions;
  EXPECT_EQ(refused([](Options&) {}).code, "nothing");
  EXPECT_EQ(refused([](Options& o) { o.metrics = {"foo"}; }).code, "E-METRIC-01");
  EXPECT_EQ(refused([](Options& o) { o.metrics = {"rmse"}; }).code, "E-METRIC-01");
  EXPECT_TRUE(refused([](Options& o) { o.threads = -1; }).says("threads is -1"));
  EXPECT_TRUE(refused([](Options& o) { o.schedule = {}; }).says("schedule is empty"));
  EXPECT_TRUE(refused([](Options& o) { o.optimizer = {}; }).says("optimizer is empty"));
  EXPECT_TRUE(refused([](Options& o) { o.loss = {}; }).says("loss is empty"));
  const data::Dataset none(Tensor(DType::f32, {0, 2}), Tensor(DType::i64, {0}));
  const auto rows = thrown([&] {
    Store store;
    train::fit(s.model, none, nullptr, store, s.options);
  });
  EXPECT_TRUE(rows.code == "E-TRAIN-02" && rows.says("no rows")) << rows.message;
}

TEST(NonFinite, ALearningRateIsRefusedBeforeItDoesHarm) {
  Setting s;
  const auto refused = [&](auto change) {
    Setting other = s;
    change(other.options);
    Store store;
    const auto error = thrown(
        [&] { train::fit(other.model, other.train, &other.validation, store, other.options); });
    EXPECT_TRUE(error.code == "E-TRAIN-02" && error.says("learning rate")) << error.message;
    for (const auto& name : store.names())
      for (std::int64_t i = 0; i < store.at(name).size(); ++i)
        ASSERT_TRUE(std::isfinite(store.at(name).at(i))) << name;
  };
  using Options = train::FitOptions;
  refused([](Options& o) { o.optimizer.learning_rate = NAN; });
  refused([](Options& o) { o.optimizer.learning_rate = 1e300; });
  for (const double bad : {double{NAN}, double{INFINITY}, -1.0})
    refused([&](Options& o) {
      o.schedule = {"own", [=](const optim::Progress& p) { return p.step < 7 ? 1.0 : bad; }};
    });
  EXPECT_EQ(thrown([] { optim::sgd({.learning_rate = 1e300}); }).code, "E-OPTION-01");
}

// Weights that were not finite before the step are said to be so, and no checkpoint holds them.
TEST(NonFinite, AParameterThatWasSoBefore) {
  Setting s;
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  Store store;
  store.initialize(train::inference_graph(s.model, s.options.loss, Type{DType::f32, {4, 2}}), 1);
  store.at("dense.weight").set(3, INFINITY);
  const auto bad = thrown([&] { train::fit(s.model, s.train, &s.validation, store, s.options); });
  EXPECT_TRUE(bad.code == "E-TRAIN-04" && bad.says("'dense.weight'") && bad.says("began from"))
      << bad.message;
  EXPECT_FALSE(train::Checkpoints(s.options.checkpoint.folder).newest());
}

// Batches of one row, of which one class weighs nothing: steps of loss 0.
TEST(ClassWeights, OfABatchThatWeighsNothing) {
  for (const std::int64_t accumulate : {1, 3}) {
    Setting s;
    s.options.batch_size = 1;
    s.options.epochs = 2;
    s.options.class_weights = {0, 0, 1};
    s.options.updates.accumulate = accumulate;
    s.model = nn::sequential({nn::dense({.units = 3, .activation = nn::softmax})});
    const auto history = fit(s).history;
    EXPECT_EQ(history.epochs.size(), 2u);
    for (const auto& epoch : history.epochs)
      EXPECT_TRUE(std::isfinite(*epoch.find("loss")) && std::isfinite(*epoch.find("val_loss")));
  }
}

// Losses whose classes stand along axis -1.
TEST(Targets, OfClassesAlongTheLastAxis) {
  for (const auto& loss : {nn::kl_divergence({.from_logits = true}), nn::categorical_hinge()}) {
    Tensor x(DType::f32, {6, 2}), y(DType::f32, {6, 3});
    for (std::int64_t i = 0; i < 6; ++i) x.set(2 * i, 1), y.set(3 * i + i % 3, 1);
    Store store;
    const auto history = train::fit(nn::sequential({nn::dense({.units = 3})}), data::Dataset(x, y),
                                    nullptr, store, {.loss = loss, .epochs = 1});
    const double* accuracy = history.epochs.back().find("accuracy");
    ASSERT_TRUE(accuracy) << loss.name;
    EXPECT_NEAR(*accuracy, 1.0 / 3, 1e-6) << loss.name;  // all rows look alike
  }
}

}  // namespace
}  // namespace glia
