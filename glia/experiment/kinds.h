// Internal: the kinds of data that an experiment can have.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "glia/data/csv.h"
#include "glia/data/leakage.h"
#include "glia/data/split.h"
#include "glia/experiment/data_plan.h"
#include "glia/experiment/notes.h"
#include "glia/experiment/parts.h"

namespace glia::experiment {

// Where the files of an experiment are looked for.
struct Places {
  const std::filesystem::path& folder;
  const LoadOptions& options;
  OwnFiles& own_files;

  // An absolute path as it is; a relative one in the experiment's folder, or a data folder.
  // E-FILE-01 with all places that were looked at.
  std::filesystem::path find(Settings& s, const std::string& key, const std::string& name) const;
};

// One kind of data.
struct DataKind {
  std::string_view name;     // of `data.kind`, and of its encoding's JSON
  std::string_view summary;  // for the reference: "where rows are those of a table (CSV)"
  // Of an experiment that names no kind: whether its `data` is of this one.
  bool (*claims)(Settings& data);
  // `outputs`: their names, where the model has several.
  std::shared_ptr<DataPlan> (*read)(Settings& data, const Places& places,
                                    const std::vector<std::string>& outputs);
  // Of `encoding`, what stands beside "kind"; and back. nlohmann's errors become E-BUNDLE-02.
  nlohmann::json (*to_json)(const Encoding& encoding);
  Encoding (*from_json)(const nlohmann::json& json);
};

std::span<const DataKind> data_kinds();
extern const DataKind table_kind, image_kind, folder_kind, array_kind, text_kind,
    language_model_kind, sound_kind, series_kind;

// How CSV files are written: header, separator, names, missing.
data::CsvOptions read_csv_options(Settings& data);

// E-EXP-05 where `key` was given another value than its default (`said`), and nothing uses it: it
// is of `form`. A default may stand there, for a run's own copy holds all of them.
void expect_used(Settings& s, const std::string& key, bool used, bool said, std::string_view form);

// A share of rows, from 0 to below 1.
double read_share(Settings& s, const std::string& key, std::string_view meaning);

nlohmann::json to_json(const std::vector<std::pair<std::string, data::Target>>& outputs);
std::vector<std::pair<std::string, data::Target>> outputs_from_json(const nlohmann::json& json);

// The class of each row as far as splitting needs it; empty for regression.
std::vector<std::int64_t> class_numbers(const Tensor& targets);

// `classes`: the class of each row, empty for regression; it must outlive the options.
data::SplitOptions split_options(const SplitPlan& plan, const std::vector<std::int64_t>& classes,
                                 const data::Target& target);

// Leaves those training rows that the plan draws. classes: of each row, empty for regression;
// times: likewise, where the parts follow one another. E-EXP-05 where there are not so many.
void draw_training_rows(const SplitPlan& plan, const std::vector<std::int64_t>& classes,
                        const data::Target& target, const std::vector<double>& times,
                        data::Split& parts);
void read_drawing(Settings& split, SplitPlan& plan);  // its settings
// data::split() of rows by these options, which are the plan's; of a fold what it trains, validates
// and is tested on. Test rows of the plan's share are in no fold.
data::Split parts_of(const SplitPlan& plan, std::int64_t rows, const data::SplitOptions& options);

class TableData;
// Reads what every table's `data` says: files, their form, id and target.
void read_table_files(Settings& data, const Places& places, const std::vector<std::string>& outputs,
                      TableData& table);

// The parts of some rows of a table, by shares, classes (of each of them), groups or time.
// E-DATA-10 no such column; those of data::split.
data::Split split_table(const SplitPlan& plan, const data::Table& table,
                        const std::vector<std::int64_t>& rows, const data::LeakageOptions& equal,
                        const std::vector<std::int64_t>& classes, const data::Target& target);

void read_sampling(Settings& data, SamplingPlan& plan);
std::vector<Entry> sampling_entries();
std::vector<Entry> encoding_entries();  // of texts
// Makes the classes of the training rows alike, and says how many rows there were and are. E-EXP-05
// where it cannot be: of numbers, of categories between which smote would make rows.
void sample(const SamplingPlan& plan, Prepared& prepared);
// Classes of targets as their loss takes them: numbers, 0 and 1, or one-hot rows.
std::vector<std::int64_t> class_of_each(const Tensor& targets);
// E-REPORT-12 where a place is none of the file's rows.
void expect_places(std::span<const std::int64_t> places, std::int64_t rows,
                   const std::filesystem::path& file);

}  // namespace glia::experiment
