#include "glia/data/bytes.h"

#include <unistd.h>

#include <algorithm>

#include "glia/base/memory.h"
#include "glia/data/gzip.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostHeld = std::uint64_t{4} << 30;

// Whether the path names a descriptor of this process, on which a writer or a person is.
bool is_open_stream(const fs::path& path) {
  const auto folder = path.parent_path();
  if (path != "/dev/stdin" && folder != "/dev/fd" && folder != "/proc/self/fd") return false;
  std::error_code error;
  const auto status = fs::status(path, error);
  return fs::is_fifo(status) || (path == "/dev/stdin" && ::isatty(STDIN_FILENO));
}

}  // namespace

std::shared_ptr<const Bytes> Bytes::open(const std::filesystem::path& path) {
  auto bytes = std::make_shared<Bytes>();
  bytes->name_ = path.string();
  bytes->path_ = path;
  if (is_open_stream(path)) {
    bytes->owned_ = read_file(path, kMostHeld);
    bytes->text_ = bytes->owned_;
  } else {
    bytes->mapped_.emplace(path);
    bytes->text_ = bytes->mapped_->text();
  }
  return bytes;
}

std::shared_ptr<const Bytes> Bytes::open_unpacked(const std::filesystem::path& path) {
  auto packed = open(path);
  if (!is_gzip(packed->text())) return packed;
  auto bytes = std::make_shared<Bytes>();
  bytes->name_ = packed->name();
  bytes->path_ = path;
  bytes->owned_ = unpacked(packed->text(), packed->name(), room_for_unpacked());
  bytes->text_ = bytes->owned_;
  return bytes;
}

std::shared_ptr<const Bytes> Bytes::own(std::string text, std::string name) {
  auto bytes = std::make_shared<Bytes>();
  bytes->name_ = std::move(name);
  bytes->owned_ = std::move(text);
  bytes->text_ = bytes->owned_;
  return bytes;
}

}  // namespace glia::data
