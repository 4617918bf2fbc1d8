#include "glia/data/npy_format.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

using namespace std::string_view_literals;
constexpr auto kMagic = "\x93NUMPY"sv;
constexpr std::size_t kMostHeader = 1 << 20, kMostDimensions = 32, kMostFields = 1 << 14;

// The header: a dictionary as Python writes it, of strings, tuples, lists, numbers and booleans.
class Header {
 public:
  Header(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  void read(NpyArray& array) {
    bool descr = false, shape = false, order = false;
    take('{');
    while (!at('}')) {
      const auto key = string();
      take(':');
      if (key == "descr")
        descr = true, read_descr(array);
      else if (key == "fortran_order")
        order = true, array.fortran = flag();
      else if (key == "shape")
        shape = true, array.shape = numbers();
      else
        fail(fmt::format("the key '{}' is none of a header", shown(key)));
      if (!at('}')) take(',');
    }
    if (!descr || !shape || !order) fail("it lacks descr, fortran_order or shape");
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    glia::fail("E-DATA-185", "{}: the header of the .npy file cannot be read: {}", file_, what);
  }
  bool at(char c) {
    text_ = trim(text_);
    return text_.starts_with(c);
  }
  void take(char c) {
    if (!at(c)) fail(fmt::format("expected '{}' before '{}'", c, shown(text_, 20)));
    text_.remove_prefix(1);
  }
  std::string string() {
    if (!at('\'') && !at('"')) fail(fmt::format("expected a string before '{}'", shown(text_, 20)));
    const char quote = text_.front();
    std::string out;
    std::size_t i = 1;
    for (; i < text_.size() && text_[i] != quote; ++i) {
      if (text_[i] == '\\') ++i;  // a name with a quote or a backslash in it
      if (i < text_.size()) out += text_[i];
    }
    if (i >= text_.size()) fail("a string has no end");
    text_.remove_prefix(i + 1);
    return out;
  }
  bool flag() {
    const bool value = at('T');
    const auto word = value ? "True"sv : "False"sv;
    if (!text_.starts_with(word)) fail("fortran_order is neither True nor False");
    text_.remove_prefix(word.size());
    return value;
  }
  std::vector<std::int64_t> numbers() {
    std::vector<std::int64_t> values;
    take('(');
    while (!at(')')) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
      if (error != std::errc() || value < 0 || values.size() == kMostDimensions)
        fail("the shape is no tuple of sizes");
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (text_.starts_with('L')) text_.remove_prefix(1);  // as Python 2 wrote it
      values.push_back(value);
      if (!at(')')) take(',');
    }
    take(')');
    return values;
  }

  void read_descr(NpyArray& array) {
    if (!at('[')) {
      add(array, "", string());
      return;
    }
    take('[');
    while (!at(']')) {
      take('(');
      auto name = string();
      take(',');
      if (!at('\'') && !at('"'))
        refuse("fields in fields", "save the fields as arrays of their own");
      const auto type = string();
      if (at(',')) {
        take(',');
        if (!at(')')) refuse("fields of several values", "save them as arrays of their own");
      }
      take(')');
      if (name.empty()) fail("a field has no name");
      if (array.fields.size() == kMostFields) fail("it has too many fields");
      add(array, std::move(name), type);
      if (!at(']')) take(',');
    }
    take(']');
    if (array.fields.empty()) fail("its type has no field");
  }

  [[noreturn]] void refuse(std::string_view what, std::string_view advice) const {
    glia::fail("E-DATA-186", "{}: the array holds {}; {}", file_, what, advice);
  }

  void add(NpyArray& array, std::string name, const std::string& descr) {
    const char order = descr.empty() ? '?' : descr[0];
    const char kind = descr.size() < 2 ? '?' : descr[1];
    if (kind == 'O' || descr == "O")
      refuse("Python objects (a pickle), which are a program and no data",
             "save numbers: numpy.save(..., numpy.array(x, dtype=float), allow_pickle=False)");
    std::size_t size = 0;
    const char* last = descr.data() + descr.size();
    const auto [end, error] =
        std::from_chars(descr.data() + std::min<std::size_t>(2, descr.size()), last, size);
    const bool known = (kind == 'b' && size == 1) ||
                       ((kind == 'i' || kind == 'u') && size <= 8 && std::has_single_bit(size)) ||
                       (kind == 'f' && (size == 2 || size == 4 || size == 8)) ||
                       ((kind == 'S' || kind == 'U') && size >= 1 && size <= (1u << 20));
    if (error != std::errc() || end != last || !known ||
        "<>|="sv.find(order) == std::string_view::npos)
      refuse(fmt::format("elements of type '{}'", shown(descr)),
             "expected booleans, whole or floating numbers of up to 8 bytes");
    const std::size_t bytes = kind == 'U' ? 4 * size : size;
    const bool big = order == '>';
    array.fields.push_back(
        {std::move(name), kind,
         big != (std::endian::native == std::endian::big) && order != '|' && order != '=', bytes,
         array.element});
    array.element += bytes;
  }

  std::string_view text_;
  const std::string& file_;
};

// The unsigned number of an element's bytes.
std::uint64_t bits_of(const NpyType& type, const char* element) {
  unsigned char bytes[8] = {};
  std::memcpy(bytes, element + type.offset, type.size);
  if (type.swapped) std::reverse(bytes, bytes + type.size);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, 8);
  return value;
}

