// A first experiment for a table of data: what `glia init` writes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glia/data/schema.h"
#include "glia/data/target.h"

namespace glia::cli {

struct FirstExperimentOptions {
  std::filesystem::path data;  // CSV
  std::filesystem::path file;  // the experiment to be: paths in it are relative to its folder
  std::string target;
  std::optional<std::string> positive;
};

struct FirstExperiment {
  std::string yaml;
  data::Schema schema;
  data::Target target;
  std::vector<std::string> notes;  // what a person should look at
};

// Reads the table, infers its columns and its target, and writes an experiment with comments that
// trains as it is: two hidden layers by the number of rows, early stopping on validation rows, test
// rows kept apart. Errors: those of reading, of Target::fit, E-DATA-10 no such target.
FirstExperiment first_experiment(const FirstExperimentOptions& options);

// Text as a scalar of YAML: as it is where that reads back as the same text, else quoted.
std::string yaml_text(const std::string& text);

}  // namespace glia::cli
