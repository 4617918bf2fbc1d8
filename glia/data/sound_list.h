// Which sound files there are, and what their places and names say of them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/table.h"

namespace glia::data {

// Sound files, one to a row of a table, whose column `path` names them. What else is known of them
// stands in further columns, so that a target, groups and splits are what they are for tables.
struct SoundList {
  Table table;
  std::vector<std::filesystem::path> paths;  // of the rows: where the files are
  std::int64_t size() const { return table.rows(); }
};

// Files that end in .wav or .flac (in any case), sorted by their paths. Names that begin with a dot
// are passed over; a link to a folder is followed where it stands for a class, not below.

// root/<class>/**/*.wav: the columns `path`, below root, and `label`, the class. Errors E-FILE-01,
// -03; E-DATA-148 where there are no such files, -261 a name that is not UTF-8.
SoundList sounds_in_classes(const std::filesystem::path& root);

// root/**/*.wav, whose names without the ending are made by a template: "{label}_{speaker}_{take}"
// reads "7_theo_12.wav" as label 7, speaker theo, take 12. Each {name} takes as little as it can.
// The columns are `path` and those names; an empty template: `path` alone. Errors as above, and
// E-DATA-149 for a template that cannot be, or names that it does not fit (how many, the first).
SoundList sounds_by_name(const std::filesystem::path& root, std::string_view names = {});

// The files that a table names in `path_column`, relative to `base`. Error E-DATA-10 no such
// column; E-DATA-150 cells without a path, or files that are not there (how many, the first with
// its line).
SoundList sounds_of(const Table& table, const std::filesystem::path& base,
                    std::string_view path_column = "path");

// One file, or all of a folder and below: the column `path` alone.
SoundList sounds_at(const std::filesystem::path& file_or_folder);

// Rows whose cells are among those that are asked for: {"take": {"0", "1"}}. Every column must
// agree. Errors E-DATA-10; E-DATA-151 where a value stands in no row.
std::vector<std::int64_t> rows_where(const Table& table,
                                     const std::map<std::string, std::vector<std::string>>& values);

// The parts of `name` by a template, in the order of its names; nothing where it does not fit.
// `fields`: what it names. Error E-DATA-149 for a template that cannot be: no name in it, two
// names side by side, a brace that is open, a name twice.
class NameTemplate {
 public:
  explicit NameTemplate(std::string_view text);
  const std::vector<std::string>& fields() const { return fields_; }
  std::vector<std::string> read(std::string_view name) const;

 private:
  std::string prefix_;
  std::vector<std::string> fields_, after_;  // the letters behind each field
};

}  // namespace glia::data
