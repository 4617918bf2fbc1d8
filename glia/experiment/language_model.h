// Internal: one long text, of which each next token is predicted.
#pragma once

#include "glia/data/text_source.h"
#include "glia/data/tokenizer.h"
#include "glia/experiment/kinds.h"

namespace glia::experiment {

class LanguageEncoder : public Encoder {
 public:
  data::Tokenizer tokenizer;
  std::int64_t length = 0;  // tokens of a window

  LanguageEncoder(data::Tokenizer t, std::int64_t n) : tokenizer(std::move(t)), length(n) {}
  std::vector<data::Field> inputs() const override { return {{"tokens", DType::i64, {length}}}; }
  std::int64_t vocabulary() const override { return tokenizer.size(); }
};

class LanguageData : public DataPlan {
 public:
  std::filesystem::path train, test;  // test may be empty
  data::TokenizerOptions tokens;
  std::int64_t length = 64;
  bool random_offsets = true;

  bool has_rows() const override { return false; }
  std::string_view things() const override { return "windows"; }
  std::string_view example() const override { return "text.txt"; }
  bool has_order() const override { return true; }
  std::vector<std::filesystem::path> test_files() const override;
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;
  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
  report::Document preview(const Prepared& prepared, const PreviewOptions& options) const override;
};

}  // namespace glia::experiment
