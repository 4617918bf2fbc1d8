#include "glia/data/tokenizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <set>

#include "glia/base/random.h"
#include "glia/data/text_encoder.h"
#include "glia/data/text_source.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using testing::thrown;
using Ids = std::vector<std::int64_t>;
using Texts = std::vector<std::string_view>;

const Texts kTexts = {"the cat sat on the mat", "The dog sat", "a cat"};

TEST(Tokenizer, WordsByHowOftenTheyAre) {
  const auto t = Tokenizer::fit(kTexts);
  EXPECT_EQ(t.size(), 2 + 7) << "padding, unknown, a cat dog mat on sat the";
  EXPECT_EQ(t.unknown(), 1);
  EXPECT_EQ(t.token(2), "the");
  EXPECT_EQ(t.token(3), "cat") << "twice as sat, and before it";
  EXPECT_EQ(t.encode("THE cat flew"), (Ids{2, 3, 1}));
  EXPECT_EQ(t.decode(Ids{2, 3, 1, 0}), "the cat \uFFFD");
  const auto few = Tokenizer::fit(kTexts, {.min_count = 2, .padding = false});
  EXPECT_EQ(few.size(), 1 + 3);
  EXPECT_EQ(few.encode("the dog sat"), (Ids{1, 0, 3}));
  EXPECT_EQ(Tokenizer::fit(kTexts, {.max_size = 1}).size(), 3);
}

TEST(Tokenizer, WhatIsTrainedOnAloneDecides) {
  Texts more = kTexts;
  more.push_back("zebra zebra zebra");
  const auto t = Tokenizer::fit(std::span(more).first(3));
  EXPECT_EQ(t.to_json(), Tokenizer::fit(kTexts).to_json());
  EXPECT_EQ(t.encode("zebra"), (Ids{1}));
}

TEST(Tokenizer, EveryKindReadsBackWhatItWrote) {
  const Texts texts = {"Grüße, 世界! \n two  spaces", "Grüße again", "🙂\t"};
  for (const auto tokens : {Tokens::characters, Tokens::bytes, Tokens::byte_pairs}) {
    const auto t = Tokenizer::fit(texts, {.tokens = tokens, .byte_pairs = {.merges = 20}});
    const auto saved = Tokenizer::from_json(t.to_json());
    EXPECT_EQ(saved.to_json(), t.to_json());
    for (const auto text : texts) {
      EXPECT_EQ(t.decode(t.encode(text)), text) << name_of(tokens);
      EXPECT_EQ(saved.encode(text), t.encode(text));
    }
    for (const auto id : t.encode(texts[0])) EXPECT_TRUE(id > 0 && id < t.size());
  }
  const auto words = Tokenizer::fit(texts);
  EXPECT_EQ(Tokenizer::from_json(words.to_json()).encode(texts[0]), words.encode(texts[0]));
  EXPECT_EQ(Tokenizer::fit(texts, {.tokens = Tokens::bytes}).size(), 257);
}

TEST(Tokenizer, AnyBytesAreText) {
  const auto t = Tokenizer::fit(kTexts, {.tokens = Tokens::byte_pairs});
  Random random(5, "bytes");
  for (int trial = 0; trial < 300; ++trial) {
    std::string text;
    for (std::uint64_t n = random.below(40); n > 0; --n)
      text += static_cast<char>(random.below(256));
    std::string bytes;
    for (const auto id : t.encode(text)) bytes += t.token(id);
    EXPECT_EQ(bytes, text);
  }
}

