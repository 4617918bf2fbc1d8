#include "glia/data/json_lines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "tests/thrown.h"

namespace glia::data {
namespace {

using glia::testing::code_of;

using Names = std::vector<std::string>;

TEST(JsonLines, EachKeyIsAColumn) {
  const auto t = parse_json_lines(
      "{\"name\": \"Ada\", \"age\": 36, \"address\": {\"city\": \"London\", \"no\": 7}}\n"
      "\n"
      "{\"age\":null,\"tags\":[\"a\", {\"b\": [1]}],\"name\":\"Bob\"}\r\n"
      "  {\"name\":\"\", \"ok\":true, \"age\":-1.5e2}");
  EXPECT_EQ(t.names(), (Names{"name", "age", "address.city", "address.no", "tags", "ok"}));
  ASSERT_EQ(t.rows(), 3);
  EXPECT_EQ(t.cell(0, 0), "Ada");
  EXPECT_TRUE(t.numeric(1));
  EXPECT_EQ(t.number(0, 1), 36);
  EXPECT_TRUE(t.missing(1, 1));
  EXPECT_EQ(t.number(2, 1), -150);
  EXPECT_EQ(t.cell(2, 1), "-1.5e2") << "a number's text as it stands";
  EXPECT_EQ(t.cell(0, 2), "London");
  EXPECT_TRUE(t.missing(1, 2));
  EXPECT_EQ(t.number(0, 3), 7);
  EXPECT_EQ(t.cell(0, 3), "7");
  EXPECT_EQ(t.cell(1, 4), "[\"a\", {\"b\": [1]}]");
  EXPECT_EQ(t.cell(2, 5), "true");
  EXPECT_TRUE(t.missing(2, 0)) << "an empty text";
  EXPECT_EQ(t.where(2), "<text>:4");
}

TEST(JsonLines, WhatStandsInAnArrayIsNoColumn) {
  const std::string arrays[] = {"[true, false]", "[null,null]", "[NaN]",
                                R"([{"b": true}, {"b": null}])"};
  for (const auto& array : arrays) {
    const auto t = parse_json_lines("{\"a\":" + array + ",\"c\":true}\n{\"a\":[],\"c\":null}\n");
    EXPECT_EQ(t.names(), (Names{"a", "c"})) << array;
    EXPECT_EQ(t.cell(0, 0), array);
    EXPECT_EQ(t.cell(0, 1), "true");
    EXPECT_TRUE(t.missing(1, 1));
  }
}

TEST(JsonLines, AMixtureIsText) {
  const auto t = parse_json_lines("{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":2.50}\n");
  EXPECT_FALSE(t.numeric(0));
  EXPECT_EQ(t.cell(0, 0), "1");
  EXPECT_EQ(t.cell(2, 0), "2.50");
  std::string said;
  EXPECT_EQ(code_of([&] { t.numbers(0); }, &said), "E-DATA-11");
  EXPECT_NE(said.find("<text>:2"), said.npos) << said;
}

TEST(JsonLines, EscapesAreWhatTheyMean) {
  const auto t = parse_json_lines(R"({"k\u00e9y": "a\n\"b\"\\\/\ud83d\ude42\u20ac"})"
                                  "\n");
  EXPECT_EQ(t.names(), Names{"kéy"});
  EXPECT_EQ(t.cell(0, 0), "a\n\"b\"\\/🙂€");
  for (const char* bad : {R"({"a":"\x"})", R"({"a":"\u12"})", R"({"a":"\ud83d"})",
                          R"({"a":"\ude42"})", R"({"a":"\ud83dx"})"})
    EXPECT_EQ(code_of([&] { parse_json_lines(bad); }), "E-DATA-189") << bad;
}

