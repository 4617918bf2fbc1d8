// A first experiment for one long text: a language model.
#include "glia/base/error.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/data.h"
#include "glia/cli/first_parts.h"
#include "glia/data/csv.h"
#include "glia/data/text_source.h"
#include "glia/data/tokenizer.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kShare = 0.1;  // of the text, for validation, and again for the test
constexpr std::int64_t kLength = 100;

// Whether a file is rows and columns all the same.
bool is_table(const fs::path& file) {
  try {
    return data::read_csv(file).columns() > 1;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

bool is_long_text(const fs::path& file) { return file.extension() == ".txt" && !is_table(file); }

std::optional<FirstExperiment> first_of_prose(const FirstExperimentOptions& options) {
  if (!options.target.empty() || !is_long_text(options.data)) return std::nullopt;
  const std::string text = data::read_text(options.data);
  const auto rest = data::split_text(text, kShare).train;
  const std::string_view fitted[] = {data::split_text(rest, kShare / (1 - kShare)).train};
  const auto tokens =
      data::Tokenizer::fit(fitted, {.tokens = data::Tokens::characters, .padding = false}).size();
  FirstExperiment first;
  first.kind = "language_model";
  first.notes.push_back(fmt::format(
      "one long text of {} bytes and {} different characters: each next one is predicted",
      with_commas(std::ssize(text)), tokens - 1));  // one stands for all others
  first.yaml =
      heading(options, fmt::format("{} bytes", with_commas(std::ssize(text)))) +
      fmt::format(
          "data:\n"
          "  train: {}\n"
          "  language_model: {{tokens: characters, length: {}}}\n"
          "  # By place: the end of the text is the test, what is before it validates.\n"
          "  split: {{validation: {}, test: {}}}\n"
          "model:\n"
          "  layers:\n"
          "    - embedding: {{input_dim: {}, output_dim: 32}}  # the characters\n"
          "    - gru: {{units: 128, return_sequences: true}}\n"
          "    - dropout: 0.1\n"
          "    - dense: {{units: {}, activation: softmax}}\n",
          path_in(options, options.data), kLength, kShare, kShare, tokens, tokens) +
      training({32, 6, 2},
               {std::to_string(tokens), "softmax", "sparse_categorical_crossentropy", "accuracy"},
               "3e-3");
  return first;
}

}  // namespace glia::cli
