// Internal: for tests. A small table and an experiment on it.
#pragma once

#include <filesystem>
#include <fstream>

#include "glia/data/csv.h"
#include "glia/experiment/run.h"
#include "glia/experiment/table_data.h"
#include "tests/train/setting.h"

namespace glia::testing {

inline void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

// x, a colour and a kind that depends on both.
inline std::string table(int rows, std::uint64_t seed = 1, double shift = 0) {
  Random random(seed, "table");
  std::string csv = "x,colour,kind\n";
  const char* const colours[] = {"red", "green", "blue"};
  for (int i = 0; i < rows; ++i) {
    const double x = random.normal() * 10 + shift;
    const auto c = random.below(3);
    csv += std::to_string(x) + "," + colours[c] + "," + (x + 5.0 * double(c) > 5 ? "yes" : "no") +
           "\n";
  }
  return csv;
}

inline const std::string kYaml = R"(data:
  train: rows.csv
  split: {validation: 0.2, test: 0.2}
  target: {column: kind}
model:
  layers:
    - dense: {units: 6, activation: relu}
    - dropout: 0.1
    - dense: {units: 1, activation: sigmoid}
train:
  loss: binary_crossentropy
  optimizer: {adam: {learning_rate: 0.02}}
  early_stopping: {patience: 9}
  epochs: 6
)";

inline const experiment::TableData& table_of(const experiment::Experiment& e) {
  return dynamic_cast<const experiment::TableData&>(*e.data);
}

struct Case {
  TempFolder folder;
  Case() { write(folder / "rows.csv", table(150)); }
  experiment::Experiment load(std::vector<std::string> set = {}) const {
    experiment::LoadOptions options;
    options.set = std::move(set);
    return experiment::parse(kYaml, "kinds.yaml", options, folder.path());
  }
  experiment::RunOptions options(const std::string& name = "run") const {
    experiment::RunOptions o;
    o.folder = folder / name;
    return o;
  }
};

}  // namespace glia::testing
