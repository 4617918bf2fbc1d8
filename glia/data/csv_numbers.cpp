#include "glia/data/csv_numbers.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace glia::data {
namespace {

bool ends_cell(char c, char separator) { return c == separator || c == '\n' || c == '\r'; }

NumberRun read_run(std::string_view text, std::size_t start, char separator, std::size_t most,
                   std::uint64_t* to, std::size_t stride) {
  NumberRun run;
  const char* const last = text.data() + text.size();
  for (const char* p = text.data() + start; p < last && run.cells < most; ++p) {
    if (*p != '-' && (*p < '0' || *p > '9')) break;
    double value;
    const auto [end, error] = std::from_chars(p, last, value);
    if (error != std::errc() || end == last || !ends_cell(*end, separator)) break;
    if (!std::isfinite(value)) break;
    to[run.cells++ * stride] = std::bit_cast<std::uint64_t>(value);
    run.end = static_cast<std::size_t>(end - text.data());
    if (*end != separator) break;
    p = end;
  }
  return run;
}

#if defined(__x86_64__)

__extension__ using Wide = unsigned __int128;

constexpr int kMostPlaces = 27;  // after the point: 5^27 is the last power below 2^63

// 2^(63 + bits) / 5^k, rounded down, has its highest bit at 63: 2^(bits-1) <= 5^k < 2^bits.
struct FifthPower {
  std::uint64_t reciprocal = 0;
  int bits = 0;
};
constexpr auto kFifthPowers = [] {
  std::array<FifthPower, kMostPlaces + 1> powers{};
  std::uint64_t power = 1;
  for (auto& p : powers) {
    p.bits = 64 - std::countl_zero(power);
    p.reciprocal = static_cast<std::uint64_t>((Wide{1} << (63 + p.bits)) / power);
    power *= 5;
  }
  return powers;
}();

// digits / 10^places rounded to the nearest double, where it is certain which one that is.
// digits < 2^63, 0 <= places.
inline bool scaled_down(std::uint64_t digits, int places, double& value) {
  if (places > kMostPlaces) return false;
  if (places == 0 || digits == 0) {  // the conversion alone rounds
    value = static_cast<double>(static_cast<std::int64_t>(digits));
    return true;
  }
  // With W = digits * 2^shift and R the reciprocal, W * 2^(63+bits) / 5^places lies in
  // [W * R, W * R + W), for R is less than 1 too small; so, as W < 2^64, in [high, high + 2) *
  // 2^64. All numbers of that range round to one double unless its last bits hold the middle of
  // two.
  const int shift = std::countl_zero(digits);
  const FifthPower& fifth = kFifthPowers[static_cast<std::size_t>(places)];
  const auto high =
      static_cast<std::uint64_t>(Wide{digits << shift} * fifth.reciprocal >> 64);  // >= 2^62
  const int extra = 10 + static_cast<int>(high >> 63);  // bits beyond the 53 of a double
  const std::uint64_t half = std::uint64_t{1} << (extra - 1);
  const std::uint64_t last = high & (2 * half - 1);
  if (last - (half - 1) <= 1) return false;
  const int exponent = extra + 1 - fifth.bits - shift - places;  // far from a double's limits
  value = static_cast<double>(static_cast<std::int64_t>((high + half) >> extra)) *
          std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
  return true;
}

// 32 zeros, 32 ones: loaded from place k on, the last k bytes are ones.
constexpr auto kLastBytes = [] {
  std::array<unsigned char, 64> bytes{};
  for (std::size_t i = 32; i < 64; ++i) bytes[i] = 0xFF;
  return bytes;
}();

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i load(const void* bytes) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(bytes));
}

[[gnu::target("avx2"), gnu::always_inline]] inline std::uint32_t bits(__m256i bytes) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
}

// A bit for each of 64 bytes: whether it ends a cell.
[[gnu::target("avx2"), gnu::always_inline]] inline std::uint64_t cell_ends(const char* bytes,
                                                                           char separator) {
  std::uint64_t ends = 0;
  for (int i = 0; i < 64; i += 32) {
    const __m256i v = load(bytes + i);
    const __m256i line = _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n')),
                                         _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\r')));
    ends |= std::uint64_t{bits(
                _mm256_or_si256(line, _mm256_cmpeq_epi8(v, _mm256_set1_epi8(separator))))}
            << i;
  }
  return ends;
}

