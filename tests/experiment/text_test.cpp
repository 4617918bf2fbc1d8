// Texts in a column, and language models: from the file of an experiment to predictions.
#include <gtest/gtest.h>

#include "glia/experiment/generate.h"
#include "glia/experiment/language_model.h"
#include "glia/experiment/text_data.h"
#include "tests/experiment/case.h"
#include "tests/thrown.h"

namespace glia::experiment {
namespace {

using testing::thrown;

// Messages whose words decide their label.
std::string messages(int rows, std::uint64_t seed) {
  Random random(seed, "messages");
  const std::vector<std::string> good = {"lunch", "meet", "home", "later"},
                                 bad = {"WIN", "cash", "Prize", "claim"},
                                 any = {"the", "you", "now", "at", "café"};
  std::string csv = "label,message\n";
  for (int i = 0; i < rows; ++i) {
    const bool spam = random.below(3) == 0;
    csv += spam ? "spam," : "ham,";
    for (int w = 0; w < 6; ++w) {
      const auto& from = w % 2 == 0 ? any : spam ? bad : good;
      csv += from[random.below(from.size())] + (w < 5 ? " " : "\n");
    }
  }
  return csv;
}

struct Texts {
  TempFolder folder;
  Texts() {
    testing::write(folder / "sms.csv", messages(240, 1));
    testing::write(folder / "new.csv", messages(60, 2));
    testing::write(folder / "lines.csv", "message\nwin the prize now\nmeet you at home\n");
  }
  Experiment load(const std::string& encode, const std::string& layers,
                  std::vector<std::string> set = {}) const {
    LoadOptions options;
    options.set = std::move(set);
    return parse("data:\n  train: sms.csv\n  target: label\n  validation: 0.2\n" + encode +
                     "model:\n  layers:\n" + layers +
                     "    - dense: {units: 1, activation: sigmoid}\n"
                     "train:\n  loss: binary_crossentropy\n  epochs: 12\n"
                     "  optimizer: {adam: {learning_rate: 0.02}}\n  metrics: [accuracy]\n",
                 "sms.yaml", options, folder.path());
  }
  RunResult run(const Experiment& e, const std::string& name) const {
    return train(e, prepare(e), {.folder = folder / name});
  }
};

double accuracy(const Assessment& a) {
  for (const auto& m : a.metrics)
    if (m.name == "accuracy") return m.value.value_or(0);
  return 0;
}

void expect_use(const Texts& texts, const std::string& name) {
  const auto bundle = load_bundle(texts.folder / name);
  const auto labelled = bundle.experiment.data->labelled(bundle, {texts.folder / "new.csv"});
  EXPECT_GT(accuracy(assess(bundle, *labelled.rows)), 0.97);
  EXPECT_FALSE(labelled.trained_on);
  const auto rows = bundle.experiment.data->unlabelled(bundle, texts.folder / "lines.csv");
  const Tensor p = bundle.predict(*rows.rows)[0];
  ASSERT_EQ(p.size(), 2);
  EXPECT_GT(p.at(0), 0.5);
  EXPECT_LT(p.at(1), 0.5);
  EXPECT_EQ(Encoding::from_json(bundle.encoding.to_json()).to_json(), bundle.encoding.to_json());
}

TEST(TextData, TermsAndTokensLearnAndPredict) {
  const Texts texts;
  const auto result = texts.run(texts.load("  text: message\n", ""), "terms");
  EXPECT_GT(accuracy(*result.validation), 0.97);
  expect_use(texts, "terms");
  const auto tokens =
      texts.load("  text: {column: message, encode: {words: {length: 8}}}\n",
                 "    - embedding: {input_dim: 20, output_dim: 8, mask_zero: true}\n"
                 "    - global_average_pool1d: {}\n");
  texts.run(tokens, "tokens");
  expect_use(texts, "tokens");
}

TEST(TextData, WhatIsFittedComesFromTrainingRows) {
  const Texts texts;
  const auto e = texts.load("  text: {column: message, encode: {tfidf: {min_df: 1}}}\n", "");
  const auto before = prepare(e);
  // Another text in every validation row changes nothing that was fitted.
  const auto table = data::read_csv(texts.folder / "sms.csv");
  const auto every = data::all_rows(table.rows());
  const auto target = data::Target::fit(table, every, {.column = "label"});
  const Tensor y = target.transform(table, every);
  const auto parts =
      data::split(table.rows(), {.validation = 0.2, .stratify = y.data<std::int64_t>()});
  std::string csv = "label,message\n";
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const bool held = std::binary_search(parts.validation.begin(), parts.validation.end(), row);
    csv += std::string(table.cell(row, 0)) + "," +
           (held ? "zebra unheard of" : std::string(table.cell(row, 1))) + "\n";
  }
  testing::write(texts.folder / "sms.csv", csv);
  EXPECT_EQ(prepare(e).encoding.to_json(), before.encoding.to_json());
}

TEST(TextData, MistakesSayWhatIsExpected) {
  const Texts texts;
  EXPECT_EQ(thrown([&] { texts.load("  text: {encode: tfidf}\n", ""); }).code, "E-EXP-04");
  EXPECT_EQ(thrown([&] { texts.load("  text: {column: message, encode: word}\n", ""); }).code,
            "E-NN-01");
  EXPECT_EQ(thrown([&] { prepare(texts.load("  text: mesage\n", "")); }).code, "E-DATA-10");
  EXPECT_EQ(thrown([&] { prepare(texts.load("  text: label\n", "")); }).code, "E-DATA-24");
}

// Both numbers are known before the first step.
TEST(TextData, AnEmbeddingHasARowForEachToken) {
  const Texts texts;
  const auto load = [&](int rows) {
    return texts.load("  text: {column: message, encode: {words: {length: 2}}}\n",
                      "    - embedding: {input_dim: " + std::to_string(rows) +
                          ", output_dim: 4}\n    - global_average_pool1d: {}\n");
  };
  const auto prepared = prepare(load(3));
  const auto cut = std::find_if(prepared.notes.begin(), prepared.notes.end(), [](const auto& note) {
    return note.ends_with("are longer than 2 tokens, and are cut");
  });
  EXPECT_NE(cut, prepared.notes.end());
  const auto tokens = static_cast<int>(prepared.encoding.encoder->vocabulary());
  ASSERT_GT(tokens, 3);
  const auto error =
      thrown([&] { train(load(tokens - 1), prepared, {.folder = texts.folder / "small"}); });
  EXPECT_EQ(error.code, "E-DATA-270");
  EXPECT_TRUE(error.says("input_dim: " + std::to_string(tokens))) << error.message;
  EXPECT_FALSE(std::filesystem::exists(texts.folder / "small"));
  EXPECT_NO_THROW(train(load(tokens), prepared, {.folder = texts.folder / "fits"}));
}

const std::string kLanguage = R"(data:
  train: book.txt
  validation: 0.2
  language_model: {tokens: characters, length: 12}
model:
  layers:
    - embedding: {input_dim: 7, output_dim: 8}
    - gru: {units: 16, return_sequences: true}
    - dense: {units: 7, activation: softmax}
train:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.02}}
  batch_size: 16
  epochs: 15
  metrics: [accuracy]
)";

