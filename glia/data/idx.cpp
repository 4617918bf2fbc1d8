#include "glia/data/idx.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "glia/base/format.h"
#include "glia/data/bytes.h"
#include "glia/data/gzip.h"

namespace glia::data {
namespace {

constexpr unsigned kUnsignedByte = 0x08;
constexpr int kMostDimensions = 8;

// The content of a file in order, plain or inflated.
class Stream {
 public:
  explicit Stream(const std::filesystem::path& path)
      : file_(Bytes::open(path)), rest_(file_->text()) {
    if (is_gzip(rest_)) packed_.emplace(rest_, name());
  }

  const std::string& name() const { return file_->name(); }

  // More than this cannot come any more.
  std::uint64_t most() const { return packed_ ? packed_->most() : rest_.size(); }

  // Fills `out` as far as there is content; returns how much.
  std::size_t read(std::byte* out, std::size_t size) {
    if (packed_) return packed_->read(out, size);
    const std::size_t n = std::min(size, rest_.size());
    if (n) std::memcpy(out, rest_.data(), n);
    rest_.remove_prefix(n);
    return n;
  }

 private:
  std::shared_ptr<const Bytes> file_;
  std::string_view rest_;
  std::optional<GzipReader> packed_;
};

Shape read_header(Stream& in, std::uint64_t* total) {
  unsigned char magic[4] = {};
  const std::size_t got = in.read(reinterpret_cast<std::byte*>(magic), 4);
  if (got < 4)
    fail("E-DATA-41", "'{}': {} bytes of content; expected an IDX header", in.name(), got);
  if (magic[0] || magic[1] || magic[2] != kUnsignedByte || !magic[3] || magic[3] > kMostDimensions)
    fail("E-DATA-40",
         "'{}': it starts with {:02x}{:02x}{:02x}{:02x}; expected 000008 and the number of "
         "dimensions "
         "(00000803 for images, 00000801 for labels): an IDX file of unsigned bytes",
         in.name(), magic[0], magic[1], magic[2], magic[3]);
  std::vector<std::int64_t> sizes;
  *total = 1;
  for (int d = 0; d < magic[3]; ++d) {
    unsigned char b[4];
    if (in.read(reinterpret_cast<std::byte*>(b), 4) < 4)
      fail("E-DATA-41", "'{}': the header ends before dimension {} of {}", in.name(), d + 1,
           magic[3]);
    const std::uint64_t size = std::uint64_t{b[0]} << 24 | b[1] << 16 | b[2] << 8 | b[3];
    sizes.push_back(static_cast<std::int64_t>(size));
    if (__builtin_mul_overflow(*total, size, total) ||
        *total > std::numeric_limits<std::int64_t>::max() / 2)
      fail("E-DATA-43", "'{}': the header promises more elements than memory can have ({}, ...)",
           in.name(), fmt::join(sizes, " x "));
  }
  return Shape(sizes);
}

}  // namespace

Tensor read_idx(const std::filesystem::path& path) {
  Stream in(path);
  std::uint64_t total = 0;
  const Shape shape = read_header(in, &total);
  if (total == 0)
    fail("E-DATA-43", "'{}': the header promises an empty array {}; expected elements", in.name(),
         shape.text());
  if (total > in.most())
    fail("E-DATA-41", "'{}': the header promises {} = {} bytes; the file cannot hold more than {}",
         in.name(), shape.text(), total, in.most());
  Tensor array(DType::u8, shape);
  const std::size_t got = in.read(array.raw(), static_cast<std::size_t>(total));
  if (got < total)
    fail("E-DATA-41", "'{}': found {} bytes of elements; expected {} for {}: fetch the file again",
         in.name(), got, total, shape.text());
  std::byte more;
  if (in.read(&more, 1) != 0)  // reaches the checksum of a compressed file, too
    fail("E-DATA-42", "'{}': content follows the {} elements of {}; expected the end", in.name(),
         total, shape.text());
  return array;
}

Tensor read_idx_images(const std::filesystem::path& path) {
  Tensor images = read_idx(path);
  if (images.shape().rank() != 3)
    fail("E-DATA-40", "'{}': an array of shape {}; expected images [N, H, W]", path.string(),
         images.shape().text());
  return images;
}

Tensor read_idx_labels(const std::filesystem::path& path) {
  Tensor labels = read_idx(path);
  if (labels.shape().rank() != 1)
    fail("E-DATA-40", "'{}': an array of shape {}; expected labels [N]", path.string(),
         labels.shape().text());
  return labels;
}

}  // namespace glia::data
