// Texts beside the tokens or terms that the model takes of them.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/read_table.h"
#include "glia/experiment/language_model.h"
#include "glia/experiment/previews.h"
#include "glia/experiment/run.h"
#include "glia/experiment/text_data.h"

namespace glia::experiment {
namespace {

using report::Paint;

constexpr std::size_t kMostBytes = 2000;
constexpr std::size_t kMostTerms = 30;

// Without the padding at its ends.
std::span<const std::int64_t> without_padding(std::span<const std::int64_t> tokens) {
  while (!tokens.empty() && tokens.back() == 0) tokens = tokens.first(tokens.size() - 1);
  while (!tokens.empty() && tokens.front() == 0) tokens = tokens.subspan(1);
  return tokens;
}

void add_tokens(report::Document& document, const TextInput& input, std::string_view text) {
  const std::string_view one[] = {text};
  const Tensor row = input.transform(one);
  const auto tokens = without_padding(row.data<std::int64_t>());
  const auto all = std::ssize(input.tokenizer->encode(text));
  if (!tokens.empty()) document.add(token_table(*input.tokenizer, tokens));
  const auto padded = input.sequence.length - std::ssize(tokens);
  document.add(report::Paragraph{
      all > std::ssize(tokens)
          ? fmt::format("{} of {} tokens; the others are cut off", std::ssize(tokens), all)
      : padded > 0 ? fmt::format("{} tokens, and {} places of padding", all, padded)
                   : fmt::format("{} tokens", all)});
}

void add_terms(report::Document& document, const data::TextEncoder& terms, std::string_view text) {
  auto weights = terms.weights(text);
  std::stable_sort(weights.begin(), weights.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  report::Table table{.columns = {{"term", report::Align::left}, "feature", "weight"}};
  for (std::size_t i = 0; i < std::min(kMostTerms, weights.size()); ++i) {
    const auto& [term, weight] = weights[i];
    report::Cell cell(fmt::format("{:.4f}", weight));
    cell.share = weight / weights.front().second;
    table.rows.push_back({{shown(terms.terms()[static_cast<std::size_t>(term)]), Paint::bold},
                          {std::to_string(term)},
                          cell});
  }
  if (!table.rows.empty()) document.add(std::move(table));
  document.add(report::Paragraph{fmt::format(
      "{} terms that the training knows, of {}{}", weights.size(), with_commas(terms.width()),
      weights.size() > kMostTerms ? fmt::format("; the heaviest {}", kMostTerms) : "")});
}

std::span<const std::int64_t> row_of(const Tensor& tokens, std::int64_t row) {
  const auto length = static_cast<std::size_t>(tokens.shape()[1].value());
  return tokens.data<std::int64_t>().subspan(static_cast<std::size_t>(row) * length, length);
}

}  // namespace

report::Document TextData::preview(const Prepared& prepared, const PreviewOptions& options) const {
  const auto& input = prepared.encoding.as<TextInput>();
  const auto table = data::read_table(train, csv);
  const auto rows = parts_of(table, data::all_rows(table.rows())).train;
  const auto place = table.column(input.column);
  report::Document document;
  document.title = "Training texts";
  document.subtitle =
      input.tokenizer
          ? fmt::format("As they stand in the file, and as tokens, each a number below {}",
                        with_commas(input.tokenizer->size()))
          : fmt::format("As they stand in the file, and the weights of their terms, of {}",
                        with_commas(input.terms.width()));
  const auto& target = prepared.encoding.target;
  for (const auto at : drawn_rows(options, std::ssize(rows))) {
    const std::int64_t row[] = {rows[static_cast<std::size_t>(at)]};
    const auto text = data::texts_of(table, row, place).front();
    document.add(report::Heading{fmt::format("{}: {}", place_of(table, row[0]),
                                             label_of(target.transform(table, row), 0, target)),
                                 3});
    document.add(
        report::Code{table.missing(row[0], place) ? "(missing)" : shown(text, kMostBytes)});
    if (input.tokenizer)
      add_tokens(document, input, text);
    else
      add_terms(document, input.terms, text);
  }
  return document;
}

report::Document LanguageData::preview(const Prepared& prepared,
                                       const PreviewOptions& options) const {
  const auto& tokenizer = prepared.encoding.as<LanguageEncoder>().tokenizer;
  auto rows = drawn_rows(options, prepared.train->size());
  std::sort(rows.begin(), rows.end());
  const int times = random_offsets ? std::max(options.times, 1) : 1;
  std::vector<data::Batch> epochs;
  for (int i = 0; i < times; ++i) epochs.push_back(batch_of(*prepared.train, rows, i));
  report::Document document;
  document.title = "Training windows";
  document.subtitle =
      fmt::format("{} tokens each, and the token that follows each of them{}", length,
                  random_offsets ? "; each epoch's windows begin elsewhere" : "");
  for (std::int64_t i = 0; i < std::ssize(rows); ++i) {
    document.add(report::Heading{
        fmt::format("Window {} of {}", with_commas(rows[static_cast<std::size_t>(i)] + 1),
                    with_commas(prepared.train->size())),
        3});
    for (std::size_t k = 0; k < epochs.size(); ++k) {
      const auto tokens = row_of(epochs[k].features, i);
      if (random_offsets) document.add(report::Paragraph{fmt::format("Epoch {}", k + 1)});
      document.add(report::Code{tokenizer.decode(tokens)});
      if (k == 0) document.add(token_table(tokenizer, tokens, row_of(epochs[k].targets, i)));
    }
  }
  return document;
}

}  // namespace glia::experiment
