#include "glia/data/tokenizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"
#include "glia/data/characters.h"

namespace glia::data {
namespace {

using nlohmann::json;

constexpr std::array kTokens{"words", "characters", "bytes", "byte_pairs"};
constexpr auto kFormat = "glia-tokenizer";

void check(const TokenizerOptions& o) {
  const auto expect = [](bool fits, const char* option, std::int64_t value, const char* expected) {
    if (!fits) fail("E-DATA-167", "tokens: {} is {}; expected {}", option, value, expected);
  };
  expect(o.min_count >= 1, "min_count", o.min_count, "1 or more");
  expect(o.max_size >= 0, "max_size", o.max_size, "how many tokens are kept, or 0 for all");
}

// Calls `visit` with the tokens of text whose tokens are listed.
void each_token(std::string_view text, const TokenizerOptions& options,
                const std::function<void(std::string_view)>& visit) {
  if (options.tokens == Tokens::words)
    each_word(text, options.words, visit);
  else
    each_character(text, visit);
}

[[noreturn]] void bad(const std::string& what) {
  fail("E-DATA-171", "tokenizer (JSON): {}; take the file that training wrote", what);
}

}  // namespace

std::string_view name_of(Tokens tokens) { return kTokens[static_cast<std::size_t>(tokens)]; }

Tokens tokens_from(std::string_view name) {
  const auto found = std::find(kTokens.begin(), kTokens.end(), name);
  if (found == kTokens.end())
    fail("E-DATA-166", "tokens: unknown kind '{}'{}", shown(name),
         suggest(name, {kTokens.begin(), kTokens.end()}));
  return static_cast<Tokens>(found - kTokens.begin());
}

Tokenizer Tokenizer::fit(std::span<const std::string_view> texts, const TokenizerOptions& options) {
  check(options);
  Tokenizer tokenizer(options);
  if (tokenizer.listed()) {
    TermCounts counts;
    for (const auto text : texts)
      each_token(text, options, [&](std::string_view token) { ++counts[std::string(token)]; });
    tokenizer.vocabulary_ = Vocabulary(most_frequent(counts, options.min_count, options.max_size));
    if (tokenizer.vocabulary_.size() == 0)
      fail("E-DATA-169", "tokens: no {} stands {} times or more in the {} training texts; {}",
           options.tokens == Tokens::words ? "word" : "character", options.min_count, texts.size(),
           counts.empty() ? "check the column" : "take a smaller min_count");
  } else if (options.tokens == Tokens::byte_pairs) {
    tokenizer.pairs_ = BytePairs::train(texts, options.byte_pairs);
  }
  return tokenizer;
}

std::optional<std::int64_t> Tokenizer::unknown() const {
  return listed() ? std::optional(first() - 1) : std::nullopt;
}

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int64_t> tokens;
  if (listed()) {
    // The unknown stands just before the first token, where find() has its -1.
    each_token(text, options_, [&](std::string_view token) {
      tokens.push_back(first() + vocabulary_.find(token));
    });
    return tokens;
  }
  pairs_.encode(text, tokens);
  for (auto& token : tokens) token += first();
  return tokens;
}

std::string Tokenizer::token(std::int64_t number) const {
  if (number < 0 || number >= size())
    fail("E-DATA-170", "tokens: there is no token {}; expected 0 to {}", number, size() - 1);
  if (number == unknown()) return std::string(kReplacement);
  if (number < first()) return "";
  return listed() ? vocabulary_[number - first()] : pairs_.token(number - first());
}

std::string Tokenizer::decode(std::span<const std::int64_t> tokens) const {
  std::string text, room;
  for (const auto number : tokens) {
    const std::string one = token(number);
    if (options_.tokens == Tokens::words && !text.empty() && !one.empty()) text += ' ';
    text += one;
  }
  return std::string(repaired(text, room));
}

Tensor Tokenizer::sequences(std::span<const std::string_view> texts,
                            const SequenceOptions& options) const {
  if (options.length < 1)
    fail("E-DATA-167", "tokens: length is {}; expected how many tokens a sequence has",
         options.length);
  if (!options_.padding)
    fail(
        "E-DATA-167",
        "tokens: sequences of one length need a number for no token, and this vocabulary has none; "
        "fit it with padding");
  Tensor all(DType::i64, {static_cast<std::int64_t>(texts.size()), options.length});
  auto* to = all.data<std::int64_t>().data();
  for (const auto text : texts) {
    const auto tokens = encode(text);
    const auto count = std::min<std::ptrdiff_t>(std::ssize(tokens), options.length);
    const auto from = options.truncating == End::pre ? tokens.end() - count : tokens.begin();
    std::copy_n(from, count, options.padding == End::pre ? to + options.length - count : to);
    to += options.length;
  }
  return all;
}

std::string Tokenizer::to_json() const {
  json out = {{"format", kFormat},
              {"version", 1},
              {"tokens", name_of(options_.tokens)},
              {"padding", options_.padding}};
  if (options_.tokens == Tokens::words)
    out["words"] = {{"rule", name_of(options_.words.rule)},
                    {"lower_case", options_.words.lower_case},
                    {"punctuation", options_.words.punctuation}};
  if (listed()) out["vocabulary"] = vocabulary_.terms();
  if (options_.tokens == Tokens::byte_pairs) out["merges"] = pairs_.merges();
  return out.dump(1);
}

Tokenizer Tokenizer::from_json(std::string_view text) {
  try {
    const json in = json::parse(text);
    if (in.at("format") != kFormat) bad("'format' is not glia-tokenizer");
    if (in.at("version") != 1) bad("'version' is not 1, the one that this program reads");
    TokenizerOptions options;
    options.tokens = tokens_from(in.at("tokens").get<std::string>());
    options.padding = in.at("padding").get<bool>();
    if (options.tokens == Tokens::words) {
      const json& words = in.at("words");
      options.words = {word_rule_from(words.at("rule").get<std::string>()),
                       words.at("lower_case").get<bool>(), words.at("punctuation").get<bool>()};
    }
    Tokenizer tokenizer(options);
    if (tokenizer.listed()) {
      tokenizer.vocabulary_ = Vocabulary(in.at("vocabulary").get<std::vector<std::string>>());
      if (!tokenizer.vocabulary_.distinct()) bad("'vocabulary' holds a token twice");
      if (tokenizer.vocabulary_.size() == 0) bad("'vocabulary' is empty");
    }
    if (options.tokens == Tokens::byte_pairs)
      tokenizer.pairs_ = BytePairs::from_merges(in.at("merges").get<std::vector<std::string>>());
    return tokenizer;
  } catch (const json::exception& error) {
    bad(json_problem(error));
  } catch (const Error& error) {
    if (error.code() == "E-DATA-171") throw;
    bad(error.what());
  }
}

std::int64_t length_of_share(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                             double share) {
  std::vector<std::int64_t> lengths;
  for (const auto text : texts) lengths.push_back(std::ssize(tokenizer.encode(text)));
  if (lengths.empty()) return 1;
  const auto wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(lengths.size()));
  const auto at =
      lengths.begin() + std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(wanted) - 1);
  std::nth_element(lengths.begin(), at, lengths.end());
  return std::max<std::int64_t>(1, *at);
}

}  // namespace glia::data
