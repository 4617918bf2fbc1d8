#include "glia/data/gzip.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "glia/base/format.h"
#include "glia/base/memory.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

constexpr std::uint64_t kMostRatio = 1032;  // of deflate: 258 bytes from two bits
constexpr std::size_t kChunk = std::size_t{1} << 20;

}  // namespace

GzipReader::GzipReader(std::string_view packed, std::string name)
    : rest_(packed), name_(std::move(name)) {
  if (inflateInit2(&zip_, 15 + 16) != Z_OK) fail("E-DATA-44", "'{}': cannot start zlib", name_);
}

GzipReader::~GzipReader() { inflateEnd(&zip_); }

std::uint64_t GzipReader::most() const { return (rest_.size() + 64) * kMostRatio; }

std::size_t GzipReader::read(std::byte* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size && !ended_) done += inflate_some(out + done, size - done);
  return done;
}

std::size_t GzipReader::inflate_some(std::byte* out, std::size_t size) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  const auto in = static_cast<uInt>(std::min(rest_.size(), kMost));
  const auto room = static_cast<uInt>(std::min(size, kMost));
  zip_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
  zip_.avail_in = in;
  zip_.next_out = reinterpret_cast<Bytef*>(out);
  zip_.avail_out = room;
  const int result = inflate(&zip_, Z_NO_FLUSH);
  rest_.remove_prefix(in - zip_.avail_in);
  if (result == Z_STREAM_END) {
    // gzip files may be joined end to end (RFC 1952, 2.2); anything else that follows is not
    // ours.
    if (is_gzip(rest_))
      inflateReset(&zip_);
    else
      ended_ = true;
  } else if (result == Z_BUF_ERROR && rest_.empty()) {
    fail("E-DATA-41", "'{}': the compressed data ends in the middle; expected more: fetch it again",
         name_);
  } else if (result != Z_OK) {
    fail("E-DATA-44", "'{}': the compressed data is damaged ({}); fetch it again", name_,
         zip_.msg ? zip_.msg : "zlib cannot read it");
  }
  if (ended_ && !rest_.empty())
    fail("E-DATA-42", "'{}': {} bytes follow the compressed data; expected none", name_,
         rest_.size());
  return room - zip_.avail_out;
}

std::uint64_t room_for_unpacked() {
  constexpr std::uint64_t kMost = std::uint64_t{4} << 30;
  return std::min(kMost, available_memory().value_or(kMost) / 2);
}

void expect_room_unpacked(std::uint64_t size, std::uint64_t limit, const std::string& name) {
  if (size > limit)
    fail("E-FILE-05",
         "{}: holds more than {} once unpacked; expected at most that: unpack it first, a plain "
         "file may be larger",
         name, human_bytes(static_cast<double>(limit)));
}

std::string unpacked(std::string_view packed, const std::string& name, std::uint64_t limit) {
  GzipReader reader(packed, name);
  std::string text;
  for (;;) {
    const std::size_t used = text.size();
    text.resize(used + kChunk);
    const auto count = reader.read(reinterpret_cast<std::byte*>(text.data()) + used, kChunk);
    text.resize(used + count);
    expect_room_unpacked(text.size(), limit, name);
    if (count < kChunk) return text;
  }
}

}  // namespace glia::data
