#include "glia/experiment/text_data.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/read_table.h"
#include "glia/experiment/run.h"

namespace glia::experiment {
namespace {

constexpr double kCommonLength = 0.95;  // of the texts are not cut

// A file of one column is one of texts, whatever its name.
std::int64_t text_column(const data::Table& table, const std::string& name) {
  const auto found = table.find(name);
  return found || table.columns() > 1 ? table.column(name) : 0;
}

}  // namespace

std::vector<data::Field> TextInput::inputs() const {
  if (tokenizer) return {{"tokens", DType::i64, {sequence.length}}};
  return {{"features", DType::f32, {terms.width()}}};
}

Tensor TextInput::transform(std::span<const std::string_view> texts) const {
  return tokenizer ? tokenizer->sequences(texts, sequence) : terms.transform(texts);
}

std::shared_ptr<const DataPlan> TextData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<TextData>(*this);
  plan->train = find(train);
  if (!test.empty()) plan->test = find(test);
  return plan;
}

std::shared_ptr<const Encoder> TextData::fit(const data::Table& table, data::Rows rows) const {
  const std::int64_t place = table.column(column);
  if (column == target.column)
    fail("E-DATA-24", "{}: the column '{}' is the target and the text", table.source(),
         shown(column));
  const auto texts = data::texts_of(table, rows, place);
  auto input = std::make_shared<TextInput>();
  input->column = column;
  if (!encode.tokens) {
    input->terms = data::TextEncoder::fit(texts, encode.terms);
    return input;
  }
  input->tokenizer = data::Tokenizer::fit(texts, *encode.tokens);
  input->sequence = encode.sequence;
  if (encode.sequence.length == 0)
    input->sequence.length = data::length_of_share(*input->tokenizer, texts, kCommonLength);
  return input;
}

std::vector<data::Named> TextData::features(const Encoder& encoder, const data::Table& table,
                                            data::Rows rows, data::TransformReport* report) const {
  const auto& input = dynamic_cast<const TextInput&>(encoder);
  const auto texts = data::texts_of(table, rows, text_column(table, input.column));
  if (report) report->rows = std::ssize(texts);
  return {{input.inputs().front().name, input.transform(texts)}};
}

void TextData::note(const Encoder& encoder, std::vector<std::string>& notes) const {
  const auto& input = dynamic_cast<const TextInput&>(encoder);
  notes.push_back(
      input.tokenizer
          ? fmt::format("column '{}': a vocabulary of {} tokens (the embedding needs input_dim: {} "
                        "or more), sequences of {}",
                        shown(column), with_commas(input.tokenizer->size()),
                        input.tokenizer->size(), input.sequence.length)
          : fmt::format("column '{}': {} terms of {} training texts", shown(column),
                        with_commas(input.terms.width()), with_commas(input.terms.texts())));
}

// The columns are as in training, but the target may be missing, and the text may stand alone.
data::Table TextData::read_new(const Encoding& encoding, const std::filesystem::path& file) const {
  (void)encoding.as<TextInput>();
  if (csv.names.empty()) return data::read_table(file, csv);
  data::CsvOptions bare = csv;
  bare.names = {};
  bare.header = data::Header::no;
  const auto table = data::read_table(file, bare);
  data::CsvOptions named = csv;
  if (table.columns() == 1) return table;
  if (table.columns() + 1 == std::ssize(named.names)) std::erase(named.names, target.column);
  return data::read_again(table, named);
}

}  // namespace glia::experiment
