// Internal: rows of a table.
#pragma once

#include "glia/data/csv.h"
#include "glia/data/dataset.h"
#include "glia/data/split.h"
#include "glia/data/streamed_rows.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

// The columns that make one input of a model of several.
struct ColumnGroup {
  std::string name;
  std::vector<std::string> columns;
  friend bool operator==(const ColumnGroup&, const ColumnGroup&) = default;
};
struct TargetColumn {
  data::TargetOptions options;
  bool one_hot = false;
};

class TableEncoder : public Encoder {
 public:
  data::Preprocessor preprocessor;  // its target has the labels
  std::vector<ColumnGroup> groups;  // of a model of several inputs: the columns of each

  std::vector<data::Field> inputs() const override;
  // Features of a table, [N, F], as the model's inputs.
  std::vector<Tensor> split(const Tensor& features) const;
};

class TableData : public DataPlan {
 public:
  std::filesystem::path train, test;  // test may be empty
  data::CsvOptions csv;
  std::string id;  // a column that names records; empty: none
  data::TargetOptions target;
  bool one_hot_target = false;
  std::vector<TargetColumn> more_targets;  // of a model of several outputs, after the first
  std::vector<ColumnGroup> inputs;         // none: all columns are one input
  data::PreprocessOptions preprocess;
  std::optional<bool> stream;  // read in pieces; nothing: where the file is large for the memory

  std::string_view things() const override { return "rows"; }
  std::string_view example() const override { return "rows.csv"; }
  std::vector<std::string> input_names() const override;
  bool has_columns() const override { return true; }
  std::vector<std::filesystem::path> test_files() const override;
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;
  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
  report::Document preview(const Prepared& prepared, const PreviewOptions& options) const override;
  RawRows raw(Part part, std::span<const std::int64_t> places) const override;

 protected:
  // The parts of rows of the training file.
  data::Split parts_of(const data::Table& table, const std::vector<std::int64_t>& rows) const;

 private:
  bool is_streamed() const;
  // Rows of a table that can be used, where `numbers` are columns of numbers.
  std::vector<std::int64_t> usable(const data::Table& table,
                                   const std::vector<std::string>& numbers,
                                   data::SkippedRecords& unusable) const;
  // The training rows, in the order of Prepared::train but for those that drop steps leave out; of
  // a streamed table those of its first piece.
  std::pair<data::Table, std::vector<std::int64_t>> training_rows() const;
  Prepared prepare_streamed(const Experiment& experiment) const;
  Encoding fit_streamed(const Experiment& experiment, data::StreamPart& training,
                        data::StreamPart::Options drawn, std::vector<std::string>& notes) const;
  std::shared_ptr<data::Source> streamed(const Experiment& experiment, const Encoding& encoding,
                                         const data::StreamPart& part, bool of_training) const;
  std::vector<data::TargetOptions> targets() const;
  // What the model takes of rows of a table, and their targets. `losses`: of each output;
  // `features`: what the preprocessor made of the rows.
  data::DecodedRows decoded(const std::vector<nn::Loss>& losses, const Encoding& encoding,
                            const data::Table& table, data::Rows rows,
                            const Tensor& features) const;
  data::Dataset dataset(const Experiment& experiment, const Encoding& encoding,
                        const data::Table& table, data::Rows rows, const Tensor& made) const;
};

// For the parts of a TableData that stand in files of their own.

// What is no feature: other targets, and, where inputs are named, columns that none of them has.
data::PreprocessOptions features_plan(const TableData& plan, const data::Table& table);

// Options for a second file that is to be read as the first was.
data::CsvOptions as_read(data::CsvOptions options, char separator, bool has_header,
                         const std::vector<std::string>& names);

// Columns that are to be numbers: declared so, or for the most part so (infer_schema).
std::vector<std::string> number_columns(const TableData& plan, const data::Table& table);

// What on_error: skip left out.
void note_skipped(const data::SkippedRecords& skipped, std::string_view why,
                  std::vector<std::string>& notes);

// Columns that give no features, though nobody said so of them; and how many features texts give.
void note_columns(const data::Preprocessor& fitted, const TableData& plan,
                  std::vector<std::string>& notes);

std::string note_terms(const std::string& column, const data::TextEncoder& terms);

std::vector<nn::Loss> losses_of(const Experiment& experiment);

// Rows of a CSV file for a model, the target among them or not. With a header they come in any
// order. Without one, for a model trained on files without one, they have their columns in their
// order. Errors of read_csv.
data::Table read_rows(const TableData& plan, const Encoding& encoding,
                      const std::filesystem::path& csv);

}  // namespace glia::experiment
