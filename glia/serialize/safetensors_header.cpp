#include "glia/serialize/safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::serialize {
namespace {

using nlohmann::json;

// Follows the JSON as it is read, so that nothing of a hostile header is kept that has no place, no
// key is given twice without notice, and no nesting costs a stack. nlohmann's sax interface.
class HeaderReader : public nlohmann::json_sax<json> {
 public:
  HeaderReader(Header& header, std::string_view where) : header_(header), where_(where) {}

  bool null() override { return out_of_place("null"); }
  bool boolean(bool) override { return out_of_place("true or false"); }
  bool binary(json::binary_t&) override { return out_of_place("binary data"); }
  bool number_integer(number_integer_t value) override {
    return out_of_place(fmt::format("the number {}", value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return out_of_place("the number " + shown(text));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) {
      if (value > INT64_MAX) return out_of_place(fmt::format("the number {}", value));
      if (entry_.shape.size() == kRankLimit)
        fail("E-SAFE-03", "{}: tensor '{}' has more than {} dimensions; is the header damaged?",
             where_, shown(entry_.name), kRankLimit);
      entry_.shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (place_ != Place::offsets || offsets_ == 2)
      return out_of_place(fmt::format("the number {}", value));
    (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
    return true;
  }
  bool string(string_t& value) override;
  bool start_object(std::size_t) override;
  bool key(string_t& value) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    fail("E-SAFE-03",
         "{}: the header is not valid JSON in UTF-8 (byte {} of it); is the file cut "
         "short, or not a safetensors file?",
         where_, position);
  }

 private:
  // Where the next token stands. `value`: behind a key of a tensor, which says what it must be.
  enum class Place {
    start,
    top,
    before_tensor,
    tensor,
    value,
    shape,
    offsets,
    before_metadata,
    metadata,
    metadata_value,
    end
  };

  bool out_of_place(const std::string& found) const {
    const auto where = entry_.name.empty() ? "" : " (tensor '" + shown(entry_.name) + "')";
    fail("E-SAFE-03",
         "{}: the header{} holds {} where the format has none; expected "
         "{{\"dtype\": text, \"shape\": [sizes], \"data_offsets\": [begin, end]}} for each tensor "
         "and texts in __metadata__",
         where_, where, found);
  }
  [[noreturn]] void twice(std::string_view key) const {
    fail("E-SAFE-04", "{}: the header gives '{}' twice; which one holds is not to be guessed",
         where_, shown(key));
  }

  Header& header_;
  std::string_view where_;
  Place place_ = Place::start;
  Entry entry_{};
  std::string key_;  // the current one, in a tensor or in the metadata
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false, has_metadata_ = false;
  int offsets_ = 0;
};

Stored stored_from(std::string_view dtype, std::string_view name, std::string_view where) {
  static constexpr std::pair<std::string_view, Stored> known[] = {
      {"F64", Stored::f64}, {"F32", Stored::f32}, {"F16", Stored::f16}, {"BF16", Stored::bf16},
      {"I64", Stored::i64}, {"I32", Stored::i32}, {"U8", Stored::u8},   {"BOOL", Stored::boolean}};
  for (const auto& [text, stored] : known)
    if (text == dtype) return stored;
  fail("E-SAFE-05",
       "{}: tensor '{}' has dtype '{}'; expected F64, F32, F16, BF16, I64, I32, U8 or "
       "BOOL; convert it where it was written",
       where, shown(name), shown(dtype));
}

bool HeaderReader::string(string_t& value) {
  if (place_ == Place::metadata_value) {
    if (!header_.metadata.emplace(key_, std::move(value)).second) twice(key_);
    place_ = Place::metadata;
    return true;
  }
  if (place_ != Place::value || key_ != "dtype") return out_of_place("a text");
  entry_.stored = stored_from(value, entry_.name, where_);
  has_dtype_ = true;
  place_ = Place::tensor;
  return true;
}

bool HeaderReader::start_object(std::size_t) {
  switch (place_) {
    case Place::start:
      place_ = Place::top;
      return true;
    case Place::before_tensor:
      place_ = Place::tensor;
      return true;
    case Place::before_metadata:
      place_ = Place::metadata;
      return true;
    default:
      return out_of_place("an object");
  }
}

bool HeaderReader::key(string_t& value) {
  if (place_ == Place::metadata) {
    key_ = std::move(value);
    place_ = Place::metadata_value;
    return true;
  }
  if (place_ == Place::top) {
    if (value == kMetadataKey) {
      if (std::exchange(has_metadata_, true)) twice(value);
      place_ = Place::before_metadata;
      return true;
    }
    entry_ = {};
    entry_.name = std::move(value);
    has_dtype_ = has_shape_ = has_offsets_ = false;
    offsets_ = 0;
    place_ = Place::before_tensor;
    return true;
  }
  if ((value == "dtype" && has_dtype_) || (value == "shape" && has_shape_) ||
      (value == "data_offsets" && has_offsets_))
    twice(entry_.name + "." + value);
  if (value != "dtype" && value != "shape" && value != "data_offsets")
    return out_of_place("the key '" + shown(value) + "'");
  key_ = std::move(value);
  place_ = Place::value;
  return true;
}

bool HeaderReader::start_array(std::size_t) {
  if (place_ == Place::value && key_ == "shape") {
    place_ = Place::shape;
    return true;
  }
  if (place_ == Place::value && key_ == "data_offsets") {
    place_ = Place::offsets;
    return true;
  }
  return out_of_place("a list");
}

bool HeaderReader::end_array() {
  if (place_ == Place::offsets && offsets_ != 2)
    return out_of_place(fmt::format("{} offset(s)", offsets_));
  (place_ == Place::shape ? has_shape_ : has_offsets_) = true;
  place_ = Place::tensor;
  return true;
}

bool HeaderReader::end_object() {
  if (place_ == Place::tensor) {
    if (!has_dtype_ || !has_shape_ || !has_offsets_)
      fail("E-SAFE-03",
           "{}: tensor '{}' lacks {} in the header; expected dtype, shape and "
           "data_offsets",
           where_, shown(entry_.name),
           !has_dtype_   ? "dtype"
           : !has_shape_ ? "shape"
                         : "data_offsets");
    header_.entries.push_back(std::move(entry_));
    entry_ = {};
    place_ = Place::top;
    return true;
  }
  place_ = place_ == Place::metadata ? Place::top : Place::end;
  return true;
}

void check_size(const Entry& entry, std::string_view where) {
  std::uint64_t bytes = stored_size(entry.stored);
  bool overflow = false;
  for (const auto size : entry.shape)
    overflow |= __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes);
  if (overflow || entry.begin > entry.end || entry.end - entry.begin != bytes)
    fail("E-SAFE-06",
         "{}: tensor '{}' of shape [{}] takes {} bytes, and its data_offsets are "
         "[{}, {}]; the header is damaged",
         where, shown(entry.name), fmt::join(entry.shape, ", "),
         overflow ? "more than 2^64" : std::to_string(bytes), entry.begin, entry.end);
}

// Each tensor begins where the one before it ends, and the last one ends with the file.
void check_layout(const std::vector<Entry>& entries, std::uint64_t data_bytes,
                  std::string_view where) {
  std::uint64_t at = 0;
  for (const auto& entry : entries) {
    if (entry.end > data_bytes)
      fail("E-SAFE-07",
           "{}: tensor '{}' ends at byte {} of the data, which has {}; is the file cut "
           "short?",
           where, shown(entry.name), entry.end, data_bytes);
    if (entry.begin != at)
      fail("E-SAFE-07", "{}: tensor '{}' begins at byte {} of the data, expected {}: tensors {}",
           where, shown(entry.name), entry.begin, at,
           entry.begin < at ? "overlap" : "must lie without holes");
    at = entry.end;
  }
  if (at != data_bytes)
    fail("E-SAFE-07", "{}: has {} bytes behind the last tensor; expected none", where,
         data_bytes - at);
}

void check_names(const std::vector<Entry>& entries, std::string_view where) {
  std::set<std::string_view> names;
  for (const auto& entry : entries)
    if (!names.insert(entry.name).second)
      fail("E-SAFE-04",
           "{}: the header gives tensor '{}' twice; which one holds is not to be "
           "guessed",
           where, shown(entry.name));
}

}  // namespace

std::size_t stored_size(Stored stored) {
  switch (stored) {
    case Stored::f64:
    case Stored::i64:
      return 8;
    case Stored::f32:
    case Stored::i32:
      return 4;
    case Stored::f16:
    case Stored::bf16:
      return 2;
    case Stored::u8:
    case Stored::boolean:
      break;
  }
  return 1;
}

DType dtype_for(Stored stored) {
  switch (stored) {
    case Stored::f64:
      return DType::f64;
    case Stored::f32:
    case Stored::f16:
    case Stored::bf16:
      return DType::f32;
    case Stored::i64:
      return DType::i64;
    case Stored::i32:
      return DType::i32;
    case Stored::u8:
      return DType::u8;
    case Stored::boolean:
      break;
  }
  return DType::boolean;
}

Header parse_header(std::string_view text, std::uint64_t data_bytes, std::string_view where) {
  if (!text.starts_with('{'))
    fail("E-SAFE-03", "{}: the header does not begin with '{{'; is this a safetensors file?",
         where);
  // The JSON reader takes a zero byte for the end of its input.
  if (const auto at = text.find('\0'); at != std::string_view::npos)
    fail("E-SAFE-03", "{}: the header holds a zero byte (byte {} of it); is the file damaged?",
         where, at);
  Header header;
  HeaderReader reader(header, where);
  json::sax_parse(text, &reader);
  auto& entries = header.entries;
  check_names(entries, where);
  for (const auto& entry : entries) check_size(entry, where);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  check_layout(entries, data_bytes, where);
  return header;
}

}  // namespace glia::serialize
