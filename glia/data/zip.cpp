// Members of a ZIP archive: as much of the format as .npz files have.
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/gzip.h"
#include "glia/data/npy_format.h"

namespace glia::data {
namespace {

constexpr std::uint64_t kMostRatio = 1032;  // of deflate: 258 bytes from two bits
constexpr std::size_t kMostMembers = 1 << 16;

// Bytes of an archive; every look at them is checked.
struct Archive {
  std::string_view bytes;
  const std::string& file;

  [[noreturn]] void fail(std::string_view what) const {
    glia::fail("E-DATA-188", "{}: the archive is damaged: {}; fetch or save it again", file, what);
  }
  std::string_view part(std::uint64_t at, std::uint64_t size, std::string_view what) const {
    if (at > bytes.size() || size > bytes.size() - at)
      fail(fmt::format("{} lies beyond its end", what));
    return bytes.substr(at, size);
  }
  template <class Int>
  Int number(std::uint64_t at) const {
    Int value = 0;
    const auto from = part(at, sizeof(Int), "a number");
    for (std::size_t i = 0; i < sizeof(Int); ++i)
      value |= static_cast<Int>(static_cast<Int>(static_cast<unsigned char>(from[i])) << 8 * i);
    return value;
  }
};

struct Directory {
  std::uint64_t at = 0, members = 0;
};

Directory find_directory(const Archive& archive) {
  constexpr std::size_t kEnd = 22, kLocator = 20, kComment = 0xFFFF;
  const auto end = archive.bytes.rfind("PK\x05\x06");
  if (end == archive.bytes.npos || archive.bytes.size() - end > kEnd + kComment)
    archive.fail("it has no end record");
  Directory directory{archive.number<std::uint32_t>(end + 16),
                      archive.number<std::uint16_t>(end + 10)};
  if (end >= kLocator && archive.bytes.substr(end - kLocator, 4) == "PK\x06\x07") {  // Zip64
    const auto record = archive.number<std::uint64_t>(end - kLocator + 8);
    if (archive.part(record, 4, "its Zip64 record") != "PK\x06\x06")
      archive.fail("it has no Zip64 record");
    directory.members = archive.number<std::uint64_t>(record + 32);
    directory.at = archive.number<std::uint64_t>(record + 48);
  }
  if (directory.members > kMostMembers)
    archive.fail(
        fmt::format("it counts {} members, where a .npz file has a few", directory.members));
  return directory;
}

// The sizes of a member that did not fit 32 bits stand in an extra field of their own.
void read_zip64(const Archive& archive, std::uint64_t at, std::uint64_t end,
                std::uint64_t* sizes[3]) {
  while (at + 4 <= end) {
    const auto id = archive.number<std::uint16_t>(at);
    const auto size = archive.number<std::uint16_t>(at + 2);
    at += 4;
    if (id == 1) {
      for (int i = 0; i < 3; ++i)
        if (*sizes[i] == 0xFFFFFFFF) *sizes[i] = archive.number<std::uint64_t>(at), at += 8;
      return;
    }
    at += size;
  }
}

}  // namespace

bool is_zip(std::string_view bytes) {
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

bool is_npz(std::string_view bytes) {
  constexpr std::size_t kName = 30;
  if (!is_zip(bytes) || bytes.size() < kName) return false;
  const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[26])) |
                    static_cast<std::size_t>(static_cast<unsigned char>(bytes[27])) << 8;
  return bytes.substr(kName, size).ends_with(".npy");
}

std::vector<ZipMember> zip_members(std::string_view bytes, const std::string& file) {
  const Archive archive{bytes, file};
  const Directory directory = find_directory(archive);
  std::vector<ZipMember> members;
  std::uint64_t at = directory.at;
  for (std::uint64_t i = 0; i < directory.members; ++i) {
    if (archive.part(at, 46, "its directory").substr(0, 4) != "PK\x01\x02")
      archive.fail("its directory is not where it should be");
    const auto flags = archive.number<std::uint16_t>(at + 8);
    const auto method = archive.number<std::uint16_t>(at + 10);
    const auto crc = archive.number<std::uint32_t>(at + 16);
    std::uint64_t packed = archive.number<std::uint32_t>(at + 20);
    std::uint64_t size = archive.number<std::uint32_t>(at + 24);
    std::uint64_t local = archive.number<std::uint32_t>(at + 42);
    const auto name = archive.number<std::uint16_t>(at + 28);
    const auto extra = archive.number<std::uint16_t>(at + 30);
    const auto comment = archive.number<std::uint16_t>(at + 32);
    const std::string title(archive.part(at + 46, name, "a name"));
    std::uint64_t* sizes[3] = {&size, &packed, &local};
    read_zip64(archive, at + 46 + name, at + 46 + name + extra, sizes);
    at += 46 + name + extra + comment;
    if (flags & 1) archive.fail(fmt::format("'{}' is encrypted", shown(title)));
    if (method != 0 && method != 8)
      archive.fail(fmt::format("'{}' is packed by method {}, expected 0 or 8 (deflate)",
                               shown(title), method));
    if (archive.part(local, 30, "a member").substr(0, 4) != "PK\x03\x04")
      archive.fail(fmt::format("'{}' is not where it should be", shown(title)));
    const std::uint64_t begin = local + 30 + archive.number<std::uint16_t>(local + 26) +
                                archive.number<std::uint16_t>(local + 28);
    members.push_back({title, archive.part(begin, packed, "a member"), method == 8, size, crc});
  }
  return members;
}

std::string unpacked(const ZipMember& member, const std::string& file) {
  const Archive archive{member.packed, file};
  const auto wrong = [&](std::string_view what) {
    archive.fail(fmt::format("'{}' {}", shown(member.name), what));
  };
  if (!member.deflated && member.size != member.packed.size())
    wrong("has another size than it says");
  if (member.size / kMostRatio > member.packed.size() + 64)
    wrong("is said to be larger than it can be");
  if (member.deflated)
    expect_room_unpacked(member.size, room_for_unpacked(),
                         fmt::format("{}: '{}'", file, shown(member.name)));
  std::string out(member.deflated ? member.size : 0, '\0');
  if (member.deflated) {
    z_stream zip{};
    if (inflateInit2(&zip, -15) != Z_OK) wrong("cannot be unpacked");
    constexpr std::uint64_t kMost = std::numeric_limits<uInt>::max();
    std::uint64_t read = 0, written = 0;
    int result = Z_OK;
    while (result == Z_OK) {
      zip.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(member.packed.data() + read));
      zip.avail_in = static_cast<uInt>(std::min(kMost, member.packed.size() - read));
      zip.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      zip.avail_out = static_cast<uInt>(std::min(kMost, out.size() - written));
      const uInt in = zip.avail_in, room = zip.avail_out;
      result = inflate(&zip, Z_NO_FLUSH);
      read += in - zip.avail_in, written += room - zip.avail_out;
    }
    inflateEnd(&zip);
    if (result != Z_STREAM_END || written != out.size())
      wrong("is cut short, or is no deflate data");
  } else {
    out = member.packed;
  }
  uLong crc = 0;
  for (std::size_t at = 0; at < out.size(); at += 1u << 30)
    crc = crc32(crc, reinterpret_cast<const Bytef*>(out.data() + at),
                static_cast<uInt>(std::min<std::size_t>(1u << 30, out.size() - at)));
  if (crc != member.crc) wrong("does not have the checksum that it should");
  return out;
}

}  // namespace glia::data
