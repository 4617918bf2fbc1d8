// Internal: the bytes that a table or an array is read from, a mapped file or text in memory.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "glia/base/file.h"

namespace glia::data {

class Bytes {
 public:
  // A regular file is mapped. A pipe or a terminal that the process already has (/dev/stdin,
  // /dev/fd/3, as a shell's `<(...)` makes it) is read, up to 4 GiB; other pipes and devices, which
  // may have no writer or no end, are E-FILE-03. Errors E-FILE-01 to -05 as MappedFile and
  // read_file have them.
  static std::shared_ptr<const Bytes> open(const std::filesystem::path& path);
  // The same, and what is packed with gzip unpacked, up to 4 GiB or half of the memory that is
  // free. Also E-DATA-41, -42, -44.
  static std::shared_ptr<const Bytes> open_unpacked(const std::filesystem::path& path);
  static std::shared_ptr<const Bytes> own(std::string text, std::string name);

  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  std::string_view text() const { return text_; }
  const std::string& name() const { return name_; }            // for messages
  const std::filesystem::path& path() const { return path_; }  // empty for text in memory

 private:
  std::string name_, owned_;
  std::filesystem::path path_;
  std::string_view text_;
  std::optional<MappedFile> mapped_;
};

}  // namespace glia::data
