// Internal: the bytes that a table or an array is read from, a mapped file or text in memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace glia::data {

class Bytes {
 public:
  // Error E-DATA-01 where `path` is missing, a folder, or cannot be read. A regular file is mapped,
  // a pipe is read. An empty file gives empty text.
  static std::shared_ptr<const Bytes> open(const std::filesystem::path& path);
  static std::shared_ptr<const Bytes> own(std::string text, std::string name);

  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes();

  std::string_view text() const { return text_; }
  const std::string& name() const { return name_; }            // for messages
  const std::filesystem::path& path() const { return path_; }  // empty for text in memory

 private:
  std::string name_, owned_;
  std::filesystem::path path_;
  std::string_view text_;
  void* mapping_ = nullptr;
};

}  // namespace glia::data
