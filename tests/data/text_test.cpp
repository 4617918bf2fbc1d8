#include "glia/data/text.h"

#include <gtest/gtest.h>

#include "glia/base/random.h"
#include "glia/data/codecs.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using Words = std::vector<std::string>;

// By ICU alone, whatever the text.
Words by_icu(const std::string& text, const WordOptions& options) {
  Words list;
  const std::string folded = codecs().fold_case(text);
  for (const auto& [segment, kind] : codecs().word_segments(folded))
    if (kind == SegmentKind::word || (kind == SegmentKind::mark && options.punctuation))
      list.emplace_back(segment);
  return list;
}

TEST(Text, WordsOfAsciiAreThoseOfIcu) {
  Random random(3, "texts");
  const std::string likely = "ab1 2.,';:_-x\n";
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text;
    for (std::uint64_t n = random.below(14); n > 0; --n)
      text += random.below(4) == 0 ? static_cast<char>(random.below(128))
                                   : likely[random.below(likely.size())];
    for (const bool punctuation : {false, true}) {
      const WordOptions options{.punctuation = punctuation};
      ASSERT_EQ(words(text, options), by_icu(text, options)) << '"' << text << '"';
    }
  }
}

// UAX #29 and CaseFolding.txt.
TEST(Text, WordsOfUnicode) {
  EXPECT_EQ(words("Don't STOP: 3.14 e-mails, U.S."),
            (Words{"don't", "stop", "3.14", "e", "mails", "u.s"}));
  EXPECT_EQ(words("Straße ΟΔΟΣ привет, Мир! naïve 日本"),
            (Words{"strasse", "οδοσ", "привет", "мир", "naïve", "日本"}));
  EXPECT_EQ(words("Süß, ja?", {.lower_case = false, .punctuation = true}),
            (Words{"Süß", ",", "ja", "?"}));
  EXPECT_EQ(words("a bc _ __ d_e 12 ½", {.rule = WordRule::scikit_learn}),
            (Words{"bc", "__", "d_e", "12"}));
  EXPECT_EQ(words("ΟΔΟΣ", {.rule = WordRule::scikit_learn}), (Words{"οδος"}))
      << "lower case knows the last letter of a word";
  EXPECT_EQ(words(""), Words{});
}

TEST(Text, BytesThatAreNotUtf8AreReplaced) {
  Words got;
  each_character("a\xFFz\xC3\xA9\xC3", [&](std::string_view c) { got.emplace_back(c); });
  EXPECT_EQ(got, (Words{"a", "\uFFFD", "z", "é", "\uFFFD"}));
  EXPECT_EQ(words("caf\xE9 ol\xC3\xA9"), (Words{"caf", "olé"}));
}

TEST(Text, UnknownRule) {
  const auto error = testing::thrown([] { (void)word_rule_from("unicod"); });
  EXPECT_EQ(error.code, "E-DATA-166");
  EXPECT_TRUE(error.says("'unicode'")) << error.message;
}

}  // namespace
}  // namespace glia::data