std::int64_t whole_of(const NpyType& type, const char* element) {
  const std::uint64_t bits = bits_of(type, element);
  if (type.kind != 'i') return static_cast<std::int64_t>(bits);
  const auto unused = static_cast<int>(64 - 8 * type.size);
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

// IEEE 754's binary16.
double half_of(std::uint64_t bits) {
  const double sign = bits & 0x8000 ? -1 : 1;
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto fraction = static_cast<double>(bits & 1023);
  if (exponent == 31)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

DType dtype_for(const NpyType& type) {
  switch (type.kind) {
    case 'b':
      return DType::boolean;
    case 'f':
      return type.size == 8 ? DType::f64 : DType::f32;
    case 'u':
      return type.size == 1 ? DType::u8 : type.size == 2 ? DType::i32 : DType::i64;
    default:
      return type.size == 8 ? DType::i64 : DType::i32;
  }
}

template <class T>
T value_of(const NpyType& type, const char* element) {
  if (type.kind == 'f') return static_cast<T>(number_of(type, element));
  if (type.kind == 'b') return static_cast<T>(bits_of(type, element) != 0);
  return static_cast<T>(whole_of(type, element));
}

// Calls f(i, place) for the elements in row-major order; `place` counts elements in the file.
template <class F>
void each_place(const NpyArray& array, std::int64_t count, F&& f) {
  if (!array.fortran || array.shape.size() < 2) {
    for (std::int64_t i = 0; i < count; ++i) f(i, i);
    return;
  }
  const std::size_t rank = array.shape.size();
  std::vector<std::int64_t> steps(rank, 1), index(rank, 0);
  for (std::size_t d = 1; d < rank; ++d) steps[d] = steps[d - 1] * array.shape[d - 1];
  std::int64_t place = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    f(i, place);
    for (std::size_t d = rank; d-- > 0;) {
      place += steps[d];
      if (++index[d] < array.shape[d]) break;
      place -= steps[d] * array.shape[d];
      index[d] = 0;
    }
  }
}

}  // namespace

bool is_npy(std::string_view bytes) { return bytes.starts_with(kMagic); }

NpyArray parse_npy(std::string_view bytes, const std::string& file) {
  if (!is_npy(bytes)) fail("E-DATA-185", "{}: is no .npy file; expected one of numpy.save", file);
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::size_t version = bytes.size() > 7 ? byte(6) : 0, start = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.size() < start)
    fail("E-DATA-185", "{}: a .npy file of version {}; expected 1, 2 or 3, whole", file, version);
  const std::size_t header = version == 1
                                 ? byte(8) | byte(9) << 8
                                 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (header > kMostHeader || header > bytes.size() - start)
    fail("E-DATA-185", "{}: the header of the .npy file says that it has {} bytes; it has fewer",
         file, header);
  NpyArray array;
  Header(bytes.substr(start, header), file).read(array);
  array.elements = bytes.substr(start + header);
  std::uint64_t expected = array.element;
  for (const std::int64_t size : array.shape)
    if (__builtin_mul_overflow(expected, static_cast<std::uint64_t>(size), &expected))
      fail("E-DATA-187", "{}: an array of shape ({}); no memory can hold it", file,
           fmt::join(array.shape, ", "));
  if (expected != array.elements.size() || array.element == 0)
    fail("E-DATA-187",
         "{}: {} bytes of elements; expected {} for the shape ({}) with {} bytes each: save or "
         "fetch the file again",
         file, array.elements.size(), expected, fmt::join(array.shape, ", "), array.element);
  return array;
}

double number_of(const NpyType& type, const char* element) {
  const std::uint64_t bits = bits_of(type, element);
  if (type.kind == 'u' || type.kind == 'b') return static_cast<double>(bits);
  if (type.kind == 'i') return static_cast<double>(whole_of(type, element));
  if (type.size == 8) return std::bit_cast<double>(bits);
  if (type.size == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  return half_of(bits);
}

std::string text_of(const NpyType& type, const char* element) {
  const std::string_view raw(element + type.offset, type.size);
  if (type.kind == 'S') return std::string(raw.substr(0, raw.find_last_not_of('\0') + 1));
  std::string out;
  for (std::size_t i = 0; i < raw.size(); i += 4) {
    const NpyType unit{"", 'u', type.swapped, 4, type.offset + i};
    const auto code = static_cast<std::uint32_t>(bits_of(unit, element));
    if (code == 0) break;  // padding
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      out += "\uFFFD";
    } else if (code < 0x80) {
      out += static_cast<char>(code);
    } else {
      const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      out += static_cast<char>((0xF00 >> (more + 1) & 0xFF) | code >> 6 * more);
      for (int shift = 6 * (more - 1); shift >= 0; shift -= 6)
        out += static_cast<char>(0x80 | (code >> shift & 0x3F));
    }
  }
  return out;
}

Tensor tensor_of(const NpyArray& array, const std::string& file) {
  const NpyType& type = array.fields.front();
  if (array.structured() || type.kind == 'S' || type.kind == 'U')
    fail("E-DATA-186", "{}: the array holds {}; expected numbers: read it as a table", file,
         array.structured() ? "elements with fields" : "texts");
  Tensor tensor(dtype_for(type), Shape(std::vector<Dim>(array.shape.begin(), array.shape.end())));
  const char* elements = array.elements.data();
  dispatch(tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    auto* to = tensor.data<T>().data();
    each_place(array, tensor.size(), [&](std::int64_t i, std::int64_t place) {
      const char* element = elements + static_cast<std::size_t>(place) * array.element;
      to[i] = value_of<T>(type, element);
      if (type.kind == 'u' && type.size == 8 && bits_of(type, element) >> 63)
        fail("E-DATA-186", "{}: element {} is {}; expected at most 2^63 - 1", file, i,
             bits_of(type, element));
    });
  });
  return tensor;
}

}  // namespace glia::data
