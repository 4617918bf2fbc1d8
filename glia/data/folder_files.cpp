#include "glia/data/folder_files.h"

#include <algorithm>
#include <system_error>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void unreadable(const fs::path& folder, std::string_view of,
                             const std::error_code& error) {
  const bool missing = error == std::errc::no_such_file_or_directory;
  fail(missing ? "E-FILE-01" : "E-FILE-02", "{}: {}; expected a folder of {}",
       shown(folder.native(), 200), missing ? "no such folder" : error.message(), of);
}

}  // namespace

std::vector<fs::path> folder_entries(const fs::path& folder, std::string_view of) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename();
    if (name.native().starts_with(".")) continue;
    if (!is_utf8(name.native()))
      fail("E-DATA-261", "{}: the name '{}' is not UTF-8; rename it, for example with convmv",
           shown(folder.native(), 200), shown(name.native(), 200));
    found.push_back(at->path());
  }
  if (error) unreadable(folder, of, error);
  std::sort(found.begin(), found.end());
  return found;
}

void each_file_below(const fs::path& folder, std::string_view of,
                     const std::function<void(const fs::path&)>& take) {
  std::error_code error;
  for (const auto& entry : folder_entries(folder, of))
    if (fs::is_directory(fs::symlink_status(entry, error)))
      each_file_below(entry, of, take);
    else
      take(entry);
}

}  // namespace glia::data
