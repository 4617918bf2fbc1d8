#include "glia/data/text_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/characters.h"

namespace glia::data {
namespace {

constexpr std::array kAnalyzers{"words", "characters", "characters_in_words"};
constexpr std::array kNorms{"none", "l1", "l2"};

template <class Enum, std::size_t N>
Enum from_name(const std::array<const char*, N>& names, std::string_view name, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    fail("E-DATA-166", "tfidf: unknown {} '{}'{}", what, shown(name),
         suggest(name, {names.begin(), names.end()}));
  return static_cast<Enum>(found - names.begin());
}

void check(const TextEncoderOptions& o) {
  constexpr std::int64_t kMostGrams = 100;
  if (o.min_ngram < 1 || o.max_ngram < o.min_ngram || o.max_ngram > kMostGrams)
    fail("E-DATA-167", "tfidf: terms of {} to {} {}; expected 1 <= min_ngram <= max_ngram <= {}",
         o.min_ngram, o.max_ngram, o.analyzer == Analyzer::words ? "words" : "characters",
         kMostGrams);
  if (!(o.min_df >= 0 && o.max_df > 0))
    fail("E-DATA-167",
         "tfidf: min_df is {}, max_df {}; expected a number of texts, or a share of them", o.min_df,
         o.max_df);
  if (o.max_features < 0)
    fail("E-DATA-167", "tfidf: max_features is {}; expected how many terms are kept, or 0 for all",
         o.max_features);
}

using Visit = std::function<void(std::string_view)>;

// What Python's str.isspace() holds for a space.
bool is_python_space(const Character& c) {
  return (c.code >= 0x1C && c.code <= 0x1F) || class_of(c) == CharacterClass::space;
}

std::string lowered(std::string_view text) {
  if (!is_ascii(text)) return codecs().lower_case(text);
  std::string lowered(text);
  std::transform(text.begin(), text.end(), lowered.begin(), lower);
  return lowered;
}

// Two spaces or more become one blank.
std::string single_spaced(std::string_view text) {
  std::string out;
  std::size_t spaces = 0, last = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const bool end = at == text.size();
    const Character c = end ? Character{} : character_at(text, at);
    if (!end && is_python_space(c)) {
      ++spaces, last = at;
    } else {
      if (spaces == 1) out += text.substr(last, at - last);
      if (spaces > 1) out += ' ';
      spaces = 0;
      if (!end) out += text.substr(at, c.size);
    }
    at += c.size;
  }
  return out;
}

std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); at += character_at(text, at).size)
    starts.push_back(at);
  starts.push_back(text.size());
  return starts;
}

void grams_of_characters(std::string_view text, const TextEncoderOptions& o, const Visit& visit) {
  const auto starts = character_starts(text);
  const auto count = static_cast<std::int64_t>(starts.size()) - 1;
  for (std::int64_t n = o.min_ngram; n <= std::min(o.max_ngram, count); ++n)
    for (std::int64_t i = 0; i + n <= count; ++i) {
      const auto from = starts[static_cast<std::size_t>(i)];
      visit(text.substr(from, starts[static_cast<std::size_t>(i + n)] - from));
    }
}

// A word shorter than min_ngram is a term as it is, once.
void grams_in_words(std::string_view text, const TextEncoderOptions& o, const Visit& visit) {
  const auto word = [&](std::string_view inner) {
    const std::string padded = " " + std::string(inner) + " ";
    const auto count = static_cast<std::int64_t>(character_starts(padded).size()) - 1;
    if (count < o.min_ngram) return visit(padded);
    grams_of_characters(padded, o, visit);
  };
  std::size_t from = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const bool end = at == text.size();
    const Character c = end ? Character{} : character_at(text, at);
    if (end || is_python_space(c)) {
      if (at > from) word(text.substr(from, at - from));
      from = at + c.size;
    }
    at += c.size;
  }
}

void grams_of_words(std::string_view text, const TextEncoderOptions& o, const Visit& visit) {
  if (o.max_ngram == 1) return each_word(text, o.words, visit);
  const auto list = words(text, o.words);
  std::string term;
  for (auto n = static_cast<std::size_t>(o.min_ngram);
       n <= std::min(static_cast<std::size_t>(o.max_ngram), list.size()); ++n)
    for (std::size_t i = 0; i + n <= list.size(); ++i) {
      term = list[i];
      for (std::size_t k = 1; k < n; ++k) term += ' ' + list[i + k];
      visit(term);
    }
}

// A number of texts, from a number or a share of them.
double texts_of(double bound, std::int64_t texts, bool share) {
  return share ? bound * static_cast<double>(texts) : bound;
}

}  // namespace

