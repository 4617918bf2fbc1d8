#include "glia/data/bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "glia/base/format.h"

namespace glia::data {
namespace {

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

constexpr std::size_t kPipeLimit = std::size_t{4} << 30;

std::string read_pipe(int descriptor, const std::string& name) {
  std::string text;
  std::size_t used = 0;
  for (;;) {
    if (text.size() - used < (std::size_t{1} << 16)) text.resize(2 * text.size() + (1 << 17));
    const ssize_t got = ::read(descriptor, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("E-DATA-01", "cannot read '{}': {}", name, std::strerror(errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > kPipeLimit)
      fail("E-DATA-01", "'{}' is a pipe with more than 4 GiB; write it to a file first", name);
  }
  text.resize(used);
  text.shrink_to_fit();
  return text;
}

}  // namespace

std::shared_ptr<const Bytes> Bytes::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0)
    fail("E-DATA-01", "cannot open '{}': {}; check the path and its permissions", name,
         std::strerror(errno));
  struct stat status {};
  if (::fstat(file.number, &status) != 0)
    fail("E-DATA-01", "cannot examine '{}': {}", name, std::strerror(errno));
  if (S_ISDIR(status.st_mode))
    fail("E-DATA-01", "'{}' is a folder; expected a file: name the file inside it", name);

  auto bytes = std::make_shared<Bytes>();
  bytes->name_ = name;
  bytes->path_ = path;
  if (!S_ISREG(status.st_mode)) {
    bytes->owned_ = read_pipe(file.number, name);
    bytes->text_ = bytes->owned_;
    return bytes;
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return bytes;  // nothing to map
  void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.number, 0);
  if (mapping == MAP_FAILED) fail("E-DATA-01", "cannot map '{}': {}", name, std::strerror(errno));
  bytes->mapping_ = mapping;
  bytes->text_ = {static_cast<const char*>(mapping), size};
  return bytes;
}

std::shared_ptr<const Bytes> Bytes::own(std::string text, std::string name) {
  auto bytes = std::make_shared<Bytes>();
  bytes->name_ = std::move(name);
  bytes->owned_ = std::move(text);
  bytes->text_ = bytes->owned_;
  return bytes;
}

Bytes::~Bytes() {
  if (mapping_) ::munmap(mapping_, text_.size());
}

}  // namespace glia::data
