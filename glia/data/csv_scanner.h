// Internal: where the separators and line ends of a text are.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace glia::data {

// Finds separators and line ends, 64 bytes at a time: one bit for each byte of a block.
class CsvScanner {
 public:
  CsvScanner(std::string_view text, char separator) : text_(text), separator_(separator) {}

  void start(std::size_t from) { load(from / kBlock * kBlock); }

  // The first separator, '\n' or '\r' at or after `from`; text.size() where there is none. Calls go
  // forward only, from start() on.
  std::size_t next(std::size_t from) {
    if (from - block_ >= kBlock) load(from / kBlock * kBlock);
    std::uint64_t found =
        from - block_ < kBlock ? mask_ & (~std::uint64_t{0} << (from - block_)) : 0;
    while (!found) {
      if (block_ + kBlock >= text_.size()) return text_.size();
      load(block_ + kBlock);
      found = mask_;
    }
    return block_ + static_cast<std::size_t>(std::countr_zero(found));
  }

 private:
  static constexpr std::size_t kBlock = 64;

  void load(std::size_t block) {
    block_ = block;
    if (block + kBlock <= text_.size()) {
      mask_ = scan(text_.data() + block);
      return;
    }
    char tail[kBlock];
    const std::size_t rest = block < text_.size() ? text_.size() - block : 0;
    std::memset(tail, separator_ == ' ' ? 'x' : ' ', kBlock);  // anything but what is looked for
    if (rest) std::memcpy(tail, text_.data() + block, rest);
    mask_ = scan(tail);
  }

#if defined(__SSE2__)
  std::uint64_t scan(const char* p) const {
    const __m128i separator = _mm_set1_epi8(separator_), lf = _mm_set1_epi8('\n'),
                  cr = _mm_set1_epi8('\r');
    std::uint64_t mask = 0;
    for (int i = 0; i < 4; ++i) {
      const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
      const __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, separator),
                                       _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
      mask |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(hit)))
              << 16 * i;
    }
    return mask;
  }
#else
  std::uint64_t scan(const char* p) const {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < kBlock; ++i)
      mask |= static_cast<std::uint64_t>(p[i] == separator_ || p[i] == '\n' || p[i] == '\r') << i;
    return mask;
  }
#endif

  std::string_view text_;
  char separator_;
  std::size_t block_ = 0;
  std::uint64_t mask_ = 0;
};

}  // namespace glia::data
