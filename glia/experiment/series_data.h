// Internal: forecasts of time series.
#pragma once

#include "glia/data/csv.h"
#include "glia/data/series_source.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

class SeriesEncoder : public Encoder {
 public:
  explicit SeriesEncoder(data::SeriesEncoder series) : series(std::move(series)) {}
  data::SeriesEncoder series;

  std::vector<data::Field> inputs() const override;
  Tensor in_unit(const data::Source& rows, const Tensor& values,
                 const data::Target& target) const override;
};

class SeriesData : public DataPlan {
 public:
  std::filesystem::path train, test;  // test may be empty
  data::CsvOptions csv;
  data::SeriesOptions series;

  bool has_rows() const override { return false; }
  std::string_view things() const override { return "windows"; }
  std::string_view example() const override { return "series.csv"; }
  bool has_order() const override { return true; }
  std::vector<std::filesystem::path> test_files() const override;
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;
  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  // The steps after the last row of each series.
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
  report::Document preview(const Prepared& prepared, const PreviewOptions& options) const override;
};

}  // namespace glia::experiment
