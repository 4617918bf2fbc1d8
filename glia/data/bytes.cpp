#include "glia/data/bytes.h"

namespace glia::data {

std::shared_ptr<const Bytes> Bytes::open(const std::filesystem::path& path) {
  auto bytes = std::make_shared<Bytes>();
  bytes->name_ = path.string();
  bytes->path_ = path;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_fifo(status) || std::filesystem::is_character_file(status)) {
    constexpr std::uint64_t kPipeLimit = std::uint64_t{4} << 30;
    bytes->owned_ = read_file(path, kPipeLimit);
    bytes->text_ = bytes->owned_;
  } else {
    bytes->mapped_.emplace(path);
    bytes->text_ = bytes->mapped_->text();
  }
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
