// Internal: columns of texts.
#pragma once

#include <cstdint>
#include <optional>

#include "glia/data/steps/fitted.h"
#include "glia/data/steps/step.h"
#include "glia/data/table.h"

namespace glia::data {

// Of a step `tfidf` that complete() gave.
TextEncoderOptions term_options(const Step& step);

class TextFitter {
 public:
  // A chain that complete() gave; of more than `most` different terms none can be fitted.
  TextFitter(const Chain& chain, std::int64_t most);

  // A missing value is a text like any other: one without terms, unless a step fills it. Error
  // E-DATA-240: too many terms.
  void add(const Table& table, Rows rows, std::int64_t column);
  FittedText finish() &&;  // Errors, without a place: E-DATA-34 no row has a value; -169 no term

 private:
  std::optional<Step> imputer_;
  TextEncoderFitter terms_;
  std::int64_t present_ = 0;
  bool missing_ = false;  // somewhere
};

}  // namespace glia::data
