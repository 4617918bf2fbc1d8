// Internal: texts in a column of a table, the one input of a model.
#pragma once

#include "glia/data/text_encoder.h"
#include "glia/data/tokenizer.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/table_data.h"

namespace glia::experiment {

// Texts as tokens, i64 [N, length], or as the weights of their terms, f32 [N, terms].
class TextInput : public Encoder {
 public:
  std::string column;
  std::optional<data::Tokenizer> tokenizer;  // without one: the terms
  data::SequenceOptions sequence;
  data::TextEncoder terms;

  std::vector<data::Field> inputs() const override;
  std::int64_t vocabulary() const override { return tokenizer ? tokenizer->size() : 0; }
  Tensor transform(std::span<const std::string_view> texts) const;
};

// How texts become numbers.
struct TextEncoding {
  std::optional<data::TokenizerOptions> tokens;  // without: terms
  data::SequenceOptions sequence;  // length 0: what 95 % of the training texts do not exceed
  data::TextEncoderOptions terms;
};

class TextData : public TableData {
 public:
  std::string column;
  TextEncoding encode;

  std::string_view things() const override { return "texts"; }
  std::shared_ptr<const DataPlan> with_files(const FindFile& find) const override;

  Prepared prepare(const Experiment& experiment) const override;
  NewRows labelled(const Bundle& bundle,
                   const std::vector<std::filesystem::path>& files) const override;
  NewRows unlabelled(const Bundle& bundle, const std::filesystem::path& file) const override;
  report::Document preview(const Prepared& prepared, const PreviewOptions& options) const override;

 private:
  std::shared_ptr<const TextInput> fit(const data::Table& table, data::Rows rows) const;
  std::string note(const TextInput& input) const;
  data::Table read_new(const Encoding& encoding, const std::filesystem::path& file) const;
  std::shared_ptr<data::Dataset> dataset(const Experiment& experiment, const Encoding& encoding,
                                         const data::Table& table, data::Rows rows) const;
};

// `words`, `characters`, `bytes` or `byte_pairs`, with its options.
data::TokenizerOptions make_tokens(Settings::Choice& choice);

}  // namespace glia::experiment
