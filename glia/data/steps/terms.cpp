#include "glia/data/steps/terms.h"

#include "glia/base/format.h"

namespace glia::data {

TextEncoderOptions term_options(const Step& step) {
  TextEncoderOptions o;
  o.analyzer = analyzer_from(step.text("analyzer"));
  o.words = {word_rule_from(step.text("rule")), step.flag("lower_case"), step.flag("punctuation")};
  o.min_ngram = step.whole("min_ngram");
  o.max_ngram = step.whole("max_ngram") == 0 ? o.min_ngram : step.whole("max_ngram");
  o.min_df = step.number("min_df");
  o.max_df = step.number("max_df");
  o.max_features = step.whole("max_features");
  o.binary = step.flag("binary");
  o.sublinear_tf = step.flag("sublinear_tf");
  o.use_idf = step.flag("use_idf");
  o.smooth_idf = step.flag("smooth_idf");
  o.norm = term_norm_from(step.text("norm"));
  return o;
}

TextFitter::TextFitter(const Chain& chain, std::int64_t most)
    : terms_(term_options(chain.back()), most) {
  if (chain.size() > 1) imputer_ = chain.front();
}

void TextFitter::add(const Table& table, Rows rows, std::int64_t column) {
  for (const std::int64_t row : rows) {
    const bool missing = table.missing(row, column);
    missing_ = missing_ || missing;
    if (!missing) ++present_;
    terms_.add(!missing   ? table.cell(row, column)
               : imputer_ ? std::string_view(imputer_->text("value"))
                          : std::string_view());
  }
}

FittedText TextFitter::finish() && {
  if (present_ == 0) fail("E-DATA-34", "no value");
  FittedText text;
  text.impute = imputer_.has_value();
  text.indicator = imputer_ && imputer_->flag("indicator") && missing_;
  if (imputer_) text.fill = imputer_->text("value");
  text.terms = std::move(terms_).finish();
  return text;
}

}  // namespace glia::data
