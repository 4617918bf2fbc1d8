// TextEncoder to JSON and back, to the same bits; what is read is checked.
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/data/text_encoder.h"

namespace glia::data {
namespace {

using nlohmann::json;

constexpr auto kFormat = "glia-text-encoder";

[[noreturn]] void bad(const std::string& what) {
  fail("E-DATA-171", "tfidf (JSON): {}; take the file that training wrote", what);
}

}  // namespace

std::string TextEncoder::to_json() const {
  const auto& o = options_;
  return json{{"format", kFormat},
              {"version", 1},
              {"analyzer", name_of(o.analyzer)},
              {"words", name_of(o.words.rule)},
              {"lower_case", o.words.lower_case},
              {"punctuation", o.words.punctuation},
              {"min_ngram", o.min_ngram},
              {"max_ngram", o.max_ngram},
              {"binary", o.binary},
              {"sublinear_tf", o.sublinear_tf},
              {"norm", name_of(o.norm)},
              {"texts", texts_},
              {"terms", terms()},
              {"idf", idf_}}
      .dump(1);
}

TextEncoder TextEncoder::from_json(std::string_view text) {
  try {
    const json in = json::parse(text);
    if (in.at("format") != kFormat) bad("'format' is not glia-text-encoder");
    if (in.at("version") != 1) bad("'version' is not 1, the one that this program reads");
    TextEncoder encoder;
    auto& o = encoder.options_;
    o.analyzer = analyzer_from(in.at("analyzer").get<std::string>());
    o.words = {word_rule_from(in.at("words").get<std::string>()), in.at("lower_case").get<bool>(),
               in.at("punctuation").get<bool>()};
    o.min_ngram = in.at("min_ngram").get<std::int64_t>();
    o.max_ngram = in.at("max_ngram").get<std::int64_t>();
    o.binary = in.at("binary").get<bool>();
    o.sublinear_tf = in.at("sublinear_tf").get<bool>();
    o.norm = term_norm_from(in.at("norm").get<std::string>());
    if (o.min_ngram < 1 || o.max_ngram < o.min_ngram || o.max_ngram > 100)
      bad("'min_ngram' and 'max_ngram' do not fit");
    encoder.texts_ = in.at("texts").get<std::int64_t>();
    encoder.terms_ = Vocabulary(in.at("terms").get<std::vector<std::string>>());
    encoder.idf_ = in.at("idf").get<std::vector<double>>();
    if (encoder.terms_.size() == 0 || !encoder.terms_.distinct()) bad("'terms' do not fit");
    if (std::ssize(encoder.idf_) != encoder.terms_.size()) bad("'idf' is not one for each term");
    for (const double idf : encoder.idf_)
      if (!std::isfinite(idf)) bad("'idf' holds what is no number");
    return encoder;
  } catch (const json::exception& error) {
    bad(json_problem(error));
  } catch (const Error& error) {
    if (error.code() == "E-DATA-171") throw;
    bad(error.what());
  }
}

}  // namespace glia::data
