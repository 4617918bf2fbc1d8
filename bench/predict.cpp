// From a saved model and a file of raw rows to predictions, and out: the library's share of what
// `glia predict` does. Usage: bench_predict RUN ROWS.csv
#include <cstdio>
#include <exception>

#include "glia/experiment/run.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_predict RUN ROWS.csv\n");
    return 2;
  }
  try {
    const auto bundle = glia::experiment::load_bundle(argv[1]);
    const auto rows = bundle.experiment.data->unlabelled(bundle, argv[2]).rows;
    const auto predictions = bundle.predict(*rows).front();
    for (std::int64_t i = 0; i < predictions.size(); ++i) std::printf("%.9g\n", predictions.at(i));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