// The sign is set without a branch: nobody can foresee it.
inline double with_sign(double value, bool negative) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) | std::uint64_t{negative} << 63);
}

constexpr std::size_t kShort = 16;
constexpr double kTens[kShort + 1] = {1e0, 1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7, 1e8,
                                      1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16};

// As read_number(), for size <= kShort: its digits and the power of ten are doubles, so that one
// division rounds once (Clinger, "How to read floating point numbers accurately", 1990).
[[gnu::target("avx2"), gnu::always_inline]] inline bool read_short(const char* cell,
                                                                   std::size_t size,
                                                                   double& value) {
  const auto load = [](const void* bytes) {
    return _mm_loadu_si128(static_cast<const __m128i*>(bytes));
  };
  const char* const end = cell + size;
  const bool negative = *cell == '-';
  size -= negative;
  const __m128i text = load(end - 16), of_cell = load(&kLastBytes[16 + size]);
  const __m128i values = _mm_sub_epi8(text, _mm_set1_epi8('0'));
  const __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
  const auto others =
      static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_andnot_si128(digits, of_cell)));
  const auto points = static_cast<std::uint32_t>(
      _mm_movemask_epi8(_mm_and_si128(of_cell, _mm_cmpeq_epi8(text, _mm_set1_epi8('.')))));
  const bool point = points != 0;
  if (others != points || (points & (points - 1)) != 0 || size <= point) return false;
  const auto places = static_cast<std::size_t>(std::countl_zero(points)) - 16;  // 16: no point
  const __m128i shifted = _mm_sub_epi8(load(end - 17), _mm_set1_epi8('0'));
  const __m128i ones =
      _mm_and_si128(_mm_blendv_epi8(shifted, values, load(&kLastBytes[16 + places])),
                    load(&kLastBytes[16 + size - point]));
  const __m128i two = _mm_maddubs_epi16(ones, _mm_set1_epi16(10 + (1 << 8)));
  const __m128i four = _mm_madd_epi16(two, _mm_set1_epi32(100 + (1 << 16)));
  const __m128i eight =
      _mm_madd_epi16(_mm_packus_epi32(four, four), _mm_set1_epi32(10'000 + (1 << 16)));
  const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eight));
  const std::uint64_t number = (both & 0xFFFFFFFF) * 100'000'000 + (both >> 32);
  value = with_sign(
      static_cast<double>(static_cast<std::int64_t>(number)) / kTens[point ? places : 0], negative);
  return true;
}

