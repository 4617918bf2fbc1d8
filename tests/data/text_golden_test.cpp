// Against scikit-learn's TfidfVectorizer and Hugging Face's byte-level BPE:
// tests/golden/make_text.py.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/data/byte_pairs.h"
#include "glia/data/csv.h"
#include "glia/data/preprocess.h"
#include "glia/data/text_encoder.h"

namespace glia::data {
namespace {

using nlohmann::json;

const json& golden() {
  static const json all = [] {
    std::ifstream file(GLIA_SOURCE_DIR "/tests/golden/text.json");
    return json::parse(file);
  }();
  return all;
}

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

TextEncoderOptions options_of(const json& o) {
  TextEncoderOptions options;
  const auto analyzer = o["analyzer"].get<std::string>();
  options.analyzer = analyzer == "word"   ? Analyzer::words
                     : analyzer == "char" ? Analyzer::characters
                                          : Analyzer::characters_in_words;
  options.words = {.rule = WordRule::scikit_learn, .lower_case = o["lowercase"].get<bool>()};
  options.min_ngram = o["ngram_range"][0];
  options.max_ngram = o["ngram_range"][1];
  options.min_df = o["min_df"];
  options.max_df = o["max_df"];
  options.max_features = o["max_features"].is_null() ? 0 : o["max_features"].get<std::int64_t>();
  options.sublinear_tf = o["sublinear_tf"];
  options.smooth_idf = o["smooth_idf"];
  options.use_idf = o["use_idf"];
  options.binary = o["binary"];
  options.norm =
      o["norm"].is_null() ? TermNorm::none : term_norm_from(o["norm"].get<std::string>());
  return options;
}

TEST(TextGolden, Tfidf) {
  int at = 0;
  for (const auto& test : golden()["tfidf"]) {
    SCOPED_TRACE(at++);
    auto docs = test["docs"].get<std::vector<std::string>>();
    const auto encoder = TextEncoder::fit(views(docs), options_of(test["options"]));
    ASSERT_EQ(encoder.terms(), test["terms"].get<std::vector<std::string>>());
    docs.push_back(test["new"].get<std::string>());
    const auto again = TextEncoder::from_json(encoder.to_json());
    for (std::size_t d = 0; d < docs.size(); ++d) {
      const auto weights = encoder.weights(docs[d]);
      ASSERT_EQ(weights.size(), test["rows"][d].size()) << docs[d];
      for (std::size_t i = 0; i < weights.size(); ++i) {
        EXPECT_EQ(weights[i].first, test["rows"][d][i][0].get<std::int64_t>());
        EXPECT_NEAR(weights[i].second, test["rows"][d][i][1].get<double>(), 1e-9);
      }
      EXPECT_EQ(again.weights(docs[d]), weights) << "saved, to the same bits";
    }
  }
  EXPECT_EQ(at, 100);
}

// The same options as a step of a table's column.
Step step_of(const json& o) {
  const auto options = options_of(o);
  return {"tfidf",
          {{"analyzer", std::string(name_of(options.analyzer))},
           {"rule", "scikit_learn"},
           {"lower_case", options.words.lower_case},
           {"min_ngram", options.min_ngram},
           {"max_ngram", options.max_ngram},
           {"min_df", options.min_df},
           {"max_df", options.max_df},
           {"max_features", options.max_features},
           {"sublinear_tf", options.sublinear_tf},
           {"smooth_idf", options.smooth_idf},
           {"use_idf", options.use_idf},
           {"binary", options.binary},
           {"norm", std::string(name_of(options.norm))}}};
}

TEST(TextGolden, TfidfOfAColumnOfATable) {
  for (const auto& test : golden()["tfidf"]) {
    auto docs = test["docs"].get<std::vector<std::string>>();
    const auto fitted = std::ssize(docs);
    docs.push_back(test["new"].get<std::string>());
    std::string text = "number,note\n";
    for (std::size_t d = 0; d < docs.size(); ++d) {
      std::string quoted = "\"";
      for (const char c : docs[d]) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
      text += std::to_string(d) + "," + quoted + "\"\n";
    }
    const Table table = parse_csv(text, {.separator = ',', .header = Header::yes, .missing = {}});
    const auto p = Preprocessor::fit(table, all_rows(fitted),
                                     {.steps = {{"note", {step_of(test["options"])}}}});
    const auto width = p.features();
    ASSERT_EQ(width, std::ssize(test["terms"]) + 1);
    const Tensor x = p.transform(table, all_rows(table.rows()), nullptr, DType::f64);
    for (std::size_t d = 0; d < docs.size(); ++d) {
      std::vector<double> wanted(static_cast<std::size_t>(width - 1), 0);
      for (const auto& weight : test["rows"][d])
        wanted[weight[0].get<std::size_t>()] = weight[1].get<double>();
      for (std::int64_t f = 1; f < width; ++f)
        ASSERT_NEAR(x.at(static_cast<std::int64_t>(d) * width + f),
                    wanted[static_cast<std::size_t>(f - 1)], 1e-9)
            << docs[d] << ", " << p.feature_names()[static_cast<std::size_t>(f)];
    }
  }
}

TEST(TextGolden, BytePairs) {
  for (const auto& test : golden()["bpe"]) {
    const auto texts = test["texts"].get<std::vector<std::string>>();
    const auto pairs =
        BytePairs::train(views(texts), {.merges = test["asked"].get<std::int64_t>()});
    const auto merges = test["merges"].get<std::vector<std::string>>();
    ASSERT_EQ(pairs.merges(), merges);
    const auto saved = BytePairs::from_merges(merges);
    for (const auto& check : test["checks"]) {
      std::vector<std::int64_t> ids, again;
      const auto text = check["text"].get<std::string>();
      pairs.encode(text, ids);
      saved.encode(text, again);
      EXPECT_EQ(ids, check["ids"].get<std::vector<std::int64_t>>()) << '"' << text << '"';
      EXPECT_EQ(again, ids);
    }
  }
}

}  // namespace
}  // namespace glia::data