struct Book {
  TempFolder folder;
  Book() {
    std::string text;
    for (int i = 0; i < 300; ++i) text += "abc de\n";
    testing::write(folder / "book.txt", text);
    testing::write(folder / "other.txt", text.substr(0, 400));
  }
  Experiment load(std::vector<std::string> set = {}) const {
    LoadOptions options;
    options.set = std::move(set);
    return parse(kLanguage, "book.yaml", options, folder.path());
  }
};

TEST(LanguageModel, LearnsAndWrites) {
  const Book book;
  // "abc de\n" has 7 characters, and one number is for all others.
  const auto e =
      book.load({"model.layers.0.embedding.input_dim=8", "model.layers.2.dense.units=8"});
  const auto result = train(e, prepare(e), {.folder = book.folder / "run"});
  EXPECT_GT(accuracy(*result.validation), 0.85) << "all but where a window begins";
  const auto bundle = load_bundle(book.folder / "run");
  ASSERT_TRUE(is_language_model(bundle));
  EXPECT_EQ(generate(bundle, "abc", {.tokens = 11, .temperature = 0}), " de\nabc de\n");
  EXPECT_EQ(generate(bundle, "a", {.tokens = 30, .seed = 3}),
            generate(bundle, "a", {.tokens = 30, .seed = 3}));
  const auto rows = bundle.experiment.data->labelled(bundle, {book.folder / "other.txt"});
  EXPECT_GT(accuracy(assess(bundle, *rows.rows)), 0.85);
  EXPECT_EQ(thrown([&] { generate(bundle, ""); }).code, "E-EXP-05");
  EXPECT_EQ(thrown([&] { bundle.experiment.data->unlabelled(bundle, "x"); }).code, "E-BUNDLE-04");
}

TEST(LanguageModel, UnitsThatAreNotTheVocabulary) {
  const Book book;
  const auto e = book.load({"model.layers.0.embedding.input_dim=8"});
  const auto error = thrown([&] { train(e, prepare(e), {.folder = book.folder / "run"}); });
  EXPECT_EQ(error.code, "E-SHAPE-06");
  EXPECT_TRUE(error.says("8 units")) << error.message;
}

}  // namespace
}  // namespace glia::experiment
