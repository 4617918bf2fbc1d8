// Internal: messages in protobuf's wire format, written only. What reads such bytes is
// libprotobuf's work; to write the few messages of an event file takes these lines, and no
// start-up.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace glia::train {

// Fields are written in the order of the calls; their numbers are those of the message's
// definition. A value that is the default is written all the same, which every reader takes.
class ProtoMessage {
 public:
  ProtoMessage& integer(int field, std::int64_t value) {  // int32, int64, bool, enum
    tag(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  ProtoMessage& real(int field, double value) {
    tag(field, 1);
    fixed(std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  ProtoMessage& real32(int field, float value) {
    tag(field, 5);
    fixed(std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  ProtoMessage& text(int field, std::string_view value) {  // string, bytes
    tag(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  ProtoMessage& message(int field, const ProtoMessage& value) { return text(field, value.bytes_); }
  ProtoMessage& reals(int field, std::span<const double> values) {  // repeated, packed
    tag(field, 2);
    varint(values.size() * sizeof(double));
    for (const double value : values) fixed(std::bit_cast<std::uint64_t>(value));
    return *this;
  }

  const std::string& bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

 private:
  void tag(int field, unsigned wire) { varint((static_cast<std::uint64_t>(field) << 3) | wire); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }
  template <class Bits>
  void fixed(Bits value) {  // little-endian, whatever the machine is
    for (std::size_t i = 0; i < sizeof value; ++i)
      bytes_ += static_cast<char>((value >> (8 * i)) & 0xff);
  }

  std::string bytes_;
};

}  // namespace glia::train
