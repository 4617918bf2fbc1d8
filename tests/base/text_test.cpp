#include "glia/base/text.h"

#include <gtest/gtest.h>

#include "glia/base/error.h"

namespace glia {
namespace {

TEST(Text, Utf8) {
  for (const char* good :
       {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
  // A lone continuation, overlong forms, a surrogate, beyond U+10FFFF, cut short.
  for (const char* bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xFF", "\xC3", "a\xE2\x82", "\xF0\x8F\xBF\xBF"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, ShownIsOneSafeLine) {
  using namespace std::string_literals;
  EXPECT_EQ(shown("caf\u00e9 \"x\" \\"), "caf\u00e9 \"x\" \\");
  EXPECT_EQ(shown("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(shown("\x1b[31m\x7f\0!"s), "\\x1b[31m\\x7f\\x00!");
  EXPECT_EQ(shown("\xFF\xC3"), "\\xff\\xc3");                           // no UTF-8
  EXPECT_EQ(shown("\u009b \u202e \u2067"), "\\u009b \\u202e \\u2067");  // C1, direction
  EXPECT_EQ(shown(std::string(3000, 'x'), 5), "xxxxx... (3,000 bytes)");
  EXPECT_EQ(shown("12345\u20ac", 6), "12345... (8 bytes)");  // no half of a character
}

TEST(Text, NothingCutsAMessageShort) {
  using namespace std::string_literals;
  const Error error("E-TEST-01", "cell 'a\0b\x1b' is odd;\n  try another"s);
  EXPECT_EQ(std::string(error.what()), "cell 'a\\x00b\\x1b' is odd;\n  try another [E-TEST-01]");
}

TEST(Text, SuggestionsAreShownToo) {
  EXPECT_EQ(suggest("colum\n", {"column\n"}), "; did you mean 'column\\n'?");
}

}  // namespace
}  // namespace glia
