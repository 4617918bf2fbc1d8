// A first experiment for some data: what `glia init` writes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glia/data/schema.h"
#include "glia/data/target.h"
#include "glia/report/table.h"

namespace glia::cli {

struct FirstExperimentOptions {
  std::filesystem::path data;  // a table, or a folder of files
  std::filesystem::path file;  // the experiment to be: paths in it are relative to its folder
  std::string target;          // a column; "": looked for
  std::optional<std::string> positive;
  bool quoted = true;  // of a CSV file: quotes stand around cells; found where it is read
};

struct FirstExperiment {
  std::string yaml;
  std::string kind;     // of its data: "table", "text", "series", "sounds", "images", ...
  data::Schema schema;  // of a table
  data::Target target;  // its column is "" where the data has no columns
  report::Table found;  // for a person
  std::vector<std::string> notes;  // what to look at
};

// Looks at what the data is and writes an experiment with comments that trains as it is, test rows
// kept apart: tables of numbers and categories; a table of texts with labels; a series, which is a
// table with a date in each row that only goes on and numbers; a folder of sounds, of images and
// labels as IDX files, of images in a folder for each class, or of images and masks; one long text.
// Errors: those of reading, of Target::fit; E-DATA-10 no such target; E-CLI-11 a target that is not
// plain, with the columns that it may be; E-CLI-12 a folder of files of which no experiment is
// known.
FirstExperiment first_experiment(const FirstExperimentOptions& options);

// Text as a scalar of YAML: as it is where that reads back as the same text, else quoted.
std::string yaml_text(const std::string& text);

}  // namespace glia::cli
