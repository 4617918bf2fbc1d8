// Internal: for tests. Cross-validations of the small table.
#pragma once

#include <sstream>
#include <stdexcept>

#include "glia/base/file.h"
#include "glia/experiment/folds.h"
#include "tests/experiment/case.h"

namespace glia::testing {

using Set = std::vector<std::string>;

inline Set with(Set set, const Set& more) {
  set.insert(set.end(), more.begin(), more.end());
  return set;
}

// steps: after so many of each training's the run is interrupted; 0: never.
inline experiment::FoldsResult train_folds(const experiment::Experiment& e,
                                           experiment::RunOptions o, int steps = 0,
                                           std::vector<std::string>* names = nullptr) {
  return experiment::train_folds(
      e, o,
      [&](std::string_view name, const experiment::Experiment& one,
          const experiment::Prepared& prepared, const experiment::RunOptions& options) {
        if (names) names->emplace_back(name);
        std::atomic<bool> stop{false};
        int done = 0;
        train::Observer observer;
        observer.stop = &stop;
        observer.step = [&](const train::StepRecord&) { stop = ++done == steps; };
        return experiment::train(one, prepared, options, observer);
      });
}

inline std::vector<std::vector<std::string>> csv(const std::filesystem::path& file) {
  std::istringstream in(read_file(file));
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(in, line);) {
    std::istringstream cells(line);
    lines.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) lines.back().push_back(cell);
  }
  return lines;
}

inline const experiment::FoldValues& value(const experiment::FoldsResult& r,
                                           const std::string& name) {
  for (const auto& v : r.values)
    if (v.name == name) return v;
  throw std::runtime_error(name);
}

inline const Set kFolds{"data.split.folds=4", "train.early_stopping.patience=2"};

}  // namespace glia::testing
