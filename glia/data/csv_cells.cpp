#include "glia/data/csv_cells.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "glia/data/csv_parser.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace glia::data {

#if defined(__x86_64__)
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // a longer part has a cell too long
constexpr std::size_t kLongestLine = std::size_t{1} << 20;
constexpr std::size_t kAtOnce = 8;  // ends that are written without a test

struct Found {
  std::size_t ends = 0, newlines = 0, returns = 0;
  bool quotes = false;
};

struct Marks {
  std::uint64_t ends, newlines, returns, quotes;
};

class Marker {
 public:
  [[gnu::target("avx2"), gnu::always_inline]] Marker(char separator, char quote)
      : separator_(_mm256_set1_epi8(separator)), quote_(_mm256_set1_epi8(quote)) {}

  [[gnu::target("avx2"), gnu::always_inline]] Marks operator()(const char* block) const {
    Marks marks{};
    for (int i = 0; i < 64; i += 32) {
      const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + i));
      const __m256i line = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n'));
      const __m256i cell = _mm256_or_si256(line, _mm256_cmpeq_epi8(v, separator_));
      marks.ends |= bits(cell) << i;
      marks.newlines |= bits(line) << i;
      marks.returns |= bits(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\r'))) << i;
      marks.quotes |= bits(_mm256_cmpeq_epi8(v, quote_)) << i;
    }
    return marks;
  }

 private:
  [[gnu::target("avx2"), gnu::always_inline]] static std::uint64_t bits(__m256i bytes) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
  }
  __m256i separator_, quote_;
};

// Writes the places of the marks in text[from..to), counted from `from`; ends has room for as many
// as there are bytes, and kAtOnce more. Stops at a quote.
[[gnu::target("avx2,bmi,bmi2,lzcnt,popcnt")]] Found find_ends(std::string_view text,
                                                              std::size_t from, std::size_t to,
                                                              char separator, char quote,
                                                              std::uint32_t* ends) {
  Found found;
  const Marker mark(separator, quote);
  const std::uint32_t* const first = ends;
  char tail[kBlock] = {};
  for (std::size_t at = from; at < to; at += kBlock) {
    const bool whole = at + kBlock <= text.size();
    if (!whole) std::memcpy(tail, text.data() + at, text.size() - at);
    const Marks marks = mark(whole ? text.data() + at : tail);
    const std::uint64_t inside =
        to - at < kBlock ? (std::uint64_t{1} << (to - at)) - 1 : ~std::uint64_t{0};
    if (marks.quotes & inside) return {.quotes = true};
    found.newlines += static_cast<std::size_t>(std::popcount(marks.newlines & inside));
    found.returns += static_cast<std::size_t>(std::popcount(marks.returns & inside));
    std::uint64_t rest = marks.ends & inside;
    const auto base = static_cast<std::uint32_t>(at - from);
    // A few too many are written, for how many there are cannot be foreseen.
    std::uint32_t* const next = ends + std::popcount(rest);
    do {
      for (std::size_t i = 0; i < kAtOnce; ++i) {
        ends[i] = base + static_cast<std::uint32_t>(_tzcnt_u64(rest));
        rest = _blsr_u64(rest);
      }
      ends += kAtOnce;
    } while (rest);
    ends = next;
  }
  found.ends = static_cast<std::size_t>(ends - first);
  return found;
}

}  // namespace

// Whether every `columns`-th end is a line's, and no other.
bool CellEnds::check(std::string_view text, std::size_t columns, std::size_t found,
                     std::size_t newlines, std::size_t returns) {
  rows_ = newlines;
  returns_ = returns > 0;
  if (found != rows_ * columns || (returns_ && returns != rows_)) return false;
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::size_t at = from_ + ends_[(row + 1) * columns];
    if (text[at] != '\n' || (returns_ && text[at - 1] != '\r')) return false;
  }
  return true;
}

std::optional<std::size_t> CellEnds::find(std::string_view text, std::size_t from, std::size_t last,
                                          const CsvFormat& format) {
  static const bool quick = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  // A line of one cell may be blank, and is none then; a record that is not UTF-8 is to be found.
  if (!quick || format.columns < 2 || format.check_text || from > last) return std::nullopt;
  // Of a text with other line ends not all that is left may be looked through, piece by piece.
  const std::string_view near = text.substr(0, std::min(text.size(), last + kLongestLine));
  const std::size_t line = near.find('\n', last);
  const std::size_t to = line == text.npos ? near.size() : line + 1;
  if (to - from > kMostBytes || to == from || text[to - 1] != '\n') return std::nullopt;
  const std::size_t next = skip_blank_lines(text, to, format);
  if (next == text.size() && !format.whole) return std::nullopt;
  const std::size_t room = to - from + 1 + kAtOnce;
  if (room > room_) ends_ = std::make_unique_for_overwrite<std::uint32_t[]>(room_ = room);
  from_ = from;
  ends_[0] = ~std::uint32_t{0};
  constexpr char kNone = '\xFF';  // in no UTF-8
  const Found found = find_ends(text, from, to, format.separator,
                                format.quote == '\0' ? kNone : format.quote, ends_.get() + 1);
  if (found.quotes || !check(text, format.columns, found.ends, found.newlines, found.returns))
    return std::nullopt;
  return next;
}

#else

std::optional<std::size_t> CellEnds::find(std::string_view, std::size_t, std::size_t,
                                          const CsvFormat&) {
  return std::nullopt;
}

#endif

}  // namespace glia::data
