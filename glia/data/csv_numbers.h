// Internal: the quick way through numbers that lie side by side in a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glia::data {

struct NumberRun {
  std::size_t cells = 0;  // that were read
  std::size_t end = 0;    // of the last: its separator or line end
};

// Reads cells from text[start] on, `most` at the most, as long as each is a plain number
// ([-]digits[.digits]) right before a separator or a line end; a line end is the last. Cell i's
// number goes to to[i * stride], as its bits. A cell that is anything else ends the run, and so may
// a number near the text's ends or with very many digits. The numbers are those of std::from_chars
// to the bit. `separator` must not occur in numbers.
NumberRun read_number_run(std::string_view text, std::size_t start, char separator,
                          std::size_t most, std::uint64_t* to, std::size_t stride);

// Reads the cells of a column: cell i lies in text from `from` + ends[i * stride] + 1 (32 bits,
// which wrap) to `from` + ends[i * stride + 1] - `behind`, and its number goes to to[i]. Returns
// how many of the `count` were read; the next is anything else, as above.
std::size_t read_number_column(std::string_view text, std::size_t from, const std::uint32_t* ends,
                               std::size_t stride, std::size_t behind, std::size_t count,
                               std::uint64_t* to);

}  // namespace glia::data