// The number of the cell text[0..size), 0 <= size < 32; 33 bytes before its end are readable.
[[gnu::target("avx2"), gnu::always_inline]] inline bool read_number(const char* cell,
                                                                    std::size_t size,
                                                                    double& value) {
  const char* const end = cell + size;
  const bool negative = *cell == '-';
  size -= negative;
  const __m256i text = load(end - 32), of_cell = load(&kLastBytes[size]);
  const __m256i values = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
  const __m256i digits = _mm256_cmpeq_epi8(_mm256_min_epu8(values, _mm256_set1_epi8(9)), values);
  const std::uint32_t others = bits(_mm256_andnot_si256(digits, of_cell));
  const std::uint32_t points =
      bits(_mm256_and_si256(of_cell, _mm256_cmpeq_epi8(text, _mm256_set1_epi8('.'))));
  const auto places = static_cast<std::size_t>(std::countl_zero(points));  // 32: there is no point
  if (others != points || (points & (points - 1)) != 0 || size <= (points != 0)) return false;
  // What is before the point moves over it.
  const __m256i shifted = _mm256_sub_epi8(load(end - 33), _mm256_set1_epi8('0'));
  const __m256i ones =
      _mm256_and_si256(_mm256_blendv_epi8(shifted, values, load(&kLastBytes[places])),
                       load(&kLastBytes[size - (points != 0)]));
  // Neighbours are joined to numbers of two, four, eight digits.
  const __m256i two = _mm256_maddubs_epi16(ones, _mm256_set1_epi16(10 + (1 << 8)));
  const __m256i four = _mm256_madd_epi16(two, _mm256_set1_epi32(100 + (1 << 16)));
  const __m256i eight =
      _mm256_madd_epi16(_mm256_packus_epi32(four, four), _mm256_set1_epi32(10'000 + (1 << 16)));
  const auto first = static_cast<std::uint64_t>(_mm256_extract_epi64(eight, 0));
  const auto last = static_cast<std::uint64_t>(_mm256_extract_epi64(eight, 2));
  const std::uint64_t upper = std::rotl(first, 32);  // digits 8 to 15; beyond them 0 to 7
  if (upper >= 922) return false;                    // the number may not be below 2^63
  const std::uint64_t number =
      upper * 10'000'000'000'000'000 + (last & 0xFFFFFFFF) * 100'000'000 + (last >> 32);
  if (!scaled_down(number, points ? static_cast<int>(places) : 0, value)) return false;
  value = with_sign(value, negative);
  return true;
}

[[gnu::target("avx2,bmi,bmi2,lzcnt")]] NumberRun read_run_avx2(std::string_view text,
                                                               std::size_t start, char separator,
                                                               std::size_t most, std::uint64_t* to,
                                                               std::size_t stride) {
  NumberRun run;
  if (start < 33) return run;
  std::size_t block = start / 64 * 64;
  if (block + 64 > text.size()) return run;
  std::uint64_t ends = cell_ends(text.data() + block, separator) & ~std::uint64_t{0}
                                                                       << (start - block);
  while (run.cells < most) {
    while (ends == 0) {
      block += 64;
      if (block + 64 > text.size()) return run;
      ends = cell_ends(text.data() + block, separator);
    }
    const std::size_t end = block + static_cast<std::size_t>(std::countr_zero(ends));
    ends &= ends - 1;
    double value;
    if (end - start >= 32 || !read_number(text.data() + start, end - start, value)) break;
    to[run.cells++ * stride] = std::bit_cast<std::uint64_t>(value);
    run.end = end;
    if (text[end] != separator) break;
    start = end + 1;
  }
  return run;
}

[[gnu::target("avx2,bmi,bmi2,lzcnt")]] std::size_t read_column_avx2(
    std::string_view text, std::size_t from, const std::uint32_t* ends, std::size_t stride,
    std::size_t behind, std::size_t count, std::uint64_t* to) {
  for (std::size_t i = 0; i < count; ++i, ends += stride) {
    const std::size_t start = from + static_cast<std::uint32_t>(ends[0] + 1);
    const std::size_t end = from + ends[1] - behind, size = end - start;
    if (end < 33 || size >= 32) return i;
    double value;
    // A column's numbers are mostly all short or all long.
    if (!(size <= kShort ? read_short(text.data() + start, size, value)
                         : read_number(text.data() + start, size, value)))
      return i;
    to[i] = std::bit_cast<std::uint64_t>(value);
  }
  return count;
}

#endif

}  // namespace

NumberRun read_number_run(std::string_view text, std::size_t start, char separator,
                          std::size_t most, std::uint64_t* to, std::size_t stride) {
#if defined(__x86_64__)
  static const bool quick = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  if (quick) return read_run_avx2(text, start, separator, most, to, stride);
#endif
  return read_run(text, start, separator, most, to, stride);
}

#if defined(__x86_64__)
std::size_t read_number_column(std::string_view text, std::size_t from, const std::uint32_t* ends,
                               std::size_t stride, std::size_t behind, std::size_t count,
                               std::uint64_t* to) {
  return read_column_avx2(text, from, ends, stride, behind, count, to);
}
#else
std::size_t read_number_column(std::string_view, std::size_t, const std::uint32_t*, std::size_t,
                               std::size_t, std::size_t, std::uint64_t*) {
  return 0;
}
#endif

}  // namespace glia::data
