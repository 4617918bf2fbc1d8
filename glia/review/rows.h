// Internal: the rows behind the figures.
#pragma once

#include "glia/report/document.h"
#include "glia/review/answers.h"
#include "glia/review/review.h"

namespace glia::review {

// Raw rows of the part that a run was judged by. Where they are not to be had, `why` is a sentence.
class RawData {
 public:
  RawData(const StoredRun& run, const Options& options);
  const std::string& why() const { return why_; }
  // Of answers i, by row, in this order; nothing where the data is gone or was changed.
  experiment::RawRows of(const Answers& answers, const std::vector<std::size_t>& rows);
  bool has_columns() const { return plan_ && plan_->has_columns(); }

 private:
  const experiment::Predictions* predictions_ = nullptr;
  experiment::Part part_ = experiment::Part::test;
  std::shared_ptr<const experiment::DataPlan> plan_;
  std::string why_;
};

// The most confident mistakes, or the largest errors, as rows, pictures and sounds.
std::vector<report::Block> mistakes_of(const Answers& answers, const StoredRun& run, RawData& data);

// Figures by the values of categorical columns; and all rows, to be searched.
std::vector<report::Block> slices_of(const Answers& answers, RawData& data);
std::vector<report::Block> all_rows_of(const Answers& answers, const StoredRun& run, RawData& data);

}  // namespace glia::review
