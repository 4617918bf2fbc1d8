// The `data` section of an experiment on texts, and its encoding.
#include <nlohmann/json.hpp>
#include <tuple>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/steps/terms.h"
#include "glia/experiment/makers.h"
#include "glia/experiment/text_data.h"

namespace glia::experiment {

using nlohmann::json;

namespace {

data::WordOptions read_words(Settings& s) {
  data::WordOptions words;
  const auto rule = s.one_of("rule", "unicode", {"unicode", "scikit_learn"},
                             "what a word is: by Unicode's boundaries, or two letters or more");
  words.rule = data::word_rule_from(rule);
  words.punctuation = s.flag("punctuation", words.punctuation, "marks are words, too");
  words.lower_case = s.flag("lower_case", true, "capital letters are like small ones");
  return words;
}

data::TextEncoderOptions read_terms(Settings& s) {
  const auto& tfidf = data::known_steps(data::Kind::text).back();
  return data::term_options(read_step_options(s, data::Kind::text, tfidf));
}

data::End read_end(Settings& s, const char* key, const char* meaning) {
  return s.one_of(key, "post", {"pre", "post"}, meaning) == "pre" ? data::End::pre
                                                                  : data::End::post;
}

void read_sequence(Settings& s, data::SequenceOptions& o) {
  constexpr auto kLength = "tokens of a text; unless given what 95 % of the texts do not exceed";
  o.length = s.integer("length", kLength, {.least = 1}).value_or(0);
  o.padding = read_end(s, "padding", "where zeros fill a shorter text up");
  o.truncating = read_end(s, "truncating", "where a longer one is cut");
}

data::TokenizerOptions read_tokens(Settings& s, data::Tokens tokens) {
  data::TokenizerOptions o;
  o.tokens = tokens;
  const bool words = tokens == data::Tokens::words;
  if (words) o.words = read_words(s);
  if (words || tokens == data::Tokens::characters) {
    o.min_count = s.integer("min_count", o.min_count, "rarer ones are unknown", {.least = 1});
    o.max_size = s.integer("max_size", o.max_size,
                           "tokens that are kept, the most frequent; 0: all", {.least = 0});
  }
  if (tokens == data::Tokens::byte_pairs) {
    o.byte_pairs.merges =
        s.integer("merges", o.byte_pairs.merges, "pairs that become tokens", {.least = 0});
    o.byte_pairs.min_count =
        s.integer("min_count", o.byte_pairs.min_count, "rarer pairs do not", {.least = 1});
  }
  return o;
}

const std::vector<std::tuple<std::string, std::string, data::Tokens>> kTokens{
    {"words", "tokens: words", data::Tokens::words},
    {"characters", "tokens: characters", data::Tokens::characters},
    {"bytes", "tokens: the 256 bytes", data::Tokens::bytes},
    {"byte_pairs", "tokens: bytes, of which frequent pairs are joined", data::Tokens::byte_pairs}};

Makers<data::TokenizerOptions> token_makers() {
  Makers<data::TokenizerOptions> makers;
  for (const auto& [name, meaning, tokens] : kTokens)
    makers.push_back(
        {name, meaning, [tokens = tokens](Settings& s) { return read_tokens(s, tokens); }});
  return makers;
}

Makers<TextEncoding> encoding_makers() {
  Makers<TextEncoding> makers{{"tfidf", "the weights of terms, for dense layers", [](Settings& s) {
                                 return TextEncoding{std::nullopt, {}, read_terms(s)};
                               }}};
  for (const auto& [name, meaning, tokens] : kTokens)
    makers.push_back({name, meaning + ", for an embedding", [tokens = tokens](Settings& s) {
                        TextEncoding encoding;
                        read_sequence(s, encoding.sequence);
                        encoding.tokens = read_tokens(s, tokens);
                        return encoding;
                      }});
  return makers;
}

std::shared_ptr<DataPlan> read_texts(Settings& data, const Places& places,
                                     const std::vector<std::string>& outputs) {
  if (!outputs.empty())
    fail("E-EXP-05", "{}: texts have one target, and the model has {} outputs", data.where(),
         outputs.size());
  auto plan = std::make_shared<TextData>();
  read_table_files(data, places, outputs, *plan);
  constexpr auto kMeaning = "the column of texts, and how they become numbers";
  data.describe("text", "column, or options", "", kMeaning, true);
  Settings text = data.required_map("text", kMeaning, " (text: COLUMN)");
  if (text.has_value()) text.give_value("column", {});
  plan->column = text.required_text("column", "whose cells are the texts");
  auto encode = text.choice("encode", "tfidf", "encoding", "how they become numbers");
  plan->encode = make(encoding_makers(), "encoding", encode);
  encode.options.done();
  text.done();
  return plan;
}

json to_json(const Encoding& encoding) {
  const auto* of = dynamic_cast<const TextInput*>(encoding.encoder.get());
  if (!of) return {};
  const TextInput& input = *of;
  json j{{"column", input.column}, {"target", json::parse(data::to_json(encoding.target))}};
  if (input.tokenizer) {
    j["tokenizer"] = json::parse(input.tokenizer->to_json());
    j["length"] = input.sequence.length;
    j["padding"] = input.sequence.padding == data::End::pre ? "pre" : "post";
    j["truncating"] = input.sequence.truncating == data::End::pre ? "pre" : "post";
  } else {
    j["terms"] = json::parse(input.terms.to_json());
  }
  return j;
}

Encoding from_json(const json& j) {
  auto input = std::make_shared<TextInput>();
  input->column = j.at("column").get<std::string>();
  if (j.contains("terms")) {
    input->terms = data::TextEncoder::from_json(j.at("terms").dump());
  } else {
    constexpr std::int64_t kMost = 1 << 24;
    input->tokenizer = data::Tokenizer::from_json(j.at("tokenizer").dump());
    input->sequence = {j.at("length").get<std::int64_t>(),
                       j.at("padding") == "pre" ? data::End::pre : data::End::post,
                       j.at("truncating") == "pre" ? data::End::pre : data::End::post};
    if (input->sequence.length < 1 || input->sequence.length > kMost ||
        !input->tokenizer->padding())
      fail("E-BUNDLE-02", "encoding.json: sequences of {} tokens", input->sequence.length);
  }
  return {input, data::target_from_json(j.at("target").dump()), {}};
}

}  // namespace

data::TokenizerOptions make_tokens(Settings::Choice& choice) {
  auto options = make(token_makers(), "kind of tokens", choice);
  choice.options.done();
  return options;
}

std::vector<Entry> encoding_entries() { return entries_of(encoding_makers()); }

constinit const DataKind text_kind{
    .name = "text",
    .summary = "where rows are texts in a column of a table",
    .claims = [](Settings& data) { return data.has("text"); },
    .read = read_texts,
    .to_json = to_json,
    .from_json = from_json,
};

}  // namespace glia::experiment