std::string_view name_of(Analyzer analyzer) {
  return kAnalyzers[static_cast<std::size_t>(analyzer)];
}
Analyzer analyzer_from(std::string_view name) {
  return from_name<Analyzer>(kAnalyzers, name, "analyzer");
}
std::string_view name_of(TermNorm norm) { return kNorms[static_cast<std::size_t>(norm)]; }
TermNorm term_norm_from(std::string_view name) { return from_name<TermNorm>(kNorms, name, "norm"); }

void each_term(std::string_view text, const TextEncoderOptions& options, const Visit& visit) {
  if (options.analyzer == Analyzer::words) return grams_of_words(text, options, visit);
  std::string room;
  text = repaired(text, room);
  const std::string spaced =
      single_spaced(options.words.lower_case ? lowered(text) : std::string(text));
  options.analyzer == Analyzer::characters ? grams_of_characters(spaced, options, visit)
                                           : grams_in_words(spaced, options, visit);
}

TextEncoder TextEncoder::fit(std::span<const std::string_view> texts,
                             const TextEncoderOptions& options) {
  TextEncoderFitter fitter(options);
  for (const auto text : texts) fitter.add(text);
  return std::move(fitter).finish();
}

TextEncoderFitter::TextEncoderFitter(const TextEncoderOptions& options, std::int64_t most_terms)
    : options_(options), most_terms_(most_terms) {
  check(options);
}

void TextEncoderFitter::add(std::string_view text) {
  const std::int64_t at = texts_++;
  each_term(text, options_, [&](std::string_view term) {
    Counts& c = counts_[std::string(term)];
    if (options_.binary && c.last == at) return;
    ++c.all;
    if (std::exchange(c.last, at) != at) ++c.texts;
  });
  if (std::ssize(counts_) > most_terms_)
    fail("E-DATA-240",
         "tfidf: more than {} different terms in the first {} texts; take words, or fewer of them "
         "for a term (max_ngram)",
         most_terms_, texts_);
}

TextEncoder TextEncoderFitter::finish() && {
  const double least = texts_of(options_.min_df, texts_, options_.min_df < 1);
  const double most = texts_of(options_.max_df, texts_, options_.max_df <= 1);
  TermCounts kept;
  for (const auto& [term, c] : counts_)
    if (const auto df = static_cast<double>(c.texts); df >= least && df <= most)
      kept.emplace(term, c.all);
  auto terms = most_frequent(kept, 0, options_.max_features);
  if (terms.empty())
    fail("E-DATA-169",
         "tfidf: none of the {} terms of {} training texts is left; check the column, take a "
         "smaller min_df ({}) or a larger max_df ({})",
         counts_.size(), texts_, options_.min_df, options_.max_df);
  std::sort(terms.begin(), terms.end());
  TextEncoder encoder;
  encoder.options_ = options_;
  encoder.texts_ = texts_;
  const double smooth = options_.smooth_idf ? 1 : 0;
  for (const auto& term : terms) {
    const auto df = static_cast<double>(counts_[term].texts);
    encoder.idf_.push_back(
        options_.use_idf ? std::log((static_cast<double>(texts_) + smooth) / (df + smooth)) + 1
                         : 1);
  }
  encoder.terms_ = Vocabulary(std::move(terms));
  return encoder;
}

TextEncoder::Weights TextEncoder::weights(std::string_view text) const {
  std::vector<std::int64_t> met;
  each_term(text, options_, [&](std::string_view term) {
    if (const auto number = terms_.find(term); number >= 0) met.push_back(number);
  });
  std::sort(met.begin(), met.end());
  Weights weights;
  double sum = 0;
  for (auto at = met.begin(); at != met.end();) {
    const auto next = std::upper_bound(at, met.end(), *at);
    double count = options_.binary ? 1 : static_cast<double>(next - at);
    if (options_.sublinear_tf) count = 1 + std::log(count);
    const double weight = count * idf_[static_cast<std::size_t>(*at)];
    sum += options_.norm == TermNorm::l2 ? weight * weight : weight;
    weights.emplace_back(*at, weight);
    at = next;
  }
  if (options_.norm == TermNorm::none || sum == 0) return weights;
  const double norm = options_.norm == TermNorm::l2 ? std::sqrt(sum) : sum;
  for (auto& [term, weight] : weights) weight /= norm;
  return weights;
}

void TextEncoder::transform(std::span<const std::string_view> texts, float* to,
                            std::size_t stride) const {
  for (const auto text : texts) {
    for (const auto& [term, weight] : weights(text)) to[term] = static_cast<float>(weight);
    to += stride;
  }
}

Tensor TextEncoder::transform(std::span<const std::string_view> texts) const {
  Tensor all(DType::f32, {static_cast<std::int64_t>(texts.size()), width()});
  transform(texts, all.data<float>().data(), static_cast<std::size_t>(width()));
  return all;
}

}  // namespace glia::data
