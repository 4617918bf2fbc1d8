// Internal: for tests. Small runs of several kinds of data.
#pragma once

#include <cmath>
#include <fstream>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/experiment/run.h"
#include "glia/review/review.h"
#include "tests/temp_folder.h"

namespace glia::testing {

inline void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// Two numbers, a town, two answers with classes and one that is a number.
inline std::string people(int rows, const std::string& yes = "yes", std::uint64_t seed = 1) {
  Random random(seed, "people");
  std::string csv = "x,y,town,answer,kind,amount\n";
  const char* const towns[] = {"Ulm", "Bonn", "Kiel"};
  for (int i = 0; i < rows; ++i) {
    const double x = random.normal(), y = random.normal(), noise = 0.7 * random.normal();
    csv += std::to_string(x) + "," + std::to_string(y) + "," + towns[random.below(3)] + "," +
           (x + y + noise > 0 ? yes : "no") + "," +
           (x > 0.5   ? "a"
            : y > 0.5 ? "b"
                      : "c") +
           "," + std::to_string(3 * x - y + noise) + "\n";
  }
  return csv;
}

struct Runs {
  TempFolder folder;

  static std::string yaml(const std::string& target, const std::string& head,
                          const std::string& loss, const std::string& more = "") {
    return "name: people\ndata:\n  train: people.csv\n  split: {validation: 0.2, test: 0.3}\n  "
           "target: " +
           target + "\nmodel:\n  layers:\n    - dense: {units: 6, activation: relu}\n    - " +
           head + "\ntrain:\n  loss: " + loss +
           "\n  epochs: 4\n  optimizer: {adam: {learning_rate: 0.02}}\n" + more;
  }
  static std::string binary() {
    return yaml("{column: answer, positive: yes}", "dense: {units: 1, activation: sigmoid}",
                "binary_crossentropy", "  metrics: [accuracy]\n");
  }

  std::filesystem::path train(const std::string& yaml, const std::string& name,
                              std::vector<std::string> set = {}, bool profile = false) const {
    experiment::LoadOptions load;
    load.set = std::move(set);
    const auto e = experiment::parse(yaml, "people.yaml", load, folder.path());
    experiment::RunOptions options;
    options.folder = folder / name;
    options.profile = profile;
    experiment::train(e, experiment::prepare(e), options);
    return options.folder;
  }

  // Data as a bundle names it: from its own folder.
  static review::Options options() {
    review::Options o;
    o.measure = false;
    o.replicates = 50;
    o.find = [](const auto& run, const auto& file) {
      const auto found = (run / "model" / file).lexically_normal();
      if (!std::filesystem::exists(found))
        throw Error("E-FILE-01", found.string() + ": there is no such file");
      return found;
    };
    return o;
  }
};

}  // namespace glia::testing
