// From a saved model and a file of raw rows to predictions, and out: the library's share of what
// `glia predict` does. Usage: bench_predict RUN ROWS.csv
#include <cstdio>
#include <exception>

#include "glia/data/csv.h"
#include "glia/experiment/run.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_predict RUN ROWS.csv\n");
    return 2;
  }
  try {
    const auto bundle = glia::experiment::load_bundle(argv[1]);
    const auto features = bundle.encoding.table->transform(glia::data::read_csv(argv[2]));
    const auto predictions = bundle.predict(features);
    for (std::int64_t i = 0; i < predictions.size(); ++i) std::printf("%.9g\n", predictions.at(i));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
