#include <glia/glia.h>

#include <cmath>
#include <cstdio>

namespace nn = glia::nn;
using glia::Tensor;

struct Points {
  Tensor features;  // f32 [N, 2]
  Tensor classes;   // i64 [N]
};

// Two spirals: which of them is a point on?
Points spirals(std::int64_t rows, std::uint64_t seed) {
  glia::Random random(seed, "spirals");
  std::vector<float> points;
  std::vector<std::int64_t> classes;
  for (std::int64_t row = 0; row < rows; ++row) {
    const double way = random.uniform(), turn = 9 * way + 3.14159265 * (row % 2);
    points.push_back(static_cast<float>(way * std::cos(turn)));
    points.push_back(static_cast<float>(way * std::sin(turn)));
    classes.push_back(row % 2);
  }
  return {Tensor::of({rows, 2}, points), Tensor::of({rows}, classes)};
}

nn::Module network() {
  return nn::sequential({nn::dense({.units = 32, .activation = nn::tanh}).named("first"),
                         nn::dense({.units = 32, .activation = nn::tanh}).named("second"),
                         nn::dense({.units = 2, .activation = nn::softmax}).named("last")});
}

int main() try {
  const Points learn = spirals(2000, 1), check = spirals(500, 2), test = spirals(500, 3);
  const glia::data::Dataset train(learn.features, learn.classes);
  const glia::data::Dataset validation(check.features, check.classes);
  const glia::train::FitOptions options{
      .loss = nn::sparse_categorical_crossentropy(),
      .optimizer = glia::optim::adam({.learning_rate = 0.01}),
      .epochs = 40,
      .metrics = {"accuracy"},
      .early_stopping = glia::train::EarlyStopping{.patience = 10}};
  glia::train::Observer observer;  // the library prints nothing: what it tells is yours to show
  observer.epoch = [](const glia::train::EpochRecord& epoch) {
    std::printf("epoch %2d  loss %.4f  validation accuracy %.3f\n", static_cast<int>(epoch.epoch),
                *epoch.find("loss"), *epoch.find("val_accuracy"));
  };
  glia::Store store;  // the parameters, by name
  glia::train::fit(network(), train, &validation, store, options, observer);
  glia::serialize::write_safetensors("spirals.safetensors", glia::serialize::weights_of(store));

  // Elsewhere, later: the same network, filled from the file.
  const auto objective = glia::train::objective(options);
  glia::Store loaded;
  glia::train::Predictor predictor(network(), objective, train.feature_shape(), loaded, 1);
  glia::serialize::load_weights(loaded, "spirals.safetensors");
  const Tensor probabilities = predictor.run(test.features);  // f32 [500, 2]
  const auto scores = glia::train::score(probabilities, test.classes, objective.outputs[0]);
  std::printf("test %s %s\n", scores[0].name.c_str(), scores[0].text().c_str());
  return *scores[0].value > 0.95 ? 0 : 1;
} catch (const glia::Error& error) {  // says where, what was expected, and what to try
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