TEST(JsonLines, RefusesBadInputWithLineAndColumn) {
  std::string said;
  EXPECT_EQ(code_of([] { parse_json_lines("{\"a\":1}\n{\"a\":01}\n"); }, &said), "E-DATA-189");
  EXPECT_NE(said.find("<text>:2:6"), said.npos) << said;
  EXPECT_EQ(code_of([] { parse_json_lines("{\n  \"a\": 1\n}\n"); }, &said), "E-DATA-189");
  EXPECT_NE(said.find("jq -c"), said.npos) << said;
  EXPECT_EQ(code_of([] { parse_json_lines("[{\"a\":1}]"); }, &said), "E-DATA-189");
  EXPECT_NE(said.find("jq -c '.[]'"), said.npos) << said;
  for (const char* bad : {"{",
                          "{\"a\"",
                          "{\"a\":",
                          "{\"a\":1",
                          "{\"a\":1,}",
                          "{\"a\" 1}",
                          "{a:1}",
                          "{\"a\":1} x",
                          "{\"a\":tru}",
                          "{\"a\":+1}",
                          "{\"a\":1.}",
                          "{\"a\":.5}",
                          "{\"a\":1e}",
                          "{\"a\":\"x}",
                          "{\"a\":[1}",
                          "{\"a\":[1,]}",
                          "{\"a\":\"\t\"}",
                          "{\"a\":1}{\"a\":2}",
                          "{\"a\":\"\\\n\"}",
                          "{\"a\":[\"\\\n\"]}",
                          "7",
                          "{\"a\":1e999}"})
    EXPECT_EQ(code_of([&] { parse_json_lines(bad); }), "E-DATA-189") << bad;
  EXPECT_EQ(code_of([] { parse_json_lines("{\"a\":1,\"a\":2}"); }), "E-DATA-190");
  EXPECT_EQ(code_of([] { parse_json_lines("{\"a.b\":1,\"a\":{\"b\":2}}"); }), "E-DATA-190");
  EXPECT_EQ(code_of([] { parse_json_lines("{\"a\":\"\xff\"}"); }), "E-DATA-07");
  EXPECT_EQ(code_of([] { parse_json_lines(" \n"); }), "E-DATA-02");
  EXPECT_EQ(code_of([] { parse_json_lines("{}\n{}\n"); }), "E-DATA-02");
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100000; ++i) deep += "[";
  EXPECT_EQ(code_of([&] { parse_json_lines(deep); }), "E-DATA-189");
}

TEST(JsonLines, MemoryIsBoundedByTheFile) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "{\"k" + std::to_string(i) + "\":1}\n";
  for (int i = 0; i < 100000; ++i) text += "{}\n";
  EXPECT_EQ(code_of([&] { parse_json_lines(text); }), "E-DATA-190");
}

// A judge that knows nothing of ours: nlohmann's parser, line by line.
TEST(JsonLines, AgreesWithAnotherParserForAnyNumberOfThreads) {
  Random random(9, "json");
  std::string text;
  std::vector<nlohmann::json> objects;
  const Names keys = {"a", "b", "c", "long key", "é"};
  for (int i = 0; i < 20000; ++i) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& key : keys) switch (random.below(6)) {
        case 0:
          object[key] = random.normal() * std::pow(10.0, random.uniform() * 40 - 20);
          break;
        case 1:
          object[key] = static_cast<std::int64_t>(random.below(1000)) - 500;
          break;
        case 2:
          object[key] = "x\"y\n" + std::to_string(random.below(9)) + "é🙂";
          break;
        case 3:
          object[key] = nullptr;
          break;
        default:
          break;
      }
    object["n"] = random.normal();
    text += object.dump(-1, ' ', random.below(2) == 0) + "\n";
    objects.push_back(std::move(object));
  }
  const auto one = parse_json_lines(text, {.threads = 1}),
             four = parse_json_lines(text, {.threads = 4});
  ASSERT_EQ(one.rows(), static_cast<std::int64_t>(objects.size()));
  ASSERT_EQ(one.names(), four.names());
  for (std::int64_t row = 0; row < one.rows(); ++row)
    for (std::int64_t c = 0; c < one.columns(); ++c) {
      const auto& object = objects[static_cast<std::size_t>(row)];
      const auto value = object.find(one.names()[static_cast<std::size_t>(c)]);
      ASSERT_EQ(one.cell(row, c), four.cell(row, c));
      ASSERT_EQ(one.missing(row, c), value == object.end() || value->is_null());
      if (one.missing(row, c)) continue;
      if (value->is_string()) {
        ASSERT_EQ(one.cell(row, c), value->get<std::string>());
      } else {
        ASSERT_EQ(one.number(row, c), value->get<double>()) << one.cell(row, c);
      }
    }
  EXPECT_TRUE(one.numeric(one.column("n")));
  EXPECT_EQ(one.where(19999), four.where(19999));
}

TEST(JsonLines, AnyBytesGiveATableOrAnError) {
  Random random(13, "bytes");
  const std::string seed =
      "{\"a\": [1, {\"b\": \"\\u00e9\"}], \"c\": {\"d\": -1.5e3}, \"e\": null}\n{\"a\": true}\n";
  for (int i = 0; i < 3000; ++i) {
    auto text = seed;
    for (auto n = 1 + random.below(4); n > 0; --n)
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    if (random.below(3) == 0) text.resize(random.below(text.size()));
    try {
      const auto table = parse_json_lines(text);
      for (std::int64_t row = 0; row < table.rows(); ++row)
        for (std::int64_t c = 0; c < table.columns(); ++c) table.cell(row, c);
    } catch (const Error& error) {
      EXPECT_NE(error.code(), "");
    }
  }
}

}  // namespace
}  // namespace glia::data
