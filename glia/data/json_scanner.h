// Internal: the values of a JSON object that stands on one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "glia/base/format.h"
#include "glia/data/storage.h"

namespace glia::data {

enum class JsonType : std::uint8_t { null, boolean, number, string, array };

// Adds what the string between two quotes means to `out`. False where an escape is none of RFC 8259
// or half of a surrogate pair stands alone.
bool append_json_string(std::string& out, std::string_view inner);

// Where a line that is no JSON object is wrong: E-DATA-189 with line and column.
[[noreturn]] void fail_json(std::string_view text, std::size_t at, const std::string& file,
                            std::string_view what);

// Reads objects as RFC 8259 has them, with NaN for null, as Python writes it. A `Sink` is told of
// each value that is no object, in order:
//   void value(std::string_view name, JsonType type, std::string_view text, bool escaped);
// name: the keys that lead to it, joined by dots, good for the call only. text: as it stands, of a
// string without its quotes; escaped: it has to be unescaped.
template <class Sink>
class JsonScanner {
 public:
  JsonScanner(std::string_view text, const std::string& file, Sink& sink)
      : text_(text), file_(file), sink_(sink) {}

  // Reads the object at `at`; returns where its line ends. Errors E-DATA-189.
  std::size_t read(std::size_t at) {
    at_ = at;
    name_.clear(), arrays_ = 0;
    if (peek() != '{')
      fail(peek() == '[' ? "an array" : "no object",
           "expected an object on each line, {\"key\": value, ...}; an array of objects becomes "
           "lines with jq -c '.[]'");
    object(1);
    skip_blanks();
    if (peek() != '\n' && at_ < text_.size())
      fail("text follows the object", "expected one object on each line");
    return at_;
  }

 private:
  static constexpr int kDepth = 64;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[noreturn]] void fail(std::string_view what, std::string_view expected) const {
    fail_json(text_, at_, file_, fmt::format("{}; {}", what, expected));
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++at_;
  }
  void take(char c, std::string_view place) {
    skip_blanks();
    if (peek() != c)
      fail(at_ >= text_.size() || peek() == '\n' ? "the object ends in the middle"
                                                 : "this is no JSON",
           fmt::format("expected '{}' {} (each object on one line: jq -c . makes them so)", c,
                       place));
    ++at_;
  }

  void object(int depth) {
    if (depth > kDepth) fail("objects in objects", "expected at most 64 levels");
    ++at_;  // the brace
    skip_blanks();
    if (peek() == '}') {
      ++at_;
      return;
    }
    for (;; ++at_) {
      const std::size_t outer = name_.size();
      take('"', "before a key");
      bool escaped = false;
      const auto key = string(escaped);
      if (outer > 0) name_ += '.';
      if (!escaped)
        name_ += key;
      else if (!append_json_string(name_, key))
        fail("a key has an escape that is none", "expected \\n, \\\", \\u00e9 and the like");
      take(':', "after the key");
      value(depth);
      name_.resize(outer);
      skip_blanks();
      if (peek() == '}') break;
      if (peek() != ',') take(',', "or '}' after a value");
    }
    ++at_;
  }

  void value(int depth) {
    skip_blanks();
    const std::size_t start = at_;
    switch (peek()) {
      case '{':
        return object(depth + 1);
      case '"': {
        ++at_;
        bool escaped = false;
        const auto inner = string(escaped);
        return tell(JsonType::string, inner, escaped);
      }
      case '[':
        array(depth + 1);
        return tell(JsonType::array, text_.substr(start, at_ - start));
      case 't':
        return word("true", JsonType::boolean);
      case 'f':
        return word("false", JsonType::boolean);
      case 'n':
        return word("null", JsonType::null);
      case 'N':
        return word("NaN", JsonType::null);
      default:
        number();
        return tell(JsonType::number, text_.substr(start, at_ - start));
    }
  }

  // Its values have no names, so it stays the text that it is.
  void array(int depth) {
    if (depth > kDepth) fail("arrays in arrays", "expected at most 64 levels");
    ++arrays_;
    ++at_;  // the bracket
    skip_blanks();
    if (peek() != ']')
      for (;; ++at_) {
        value(depth);
        skip_blanks();
        if (peek() == ']') break;
        if (peek() != ',') take(',', "or ']' after a value");
      }
    ++at_;
    --arrays_;
  }

  void tell(JsonType type, std::string_view text, bool escaped = false) {
    if (arrays_ == 0) sink_.value(name_, type, text, escaped);
  }

  void word(std::string_view expected, JsonType type) {
    if (text_.substr(at_, expected.size()) != expected)
      fail("this is no JSON value", "text stands in quotes");
    at_ += expected.size();
    tell(type, expected == "NaN" ? "" : text_.substr(at_ - expected.size(), expected.size()));
  }

  void digits() {
    if (peek() < '0' || peek() > '9') fail("this is no JSON value", "text stands in quotes");
    while (peek() >= '0' && peek() <= '9') ++at_;
  }
  void number() {
    if (peek() == '-') ++at_;
    const bool zero = peek() == '0';
    const std::size_t start = at_;
    digits();
    if (zero && at_ > start + 1) {
      at_ = start;
      fail("a number begins with 0", "expected none before the others");
    }
    if (peek() == '.') ++at_, digits();
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
  }

  // What stands up to the closing quote; after it the reading goes on.
  std::string_view string(bool& escaped) {
    const std::size_t start = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') return text_.substr(start, at_++ - start);
      if (c == '\\') {
        escaped = true;
        if (++at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= ' ') continue;
        break;
      }
      if (static_cast<unsigned char>(c) < ' ') break;
    }
    fail("a string does not end on its line", "expected a quote, and \\n for a line end in it");
  }

  std::string_view text_;
  const std::string& file_;
  Sink& sink_;
  std::size_t at_ = 0;
  int arrays_ = 0;    // around the value
  std::string name_;  // the keys so far
};

}  // namespace glia::data
