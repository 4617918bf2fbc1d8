#include "glia/experiment/text_data.h"

#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/leakage.h"
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

// How many texts lose tokens to the length of the sequences.
void note_cut(const TextInput& input, const std::vector<std::string_view>& texts,
              std::vector<std::string>& notes) {
  if (!input.tokenizer) return;
  const auto cut = std::count_if(texts.begin(), texts.end(), [&](std::string_view text) {
    return std::ssize(input.tokenizer->encode(text)) > input.sequence.length;
  });
  if (cut > 0)
    notes.push_back(fmt::format("{} of {} training texts are longer than {} tokens, and are cut",
                                with_commas(cut), with_commas(std::ssize(texts)),
                                input.sequence.length));
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

std::shared_ptr<const TextInput> TextData::fit(const data::Table& table, data::Rows rows) const {
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

std::string TextData::note(const TextInput& input) const {
  return input.tokenizer
             ? fmt::format(
                   "column '{}': a vocabulary of {} tokens (the embedding needs input_dim: "
                   "{} or more), sequences of {}",
                   shown(column), with_commas(input.tokenizer->size()), input.tokenizer->size(),
                   input.sequence.length)
             : note_terms(column, input.terms);
}

Prepared TextData::prepare(const Experiment& e) const {
  const data::Table table = data::read_table(train, csv);
  std::optional<data::Table> other;
  if (!test.empty() && split.fold == 0) {
    data::refuse_same_file(train, test);
    other =
        data::read_table(test, as_read(csv, table.separator(), table.has_header(), table.names()));
  }
  const auto parts = parts_of(table, data::all_rows(table.rows()));
  data::LeakageOptions leakage{.id_column = id, .target = target.column, .strip = target.strip};
  Prepared prepared;
  prepared.encoding = {fit(table, parts.train), data::Target::fit(table, parts.train, target), {}};
  prepared.train = dataset(e, prepared.encoding, table, parts.train);
  prepared.training_digest = data::content_digest(table);
  if (!parts.validation.empty()) {
    prepared.validation = dataset(e, prepared.encoding, table, parts.validation);
    leakage.word_b = "validation";
    note_equal_rows(
        "validation rows",
        data::check_leakage(table, parts.train, table, parts.validation, leakage).equal_rows,
        prepared.notes);
    leakage.word_b = "test";
  }
  prepared.rows = parts;
  if (other) prepared.rows.test = data::all_rows(other->rows());
  if (other) {
    prepared.equal_rows = data::check_leakage(table, *other, leakage).equal_rows;
    prepared.test = dataset(e, prepared.encoding, *other, data::all_rows(other->rows()));
  } else if (!parts.test.empty()) {
    prepared.equal_rows =
        data::check_leakage(table, parts.train, table, parts.test, leakage).equal_rows;
    prepared.test = dataset(e, prepared.encoding, table, parts.test);
  }
  note_equal_rows("test rows", prepared.equal_rows, prepared.notes);
  note_parts(split, prepared);
  note_skipped(table.skipped(), "they cannot be read", prepared.notes);
  prepared.notes.push_back(note(prepared.encoding.as<TextInput>()));
  note_cut(prepared.encoding.as<TextInput>(),
           data::texts_of(table, parts.train, table.column(column)), prepared.notes);
  Sha256 sha;
  sha.update(table.bytes());
  if (other) sha.update(other->bytes());
  prepared.fingerprint = sha.hex();
  return prepared;
}

std::shared_ptr<data::Dataset> TextData::dataset(const Experiment& e, const Encoding& encoding,
                                                 const data::Table& table, data::Rows rows) const {
  const auto& input = encoding.as<TextInput>();
  const auto texts = data::texts_of(table, rows, text_column(table, input.column));
  const auto& t = encoding.target;
  return std::make_shared<data::Dataset>(
      input.transform(texts),
      targets_for(e.fit.loss, t.transform(table, rows), t.classes(), one_hot_target));
}

NewRows TextData::labelled(const Bundle& bundle,
                           const std::vector<std::filesystem::path>& files) const {
  if (files.size() != 1)
    fail("E-BUNDLE-04", "{}: this model takes one table of texts", files.front().string());
  const data::Table table = read_new(bundle.encoding, files.front());
  NewRows result;
  result.rows = dataset(bundle.experiment, bundle.encoding, table, data::all_rows(table.rows()));
  result.report.rows = table.rows();
  result.trained_on = data::content_digest(table) == bundle.training_digest;
  return result;
}

NewRows TextData::unlabelled(const Bundle& bundle, const std::filesystem::path& file) const {
  const data::Table table = read_new(bundle.encoding, file);
  const auto& input = bundle.encoding.as<TextInput>();
  const auto every = data::all_rows(table.rows());
  NewRows result;
  result.rows = std::make_shared<data::Dataset>(
      input.transform(data::texts_of(table, every, text_column(table, input.column))),
      Tensor(DType::i64, {table.rows()}));
  result.report.rows = table.rows();
  if (const auto place = id.empty() ? std::nullopt : table.find(id)) {
    result.id_name = id;
    for (const auto row : every) result.ids.emplace_back(table.cell(row, *place));
  }
  return result;
}

// The columns are as in training, but the target may be missing, and the text may stand alone.
data::Table TextData::read_new(const Encoding& encoding, const std::filesystem::path& file) const {
  (void)encoding.as<TextInput>();
  data::CsvOptions named = csv;
  named.on_error = data::OnError::stop;  // no row of a judgement is skipped
  if (named.names.empty()) return data::read_table(file, named);
  data::CsvOptions bare = named;
  bare.names = {};
  bare.header = data::Header::no;
  const auto table = data::read_table(file, bare);
  if (table.columns() == 1) return table;
  if (table.columns() + 1 == std::ssize(named.names)) std::erase(named.names, target.column);
  return data::read_again(table, named);
}

}  // namespace glia::experiment