TEST(Tokenizer, SequencesOfOneLength) {
  const auto t = Tokenizer::fit(kTexts);
  const Texts texts = {"the cat sat on", "cat", ""};
  const auto row = [](const Tensor& all, std::int64_t i) {
    const auto data = all.data<std::int64_t>().subspan(static_cast<std::size_t>(3 * i), 3);
    return Ids(data.begin(), data.end());
  };
  const auto post = t.sequences(texts, {.length = 3});
  EXPECT_EQ(post.shape(), (Shape{3, 3}));
  EXPECT_EQ(row(post, 0), (Ids{2, 3, 4}));
  EXPECT_EQ(row(post, 1), (Ids{3, 0, 0}));
  EXPECT_EQ(row(post, 2), (Ids{0, 0, 0}));
  const auto pre = t.sequences(texts, {.length = 3, .padding = End::pre, .truncating = End::pre});
  EXPECT_EQ(row(pre, 0), (Ids{3, 4, t.encode("on")[0]}));
  EXPECT_EQ(row(pre, 1), (Ids{0, 0, 3}));
  EXPECT_EQ(length_of_share(t, texts, 1), 4);
  EXPECT_EQ(length_of_share(t, texts, 0.6), 1);
}

TEST(Tokenizer, RefusesWhatCannotBe) {
  const auto fit = [](const TokenizerOptions& o) {
    return thrown([&] { Tokenizer::fit(kTexts, o); }).code;
  };
  EXPECT_EQ(fit({.min_count = 0}), "E-DATA-167");
  EXPECT_EQ(fit({.min_count = 99}), "E-DATA-169");
  EXPECT_EQ(fit({.max_size = -1}), "E-DATA-167");
  EXPECT_EQ(fit({.tokens = Tokens::byte_pairs, .byte_pairs = {.merges = -1}}), "E-DATA-167");
  EXPECT_EQ(thrown([] { (void)tokens_from("word"); }).code, "E-DATA-166");
  const auto t = Tokenizer::fit(kTexts);
  EXPECT_EQ(thrown([&] { (void)t.token(t.size()); }).code, "E-DATA-170");
  EXPECT_EQ(thrown([&] { (void)t.decode(Ids{-1}); }).code, "E-DATA-170");
  EXPECT_EQ(thrown([&] { (void)t.sequences(kTexts, {}); }).code, "E-DATA-167");
  EXPECT_EQ(thrown([] {
              (void)Tokenizer::fit(kTexts, {.padding = false}).sequences(kTexts, {.length = 2});
            }).code,
            "E-DATA-167");
  EXPECT_EQ(thrown([] { TextEncoder::fit(kTexts, {.min_ngram = 2, .max_ngram = 1}); }).code,
            "E-DATA-167");
  EXPECT_EQ(thrown([] { TextEncoder::fit(kTexts, {.min_df = 9}); }).code, "E-DATA-169");
}

TEST(Tokenizer, HostileJsonIsAnErrorAndNeverACrash) {
  const std::vector<std::string> good = {
      Tokenizer::fit(kTexts).to_json(),
      Tokenizer::fit(kTexts, {.tokens = Tokens::byte_pairs}).to_json(),
      TextEncoder::fit(kTexts).to_json()};
  const auto read = [](const std::string& text) {
    for (const bool encoder : {false, true}) {
      const auto code = thrown([&] {
                          if (encoder)
                            (void)TextEncoder::from_json(text).transform(kTexts);
                          else
                            (void)Tokenizer::from_json(text).encode(kTexts[0]);
                        }).code;
      if (code == "nothing") return code;
      EXPECT_EQ(code, "E-DATA-171") << text;
    }
    return std::string("E-DATA-171");
  };
  for (const auto& text : good) EXPECT_EQ(read(text), "nothing");
  for (const std::string bad : {"", "[]", "{}", "null", "\xFF", "{\"format\":\"glia-tokenizer\"}"})
    EXPECT_EQ(read(bad), "E-DATA-171") << bad;
  Random random(2, "damage");
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = good[static_cast<std::size_t>(i) % good.size()];
    for (int n = 0; n < 3; ++n)
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    (void)read(damaged);
  }
  for (const char* merge : {"a", "a  b", "ab c", "a \xE4\xB8\xAD", " ", "a b c"}) {
    const std::vector<std::string> merges = {merge};
    EXPECT_EQ(thrown([&] { BytePairs::from_merges(merges); }).code, "E-DATA-168") << merge;
  }
}

