#include "glia/base/text.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace glia
