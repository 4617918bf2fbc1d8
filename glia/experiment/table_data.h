// Internal: rows of a table.
#pragma once

#include "glia/data/csv.h"
#include "glia/data/dataset.h"
#include "glia/experiment/kinds.h"

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

 protected:
  // What is fitted on training rows, and what it makes of rows: the model's inputs.
  virtual std::shared_ptr<const Encoder> fit(const data::Table& table, data::Rows rows) const;
  virtual std::vector<data::Named> features(const Encoder& encoder, const data::Table& table,
                                            data::Rows rows, data::TransformReport* report) const;
  // What a person may want to know of it.
  virtual void note(const Encoder& encoder, std::vector<std::string>& notes) const;
  // The table of a file of new rows.
  virtual data::Table read_new(const Encoding& encoding, const std::filesystem::path& file) const;
  // Options for a second file that is to be read as the first was.
  data::CsvOptions as_read(const data::Table& first) const;

 private:
  data::Dataset dataset(const Experiment& experiment, const Encoding& encoding,
                        const data::Table& table, data::Rows rows,
                        data::TransformReport* report = nullptr) const;
};

// Reads what every table's `data` says: files, their form, id and target.
void read_table_files(Settings& data, const Places& places, const std::vector<std::string>& outputs,
                      TableData& table);

}  // namespace glia::experiment
