#include "glia/codecs/text.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utext.h>

#include <memory>

#include "glia/base/format.h"

namespace glia::codecs {
namespace {

[[noreturn]] void broken(const char* doing, UErrorCode status) {
  fail("E-DATA-165", "text: {} failed ({}); install ICU with its data", doing, u_errorName(status));
}

std::u16string to_utf16(std::string_view text) {
  std::u16string wide(text.size(), u'\0');  // no text takes more units than it has bytes
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8WithSub(wide.data(), static_cast<std::int32_t>(wide.size()), &length, text.data(),
                       static_cast<std::int32_t>(text.size()), 0xFFFD, nullptr, &status);
  if (U_FAILURE(status)) broken("reading UTF-8", status);
  wide.resize(static_cast<std::size_t>(length));
  return wide;
}

std::string to_utf8(const std::u16string& wide) {
  std::string text(wide.size() * 3, '\0');
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strToUTF8WithSub(text.data(), static_cast<std::int32_t>(text.size()), &length, wide.data(),
                     static_cast<std::int32_t>(wide.size()), 0xFFFD, nullptr, &status);
  if (U_FAILURE(status)) broken("writing UTF-8", status);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// `map`: ICU's function on UTF-16, which says how much room it wants where it has too little.
template <class Map>
std::string mapped(std::string_view text, const char* doing, Map map) {
  const std::u16string from = to_utf16(text);
  std::u16string to(from.size() + 16, u'\0');
  for (;;) {
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length = map(to.data(), static_cast<std::int32_t>(to.size()), from.data(),
                                    static_cast<std::int32_t>(from.size()), &status);
    if (status != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(status)) broken(doing, status);
    const bool fits = status != U_BUFFER_OVERFLOW_ERROR;
    to.resize(static_cast<std::size_t>(length));
    if (fits) return to_utf8(to);
  }
}

struct Close {
  void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
  void operator()(UText* text) const { utext_close(text); }
};

// Making one reads the rules; each thread keeps its own.
UBreakIterator* word_iterator() {
  thread_local const std::unique_ptr<UBreakIterator, Close> kept = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<UBreakIterator, Close> made(ubrk_open(UBRK_WORD, "", nullptr, 0, &status));
    if (U_FAILURE(status)) broken("finding words", status);
    return made;
  }();
  return kept.get();
}

bool is_space(char32_t character) { return u_isUWhiteSpace(static_cast<UChar32>(character)) != 0; }

data::SegmentKind kind_of(std::string_view segment) {
  bool spaces = true;
  const auto size = static_cast<std::int32_t>(segment.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 character = 0;
    U8_NEXT_OR_FFFD(segment.data(), at, size, character);
    if (u_isalnum(character)) return data::SegmentKind::word;
    spaces = spaces && is_space(static_cast<char32_t>(character));
  }
  return spaces ? data::SegmentKind::space : data::SegmentKind::mark;
}

}  // namespace

std::string fold_case(std::string_view text) {
  return mapped(
      text, "folding case",
      [](UChar* to, std::int32_t room, const UChar* from, std::int32_t size, UErrorCode* status) {
        return u_strFoldCase(to, room, from, size, U_FOLD_CASE_DEFAULT, status);
      });
}

std::string lower_case(std::string_view text) {
  return mapped(text, "lower case",
                [](UChar* to, std::int32_t room, const UChar* from, std::int32_t size,
                   UErrorCode* status) { return u_strToLower(to, room, from, size, "", status); });
}

std::vector<data::Segment> word_segments(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UText, Close> input(
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status));
  UBreakIterator* const words = word_iterator();
  if (U_SUCCESS(status)) ubrk_setUText(words, input.get(), &status);
  if (U_FAILURE(status)) broken("finding words", status);
  std::vector<data::Segment> segments;
  std::int32_t from = 0;
  for (std::int32_t to = ubrk_next(words); to != UBRK_DONE; to = ubrk_next(words)) {
    const auto segment =
        text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
    segments.push_back({segment, kind_of(segment)});
    from = to;
  }
  return segments;
}

data::CharacterClass classify(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  const std::uint32_t category = U_MASK(u_charType(c));
  if (category & U_GC_L_MASK) return data::CharacterClass::letter;
  if (category & U_GC_N_MASK) return data::CharacterClass::number;
  return is_space(character) ? data::CharacterClass::space : data::CharacterClass::other;
}

}  // namespace glia::codecs
