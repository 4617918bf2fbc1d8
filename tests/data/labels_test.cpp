#include "glia/data/labels.h"

#include <gtest/gtest.h>

#include <map>

#include "glia/base/random.h"

namespace glia::data {
namespace {

// Texts of all lengths about 8 and 16 that differ in one byte, anywhere.
TEST(TextIndex, FindsWhatAMapFinds) {
  Random random(5, "texts");
  TextIndex index;
  std::map<std::string, std::int64_t> wanted;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random.below(34), 'a');
    if (!text.empty()) text[random.below(text.size())] = static_cast<char>(random.below(256));
    EXPECT_EQ(index.find(text), wanted.contains(text) ? wanted[text] : -1);
    const auto [at, fresh] = wanted.emplace(text, std::ssize(wanted));
    ASSERT_EQ(index.add(text), at->second);
  }
  ASSERT_EQ(index.size(), std::ssize(wanted));
  for (const auto& [text, place] : wanted) {
    ASSERT_EQ(index.find(text), place);
    ASSERT_EQ(index.texts()[static_cast<std::size_t>(place)], text);
  }
  EXPECT_EQ(TextIndex().find(""), -1);
  EXPECT_EQ(TextIndex(std::vector<std::string>{"b", ""}).find(""), 1);
}

}  // namespace
}  // namespace glia::data
