// Text as the weights of its terms: TF-IDF.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "glia/data/text.h"
#include "glia/data/vocabulary.h"
#include "glia/tensor/tensor.h"

namespace glia::data {

// What terms are made of. characters_in_words: with a space at both ends of each word, and none
// across two (scikit-learn's char_wb).
enum class Analyzer : std::uint8_t { words, characters, characters_in_words };
std::string_view name_of(Analyzer analyzer);
Analyzer analyzer_from(std::string_view name);  // Error E-DATA-166 with the nearest name
enum class TermNorm : std::uint8_t { none, l1, l2 };
std::string_view name_of(TermNorm norm);
TermNorm term_norm_from(std::string_view name);  // Error E-DATA-166 with the nearest name

// As scikit-learn's TfidfVectorizer has them, but for the rule of words.
struct TextEncoderOptions {
  Analyzer analyzer = Analyzer::words;
  WordOptions words = {};  // characters take only lower_case of it, as Python's str.lower()
  std::int64_t min_ngram = 1, max_ngram = 1;  // how many words or characters make a term
  // Terms that stand in fewer texts than min_df, or in more than max_df, are left out: a number of
  // texts, or a share of them: min_df below 1, max_df up to 1.
  double min_df = 1, max_df = 1;
  std::int64_t max_features = 0;  // of the most frequent terms; 0: all
  bool binary = false;            // a term counts once in a text
  bool sublinear_tf = false;      // 1 + ln(count) in place of count
  bool use_idf = true;
  bool smooth_idf = true;  // ln((1 + n) / (1 + df)) + 1, otherwise ln(n / df) + 1
  TermNorm norm = TermNorm::l2;
  friend bool operator==(const TextEncoderOptions&, const TextEncoderOptions&) = default;
};

// Counts of terms, each by how rare it is among the training texts. The terms are in the order of
// their bytes; of equally frequent ones under max_features the first are kept. Agrees with
// scikit-learn 1.9 to 1e-9 under WordRule::scikit_learn.
class TextEncoder {
 public:
  // Errors: E-DATA-167 an option that cannot be; -169 no term is left.
  static TextEncoder fit(std::span<const std::string_view> texts,
                         const TextEncoderOptions& options = {});

  std::int64_t width() const { return terms_.size(); }
  const std::vector<std::string>& terms() const { return terms_.terms(); }
  std::int64_t texts() const { return texts_; }  // that it was fitted on

  // The terms of a text that are not 0, ascending, with their weights.
  using Weights = std::vector<std::pair<std::int64_t, double>>;
  Weights weights(std::string_view text) const;

  // f32 [N, width()]; or into `to`, the first feature of the first of rows that are `stride` apart,
  // whose features are 0.
  Tensor transform(std::span<const std::string_view> texts) const;
  void transform(std::span<const std::string_view> texts, float* to, std::size_t stride) const;

  // The whole as JSON, and back to the same bits. Error E-DATA-171 for text that is not such JSON.
  std::string to_json() const;
  static TextEncoder from_json(std::string_view text);

  friend bool operator==(const TextEncoder& a, const TextEncoder& b) {
    return a.options_ == b.options_ && a.terms() == b.terms() && a.idf_ == b.idf_ &&
           a.texts_ == b.texts_;
  }

 private:
  friend class TextEncoderFitter;
  TextEncoderOptions options_;
  Vocabulary terms_;
  std::vector<double> idf_;  // of each term; 1 without use_idf
  std::int64_t texts_ = 0;
};

// The same fit for texts that come one by one, of which only the terms are kept.
class TextEncoderFitter {
 public:
  // Error E-DATA-167 as of fit().
  explicit TextEncoderFitter(const TextEncoderOptions& options = {},
                             std::int64_t most_terms = std::numeric_limits<std::int64_t>::max());

  void add(std::string_view text);  // Error E-DATA-240: more than `most_terms` different ones
  TextEncoder finish() &&;          // Error E-DATA-169

 private:
  struct Counts {
    std::int64_t all = 0, texts = 0, last = -1;  // last: the text that it was met in
  };
  TextEncoderOptions options_;
  std::int64_t most_terms_, texts_ = 0;
  std::unordered_map<std::string, Counts> counts_;
};

// Calls `visit` with the terms of a text, in order.
void each_term(std::string_view text, const TextEncoderOptions& options,
               const std::function<void(std::string_view)>& visit);

}  // namespace glia::data
