#include "glia/experiment/language_model.h"

#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/run.h"
#include "glia/experiment/text_data.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The tokens are the classes.
Encoding encoding_of(data::Tokenizer tokenizer, std::int64_t length) {
  Encoding encoding;
  encoding.target.column = "the next token";
  encoding.target.task = tokenizer.size() == 2 ? data::Task::binary : data::Task::multiclass;
  for (std::int64_t id = 0; id < tokenizer.size(); ++id)
    encoding.target.labels.push_back(shown(tokenizer.token(id)));
  encoding.encoder = std::make_shared<LanguageEncoder>(std::move(tokenizer), length);
  return encoding;
}

std::shared_ptr<const data::Source> windows(const LanguageEncoder& encoder, std::string_view text,
                                            bool random_offsets = false, std::uint64_t seed = 1) {
  return std::make_shared<data::TextSource>(
      encoder.tokenizer.encode(text), data::WindowOptions{encoder.length, random_offsets, seed});
}

std::shared_ptr<DataPlan> read_language_model(Settings& data, const Places& places,
                                              const std::vector<std::string>& outputs) {
  if (!outputs.empty())
    fail("E-EXP-05", "{}: a text has one target, its next token, and the model has {} outputs",
         data.where(), outputs.size());
  auto plan = std::make_shared<LanguageData>();
  plan->train = places.find(data, "train", data.required_text("train", "a text file (UTF-8)"));
  if (const auto test = data.text("test", "a text file that is looked at once, at the end"))
    plan->test = places.find(data, "test", *test);
  constexpr auto kMeaning = "each next token is predicted";
  data.describe("language_model", "tokens, or options", "", kMeaning, true);
  Settings s = data.required_map("language_model", kMeaning, " (language_model: characters)");
  if (s.has_value()) s.give_value("tokens", {});
  auto tokens = s.choice("tokens", "characters", "kind of tokens", "what the text is cut into");
  plan->tokens = make_tokens(tokens);
  plan->tokens.padding = false;
  plan->length = s.integer("length", plan->length, "tokens of a window", {.least = 1});
  plan->random_offsets =
      s.flag("random_offsets", plan->random_offsets, "the windows of each epoch begin elsewhere");
  s.done();
  return plan;
}

json to_json(const Encoding& encoding) {
  const auto* encoder = dynamic_cast<const LanguageEncoder*>(encoding.encoder.get());
  if (!encoder) return {};
  return {{"tokenizer", json::parse(encoder->tokenizer.to_json())}, {"length", encoder->length}};
}

Encoding from_json(const json& j) {
  constexpr std::int64_t kMost = 1 << 24;
  const auto length = j.at("length").get<std::int64_t>();
  if (length < 1 || length > kMost)
    fail("E-BUNDLE-02", "encoding.json: windows of {} tokens", length);
  return encoding_of(data::Tokenizer::from_json(j.at("tokenizer").dump()), length);
}

}  // namespace

std::vector<fs::path> LanguageData::test_files() const {
  if (test.empty()) return {};
  return {test};
}

std::shared_ptr<const DataPlan> LanguageData::with_files(const FindFile& find) const {
  auto plan = std::make_shared<LanguageData>(*this);
  plan->train = find(train);
  if (!test.empty()) plan->test = find(test);
  return plan;
}

// The parts follow one another in the text: training, validation, test.
Prepared LanguageData::prepare(const Experiment& e) const {
  if (split.fold > 0 || split.validation_trains)
    fail("E-EXP-22",
         "data.split: a language model is trained on one long text, which has no folds; say "
         "validation and test");
  const std::string text = data::read_text(train);
  const auto [rest, tested] = data::split_text(text, split.test);
  const auto [training, validation] = data::split_text(rest, split.validation / (1 - split.test));
  const std::string_view only[] = {training};
  Prepared prepared;
  prepared.encoding = encoding_of(data::Tokenizer::fit(only, tokens), length);
  const auto& encoder = prepared.encoding.as<LanguageEncoder>();
  prepared.train = windows(encoder, training, random_offsets, e.fit.seed);
  if (split.validation > 0) prepared.validation = windows(encoder, validation);
  Sha256 sha;
  sha.update(text);
  if (split.test > 0) prepared.test = windows(encoder, tested);
  if (!test.empty()) {
    const std::string other = data::read_text(test);
    if (other == text)
      fail("E-DATA-60",
           "'{}' (training) and '{}' (test) hold the same bytes; a model is judged on text that it "
           "was not trained on: name another file, or split this one",
           train.string(), test.string());
    prepared.test = windows(encoder, other);
    sha.update(other);
  }
  prepared.fingerprint = sha.hex();
  prepared.training_digest = sha256_hex(text);
  prepared.notes.push_back(fmt::format(
      "a vocabulary of {} tokens: the embedding needs input_dim: {}, the last layer as many units",
      with_commas(encoder.tokenizer.size()), encoder.tokenizer.size()));
  return prepared;
}

NewRows LanguageData::labelled(const Bundle& bundle, const std::vector<fs::path>& files) const {
  if (files.size() != 1)
    fail("E-BUNDLE-04", "{}: this model takes one text file", files.front().string());
  const std::string text = data::read_text(files.front());
  NewRows result;
  result.rows = windows(bundle.encoding.as<LanguageEncoder>(), text);
  result.report.rows = result.rows->size();
  result.trained_on = sha256_hex(text) == bundle.training_digest;
  return result;
}

NewRows LanguageData::unlabelled(const Bundle&, const fs::path& file) const {
  fail("E-BUNDLE-04", "{}: this model continues texts and gives rows no labels; take glia generate",
       file.string());
}

constinit const DataKind language_model_kind{
    .name = "language_model",
    .summary = "where each next token of a text is predicted",
    .claims = [](Settings& data) { return data.has("language_model"); },
    .read = read_language_model,
    .to_json = to_json,
    .from_json = from_json,
};

}  // namespace glia::experiment