TEST(Tokenizer, LongPiecesTakeNoSquareOfTime) {
  const std::string letters(1 << 20, 'a');
  const Texts text = {letters};
  const auto start = std::chrono::steady_clock::now();
  const auto t = Tokenizer::fit(text, {.tokens = Tokens::byte_pairs, .byte_pairs = {.merges = 8}});
  EXPECT_EQ(t.encode(letters).size(), letters.size() >> 8);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

Batch batch_of(const TextSource& source, std::int64_t epoch, const Ids& rows,
               std::int64_t capacity) {
  Batch batch = source.allocate(capacity);
  batch.epoch = epoch;
  batch.count = std::ssize(rows);
  batch.rows = rows;
  source.fill(batch);
  return batch;
}

TEST(TextSource, TheTargetIsTheNextToken) {
  Ids tokens;
  for (int i = 0; i < 23; ++i) tokens.push_back(i);
  const TextSource source(tokens, {.length = 5});
  EXPECT_EQ(source.size(), 4);
  const auto batch = batch_of(source, 3, {2, 0}, 3);
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(batch.features.at(i), static_cast<double>(10 + i));
    EXPECT_EQ(batch.targets.at(i), static_cast<double>(11 + i));
    EXPECT_EQ(batch.features.at(5 + i), static_cast<double>(i));
    EXPECT_EQ(batch.features.at(10 + i), 0) << "padding";
  }
  EXPECT_EQ(batch.weights.at(1), 1);
  EXPECT_EQ(batch.weights.at(2), 0);
}

TEST(TextSource, OffsetsDependOnTheEpochAlone) {
  Ids tokens;
  for (int i = 0; i < 1000; ++i) tokens.push_back(i);
  const TextSource source(tokens, {.length = 8, .random_offsets = true, .seed = 4});
  std::set<double> offsets;
  for (std::int64_t epoch = 0; epoch < 100; ++epoch) {
    const auto first = batch_of(source, epoch, {0}, 1).features.at(0);
    const auto last = batch_of(source, epoch, {source.size() - 1, 3}, 2);
    EXPECT_EQ(last.features.at(0), first + static_cast<double>(8 * (source.size() - 1)));
    EXPECT_LT(last.targets.at(7), 1000);
    offsets.insert(first);
  }
  EXPECT_EQ(offsets.size(), 8u) << "every offset comes up";
}

TEST(TextSource, SplitsByPlaceAndReadsFiles) {
  const auto [train, validation] = split_text("abcdeé\u4E2Dz", 0.4);
  EXPECT_EQ(train, "abcdeé");
  EXPECT_EQ(validation, "\u4E2Dz");
  EXPECT_EQ(thrown([] { split_text("ab", 1); }).code, "E-DATA-50");
  const TempFolder folder;
  const auto file = folder / "a.txt";
  std::ofstream(file) << "one\ntwo \xFF";
  const auto error = thrown([&] { read_text(file); });
  EXPECT_EQ(error.code, "E-DATA-07");
  EXPECT_TRUE(error.says("a.txt:2")) << error.message;
  EXPECT_EQ(thrown([] { TextSource(Ids{1, 2}, {.length = 2}); }).code, "E-DATA-172");
}

TEST(TextSource, TinyShakespeareBytePairs) {
  const char* folder = std::getenv("GLIA_DATA");
  if (!folder) GTEST_SKIP() << "GLIA_DATA does not name the folder of real data";
  const auto text = read_text(std::filesystem::path(folder) / "tinyshakespeare" / "input.txt");
  const auto start = std::chrono::steady_clock::now();
  const Texts texts = {text};
  const auto t = Tokenizer::fit(texts, {.tokens = Tokens::byte_pairs});
  const auto tokens = t.encode(text);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  RecordProperty("seconds", std::to_string(seconds.count()));
  EXPECT_LT(seconds.count(), 30);
  EXPECT_EQ(t.decode(tokens), text);
  EXPECT_LT(tokens.size(), text.size() / 2);
  EXPECT_EQ(Tokenizer::fit(texts, {.tokens = Tokens::characters, .padding = false}).size(), 66)
      << "65 characters and the unknown";
}

}  // namespace
}  // namespace glia::data
