// Internal: what first experiments have in common, and the kinds of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "glia/cli/first_experiment.h"
#include "glia/cli/folder.h"
#include "glia/data/describe.h"

namespace glia::cli {

// A path as the experiment's file says it.
std::string path_in(const FirstExperimentOptions& options, const std::filesystem::path& data);
// Its first lines: what it is of, and its name. `what`: "891 rows".
std::string heading(const FirstExperimentOptions& options, const std::string& what);

// What a model for a task ends with.
struct Ending {
  std::string units, activation, loss, metrics;
};
Ending ending_for(data::Task task, std::int64_t classes);

// How long is trained: `epochs` at most, and for how many nothing need get better; 0: to the end.
struct Length {
  std::int64_t batch = 32, epochs = 0, patience = 0;
};
// So many epochs that few rows are seen often enough, and many rows do not take for ever.
Length length_for(std::int64_t rows);
std::string training(const Length& length, const Ending& ending, const std::string& rate);

FirstExperiment first_of_table(const FirstExperimentOptions& options);
FirstExperiment first_of_folder(const FirstExperimentOptions& options);

// Of tables: texts with labels, and series. Nothing where the table is not one.
std::optional<FirstExperiment> first_of_texts(const FirstExperimentOptions& options,
                                              const data::Table& table,
                                              const data::Description& described);
std::optional<FirstExperiment> first_of_series(const FirstExperimentOptions& options,
                                               const data::Table& table);

// Of a file that is one long text. Nothing where it is a table.
std::optional<FirstExperiment> first_of_prose(const FirstExperimentOptions& options);

// Of folders.
std::optional<FirstExperiment> first_of_images(const FirstExperimentOptions& options,
                                               const std::vector<Found>& files);
std::optional<FirstExperiment> first_of_sounds(const FirstExperimentOptions& options,
                                               const std::vector<Found>& files);

// The line that leaves out files that cannot be read, with a note of them; "" where there are none.
std::string left_out_line(std::int64_t bad, std::int64_t files, std::string_view what,
                          const std::vector<std::string>& problems,
                          std::vector<std::string>& notes);

// "data.header" and the like, as far as a table needs them to be read again.
std::string reading_lines(const FirstExperimentOptions& options, const data::Table& table);
// "  target: {column: ..., task: ...}", with its line's end.
std::string target_line(const FirstExperimentOptions& options, const data::Target& target);

}  // namespace glia::cli
